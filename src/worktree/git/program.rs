//! Calls the `git` program, where something is to be written.
//!
//! The project's directory alone says which repository is meant, so `GIT_DIR` and its kin are
//! taken out of the environment. Git never asks a person for anything, takes no locks only to
//! look, speaks English, and works on repositories that belong to another user (as they do in a
//! container action), because Tollgate runs what the repository says anyway.

use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};

use tokio::process::Command;

use super::{Git, GitError};

/// The variables that bind Git to one repository: `git rev-parse --local-env-vars`, without
/// those that only hold settings.
const REPOSITORY_VARIABLES: [&str; 12] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

impl Git {
    pub(super) async fn run(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Output, GitError> {
        let mut command = Command::new(&self.program);
        for variable in REPOSITORY_VARIABLES {
            command.env_remove(variable);
        }
        command
            .args(["-c", "safe.directory=*", "-C"])
            .arg(&self.root)
            .args(arguments.iter().map(OsStr::new))
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        match command.output().await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(GitError::NoGit {
                program: self.program.to_string_lossy().into_owned(),
            }),
            output => Ok(output?),
        }
    }
}

/// What Git said when it failed.
pub(super) fn failure(command: &str, output: &Output) -> GitError {
    let said = String::from_utf8_lossy(&output.stderr);
    let message = match said.trim() {
        "" => output.status.to_string(),
        said => said.to_owned(),
    };
    GitError::Failed {
        command: command.to_owned(),
        message,
    }
}
