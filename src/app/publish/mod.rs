//! Sends what is in the ledger to GitHub: one check run a gate, and the evidence as an artifact.
//! Nothing is executed, and nothing is judged better than the ledger says.

mod again;
mod live;
mod posting;
mod sealed;
mod select;
mod upload;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use live::Live;

use super::failure::{Failure, FailureKind};
use super::handover::HandedOver;
use super::job::Job;
use super::ledgers;
use super::project::Project;
use crate::domain::check_run::{CheckRunState, Ending};
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CommitSha, GateId, RunId, Sha256Digest};

/// What is to be sent.
#[derive(Debug, Clone)]
pub struct PublishRequest {
    /// Gates to report even when this job recorded nothing for them, such as blocked ones.
    pub asked: Vec<GateId>,
    /// Whether check runs are written.
    pub check_runs: Sending,
    /// The most annotations a gate.
    pub annotations: usize,
    /// Whether the evidence is uploaded.
    pub artifact: Sending,
    /// How many days the artifact is kept; the policy says where this does not.
    pub retention_days: Option<u32>,
    /// Whether the work was cancelled.
    pub ending: Ending,
    /// Check runs that were posted when their gates began.
    pub live: BTreeMap<GateId, u64>,
}

/// Whether something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// What was sent.
#[derive(Debug)]
pub struct Published {
    /// The release as it was told.
    pub verdict: Verdict,
    /// From where it was judged.
    viewpoint: Viewpoint,
    /// The manifest that binds the evidence.
    pub manifest: Sha256Digest,
    /// The run whose manifest it is.
    run: RunId,
    /// Its folder, relative to the evidence directory.
    pub folder: String,
    /// What became of each gate's check run.
    pub gates: Vec<GateReport>,
    /// What became of the evidence.
    pub artifact: ArtifactState,
    /// Why the token can't write check runs; everything else tells the verdict then.
    pub fallback: Option<String>,
    /// What GitHub could not be told though the token may.
    pub faults: Vec<Failure>,
}

impl Published {
    /// The name, title and text of each gate that was reported.
    pub fn shown(&self) -> Vec<[&str; 3]> {
        let gates = self.gates.iter();
        gates
            .map(|gate| [gate.name.as_str(), &gate.title, &gate.summary])
            .collect()
    }
}

/// What became of a gate's check run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReport {
    /// The gate.
    pub gate: GateId,
    /// What was to be written.
    pub state: CheckRunState,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it says, in Markdown.
    pub summary: String,
    /// The commit it stands on.
    pub head_sha: CommitSha,
    /// How many annotations it has.
    pub annotations: usize,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a check run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It stands on the commit, under this id.
    Posted(u64),
    /// It stood there already.
    Present(u64),
    /// It could not be written.
    Unsent(String),
}

/// What became of the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactState {
    /// It is an artifact.
    Uploaded {
        /// GitHub's id.
        id: u64,
        /// Its name.
        name: String,
        /// SHA-256 of the ZIP file.
        digest: Sha256Digest,
        /// In bytes.
        size: u64,
    },
    /// An artifact of this name is there already; the name has the manifest's digest in it.
    Present {
        /// Its name.
        name: String,
    },
    /// It was not to be uploaded.
    Off,
    /// There is no service to upload it to; the reason.
    Absent(String),
    /// It could not be uploaded.
    Failed(String),
}

/// Sends what is in the ledger. `handed` has the check runs of the commit as they were when this
/// step began.
///
/// # Errors
/// When this side can't do its part: no ledger, no evidence directory. What GitHub did not take is
/// in the answer.
pub async fn publish(
    project: &Project,
    job: &Job,
    handed: &HandedOver,
    request: &PublishRequest,
) -> Result<Published, Failure> {
    let sealed = sealed::newest(project).await?;
    let viewpoint = match sealed.manifest.dirty {
        true => Viewpoint::DirtyRun(sealed.manifest.run.clone()),
        false => Viewpoint::Ledger,
    };
    let Stand { facts, verdict } = Stand::of(project, &viewpoint).await?;
    let artifact = match request.artifact {
        Sending::On => upload::send(project, job, &sealed, request).await,
        Sending::Off => ArtifactState::Off,
    };
    let mut published = Published {
        manifest: sealed.digest,
        run: sealed.manifest.run.clone(),
        folder: sealed.folder(),
        verdict,
        viewpoint,
        gates: Vec::new(),
        fallback: None,
        faults: fault_of(&artifact),
        artifact,
    };
    if request.check_runs == Sending::On && can_see(handed, &mut published) {
        let known = select::Known {
            facts: &facts,
            anchors: &handed.anchors,
            local: &sealed::local_manifests(project),
        };
        let choices = select::gates(&published.verdict, &request.asked, &known);
        let posting = posting::Posting::new(project, job, request, &published);
        let before = job.usage().calls;
        posting.post_all(&choices, &mut published).await;
        let written = job.usage().calls - before;
        if written <= published.gates.len() as u64 {
            again::look(project, job, handed, request, &mut published).await?;
        }
    }
    Ok(published)
}

/// The release as the ledger has it now.
struct Stand {
    facts: Facts,
    verdict: Verdict,
}

impl Stand {
    async fn of(project: &Project, viewpoint: &Viewpoint) -> Result<Self, Failure> {
        let facts = facts(project).await?;
        let policy = project.shown_policy();
        let verdict = judge(&policy, &facts, viewpoint, Timestamp::now());
        Ok(Self { facts, verdict })
    }
}

/// Without a look at what stands on the commit nothing is written: it could stand there twice.
fn can_see(handed: &HandedOver, published: &mut Published) -> bool {
    match &handed.blind {
        None => return true,
        Some(blind) if blind.kind == FailureKind::Blocked => {
            published.fallback = Some(blind.message.clone());
        }
        Some(blind) => published.faults.push(blind.clone()),
    }
    false
}

async fn facts(project: &Project) -> Result<Facts, Failure> {
    let Some(ledger) = ledgers::of(project).await? else {
        return Ok(Facts::default());
    };
    let mut facts = ledgers::facts(&*ledger, project.release.id()).await?;
    facts.version = project.release.version.clone().or(facts.version);
    Ok(facts)
}

fn fault_of(artifact: &ArtifactState) -> Vec<Failure> {
    match artifact {
        ArtifactState::Failed(why) => vec![
            Failure::unreachable(format!("the evidence could not be uploaded: {why}"))
                .hint("it lies in the evidence directory; actions/upload-artifact can take it"),
        ],
        _ => Vec::new(),
    }
}
