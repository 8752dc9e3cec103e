//! What people tell Tollgate: approvals, waivers, sign-offs, evidence. Each call is checked against
//! the policy and the ledger first, so that a wrong one leaves no trace, and is then recorded.

pub mod approve;
mod authors;
pub mod evidence;
pub mod sign_off;
pub mod waive;

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::failure::Failure;
use super::project::Project;
use super::promote::github::{Job, teams_of};
use super::recording::Recording;
use super::reporting::Reporters;
use super::run::stop::Stop;
use super::status;
use crate::domain::delivery::environment::Approver;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::policy::Policy;
use crate::domain::record::event::Event;
use crate::domain::run::{RunEnd, RunEnding};

/// What the ledger says before a call is recorded.
pub(super) struct Before {
    pub(super) policy: Policy,
    pub(super) facts: Facts,
    pub(super) now: Timestamp,
}

impl Before {
    /// Looks, and makes nothing.
    pub(super) async fn of(project: &Project) -> Result<Self, Failure> {
        Ok(Self {
            policy: project.shown_policy(),
            facts: status::facts(project).await?,
            now: Timestamp::now(),
        })
    }

    /// The verdict on some facts, seen from outside any run.
    pub(super) fn judge(&self, facts: &Facts) -> Verdict {
        judge(&self.policy, facts, &Viewpoint::Ledger, self.now)
    }
}

/// Records the events that `make` gives, and judges the release anew.
///
/// # Errors
/// A ledger or an evidence directory that cannot be written; what `make` refuses.
pub(in crate::app) async fn record(
    project: &Project,
    stop: Stop,
    make: impl FnOnce(&Recording) -> Result<Vec<Event>, Failure>,
) -> Result<Verdict, Failure> {
    let begin = Instant::now();
    let policy = project.shown_policy();
    let recording = Recording::open(project, &policy, Reporters::default(), &stop).await?;
    recording.start(Vec::new()).await?;
    let events = make(&recording)?;
    recording.append(events).await?;
    let verdict = recording.standing();
    let end = RunEnd {
        verdict: verdict.clone(),
        duration: begin.elapsed(),
        ending: RunEnding::Complete,
        folder: recording.shown_folder(),
    };
    recording.close(end).await?;
    Ok(verdict)
}

/// What a person wrote, as it may be kept.
pub(super) fn masked(recording: &Recording, text: &str) -> String {
    let redactor = Arc::clone(&recording.place.redactor);
    redactor.mask(text.trim()).into_owned().into_inner()
}

/// The teams under `from` that a person is in; in GitHub Actions GitHub is asked, elsewhere nobody
/// is in a team.
pub(super) async fn teams(
    project: &Project,
    from: &[Approver],
    login: &str,
) -> Result<Vec<String>, Failure> {
    let names_a_team = from.iter().any(|entry| matches!(entry, Approver::Team(_)));
    if !names_a_team || project.settings.actions.is_none() {
        return Ok(Vec::new());
    }
    let Some(job) = Job::of(&project.settings, &project.release)? else {
        return Ok(Vec::new());
    };
    let mut notes = Vec::new();
    let teams = teams_of(job.client(), from, login, &mut notes).await;
    let teams = teams.map_err(|error| Failure::unreachable(error.to_string()))?;
    match notes.first() {
        Some(note) if teams.is_empty() => Err(Failure::blocked(note.message.clone())),
        _ => Ok(teams),
    }
}
