//! The run whose manifest binds the whole ledger of the release: the newest one, when nothing was
//! recorded since, else a new one that only seals.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use crate::app::failure::Failure;
use crate::app::ledgers;
use crate::app::project::Project;
use crate::app::recording::{LEDGER_PACK, Recording};
use crate::app::reporting::Reporters;
use crate::app::run::stop::Stop;
use crate::domain::evidence::manifest::{LEDGER_KIND, Manifest};
use crate::domain::ids::{RunId, Sha256Digest};
use crate::ledger::pack::{Entry, PackReader};

/// A run with its manifest.
#[derive(Debug)]
pub(super) struct Sealed {
    /// The manifest.
    pub(super) manifest: Manifest,
    /// SHA-256 of `manifest.json`.
    pub(super) digest: Sha256Digest,
    /// Its folder.
    pub(super) path: PathBuf,
}

impl Sealed {
    /// The run's folder, relative to the evidence directory.
    pub(super) fn folder(&self) -> String {
        format!("runs/{}", self.manifest.run)
    }

    fn read(path: &Path) -> Option<Self> {
        let text = fs::read(path.join("manifest.json")).ok()?;
        Some(Self {
            manifest: serde_json::from_slice(&text).ok()?,
            digest: Sha256Digest::of(&text),
            path: path.to_owned(),
        })
    }
}

/// Finds it, or makes it.
///
/// # Errors
/// When the ledger can't be read, or the evidence directory can't be written.
pub(super) async fn newest(project: &Project) -> Result<Sealed, Failure> {
    let head = match ledgers::of(project).await? {
        Some(ledger) => ledger
            .head(project.release.id())
            .await
            .map_err(ledgers::failure)?,
        None => None,
    };
    if let Some(sealed) = of_release(project).into_iter().next_back()
        && head.map(|head| head.hash) == bound_head(&sealed)
    {
        return Ok(sealed);
    }
    let policy = project.shown_policy();
    let recording = Recording::open(project, &policy, Reporters::default(), &Stop::new()).await?;
    let path = recording.place.folder.path().to_owned();
    recording.seal().await?;
    Sealed::read(&path).ok_or_else(|| {
        Failure::unreachable(format!("{}/manifest.json can't be read", path.display()))
    })
}

/// The manifests of this workspace for this release, with the run that made each.
pub(super) fn local_manifests(project: &Project) -> BTreeMap<Sha256Digest, RunId> {
    let sealed = of_release(project).into_iter();
    sealed
        .map(|sealed| (sealed.digest, sealed.manifest.run))
        .collect()
}

/// The folders of the release's runs.
pub(super) fn folders(project: &Project) -> Vec<PathBuf> {
    let runs = of_release(project).into_iter();
    runs.map(|sealed| sealed.path).collect()
}

/// The runs of the release, the oldest first: their ids sort by time.
fn of_release(project: &Project) -> Vec<Sealed> {
    let release = project.release.id();
    let entries = fs::read_dir(project.evidence_directory().join("runs"));
    let mut folders: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    folders.sort();
    let sealed = folders.iter().filter_map(|folder| Sealed::read(folder));
    sealed
        .filter(|sealed| sealed.manifest.release == release)
        .collect()
}

/// The end of the chain that a manifest binds; `None` when it binds none, or an unsound one.
fn bound_head(sealed: &Sealed) -> Option<Sha256Digest> {
    let mut files = sealed.manifest.files.iter();
    files.find(|entry| entry.file.kind == LEDGER_KIND)?;
    let file = File::open(sealed.path.join(LEDGER_PACK)).ok()?;
    let mut reader = PackReader::start(BufReader::new(file)).ok()?;
    let mut head = None;
    while let Some(entry) = reader.next_entry().ok()? {
        if let Entry::Link(link) = entry {
            head = Some(link.hash);
        }
    }
    head
}
