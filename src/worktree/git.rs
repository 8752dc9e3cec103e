//! What Git says about the project.
//!
//! The repository is read by a library, so that reading needs no `git` program, starts no process
//! and executes nothing that the repository names. Only making a tag calls the program, for the
//! sake of the user's own settings (signing).

mod checkout;
mod commit;
mod compare;
mod error;
mod filtered;
mod program;
mod remote;
mod status;
mod submodules;
mod tags;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use gix::Repository as Opened;
use gix::bstr::ByteSlice as _;

use super::evidence_folder::EvidenceFolder;
use super::globs::{BadGlob, Globs};
use crate::domain::release::Repository;
use crate::domain::run::Tree;
use checkout::Checkout;
use compare::Scope;

pub use commit::Commit;
pub use error::GitError;
pub use tags::TagMade;

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

    /// The same with another program than `git` for what is to be written.
    pub fn with_program(root: impl Into<PathBuf>, program: impl Into<OsString>) -> Self {
        Self {
            root: root.into(),
            program: program.into(),
        }
    }

    /// Reads everything that a run has to know. A work tree that can't be compared with the
    /// commit is dirty, with the reason.
    ///
    /// # Errors
    /// When there is no repository, no work tree or no commit.
    pub async fn snapshot(&self, never_dirt: &NeverDirt) -> Result<Snapshot, GitError> {
        let never_dirt = never_dirt.clone();
        self.read(move |checkout| {
            Ok(Snapshot {
                commit: commit::head(&checkout.repository)?,
                tree: tree(checkout, &never_dirt),
                repository: origin(&checkout.repository),
                prefix: checkout.prefix.to_str_lossy().into_owned(),
            })
        })
        .await
    }

    /// `owner/name` of the remote `origin`; `None` without one, or when its address is no such
    /// pair (a folder on disk, a deeper path).
    ///
    /// # Errors
    /// When there is no repository.
    pub async fn repository(&self) -> Result<Option<Repository>, GitError> {
        self.read(|checkout| Ok(origin(&checkout.repository))).await
    }

    /// The root of the repository's work tree, absolute.
    ///
    /// # Errors
    /// When there is no repository or no work tree.
    pub async fn top_level(&self) -> Result<PathBuf, GitError> {
        self.read(|checkout| Ok(checkout.top.clone())).await
    }

    /// Opens the repository on a thread that may wait, and asks it.
    async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Checkout) -> Result<T, GitError> + Send + 'static,
    ) -> Result<T, GitError> {
        let root = self.root.clone();
        tokio::task::spawn_blocking(move || ask(&Checkout::around(&root)?))
            .await
            .unwrap_or_else(|died| Err(GitError::unreadable("some part", died)))
    }
}

fn tree(checkout: &Checkout, never_dirt: &NeverDirt) -> Tree {
    match compare::differences(&checkout.repository, Scope::Everything, 0) {
        Ok(found) => status::judge(&found, &checkout.prefix, |path| never_dirt.holds(path)),
        Err(error) => Tree::Dirty(GitError::unreadable("the work tree", error).to_string()),
    }
}

fn origin(repository: &Opened) -> Option<Repository> {
    let origin = repository.find_remote("origin").ok()?;
    let address = origin.url(gix::remote::Direction::Fetch)?.to_bstring();
    remote::repository(&address.to_str_lossy())
}

#[cfg(test)]
mod tests;
