//! `tollgate status`: how the release stands. It reads and writes nothing else.

use jiff::Timestamp;

use super::failure::Failure;
use super::ledgers;
use super::outcome::Outcome;
use super::project::Project;
use crate::domain::gate::facts::{ApprovalFact, Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CommitSha, GateId};
use crate::domain::policy::Policy;
use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType};
use crate::domain::record::history;
use crate::domain::release::{Release, ReleaseId};
use crate::ledger::{Ledger, LedgerError};

/// A release and its verdict.
#[derive(Debug)]
pub struct Standing {
    /// The release; its version is the newest that is known.
    pub release: Release,
    /// How it stands, seen from outside any run.
    pub verdict: Verdict,
}

impl Standing {
    /// What decides the exit code when the verdict is to.
    pub fn outcome(&self) -> Outcome {
        let all: Vec<GateId> = self
            .verdict
            .gates
            .iter()
            .map(|gate| gate.id.clone())
            .collect();
        Outcome::of(&self.verdict, &all, &all)
    }
}

/// What the ledger knows of the release, with the newest version that is known.
///
/// # Errors
/// When the ledger cannot be read. One that is not there yet knows nothing.
pub async fn facts(project: &Project) -> Result<Facts, Failure> {
    facts_by(project, Timestamp::MAX).await
}

/// The same as far as it had happened by a moment.
///
/// # Errors
/// As [`facts`].
pub async fn facts_by(project: &Project, moment: Timestamp) -> Result<Facts, Failure> {
    record_by(project, moment).await.map(|(_, facts)| facts)
}

/// The release's chain in the ledger, and what it adds up to.
///
/// # Errors
/// As [`facts`].
pub async fn record(project: &Project) -> Result<(Vec<Link>, Facts), Failure> {
    record_by(project, Timestamp::MAX).await
}

async fn record_by(project: &Project, moment: Timestamp) -> Result<(Vec<Link>, Facts), Failure> {
    let (links, elsewhere) = match ledgers::of(project).await? {
        Some(ledger) => {
            let links = ledger.events(project.release.id()).await;
            let elsewhere = elsewhere(&*ledger, &project.policy, &project.release)
                .await
                .map_err(ledgers::failure)?;
            (links.map_err(ledgers::failure)?, elsewhere)
        }
        None => (Vec::new(), Vec::new()),
    };
    let mut facts = Facts {
        elsewhere,
        ..ledgers::facts_of(&links, moment)
    };
    if project.settings.actions.is_none() {
        facts = facts.without_teams();
    }
    facts.version = project.release.version.clone().or(facts.version);
    Ok((links, facts))
}

/// How many approvals of other commits are looked at.
const APPROVALS_ELSEWHERE: u32 = 100;

/// The newest approvals of other commits of the repository, where the policy asks for any.
///
/// # Errors
/// When the ledger cannot be read.
pub(super) async fn elsewhere(
    ledger: &dyn Ledger,
    policy: &Policy,
    release: &Release,
) -> Result<Vec<ApprovalFact>, LedgerError> {
    let by_gates = policy.gates.iter().any(|gate| gate.approvals.is_some());
    if !by_gates && policy.environments.iter().all(|it| it.approvals.is_none()) {
        return Ok(Vec::new());
    }
    let events = ledger
        .newest(EventType::ApprovalRecorded, APPROVALS_ELSEWHERE)
        .await;
    let mut events = events?;
    events.retain(|event| is_of_another_commit(event, release));
    Ok(history::fold(&events).0.approvals)
}

fn is_of_another_commit(event: &Event, release: &Release) -> bool {
    let commit = event
        .payload
        .get("commit")
        .and_then(|commit| commit.as_str()?.parse().ok());
    commit.is_some_and(|commit: CommitSha| {
        commit != release.sha && ReleaseId::of(&release.repository, &commit) == event.release_id
    })
}

/// Judges the release from what the ledger knows.
///
/// # Errors
/// As [`facts`].
pub async fn status(project: &Project) -> Result<Standing, Failure> {
    let facts = facts(project).await?;
    let release = Release {
        version: facts.version.clone(),
        ..project.release.clone()
    };
    let verdict = judge(
        &project.shown_policy(),
        &facts,
        &Viewpoint::Ledger,
        Timestamp::now(),
    );
    Ok(Standing { release, verdict })
}
