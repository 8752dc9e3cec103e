//! Order across jobs and workflows with no server: what earlier jobs recorded for this commit is
//! brought into this job's ledger, when a check run of the commit proves it.
//!
//! A job leaves a parcel (an artifact with its ledger) and a check run whose external id has the
//! SHA-256 of the parcel's manifest. The next job lists the check runs, downloads what they bind,
//! checks digest, manifest and chain, and imports the events. Nothing else is believed.

pub mod anchors;
mod missing;
pub mod parcel;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::anchors::{Anchor, Anchors, Subject};
use self::missing::{Missing, Recorded};
use self::parcel::Parcel;
use self::search::{Find, Search};
use super::failure::Failure;
use super::forward;
use super::job::{self, Job};
use super::ledgers;
use super::project::Project;
use crate::domain::gate::facts::Facts;
use crate::domain::ids::{GateId, Sha256Digest};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::ledger::pack;
use crate::store::EvidenceDirectory;

/// What was brought in, and what could not be.
#[derive(Debug, Default)]
pub struct HandedOver {
    /// The check runs of the commit, as they were when they were listed.
    pub anchors: Anchors,
    /// How many parcels were imported.
    pub imported: usize,
    /// What people should know, one sentence each.
    pub notes: Vec<String>,
    /// Results that exist and could not be had.
    missing: Vec<Missing>,
    /// Gates of which older results are known than some that could not be had: what is known does
    /// not count.
    pub unproven: BTreeMap<GateId, Failure>,
    /// Gates that other jobs of this very attempt worked on, such as those of a matrix.
    pub beside: BTreeSet<GateId>,
    /// Why nothing at all could be looked up.
    pub blind: Option<Failure>,
    /// When the check runs were listed, by this machine's clock.
    looked: Timestamp,
}

impl HandedOver {
    /// Refuses when something that the gates require is not proven.
    ///
    /// # Errors
    /// The first reason, with the gate that it is about.
    pub fn lets_open(&self, policy: &Policy, asked: &[GateId]) -> Result<(), Failure> {
        let required: Vec<&GateId> = pipeline::with_required(policy, asked)
            .into_iter()
            .map(|gate| &gate.id)
            .filter(|id| !asked.contains(id))
            .collect();
        self.are_proven(&required)
    }

    /// Refuses when one of these gates, or something that they require, is not proven.
    ///
    /// # Errors
    /// As [`Self::lets_open`].
    pub fn proves(&self, policy: &Policy, gates: &[GateId]) -> Result<(), Failure> {
        let all = pipeline::with_required(policy, gates);
        let all: Vec<&GateId> = all.into_iter().map(|gate| &gate.id).collect();
        self.are_proven(&all)
    }

    fn are_proven(&self, gates: &[&GateId]) -> Result<(), Failure> {
        if let (Some(failure), Some(first)) = (&self.blind, gates.first()) {
            let mut failure = failure.clone();
            failure.message = format!(
                "whether {first} passed for this commit can't be looked up: {}",
                failure.message
            );
            return Err(failure);
        }
        match gates
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

    /// Whether what is known of one of the gates says nothing for this job: its newest result is
    /// not to be had, or another job of the same attempt made it, and this one is to make its own.
    pub fn must_repeat(&self, gates: &[GateId]) -> bool {
        let must = |gate| self.unproven.contains_key(gate) || self.beside.contains(gate);
        gates.iter().any(must)
    }

    fn look_beside(&mut self, job: &Job, workspace: &str, facts: &Facts) {
        let attempt = format!("{}.{}", job.attempt.run, job.attempt.attempt);
        for report in facts.checks.iter().map(|fact| &fact.report) {
            let is_beside = report
                .job
                .as_ref()
                .is_some_and(|other| other.attempt == attempt && other.workspace != workspace);
            if is_beside {
                self.beside.insert(report.gate.clone());
            }
        }
    }

    /// A gate is unproven while one of its checks has no result that is newer than a missing one.
    fn doubt(&mut self, policy: &Policy, facts: &Facts, workspace: &str) {
        for missing in &self.missing {
            for gate in policy
                .gates
                .iter()
                .filter(|gate| missing.may_be_of(&gate.id))
            {
                if !missing.is_outdated(gate, facts, workspace) {
                    self.unproven.insert(gate.id.clone(), missing.why.clone());
                }
            }
        }
    }
}

/// Brings in what earlier jobs recorded for this commit.
///
/// # Errors
/// Only when this job's own ledger or evidence directory can't be read or written; what GitHub
/// does not give is in the answer.
pub async fn bring_in(project: &Project, job: &Job) -> Result<HandedOver, Failure> {
    look(project, job, None).await
}

/// Brings in what came since an earlier look of this step. What was missing then is outdated by what
/// this step made since, be it in the very second that GitHub names.
///
/// # Errors
/// As [`bring_in`].
pub async fn bring_in_more(
    project: &Project,
    job: &Job,
    earlier: &HandedOver,
) -> Result<HandedOver, Failure> {
    look(project, job, Some(earlier)).await
}

async fn look(
    project: &Project,
    job: &Job,
    earlier: Option<&HandedOver>,
) -> Result<HandedOver, Failure> {
    let mut handed = HandedOver {
        looked: Timestamp::now(),
        ..HandedOver::default()
    };
    let name = project.name_in_check_runs();
    let subject = Subject {
        commit: job.head_sha(),
        release: project.release.id(),
        project: name.as_deref(),
    };
    match job.client.check_runs(job.head_sha(), None).await {
        Ok(posted) => handed.anchors = Anchors::of(&posted, &subject),
        Err(error) => {
            handed.blind = Some(job::failure(&error));
            return Ok(handed);
        }
    }
    handed.notes.clone_from(&handed.anchors.refused);
    let directory = EvidenceDirectory::open(&project.evidence_directory())
        .map_err(super::recording::unwritable)?;
    fetch(project, job, &directory, &mut handed).await?;
    let facts = match ledgers::of(project).await? {
        Some(ledger) => ledgers::facts(&*ledger, project.release.id()).await?,
        None => Facts::default(),
    };
    let workspace = directory
        .workspace()
        .map_err(super::recording::unwritable)?;
    if let Some(earlier) = earlier {
        for missing in &mut handed.missing {
            missing.recall(&earlier.missing, earlier.looked);
        }
    }
    handed.doubt(&project.policy, &facts, &workspace);
    handed.look_beside(job, &workspace, &facts);
    Ok(handed)
}

async fn fetch(
    project: &Project,
    job: &Job,
    directory: &EvidenceDirectory,
    handed: &mut HandedOver,
) -> Result<(), Failure> {
    let mut known = known_manifests(directory.path());
    let mut search = Search::new(project, job, directory)?;
    for (run, manifests) in handed.anchors.manifests() {
        for manifest in manifests {
            if !known.contains(&manifest) {
                let found = search.find(run, manifest).await;
                take(project, directory, handed, manifest, found, &mut known).await?;
            }
        }
    }
    if job.is_read_only() {
        for (manifest, found) in search.of_own_run(&known).await {
            take(project, directory, handed, manifest, found, &mut known).await?;
        }
        return Ok(());
    }
    known.extend(
        handed
            .anchors
            .trusted
            .iter()
            .map(|anchor| anchor.id.manifest),
    );
    for (run, artifact) in search.unbound(&known) {
        let why = format!(
            "no check run binds the results in the artifact `{}`",
            artifact.name
        );
        handed.missing.push(Missing {
            gate: parcel::gate_in_name(&artifact.name),
            recorded: Recorded {
                run,
                attempt: parcel::attempt_in_name(&artifact.name),
                at: artifact.created_at,
            },
            why: Failure::blocked(why).hint("re-run the job that uploaded it"),
            known_since: None,
        });
    }
    Ok(())
}

/// Imports a parcel, or notes what is missing without it.
async fn take(
    project: &Project,
    directory: &EvidenceDirectory,
    handed: &mut HandedOver,
    manifest: Sha256Digest,
    found: Find,
    known: &mut BTreeSet<Sha256Digest>,
) -> Result<(), Failure> {
    let why = match found {
        Ok(parcel) => {
            import(project, &parcel).await?;
            handed.notes.extend(take_spool(project, &parcel));
            remember(directory.path(), manifest, &parcel)?;
            known.extend(&parcel.included);
            handed.imported += 1;
            return Ok(());
        }
        Err(failure) => failure,
    };
    handed.notes.push(why.message.clone());
    let of_manifest = |anchor: &&Anchor| anchor.id.manifest == manifest;
    for anchor in handed.anchors.trusted.iter().filter(of_manifest) {
        handed.missing.push(Missing {
            gate: Some(anchor.id.gate.clone()),
            recorded: Recorded {
                run: anchor.id.run,
                attempt: Some(anchor.id.attempt),
                at: anchor.at,
            },
            why: why.clone(),
            known_since: None,
        });
    }
    Ok(())
}

async fn import(project: &Project, parcel: &Parcel) -> Result<(), Failure> {
    let mut file = File::open(&parcel.ledger)
        .map_err(|error| Failure::unreachable(format!("{}: {error}", parcel.ledger.display())))?;
    let ledger = ledgers::open(&project.ledger()).await?;
    let imported = pack::import(&*ledger, &mut file).await;
    let closed = ledger.close().await.map_err(ledgers::failure);
    imported.map_err(|error| {
        Failure::blocked(format!(
            "the ledger of an earlier job can't be imported: {error}"
        ))
    })?;
    closed
}

/// Takes over what an earlier job could not send to a server; gives what is to be said of it.
fn take_spool(project: &Project, parcel: &Parcel) -> Option<String> {
    match forward::take_over(project, parcel.spool.as_deref()?) {
        Ok(_) => None,
        Err(why) => Some(format!(
            "what an earlier job could not send to the control plane is not taken over: {why}"
        )),
    }
}

/// In the folder of an imported parcel: the manifests of all runs in it, one a line.
const INCLUDED: &str = "included.txt";

/// The manifests that need not be fetched: this workspace's own, and those fetched before.
fn known_manifests(directory: &Path) -> BTreeSet<Sha256Digest> {
    let folders = ["runs", "imported"].map(|folder| directory.join(folder));
    let entries = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let mut known = BTreeSet::new();
    for folder in entries
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
    {
        if let Ok(text) = fs::read(folder.join("manifest.json")) {
            known.insert(Sha256Digest::of(&text));
        }
        let included = fs::read_to_string(folder.join(INCLUDED)).unwrap_or_default();
        known.extend(
            included
                .lines()
                .filter_map(|line| line.parse::<Sha256Digest>().ok()),
        );
    }
    known
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
    let included: Vec<String> = parcel.included.iter().map(ToString::to_string).collect();
    fs::write(folder.join(INCLUDED), included.join("\n")).map_err(unwritable)?;
    fs::write(folder.join("manifest.json"), &parcel.manifest_text).map_err(unwritable)
}

fn imported_folder(directory: &Path, manifest: Sha256Digest) -> PathBuf {
    directory.join("imported").join(manifest.to_string())
}
