//! Why Git could not say something.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why Git could not say something.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no such program, and what is to be written is written by it.
    #[error(
        "making a tag in this clone needs `{program}`, which is not installed or not on the PATH; install Git, or give a token in GitHub Actions so that the tag is made on GitHub"
    )]
    NoGit {
        /// What was called.
        program: String,
    },
    /// The project does not lie in a repository.
    #[error("{} lies in no Git repository; run `git init` and commit, or check the project out with Git", root.display())]
    NotARepository {
        /// The project's root.
        root: PathBuf,
    },
    /// The repository is bare, or the project's root lies within its `.git`.
    #[error("{} lies in a Git repository without being part of its work tree; check the project out", root.display())]
    NoWorkTree {
        /// The project's root.
        root: PathBuf,
    },
    /// The repository has no commit, or not the one that was asked for.
    #[error("the Git repository has no commit `{revision}`; commit, or fetch more of its history")]
    NoCommit {
        /// What was asked for: `HEAD` or a SHA.
        revision: String,
    },
    /// The repository is damaged, or of a kind that is not known.
    #[error(
        "{what} of the Git repository can't be read: {message}; `git fsck` and `git status` may say more"
    )]
    Unreadable {
        /// What was to be read.
        what: String,
        /// What is wrong with it.
        message: String,
    },
    /// Git said no.
    #[error("`git {command}` failed: {message}")]
    Failed {
        /// The subcommand.
        command: String,
        /// What Git said.
        message: String,
    },
    /// Git answered what nobody expects.
    #[error("`git {command}` answered what can't be understood: {message}")]
    Unclear {
        /// The subcommand.
        command: String,
        /// What is odd about it.
        message: String,
    },
    /// The program could not be run.
    #[error("`git` could not be run: {0}")]
    Io(#[from] io::Error),
}

impl GitError {
    /// Keeps an error with all its causes.
    pub(super) fn unreadable(
        what: impl Into<String>,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let error = error.into();
        let mut causes = vec![error.to_string()];
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        causes.dedup();
        Self::Unreadable {
            what: what.into(),
            message: causes.join(": "),
        }
    }
}
