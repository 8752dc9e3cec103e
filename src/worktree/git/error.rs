//! Why Git could not say something.

use std::io;
use std::path::PathBuf;

/// Why Git could not say something.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no such program.
    #[error("`{program}` is not installed or not on the PATH; install Git")]
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
    /// The repository has no commit, or not the one that was asked for.
    #[error("the Git repository has no commit `{revision}`; commit, or fetch more of its history")]
    NoCommit {
        /// What was asked for: `HEAD` or a SHA.
        revision: String,
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
