//! Flags and environment variables → settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use super::args::GlobalArguments;
use crate::app::failure::Failure;
use crate::domain::release::Repository;
use crate::settings::{ActionsRun, LedgerAddress, ServerAddress, Settings};

/// Reads the settings of this call.
///
/// # Errors
/// A directory that is not there, a variable that makes no sense.
pub(super) fn from(global: &GlobalArguments) -> Result<Settings, Failure> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let (ledger, server) = match global.ledger.as_deref() {
        Some(text) if ServerAddress::is_meant_by(text) => (None, Some(named(text)?)),
        Some(text) => (Some(named::<LedgerAddress>(text)?), None),
        None => (None, None),
    };
    Ok(Settings {
        root: global.directory.clone().map(directory).transpose()?,
        working_directory: working_directory(global)?,
        policy: global.policy.clone(),
        ledger,
        server,
        release_sha: global.release_sha.clone(),
        release_version: global.release_version.as_deref().map(bare_version),
        repository: repository(global, &environment)?,
        actions: ActionsRun::from_environment(&environment),
        target: None,
        environment,
    })
}

fn named<T: FromStr<Err = String>>(address: &str) -> Result<T, Failure> {
    let read = address.parse();
    read.map_err(|why| Failure::usage(format!("--ledger (or TOLLGATE_LEDGER): {why}")))
}

fn directory(path: PathBuf) -> Result<PathBuf, Failure> {
    if path.is_dir() {
        return std::path::absolute(&path)
            .map_err(|error| Failure::usage(format!("-C {}: {error}", path.display())));
    }
    Err(Failure::usage(format!(
        "-C {} is no directory",
        path.display()
    )))
}

fn working_directory(global: &GlobalArguments) -> Result<PathBuf, Failure> {
    match &global.directory {
        Some(path) => directory(path.clone()),
        None => std::env::current_dir()
            .map_err(|error| Failure::usage(format!("the working directory is gone: {error}"))),
    }
}

/// `v1.4.0` → `1.4.0`.
fn bare_version(version: &str) -> String {
    let bare = version
        .strip_prefix('v')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    bare.unwrap_or(version).to_owned()
}

fn repository(
    global: &GlobalArguments,
    environment: &BTreeMap<String, String>,
) -> Result<Option<Repository>, Failure> {
    if global.repository.is_some() {
        return Ok(global.repository.clone());
    }
    let named = environment
        .get("GITHUB_REPOSITORY")
        .filter(|name| !name.is_empty());
    let parsed = named.map(|name| name.parse()).transpose();
    parsed.map_err(|error| Failure::usage(format!("GITHUB_REPOSITORY: {error}")))
}
