//! A project as a use case finds it: root, policy, release, work tree.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::variables::{NO_VERSION, Variables};
use crate::domain::check::FileKind;
use crate::domain::ids::{CheckId, CheckRef, CommitSha, GateId};
use crate::domain::policy::Policy;
use crate::domain::reason::Location;
use crate::domain::release::{Release, Repository};
use crate::domain::run::Tree;
use crate::github::Client;
use crate::policy::{self, Expansion, Lookup, Source};
use crate::settings::{LedgerAddress, Settings};
use crate::worktree::git::{GitError, NeverDirt, Snapshot};
use crate::worktree::globs::anchored;
use crate::worktree::{Git, Globs};

/// Where a policy is looked for, in this order.
pub(super) const POLICY_PATHS: [&str; 2] = [".github/tollgate.yml", ".github/tollgate.yaml"];

/// The most that is read of a policy; what is larger is refused by the policy's own limit.
const POLICY_READ_LIMIT: u64 = 2 * 1024 * 1024;

/// An opened project.
#[derive(Debug)]
pub struct Project {
    /// What flags and environment variables say.
    pub settings: Settings,
    /// The directory to which every path of the policy is relative.
    pub root: PathBuf,
    /// The policy's text.
    pub source: Source,
    /// The policy, its texts as written.
    pub policy: Policy,
    /// The release that is looked at.
    pub release: Release,
    /// How the work tree stands to the release's commit.
    pub tree: Tree,
    /// Where the root lies within the repository: empty, or `services/shop`.
    pub directory: String,
    /// The line to GitHub of the step that this is, so that every call is counted; without it,
    /// checks that need one open their own.
    pub github: Option<Client>,
    /// Where results lie instead of where the policy says.
    pub(super) results_from: Vec<ResultsFrom>,
}

/// Where the results of one kind lie, for one check, or for every check of some gates that has
/// results of that kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultsFrom {
    /// The gates.
    pub gates: Vec<GateId>,
    /// The check, where only one is meant.
    pub check: Option<CheckId>,
    /// The kind.
    pub kind: FileKind,
    /// Where they lie.
    pub globs: Vec<String>,
}

impl Project {
    /// Opens the project that the settings point at.
    ///
    /// # Errors
    /// A policy that is missing or wrong, a commit that is not known.
    pub async fn open(settings: Settings) -> Result<Self, Failure> {
        let root = root(&settings).await?;
        let source = find_policy(&settings, &root)?;
        let policy = load_top_level(&source, &settings)?;
        let seen = look_at_tree(&root, &policy).await;
        let release = release(&settings, &root, &seen)?;
        let tree = tree(&seen, &release.sha);
        Ok(Self {
            settings,
            root,
            source,
            policy,
            release,
            tree,
            directory: seen.map_or(String::new(), |seen| {
                seen.prefix.trim_end_matches('/').to_owned()
            }),
            github: None,
            results_from: Vec::new(),
        })
    }

    /// Reads results from elsewhere than the policy says.
    ///
    /// # Errors
    /// When a glob can't be used, or no check of the gates has results of the kind.
    pub fn read_results(&mut self, from: ResultsFrom) -> Result<(), Failure> {
        let kind = from.kind;
        Globs::new(&from.globs).map_err(|error| Failure::usage(format!("{kind}: {error}")))?;
        if from.redirect(&mut self.policy) == 0 {
            let gates: Vec<_> = from.gates.iter().map(GateId::as_str).collect();
            return Err(Failure::usage(format!(
                "no check of {} has {kind} results, so none can lie elsewhere",
                gates.join(", ")
            )));
        }
        self.results_from.push(from);
        Ok(())
    }

    /// The evidence directory, absolute when the root is.
    pub fn evidence_directory(&self) -> PathBuf {
        self.root.join(&self.policy.evidence_directory)
    }

    /// Where the ledger lies, a file by its whole path.
    pub fn ledger(&self) -> LedgerAddress {
        match &self.settings.ledger {
            Some(address) => address.within(&self.settings.working_directory),
            None => LedgerAddress::Sqlite(self.evidence_directory().join("ledger.db")),
        }
    }

    /// The project's name in check runs, where it is not the only one of its repository.
    pub fn name_in_check_runs(&self) -> Option<String> {
        (!self.directory.is_empty()).then(|| self.policy.project.clone())
    }

    /// The variables that Tollgate sets for this release.
    pub fn variables(&self) -> Variables {
        Variables::of(
            &self.release,
            &self.evidence_directory().to_string_lossy(),
            self.settings.target.as_ref(),
        )
    }

    /// The policy as it is shown: its texts expanded where every variable is known, else as
    /// written.
    pub fn shown_policy(&self) -> Policy {
        self.shown(&self.source, &self.policy)
    }

    /// Another policy for the same project, as it is shown.
    ///
    /// # Errors
    /// When it cannot be read, and everything that is wrong with it, at once.
    pub fn other_policy(&self, path: &Path) -> Result<(Source, Policy), Failure> {
        let place = self.settings.working_directory.join(path);
        let source = read_policy(&place, &path.to_string_lossy())?;
        let as_written = load_top_level(&source, &self.settings)?;
        let shown = self.shown(&source, &as_written);
        Ok((source, shown))
    }

    fn shown(&self, source: &Source, as_written: &Policy) -> Policy {
        if !source.text.contains("${") {
            return as_written.clone();
        }
        let gates = as_written.gates.iter();
        let all: Vec<GateId> = gates.map(|gate| gate.id.clone()).collect();
        self.expand(source, &all)
            .unwrap_or_else(|_| as_written.clone())
    }

    /// The policy with the texts of some gates expanded.
    ///
    /// # Errors
    /// Every variable that is not defined, with its place.
    pub fn expanded(&self, gates: &[GateId]) -> Result<Policy, Failure> {
        self.expand(&self.source, gates)
    }

    fn expand(&self, source: &Source, gates: &[GateId]) -> Result<Policy, Failure> {
        let variables = self.variables();
        let lookup = |check: Option<&CheckRef>, name: &str| {
            if let Some(value) = variables.get(check, name) {
                return Lookup::Value(value);
            }
            match name {
                "TOLLGATE_VERSION" => Lookup::Unavailable(NO_VERSION.to_owned()),
                _ => from_environment(&self.settings, name),
            }
        };
        let expansion = Expansion::Gates {
            only: Some(gates),
            lookup: &lookup,
        };
        let mut policy = load(source, expansion)?;
        for from in &self.results_from {
            from.redirect(&mut policy);
        }
        Ok(policy)
    }
}

impl ResultsFrom {
    /// Changes the policy, and answers in how many checks. What a check is stays the same: its
    /// definition is the policy's.
    fn redirect(&self, policy: &mut Policy) -> usize {
        let gates = policy.gates.iter_mut();
        let mut changed = 0;
        for gate in gates.filter(|gate| self.gates.contains(&gate.id)) {
            for check in &mut gate.checks {
                let is_named = self.check.as_ref().is_some_and(|named| *named == check.id);
                let globs = check.results.globs_of(self.kind);
                if is_named || (self.check.is_none() && !globs.is_empty()) {
                    globs.clone_from(&self.globs);
                    changed += 1;
                }
            }
        }
        changed
    }
}

fn from_environment(settings: &Settings, name: &str) -> Lookup {
    let value = settings.environment.get(name);
    value.map_or(Lookup::Undefined, |value| Lookup::Value(value.clone()))
}

/// Reads a policy with the texts outside of gates expanded. The release is not known yet, so its
/// variables are not to be had there.
fn load_top_level(source: &Source, settings: &Settings) -> Result<Policy, Failure> {
    let lookup = |_: Option<&CheckRef>, name: &str| match Variables::is_ours(name) {
        true => Lookup::Unavailable(format!("{name} is known within stages and gates only")),
        false => from_environment(settings, name),
    };
    load(
        source,
        Expansion::Gates {
            only: Some(&[]),
            lookup: &lookup,
        },
    )
}

/// Finds and reads the policy of a project.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn find_policy(settings: &Settings, root: &Path) -> Result<Source, Failure> {
    if let Some(path) = &settings.policy {
        return read_policy(
            &settings.working_directory.join(path),
            &path.to_string_lossy(),
        );
    }
    let found = POLICY_PATHS
        .into_iter()
        .find(|path| root.join(path).exists());
    match found {
        Some(path) => read_policy(&root.join(path), path),
        None => Err(no_policy(root)),
    }
}

fn no_policy(root: &Path) -> Failure {
    let [first, second] = POLICY_PATHS;
    Failure::usage(format!("there is no policy: neither {first} nor {second} in {}", root.display()))
        .hint("write one, or name another file with --policy; `tollgate policy schema` says what it may hold")
}

fn read_policy(path: &Path, shown: &str) -> Result<Source, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(POLICY_READ_LIMIT).read_to_end(&mut bytes))
        .map_err(|error| Failure::usage(format!("the policy {shown} cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Failure::usage(format!("the policy {shown} is not UTF-8 (byte {place})"))
    })?;
    Ok(Source {
        path: shown.to_owned(),
        text,
    })
}

/// Reads a policy; its diagnostics become the failure.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load(source: &Source, expansion: Expansion<'_>) -> Result<Policy, Failure> {
    policy::load(source, expansion).map_err(|diagnostics| {
        let places = diagnostics.0.iter().map(|found| {
            let (file, line) = (found.path.clone(), u32::try_from(found.line).ok());
            (Location { file, line }, found.message.clone())
        });
        Failure::usage(diagnostics.to_string()).at(places)
    })
}

/// The project's root: `-C`, else the root of the repository, else the working directory.
pub async fn root(settings: &Settings) -> Result<PathBuf, Failure> {
    let start = settings.root.clone();
    let found = match start {
        Some(root) => root,
        None => match Git::new(&settings.working_directory).top_level().await {
            Ok(root) => root,
            Err(GitError::NotARepository { .. }) => settings.working_directory.clone(),
            Err(error) => return Err(Failure::usage(error.to_string())),
        },
    };
    std::fs::canonicalize(&found).map_err(|error| {
        Failure::usage(format!(
            "the project's root {} cannot be entered: {error}",
            found.display()
        ))
    })
}

async fn look_at_tree(root: &Path, policy: &Policy) -> Result<Snapshot, GitError> {
    let checks = policy.gates.iter().flat_map(|gate| &gate.checks);
    let declared: Vec<String> = checks
        .flat_map(|check| {
            let evidence = check.evidence.iter().map(|rule| rule.glob.as_str());
            check.results.globs().chain(evidence).map(anchored)
        })
        .collect();
    let never_dirt =
        NeverDirt::new(root, &policy.evidence_directory, &declared).map_err(|error| {
            GitError::Unclear {
                command: "status".to_owned(),
                message: error.to_string(),
            }
        })?;
    Git::new(root).snapshot(&never_dirt).await
}

fn release(
    settings: &Settings,
    root: &Path,
    seen: &Result<Snapshot, GitError>,
) -> Result<Release, Failure> {
    let sha = match (&settings.release_sha, seen) {
        (Some(sha), _) => sha.clone(),
        (None, Ok(snapshot)) => snapshot.commit.sha.clone(),
        (None, Err(error)) => {
            let hint = "give the commit with --release-sha, or run in a Git repository";
            return Err(Failure::usage(error.to_string()).hint(hint));
        }
    };
    let at_head = |snapshot: &&Snapshot| snapshot.commit.sha == sha;
    let tagged = seen
        .as_ref()
        .ok()
        .filter(at_head)
        .and_then(|seen| seen.commit.version.clone());
    let version = settings.release_version.clone();
    Ok(Release {
        repository: repository(settings, root, seen)?,
        version: version.or_else(|| tagged.map(|version| version.to_string())),
        sha,
    })
}

/// `--repository` or GitHub's variable, else the remote, else `local/FOLDER`.
fn repository(
    settings: &Settings,
    root: &Path,
    seen: &Result<Snapshot, GitError>,
) -> Result<Repository, Failure> {
    let remote = seen.as_ref().ok().and_then(|seen| seen.repository.clone());
    if let Some(known) = settings.repository.clone().or(remote) {
        return Ok(known);
    }
    let folder = root.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            c
        } else {
            '-'
        }
    };
    let name: String = folder.chars().map(plain).collect();
    format!("local/{}", if name.is_empty() { "project" } else { &name })
        .parse()
        .map_err(|error| Failure::usage(format!("{error}")).hint("name it with --repository"))
}

fn tree(seen: &Result<Snapshot, GitError>, sha: &CommitSha) -> Tree {
    match seen {
        Ok(seen) if seen.commit.sha == *sha => seen.tree.clone(),
        Ok(seen) => Tree::Dirty(format!(
            "{} is checked out, and the release is {}",
            seen.commit.sha.short(),
            sha.short()
        )),
        Err(error) => Tree::Dirty(error.to_string()),
    }
}
