//! What Git says about the project, asked through the `git` program.
//!
//! The project's directory alone says which repository is meant, so `GIT_DIR` and its kin are
//! taken out of the environment. Git never asks a person for anything, takes no locks only to
//! look, speaks English, and reads repositories that belong to another user (as they do in a
//! container action), because Tollgate runs what the repository says anyway.

mod commit;
mod error;
mod remote;
mod status;
mod tags;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::process::Command;

use super::evidence_folder::EvidenceFolder;
use super::globs::{BadGlob, Globs};
use crate::domain::release::Repository;
use crate::domain::run::Tree;

pub use commit::{Commit, Person};
pub use error::GitError;
pub use tags::TagMade;

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

/// What Git says when a run starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit that is checked out.
    pub commit: Commit,
    /// Whether the work tree is that commit.
    pub tree: Tree,
    /// Where `origin` lies, when its address ends in two names.
    pub repository: Option<Repository>,
    /// The project's root within the repository: empty, or `services/shop/`.
    pub prefix: String,
}

/// The paths that never count as dirt.
#[derive(Debug, Clone)]
pub struct NeverDirt {
    evidence: EvidenceFolder,
    globs: Globs,
}

impl NeverDirt {
    /// The evidence directory as the policy writes it, and the globs of everything that checks
    /// declare as results or evidence.
    ///
    /// # Errors
    /// When a glob can't be used.
    pub fn new<T: AsRef<str>>(
        root: &Path,
        evidence_directory: &str,
        globs: &[T],
    ) -> Result<Self, BadGlob> {
        Ok(Self {
            evidence: EvidenceFolder::new(root, evidence_directory),
            globs: Globs::new(globs)?,
        })
    }

    /// Tells whether a path of the project, relative to its root, never counts.
    fn holds(&self, path: &str) -> bool {
        let is_folder = path.ends_with('/');
        let path = Path::new(path.trim_end_matches('/'));
        self.evidence.holds(path)
            || match is_folder {
                true => self.globs.choose_folder(path),
                false => self.globs.choose(path),
            }
    }
}

/// Git, asked about one project.
#[derive(Debug, Clone)]
pub struct Git {
    root: PathBuf,
    program: OsString,
}

impl Git {
    /// Git for the project at `root`, which may be a folder of the repository.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::with_program(root, "git")
    }

    /// The same with another program than `git`.
    pub fn with_program(root: impl Into<PathBuf>, program: impl Into<OsString>) -> Self {
        Self {
            root: root.into(),
            program: program.into(),
        }
    }

    /// Asks for everything that a run has to know, side by side: four short-lived processes.
    ///
    /// # Errors
    /// When there is no Git, no repository or no commit.
    pub async fn snapshot(&self, never_dirt: &NeverDirt) -> Result<Snapshot, GitError> {
        let (prefix, commit, status, repository) = tokio::join!(
            self.prefix(),
            self.commit_at("HEAD"),
            self.status(),
            self.repository(),
        );
        let prefix = prefix?;
        Ok(Snapshot {
            commit: commit?,
            tree: status::judge(&status?, &prefix, |path| never_dirt.holds(path)),
            repository: repository?,
            prefix,
        })
    }

    /// `owner/name` of the remote `origin`; `None` without one, or when its address is no such
    /// pair (a folder on disk, a deeper path).
    ///
    /// # Errors
    /// When there is no Git or no repository.
    pub async fn repository(&self) -> Result<Option<Repository>, GitError> {
        let output = self.run(&["remote", "get-url", "origin"]).await?;
        if !output.status.success() {
            return match self.failure("remote", &output) {
                gone @ GitError::NotARepository { .. } => Err(gone),
                _ => Ok(None),
            };
        }
        let address = String::from_utf8_lossy(&output.stdout);
        Ok(address.lines().next().and_then(remote::repository))
    }

    /// The root of the repository's work tree, absolute.
    ///
    /// # Errors
    /// When there is no Git or no repository.
    pub async fn top_level(&self) -> Result<PathBuf, GitError> {
        let answer = self.ask(&["rev-parse", "--show-toplevel"]).await?;
        let path = answer.strip_suffix(b"\n").unwrap_or(&answer);
        Ok(PathBuf::from(OsStr::from_bytes(path)))
    }

    async fn prefix(&self) -> Result<String, GitError> {
        let answer = self.ask(&["rev-parse", "--show-prefix"]).await?;
        Ok(String::from_utf8_lossy(&answer)
            .trim_end_matches(['\n', '\r'])
            .to_owned())
    }

    async fn status(&self) -> Result<Vec<u8>, GitError> {
        let arguments = [
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--no-renames",
        ];
        self.ask(&arguments).await
    }

    /// Runs Git and gives what it printed; a failure is an error.
    async fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.run(arguments).await?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(self.failure(arguments.first().unwrap_or(&""), &output)),
        }
    }

    async fn run(&self, arguments: &[&str]) -> Result<Output, GitError> {
        let arguments: Vec<_> = arguments.iter().map(OsStr::new).collect();
        self.run_with(&arguments, &[]).await
    }

    async fn run_with(
        &self,
        arguments: &[&OsStr],
        environment: &[(&str, &str)],
    ) -> Result<Output, GitError> {
        let mut command = Command::new(&self.program);
        for variable in REPOSITORY_VARIABLES {
            command.env_remove(variable);
        }
        command
            .args(["-c", "safe.directory=*", "-C"])
            .arg(&self.root)
            .args(arguments)
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

    fn failure(&self, command: &str, output: &Output) -> GitError {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("not a git repository") {
            let root = self.root.clone();
            return GitError::NotARepository { root };
        }
        let message = match said.trim() {
            "" => output.status.to_string(),
            said => said.to_owned(),
        };
        GitError::Failed {
            command: command.to_owned(),
            message,
        }
    }
}

#[cfg(test)]
mod tests;
