//! Submodules: is each at the commit that the index names, and clean itself.
//!
//! `.gitmodules` may say which changes of a submodule don't count
//! (<https://git-scm.com/docs/gitmodules#Documentation/gitmodules.txt-submodulenameignore>): it is
//! part of the commit. What a person's own settings say to that is not heard.

use std::collections::HashMap;
use std::path::PathBuf;

use gix::Repository;
use gix::bstr::{BStr, BString};
use gix::error::message;
use gix::index;
use gix::status::plumbing::index_as_worktree::traits::SubmoduleStatus;
use gix::submodule::config::Ignore;

use super::checkout::open_at;
use super::compare::{Scope, differences};

/// How many repositories may lie within each other.
const DEEPEST: usize = 32;

/// Looks into the submodules of one work tree.
#[derive(Clone)]
pub(super) struct Submodules {
    top: PathBuf,
    ignored: HashMap<BString, Ignore>,
    depth: usize,
}

impl Submodules {
    /// The submodules of a repository with `depth` others around it.
    pub(super) fn of(repository: &Repository, depth: usize) -> gix::Result<Self> {
        let mut ignored = HashMap::new();
        for submodule in repository.submodules()?.into_iter().flatten() {
            if let (Ok(path), Some(ignore)) = (submodule.path(), submodule.ignore()?) {
                ignored.insert(path, ignore);
            }
        }
        Ok(Self {
            top: repository.workdir().unwrap_or(repository.git_dir()).into(),
            ignored,
            depth,
        })
    }

    fn differs(&self, entry: &index::Entry, path: &BStr) -> gix::Result<bool> {
        let scope = match self.ignored.get(path).copied().unwrap_or_default() {
            Ignore::All => return Ok(false),
            Ignore::Dirty => None,
            Ignore::Untracked => Some(Scope::TrackedFiles),
            Ignore::None => Some(Scope::Everything),
        };
        let top = self.top.join(gix::path::from_bstr(path)?);
        if top.join(".git").symlink_metadata().is_err() {
            return Ok(false); // it was never checked out
        }
        if self.depth >= DEEPEST {
            return Err(message("Submodules lie too deep within each other").validation_error());
        }
        let inner = open_at(&top)?;
        if inner.head_id().ok().map(gix::Id::detach) != Some(entry.id) {
            return Ok(true);
        }
        match scope {
            Some(scope) => Ok(!differences(&inner, scope, self.depth + 1)?.is_empty()),
            None => Ok(false),
        }
    }
}

impl SubmoduleStatus for Submodules {
    type Output = ();

    fn status(&mut self, entry: &index::Entry, path: &BStr) -> gix::Result<Option<()>> {
        Ok(self.differs(entry, path)?.then_some(()))
    }
}
