//! `tollgate policy check|show`: the policy by itself, with no release.

use super::failure::Failure;
use super::project::{find_policy, load, root};
use super::variables::Variables;
use crate::domain::ids::CheckRef;
use crate::domain::policy::Policy;
use crate::policy::{Expansion, Lookup, Source};
use crate::settings::Settings;

/// A policy and the path under which it was found.
#[derive(Debug)]
pub struct Found {
    /// As users would type it.
    pub path: String,
    /// Its texts as written.
    pub policy: Policy,
}

/// Reads the policy as `run` would, every gate of it. The variables that Tollgate sets itself
/// need no value here; all others must have one.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub async fn check(settings: &Settings) -> Result<Found, Failure> {
    let root = root(settings).await?;
    let source = find_policy(settings, &root)?;
    let lookup = |_: Option<&CheckRef>, name: &str| match settings.environment.get(name) {
        Some(value) => Lookup::Value(value.clone()),
        None if Variables::is_ours(name) => Lookup::Value(format!("${{{name}}}")),
        None => Lookup::Undefined,
    };
    load(
        &source,
        Expansion::Gates {
            only: None,
            lookup: &lookup,
        },
    )?;
    as_written(source)
}

/// Reads the policy, its texts as written.
///
/// # Errors
/// As [`check`], but for variables.
pub async fn show(settings: &Settings) -> Result<Found, Failure> {
    let root = root(settings).await?;
    let source = find_policy(settings, &root)?;
    as_written(source)
}

fn as_written(source: Source) -> Result<Found, Failure> {
    let policy = load(&source, Expansion::Keep)?;
    Ok(Found {
        path: source.path,
        policy,
    })
}
