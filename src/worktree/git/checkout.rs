//! Opens the repository in which a project lies.
//!
//! The project's directory alone says which repository is meant: `GIT_DIR` and its kin count for
//! nothing, while settings (`GIT_CONFIG_GLOBAL`, `~/.gitconfig`) count as they do for Git.
//! A repository of another user is read like one's own, as in a container that works on the
//! workspace of its host. That is safe because nothing is ever executed that a setting names:
//! filters and diff drivers are taken out before anything is compared, and the library knows
//! neither hooks nor file system monitors.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use gix::config::Source;
use gix::discover::upwards;
use gix::error::message;
use gix::open::{self, Permissions, permissions};
use gix::sec::{Permission, Trust, trust};
use gix::{Repository, ThreadSafeRepository};

use super::GitError;

/// The sections of which nothing is taken: the first two name programs, and what `submodule` says
/// of changes that don't count is for `.gitmodules` to say, which is part of the commit.
const SECTIONS_WITHOUT_VOICE: [&str; 3] = ["filter", "diff", "submodule"];

const SETTINGS: [&str; 4] = [
    // Only writing can lose line ends.
    "core.safecrlf=false",
    // Another object in the place of the commit is another commit.
    "core.useReplaceRefs=false",
    // Files written in the second in which they were checked out need not be read again.
    "gitoxide.core.useNsec=true",
    // A repository of another user may be as large as one's own.
    "gitoxide.objects.allocLimitIfReducedTrust=0",
];

/// What `extensions.*` may say.
const KNOWN_EXTENSIONS: [&str; 8] = [
    "noop",
    "noop-v1",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "refstorage",
    "relativeworktrees",
    "worktreeconfig",
];

/// A work tree and the project in it.
pub(super) struct Checkout {
    pub(super) repository: Repository,
    /// The root of the work tree, absolute and without symbolic links.
    pub(super) top: PathBuf,
    /// The way from there to the project, as Git writes paths: empty, or with a `/` at its end.
    pub(super) prefix: Vec<u8>,
}

impl Checkout {
    /// Finds the repository around a project.
    pub(super) fn around(root: &Path) -> Result<Self, GitError> {
        let root = absolute(root)?;
        let repository = discover(&root)?;
        let no_work_tree = || GitError::NoWorkTree { root: root.clone() };
        let top = absolute(repository.workdir().ok_or_else(no_work_tree)?)?;
        if root.starts_with(absolute(repository.git_dir())?) {
            return Err(no_work_tree());
        }
        let inner = root.strip_prefix(&top).map_err(|_| no_work_tree())?;
        let mut prefix = inner.as_os_str().as_bytes().to_vec();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        Ok(Self {
            repository,
            top,
            prefix,
        })
    }
}

fn absolute(path: &Path) -> Result<PathBuf, GitError> {
    fs::canonicalize(path)
        .map_err(|error| GitError::unreadable(format!("the folder {}", path.display()), error))
}

fn discover(root: &Path) -> Result<Repository, GitError> {
    let walk = upwards::Options {
        trust: upwards::TrustPolicy::Assume(Trust::Full),
        match_ceiling_dir_or_error: false,
        ..Default::default()
    };
    let same = trust::Mapping {
        full: options(),
        reduced: options(),
    };
    ThreadSafeRepository::discover_opts(root, walk.apply_environment(), same)
        .map_err(|error| match error.downcast_any_ref::<upwards::Error>() {
            Some(_) => GitError::NotARepository {
                root: root.to_owned(),
            },
            None => GitError::unreadable("the settings", error),
        })
        .and_then(|found| {
            silenced(found.to_thread_local())
                .map_err(|error| GitError::unreadable("the settings", error))
        })
}

/// Opens the repository whose work tree is `top`, and no other around it.
pub(super) fn open_at(top: &Path) -> gix::Result<Repository> {
    let found = gix::open_opts(top.join(".git"), options().with(Trust::Full))?;
    silenced(found)
}

fn options() -> open::Options {
    let env = permissions::Environment {
        http_transport: Permission::Deny,
        identity: Permission::Deny,
        objects: Permission::Deny,
        ssh_prefix: Permission::Deny,
        ..permissions::Environment::all()
    };
    open::Options::default()
        .permissions(Permissions {
            env,
            ..Permissions::all()
        })
        .filter_config_section(is_no_override)
        .cli_overrides(SETTINGS)
}

/// A section counts whoever owns its file. `EnvOverride` is where `GIT_WORK_TREE`,
/// `GIT_INDEX_FILE` and the like are to be found.
fn is_no_override(section: &gix::config::file::Metadata) -> bool {
    section.source != Source::EnvOverride
}

/// Refuses a repository that is kept in a form that the library does not know
/// (<https://git-scm.com/docs/repository-version>), before it takes it for an empty one.
fn refuse_unknown_forms(repository: &Repository) -> gix::Result<()> {
    let config = repository.config_snapshot();
    let references = config.string("extensions.refStorage");
    if let Some(form) = references.filter(|form| form != "files") {
        return Err(message!("references in the form `{form}` are not known").unsupported_error());
    }
    let sections = config.plumbing().sections_by_name("extensions");
    let mut names = sections.into_iter().flatten().flat_map(|section| {
        let names = section.value_names();
        let names = names.map(|name| name.to_string().to_ascii_lowercase());
        names.collect::<Vec<_>>()
    });
    match names.find(|name| !KNOWN_EXTENSIONS.contains(&name.as_str())) {
        Some(name) => Err(message!("the extension `{name}` is not known").unsupported_error()),
        None => Ok(()),
    }
}

/// Takes out of the settings what names programs, and of the state what the environment says.
fn silenced(mut repository: Repository) -> gix::Result<Repository> {
    refuse_unknown_forms(&repository)?;
    let mut config = repository.config_snapshot_mut();
    let silent: Vec<_> = config
        .sections_and_ids()
        .filter(|(section, _)| {
            let name = section.header().name().to_ascii_lowercase();
            SECTIONS_WITHOUT_VOICE
                .iter()
                .any(|silent| name == silent.as_bytes())
        })
        .map(|(_, id)| id)
        .collect();
    for id in silent {
        config.remove_section_by_id(id);
    }
    config.commit()?;
    repository.clear_namespace();
    Ok(repository)
}
