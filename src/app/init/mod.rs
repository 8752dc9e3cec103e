//! `tollgate init`: a policy and a workflow for the languages found in a repository.
//!
//! Looking ([`found`]) and writing ([`policy`], [`workflow`]) are apart: the texts come from what
//! was found alone.

mod found;
mod plan;
mod policy;
mod tools;
mod workflow;

use std::fs;
use std::io;
use std::path::Path;

use super::failure::Failure;
use super::project;
use crate::settings::Settings;

pub use workflow::ActionReference;

/// A file that `init` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaffold {
    /// Its path, relative to the project's root.
    pub path: &'static str,
    /// Its text.
    pub text: String,
}

/// What becomes of files that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They stay, and nothing at all is written.
    Kept,
    /// They are replaced.
    Replaced,
}

/// Where the policy goes.
const POLICY: &str = ".github/tollgate.yml";

/// Where the workflow goes.
const WORKFLOW: &str = ".github/workflows/tollgate.yml";

/// Looks at the project and makes the files for it; nothing is written.
///
/// # Errors
/// When nothing is found that Tollgate knows how to check.
pub async fn scaffold(
    settings: &Settings,
    action: &ActionReference,
) -> Result<Vec<Scaffold>, Failure> {
    let root = project::root(settings).await?;
    let found = found::look(&root).map_err(|error| {
        Failure::usage(format!("{} can't be looked at: {error}", root.display()))
    })?;
    let plan = plan::of(&found);
    if plan.is_empty() {
        return Err(Failure::usage(format!(
            "nothing that init knows was found in {}",
            root.display()
        ))
        .hint(
            "it knows Python, Node.js, Go, Rust, Java, OpenAPI files, Dockerfiles and the targets \
             `lint` and `test` of a Makefile; write .github/tollgate.yml by hand for others \
             (`tollgate policy schema` says what it may hold)",
        ));
    }
    Ok(vec![
        Scaffold {
            path: POLICY,
            text: policy::text(&found.name, &plan),
        },
        Scaffold {
            path: WORKFLOW,
            text: workflow::text(&plan, action),
        },
    ])
}

/// Writes the files, all or none.
///
/// # Errors
/// When one is there already and is to be kept, or can't be written.
pub async fn write(
    settings: &Settings,
    files: &[Scaffold],
    existing: Existing,
) -> Result<(), Failure> {
    let root = project::root(settings).await?;
    let there: Vec<_> = files
        .iter()
        .map(|file| file.path)
        .filter(|path| root.join(path).exists())
        .collect();
    if existing == Existing::Kept && !there.is_empty() {
        let message = format!(
            "{} is there already, and nothing was written",
            there.join(" and ")
        );
        return Err(Failure::usage(message)
            .hint("--force replaces it, --dry-run shows what would be written"));
    }
    for file in files {
        let path = root.join(file.path);
        write_one(&path, &file.text).map_err(|error| {
            Failure::unreachable(format!("{} can't be written: {error}", path.display()))
        })?;
    }
    Ok(())
}

fn write_one(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests;
