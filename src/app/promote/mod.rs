//! `tollgate promote`: whether the release may go to an environment, and was really approved.

pub mod github;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use self::github::{Job, Observed, observe};
use super::failure::Failure;
use super::names::unknown_environment;
use super::outcome::Outcome;
use super::project::Project;
use super::recording::Recording;
use super::reporting::Reporters;
use super::run::stop::Stop;
use crate::domain::delivery::environment::Environment;
use crate::domain::gate::facts::Viewpoint;
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{EnvironmentId, GateId};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::{RunEnd, RunEnding, RunEvent};

/// What a promotion came to.
#[derive(Debug)]
pub struct Promoted {
    /// What decides the exit code: passed, or blocked.
    pub outcome: Outcome,
    /// The release as it stands, with everything that keeps it from the environment.
    pub verdict: Verdict,
}

/// Judges whether the release may go to an environment now. With a `job`, GitHub is asked how the
/// environment is protected and who approved this run, and no other approval of it counts; without
/// one the ledger alone decides, and nobody is in a team.
///
/// # Errors
/// An environment that the policy does not have; a GitHub or a ledger that cannot be reached.
pub async fn promote(
    project: &Project,
    environment: &EnvironmentId,
    job: Option<&Job>,
    reporters: Reporters,
    stop: Stop,
) -> Result<Promoted, Failure> {
    let policy = project.shown_policy();
    let environment = find(&policy, environment)?;
    let promotion = Promotion {
        recording: Recording::open(project, &policy, reporters, &stop).await?,
        policy: &policy,
        environment,
        begin: Instant::now(),
    };
    promotion
        .recording
        .start(plan(&policy, environment))
        .await?;
    let observed = match job {
        None => None,
        Some(job) => {
            let release = &project.release;
            tokio::select! {
                seen = observe(job, release, environment) => match seen {
                    Ok(observed) => Some(observed),
                    Err(error) => return promotion.unseen(&error).await,
                },
                () = stop.token().cancelled() => return promotion.interrupted().await,
            }
        }
    };
    promotion.decide(observed).await
}

/// The environment of a name.
///
/// # Errors
/// When the policy does not have it.
pub fn find<'p>(policy: &'p Policy, id: &EnvironmentId) -> Result<&'p Environment, Failure> {
    policy
        .environment(id)
        .ok_or_else(|| unknown_environment(policy, id))
}

/// The gates that the environment asks for, with all that they require.
fn plan(policy: &Policy, environment: &Environment) -> Vec<GateId> {
    let gates = pipeline::with_required(policy, &environment.gates);
    gates.iter().map(|gate| gate.id.clone()).collect()
}

/// A promotion that goes on.
struct Promotion<'a> {
    recording: Recording,
    policy: &'a Policy,
    environment: &'a Environment,
    begin: Instant,
}

impl Promotion<'_> {
    /// Records what was seen, and judges.
    async fn decide(self, observed: Option<Observed>) -> Result<Promoted, Failure> {
        let (keys, mut objections, notes) = match observed {
            None => (None, Vec::new(), Vec::new()),
            Some(mut observed) => {
                let keys = self.record(&mut observed).await?;
                (Some(keys), observed.objections, observed.notes)
            }
        };
        let delivery = self.recording.deliver().await?;
        objections.extend(self.recording.outbox().objection(&delivery));
        let verdict = self.verdict(keys.as_ref(), objections, notes);
        let judged = verdict.environment(&self.environment.id);
        let outcome = match judged.is_some_and(|judged| judged.eligible) {
            true => Outcome::Passed,
            false => Outcome::Blocked,
        };
        self.end(verdict.clone(), RunEnding::Complete).await?;
        Ok(Promoted { outcome, verdict })
    }

    /// Records every decision that GitHub told; gives the keys of their events.
    async fn record(&self, observed: &mut Observed) -> Result<BTreeSet<String>, Failure> {
        let (writer, redactor) = (self.recording.writer(), &self.recording.place.redactor);
        let standing = self.recording.standing();
        let judged = standing.environment(&self.environment.id);
        let basis = judged.and_then(|it| Some(it.approvals.as_ref()?.basis));
        let decisions = observed.decisions.iter_mut().enumerate();
        let events: Vec<_> = decisions
            .map(|(number, decision)| {
                let record = &mut decision.record;
                record.comment = redactor.mask(&record.comment).into_owned().into_inner();
                record.policy_digest = basis.map(|basis| basis.policy);
                record.evidence_root = basis.map(|basis| basis.evidence);
                writer.approval_recorded(number, decision.at, record)
            })
            .collect();
        let keys = events.iter().map(|event| event.idempotency_key.clone());
        let keys = keys.collect();
        if !events.is_empty() {
            self.recording.append(events).await?;
        }
        Ok(keys)
    }

    /// The verdict. Approvals of this environment are those with `seen` keys, where GitHub was
    /// asked; its gates are judged as the ledger has them, whatever the work tree holds.
    fn verdict(
        &self,
        seen: Option<&BTreeSet<String>>,
        objections: Vec<Reason>,
        notes: Vec<Reason>,
    ) -> Verdict {
        let mut facts = self.recording.facts();
        match seen {
            None => facts = facts.without_teams(),
            Some(seen) => facts.approvals.retain(|fact| {
                fact.record.environment.as_ref() != Some(&self.environment.id)
                    || seen.contains(&fact.key)
            }),
        }
        let mut verdict = judge(self.policy, &facts, &Viewpoint::Ledger, Timestamp::now());
        let ours = verdict.environments.iter_mut();
        for judged in ours.filter(|judged| judged.id == self.environment.id) {
            let notes = if judged.eligible {
                Vec::new()
            } else {
                notes.clone()
            };
            *judged = judged
                .clone()
                .objecting(objections.iter().cloned().chain(notes));
        }
        verdict
    }

    /// Ends a promotion for which GitHub could not be asked: nothing was approved.
    async fn unseen<T>(self, error: &crate::github::GitHubError) -> Result<T, Failure> {
        let message = format!(
            "whether {} was approved is not known: {error}",
            self.environment.id
        );
        let reason = Reason::new(ReasonCode::ApprovalsUnreadable, message.clone());
        self.refuse(reason, RunEnding::Complete).await?;
        let hint = "nothing was approved; promote again when GitHub answers";
        Err(Failure::unreachable(message).hint(hint))
    }

    /// Ends a promotion that a signal ended.
    async fn interrupted<T>(self) -> Result<T, Failure> {
        let message = "interrupted before GitHub said who approved; nothing was approved";
        let reason = Reason::new(ReasonCode::Cancelled, message);
        self.refuse(reason, RunEnding::Interrupted).await?;
        Err(Failure::interrupted(message))
    }

    async fn refuse(self, reason: Reason, ending: RunEnding) -> Result<(), Failure> {
        let verdict = self.verdict(Some(&BTreeSet::new()), vec![reason], Vec::new());
        self.end(verdict, ending).await
    }

    async fn end(self, verdict: Verdict, ending: RunEnding) -> Result<(), Failure> {
        if let Some(judged) = verdict.environment(&self.environment.id) {
            let verdict = Arc::new(judged.clone());
            self.recording.tell(RunEvent::EnvironmentJudged { verdict });
        }
        let end = RunEnd {
            verdict,
            duration: self.begin.elapsed(),
            ending,
            folder: self.recording.shown_folder(),
        };
        self.recording.end(end).await
    }
}

#[cfg(test)]
mod tests;
