//! `tollgate ledger export` of one release.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::policy;
use crate::app::failure::Failure;
use crate::app::ledgers;
use crate::app::project::Project;
use crate::domain::evidence::manifest::Manifest;
use crate::domain::gate::change;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::ids::{RunId, Sha256Digest};
use crate::domain::record::chain::Link;
use crate::domain::record::history;
use crate::domain::release::{Release, ReleaseId};
use crate::ledger::Ledger;
use crate::ledger::pack::parts::{
    ManifestPart, Parts, PolicyPart, ReleasePart, Teams, VerdictPart,
};
use crate::ledger::pack::{self, PackError};
use crate::render::{StatusView, json};

/// The most that is read of a manifest.
const MANIFEST_BYTES: u64 = 16 << 20;

/// A release as a pack.
#[derive(Debug)]
pub struct Packed {
    /// The pack.
    pub text: Vec<u8>,
    /// What people should know about it, one sentence each.
    pub notes: Vec<String>,
}

/// Packs a release: its events, its policy, the manifests of its runs, and the verdict now.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn release(project: &Project, ledger: &dyn Ledger) -> Result<Packed, Failure> {
    let links = ledger.events(project.release.id()).await;
    let links = links.map_err(ledgers::failure)?;
    let mut text = Vec::new();
    let policy = match policy::part(project) {
        Ok(policy) => policy,
        Err(why) => {
            let id = Some(project.release.id());
            pack::export(ledger, id, &mut text).await.map_err(failure)?;
            let note = format!("the pack has no policy and no verdict: {why}");
            return Ok(Packed {
                text,
                notes: vec![note],
            });
        }
    };
    let (verdict, release, notes) = judged(project, &policy, &links)?;
    let parts = Parts {
        release: ReleasePart::of(&release, project.tree.is_dirty()),
        policy,
        manifests: manifests(&project.evidence_directory(), release.id(), &links),
        verdict,
    };
    pack::export_release(&links, &parts, &mut text).map_err(failure)?;
    Ok(Packed { text, notes })
}

/// The verdict now, by what the pack itself holds.
fn judged(
    project: &Project,
    part: &PolicyPart,
    links: &[Link],
) -> Result<(VerdictPart, Release, Vec<String>), Failure> {
    let (facts, _) = history::fold(links.iter().map(|link| &link.event));
    let release = Release {
        version: project.release.version.clone().or(facts.version.clone()),
        ..project.release.clone()
    };
    let teams = match project.settings.actions {
        Some(_) => Teams::Heard,
        None => Teams::Unheard,
    };
    let facts = heard(facts, teams, &release);
    let at = Timestamp::now();
    let policy = policy::meant(part, &release)?;
    let verdict = judge(&policy, &facts, &Viewpoint::Ledger, at);
    let here = judge(&project.shown_policy(), &facts, &Viewpoint::Ledger, at);
    let differ = !change::between(&here, &verdict).is_empty();
    let note = differ.then(|| {
        "the verdict in the pack is given without variables that the policy names and that are \
         neither numbers nor times; `tollgate status` has them, and says otherwise"
            .to_owned()
    });
    let status = json::status(&StatusView {
        release: &release,
        dirty: project.tree.is_dirty(),
        verdict: &verdict,
    });
    let part = VerdictPart { at, teams, status };
    Ok((part, release, note.into_iter().collect()))
}

/// Facts as a pack's verdict hears them.
pub(super) fn heard(facts: Facts, teams: Teams, release: &Release) -> Facts {
    let facts = match teams {
        Teams::Heard => facts,
        Teams::Unheard => facts.without_teams(),
    };
    Facts {
        version: release.version.clone(),
        ..facts
    }
}

/// The manifests of the runs that the events speak of, those of this workspace and those that were
/// brought in from other jobs, each run once.
fn manifests(directory: &Path, release: ReleaseId, links: &[Link]) -> Vec<ManifestPart> {
    let told: BTreeSet<&str> = links
        .iter()
        .filter_map(|link| link.event.payload.get("run")?.as_str())
        .collect();
    let mut seen: BTreeSet<RunId> = BTreeSet::new();
    let mut manifests: Vec<ManifestPart> = folders(directory)
        .iter()
        .filter_map(|folder| manifest(&folder.join("manifest.json"), release))
        .filter(|part| told.contains(part.run.as_str()) && seen.insert(part.run.clone()))
        .collect();
    manifests.sort_by(|a, b| a.run.cmp(&b.run));
    manifests
}

fn folders(directory: &Path) -> Vec<PathBuf> {
    let parents = ["runs", "imported"].map(|name| directory.join(name));
    let entries = parents
        .iter()
        .filter_map(|parent| fs::read_dir(parent).ok());
    let folders = entries
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()));
    folders.collect()
}

/// A manifest as it stands in its file. One that was never finished is none.
fn manifest(path: &Path, release: ReleaseId) -> Option<ManifestPart> {
    if fs::metadata(path).ok()?.len() > MANIFEST_BYTES {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let manifest: Manifest = serde_json::from_str(&text).ok()?;
    (manifest.release == release).then(|| ManifestPart {
        run: manifest.run,
        sha256: Sha256Digest::of(text.as_bytes()),
        text,
    })
}

fn failure(error: PackError) -> Failure {
    match error {
        PackError::Ledger(error) => ledgers::failure(error),
        other => Failure::unreachable(other.to_string()),
    }
}
