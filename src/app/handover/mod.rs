//! Order across jobs and workflows with no server: what earlier jobs recorded for this commit is
//! brought into this job's ledger, when a check run of the commit proves it.
//!
//! A job leaves a parcel (an artifact with its ledger) and a check run whose external id has the
//! SHA-256 of the parcel's manifest. The next job lists the check runs, downloads what they bind,
//! checks digest, manifest and chain, and imports the events. Nothing else is believed.

pub mod anchors;
pub mod parcel;
mod search;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use self::anchors::{Anchor, Anchors};
use self::parcel::Parcel;
use self::search::{Find, Search};
use super::failure::{Failure, FailureKind};
use super::job::{self, Job};
use super::ledgers;
use super::project::Project;
use crate::domain::ids::{GateId, Sha256Digest};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::ledger::pack;
use crate::store::EvidenceDirectory;

/// What was brought in, and what could not be.
#[derive(Debug, Default)]
pub struct HandedOver {
    /// The check runs of the commit, as they were before this job reported anything.
    pub anchors: Anchors,
    /// How many parcels were imported.
    pub imported: usize,
    /// What people should know, one sentence each.
    pub notes: Vec<String>,
    /// Gates whose newest proof could not be had, with the reason: what is known of them from
    /// elsewhere does not count.
    pub unproven: BTreeMap<GateId, Failure>,
    /// Why nothing at all could be looked up.
    pub blind: Option<Failure>,
}

impl HandedOver {
    /// Refuses when something that the gates require is not proven.
    ///
    /// # Errors
    /// The first reason, with every gate that it keeps shut.
    pub fn lets_open(&self, policy: &Policy, asked: &[GateId]) -> Result<(), Failure> {
        let required: Vec<&GateId> = pipeline::with_required(policy, asked)
            .into_iter()
            .map(|gate| &gate.id)
            .filter(|id| !asked.contains(id))
            .collect();
        self.are_known(&required)
    }

    /// Refuses when one of these gates, or something that they require, is not proven.
    ///
    /// # Errors
    /// As [`Self::lets_open`].
    pub fn proves(&self, policy: &Policy, gates: &[GateId]) -> Result<(), Failure> {
        let all = pipeline::with_required(policy, gates);
        let all: Vec<&GateId> = all.into_iter().map(|gate| &gate.id).collect();
        self.are_known(&all)
    }

    fn are_known(&self, required: &[&GateId]) -> Result<(), Failure> {
        if let (Some(failure), Some(first)) = (&self.blind, required.first()) {
            let mut failure = failure.clone();
            failure.message = format!(
                "whether {first} passed for this commit can't be looked up: {}",
                failure.message
            );
            return Err(failure);
        }
        match required
            .iter()
            .find_map(|id| Some((id, self.unproven.get(*id)?)))
        {
            Some((id, failure)) => {
                let mut failure = failure.clone();
                failure.message = format!("{id} is not proven: {}", failure.message);
                Err(failure)
            }
            None => Ok(()),
        }
    }

    /// Whether one of the gates has to be run again, because its newest result is not to be had.
    pub fn must_repeat(&self, gates: &[GateId]) -> bool {
        gates.iter().any(|gate| self.unproven.contains_key(gate))
    }
}

/// Brings in what earlier jobs recorded for this commit.
///
/// # Errors
/// Only when this job's own ledger or evidence directory can't be written; what GitHub does not
/// give is in the answer.
pub async fn bring_in(project: &Project, job: &Job) -> Result<HandedOver, Failure> {
    let mut handed = HandedOver::default();
    match job.client.check_runs(job.head_sha(), None).await {
        Ok(posted) => {
            handed.anchors = Anchors::of(&posted, job.head_sha(), project.release.id());
            handed.notes.clone_from(&handed.anchors.refused);
        }
        Err(error) => {
            handed.blind = Some(job::failure(&error));
            return Ok(handed);
        }
    }
    let directory = EvidenceDirectory::open(&project.evidence_directory())
        .map_err(super::recording::unwritable)?;
    let known = known_manifests(directory.path());
    let mut search = Search::new(project, job, &directory)?;
    for (run, manifests) in handed.anchors.manifests() {
        for manifest in manifests.difference(&known) {
            let found = search.find(run, *manifest).await;
            take(project, &directory, &mut handed, *manifest, found).await?;
        }
    }
    if job.is_read_only() {
        for (manifest, found) in search.of_own_run(&known).await {
            take(project, &directory, &mut handed, manifest, found).await?;
        }
    }
    Ok(handed)
}

/// Imports a parcel, or notes which gates are not proven without it.
async fn take(
    project: &Project,
    directory: &EvidenceDirectory,
    handed: &mut HandedOver,
    manifest: Sha256Digest,
    found: Find,
) -> Result<(), Failure> {
    let failure = match found {
        Ok(parcel) => {
            import(project, &parcel).await?;
            remember(directory.path(), manifest, &parcel)?;
            handed.imported += 1;
            return Ok(());
        }
        Err(failure) => failure,
    };
    handed.notes.push(failure.message.clone());
    if handed.anchors.is_superseded(manifest) && failure.kind != FailureKind::Unreachable {
        return Ok(());
    }
    let gates: Vec<GateId> = bound_by(&handed.anchors, manifest)
        .map(|anchor| anchor.id.gate.clone())
        .collect();
    for gate in gates {
        handed.unproven.insert(gate, failure.clone());
    }
    Ok(())
}

fn bound_by(anchors: &Anchors, manifest: Sha256Digest) -> impl Iterator<Item = &Anchor> {
    let of_manifest = move |anchor: &&Anchor| anchor.id.manifest == manifest;
    anchors.trusted.iter().filter(of_manifest)
}

async fn import(project: &Project, parcel: &Parcel) -> Result<(), Failure> {
    let mut file = File::open(&parcel.ledger)
        .map_err(|error| Failure::unreachable(format!("{}: {error}", parcel.ledger.display())))?;
    let ledger = ledgers::open(&project.ledger_path()).await?;
    let imported = pack::import(&*ledger, &mut file).await;
    let closed = ledger.close().await.map_err(ledgers::failure);
    imported.map_err(|error| {
        Failure::blocked(format!(
            "the ledger of an earlier job can't be imported: {error}"
        ))
    })?;
    closed
}

/// The manifests that need not be fetched: this workspace's own, and those fetched before.
fn known_manifests(directory: &Path) -> std::collections::BTreeSet<Sha256Digest> {
    let folders = ["runs", "imported"].map(|folder| directory.join(folder));
    let entries = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    entries
        .flatten()
        .filter_map(|entry| fs::read(entry.ok()?.path().join("manifest.json")).ok())
        .map(|text| Sha256Digest::of(&text))
        .collect()
}

/// Keeps what a later step of this job needs of a parcel, in `imported/<manifest>/`.
fn remember(directory: &Path, manifest: Sha256Digest, parcel: &Parcel) -> Result<(), Failure> {
    let folder = imported_folder(directory, manifest);
    let unwritable = |error: std::io::Error| {
        Failure::unreachable(format!("{} can't be written: {error}", folder.display()))
    };
    fs::create_dir_all(&folder).map_err(unwritable)?;
    if let Some(annotations) = &parcel.annotations {
        fs::write(folder.join("annotations.json"), annotations).map_err(unwritable)?;
    }
    fs::write(folder.join("manifest.json"), &parcel.manifest_text).map_err(unwritable)
}

fn imported_folder(directory: &Path, manifest: Sha256Digest) -> PathBuf {
    directory.join("imported").join(manifest.to_string())
}
