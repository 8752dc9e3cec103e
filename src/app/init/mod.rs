//! `tollgate init`: a policy and a workflow for the languages found in a repository.
//!
//! Looking ([`found`]) and writing ([`policy`], [`workflow`]) are apart: the texts come from what
//! was found alone.

mod found;
mod plan;
mod policy;
mod tools;
mod workflow;
mod writing;

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::project;
use crate::settings::Settings;
use crate::worktree::Git;
use crate::worktree::git::GitError;

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

/// Where it stays, if it lies there.
const OTHER_POLICY: &str = ".github/tollgate.yaml";

/// Where the workflow goes.
const WORKFLOW: &str = ".github/workflows/tollgate.yml";

/// Looks at the project and makes the files for it; nothing is written.
///
/// # Errors
/// When nothing is found that Tollgate knows how to check, or GitHub would not read the files there.
pub async fn scaffold(
    settings: &Settings,
    action: &ActionReference,
) -> Result<Vec<Scaffold>, Failure> {
    let root = place(settings).await?;
    let found = found::look(&root).map_err(|error| {
        Failure::usage(format!("{} can't be looked at: {error}", root.display()))
    })?;
    let plan = plan::of(&found);
    if plan.is_empty() {
        return Err(nothing_known(&root));
    }
    let policy = Scaffold {
        path: policy_path(&root),
        text: policy::text(&found.name, &plan),
    };
    let workflow = Scaffold {
        path: WORKFLOW,
        text: workflow::text(&plan, action),
    };
    Ok(vec![policy, workflow])
}

/// The root of the repository, or a folder that is in none yet.
async fn place(settings: &Settings) -> Result<PathBuf, Failure> {
    if settings.policy.is_some() {
        let message = format!("init writes {POLICY}, and --policy names another file");
        return Err(Failure::usage(message).hint("call it without --policy"));
    }
    let root = project::root(settings).await?;
    let top = match Git::new(&root).top_level().await {
        Ok(top) => fs::canonicalize(&top).unwrap_or(top),
        Err(GitError::NotARepository { .. }) => return Ok(root),
        Err(error) => return Err(Failure::usage(error.to_string())),
    };
    if top == root {
        return Ok(root);
    }
    let message = format!(
        "{} lies inside a repository, and GitHub reads the workflows of its root only",
        root.display()
    );
    let hint = format!("call it at the root: tollgate -C {} init", top.display());
    Err(Failure::usage(message).hint(hint))
}

fn policy_path(root: &Path) -> &'static str {
    let is_other = root.join(OTHER_POLICY).exists() && !root.join(POLICY).exists();
    if is_other { OTHER_POLICY } else { POLICY }
}

fn nothing_known(root: &Path) -> Failure {
    let message = format!("nothing that init knows was found in {}", root.display());
    Failure::usage(message).hint(
        "it knows Python, Node.js, Go, Rust, Java, OpenAPI files, Dockerfiles and the targets \
         `lint`, `test` and `build` of a Makefile; write .github/tollgate.yml by hand for others \
         (`tollgate policy schema` says what it may hold)",
    )
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
    let root = place(settings).await?;
    let there: Vec<_> = files
        .iter()
        .map(|file| file.path)
        .filter(|path| fs::symlink_metadata(root.join(path)).is_ok())
        .collect();
    if existing == Existing::Kept && !there.is_empty() {
        let message = format!(
            "{} is there already, and nothing was written",
            there.join(" and ")
        );
        return Err(Failure::usage(message)
            .hint("--force replaces it, --dry-run shows what would be written"));
    }
    writing::all_or_none(&root, files).map_err(|error| {
        Failure::unreachable(format!("{error}; nothing was written"))
            .hint("make the folder writable, or copy what --dry-run shows")
    })
}

#[cfg(test)]
mod tests;
