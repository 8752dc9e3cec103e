//! Compares the commit with the index, and the index with the work tree, as `git status` does.
//!
//! A file whose size, times and inode are those that the index recorded is unchanged
//! (<https://git-scm.com/docs/racy-git>), one of another size has changed, and any other is read:
//! with Git's own conversions (line ends, encodings) and without those of programs.

use std::fs::{self, Metadata};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use gix::Repository;
use gix::bstr::BStr;
use gix::dir::entry::{Kind, Status};
use gix::dir::walk::EmissionMode;
use gix::index::entry::{Flags, Mode, Stage};
use gix::progress::Discard;
use gix::status::index_worktree::Options;
use gix::status::plumbing::index_as_worktree::traits::FastEq;
use gix::status::plumbing::index_as_worktree::{Change as IndexChange, EntryStatus};
use gix::status::plumbing::index_as_worktree_with_renames::{Entry, Summary, VisitEntry};
use gix::status::tree_index::TrackRenames;
use gix::worktree::stack::state::attributes;

use super::filtered::Filters;
use super::status::{Change, Differences};
use super::submodules::Submodules;

/// Files at which Git was told not to look.
const UNSEEN: Flags = Flags::SKIP_WORKTREE.union(Flags::ASSUME_VALID);

/// What of the work tree is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Everything,
    TrackedFiles,
}

/// Everything in which the work tree differs from the commit that is checked out.
/// `depth` counts the repositories around this one.
pub(super) fn differences(
    repository: &Repository,
    scope: Scope,
    depth: usize,
) -> gix::Result<Differences> {
    let mut found = Differences::default();
    let mut index = index(repository)?;
    distrust(repository, &mut index, &mut found);
    for entry in index.entries() {
        if entry.stage() != Stage::Unconflicted {
            found.add(entry.path(&index), Change::InConflict);
        }
    }
    compare_commit(repository, &index, &mut found)?;
    compare_work_tree(repository, &index, scope, depth, &mut found)?;
    Ok(found)
}

fn index(repository: &Repository) -> gix::Result<gix::index::File> {
    gix::index::File::at_or_default(
        repository.index_path(),
        repository.object_hash(),
        false,
        gix::index::decode::Options::default(),
    )
}

/// Looks at what the library would take on trust.
fn distrust(repository: &Repository, index: &mut gix::index::File, found: &mut Differences) {
    let config = repository.config_snapshot();
    let is_sparse = config.boolean("core.sparseCheckout").unwrap_or_default();
    let top = repository.workdir().map(Path::to_owned).unwrap_or_default();
    let (entries, paths) = index.entries_mut_and_pathbacking();
    for entry in entries {
        let path = entry.path_in(paths);
        let there = || fs::symlink_metadata(top.join(gix::path::from_bstr(path).ok()?)).ok();
        // Only a monitor of the file system could vouch for these.
        entry.flags.remove(Flags::FSMONITOR_VALID | Flags::UPTODATE);
        // A file outside of a sparse checkout that is there all the same is compared.
        if is_sparse && entry.flags.contains(Flags::SKIP_WORKTREE) && there().is_some() {
            entry.flags.remove(Flags::SKIP_WORKTREE);
        }
        // Whatever stands in the place of a program would be opened: a link followed, and a pipe
        // waited for.
        let is_program = entry.mode == Mode::FILE_EXECUTABLE && !entry.flags.intersects(UNSEEN);
        let is_special = |there: Metadata| !there.is_file() && !there.is_dir();
        if is_program && there().is_some_and(is_special) {
            found.add(path, Change::OfAnotherType);
            entry.flags.insert(Flags::UPTODATE);
        }
    }
}

fn compare_commit(
    repository: &Repository,
    index: &gix::index::File,
    found: &mut Differences,
) -> gix::Result<()> {
    let tree = repository.head_tree_id_or_empty()?;
    let mut everything = repository.pathspec(
        false,
        None::<&BStr>,
        false,
        index,
        attributes::Source::IdMapping,
    )?;
    repository.tree_index_status(
        &tree,
        index,
        Some(&mut everything),
        TrackRenames::Disabled,
        |change, _, _| {
            found.add(change.location(), kind_of_change(&change));
            Ok(std::ops::ControlFlow::Continue(()))
        },
    )?;
    Ok(())
}

fn kind_of_change(change: &gix::diff::index::ChangeRef<'_, '_>) -> Change {
    use gix::diff::index::ChangeRef;
    match change {
        ChangeRef::Addition { .. } | ChangeRef::Rewrite { .. } => Change::Added,
        ChangeRef::Deletion { .. } => Change::Deleted,
        ChangeRef::Modification {
            previous_entry_mode,
            entry_mode,
            ..
        } if type_of(*previous_entry_mode) != type_of(*entry_mode) => Change::OfAnotherType,
        ChangeRef::Modification { .. } => Change::Modified,
    }
}

/// A file, a symbolic link or a submodule, whoever may execute it.
fn type_of(mode: Mode) -> u32 {
    mode.bits() & 0o170_000
}

fn compare_work_tree(
    repository: &Repository,
    index: &gix::index::File,
    scope: Scope,
    depth: usize,
    found: &mut Differences,
) -> gix::Result<()> {
    let walk = repository
        .dirwalk_options()?
        .emit_untracked(EmissionMode::Matching);
    let mut visitor = Visitor {
        found,
        rewritten: Vec::new(),
    };
    repository.index_worktree_status(
        index,
        None::<&BStr>,
        &mut visitor,
        FastEq,
        Submodules::of(repository, depth)?,
        &mut Discard,
        &AtomicBool::new(false),
        Options {
            dirwalk_options: (scope == Scope::Everything).then_some(walk),
            ..Options::default()
        },
    )?;
    let mut filters = Filters::of(repository, index)?;
    for (path, entry) in visitor.rewritten {
        if !filters.restore(path, entry)? {
            visitor.found.add(path, Change::Modified);
        }
    }
    Ok(())
}

struct Visitor<'a, 'index> {
    found: &'a mut Differences,
    /// Files whose bytes are not those of the index, and that differ in nothing else.
    rewritten: Vec<(&'index BStr, &'index gix::index::Entry)>,
}

impl<'index> VisitEntry<'index> for Visitor<'_, 'index> {
    type ContentChange = ();
    type SubmoduleStatus = ();

    fn visit_entry(&mut self, entry: Entry<'index, (), ()>) {
        let Some(summary) = entry.summary() else {
            return;
        };
        let change = match summary {
            Summary::Conflict => Change::InConflict,
            Summary::Removed => Change::Deleted,
            Summary::TypeChange => Change::OfAnotherType,
            Summary::Modified => Change::Modified,
            Summary::Added | Summary::Copied | Summary::Renamed | Summary::IntentToAdd => {
                Change::Added
            }
        };
        match entry {
            Entry::DirectoryContents { entry, .. } => self.visit_untracked(entry),
            Entry::Modification {
                rela_path,
                entry,
                status:
                    EntryStatus::Change(IndexChange::Modification {
                        executable_bit_changed: false,
                        ..
                    }),
                ..
            } => self.rewritten.push((rela_path, entry)),
            entry => self.found.add(entry.source_rela_path(), change),
        }
    }
}

impl Visitor<'_, '_> {
    fn visit_untracked(&mut self, entry: gix::dir::Entry) {
        let mut path = entry.rela_path;
        match entry.disk_kind {
            _ if entry.status != Status::Untracked => return,
            Some(Kind::Untrackable) => return, // a pipe or a socket can't be part of a commit
            Some(Kind::Directory | Kind::Repository) => path.push(b'/'),
            Some(Kind::File | Kind::Symlink) | None => {}
        }
        self.found.add_untracked(path);
    }
}
