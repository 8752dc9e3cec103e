//! `tollgate status`: how the release stands. It reads and writes nothing else.

use jiff::Timestamp;

use super::failure::Failure;
use super::ledgers;
use super::outcome::Outcome;
use super::project::Project;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::GateId;
use crate::domain::record::chain::Link;
use crate::domain::release::Release;

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
    record(project).await.map(|(_, facts)| facts)
}

/// The release's chain in the ledger, and what it adds up to.
///
/// # Errors
/// As [`facts`].
pub async fn record(project: &Project) -> Result<(Vec<Link>, Facts), Failure> {
    let links = match ledgers::of(project).await? {
        Some(ledger) => {
            let links = ledger.events(project.release.id()).await;
            links.map_err(ledgers::failure)?
        }
        None => Vec::new(),
    };
    let mut facts = ledgers::facts_of(&links);
    if project.settings.actions.is_none() {
        facts = facts.without_teams();
    }
    facts.version = project.release.version.clone().or(facts.version);
    Ok((links, facts))
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
