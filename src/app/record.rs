//! `tollgate record`: judges what an earlier step produced; nothing is executed.

use std::sync::Arc;
use std::time::Instant;

use super::events::Order;
use super::failure::Failure;
use super::measure;
use super::names::unknown_check;
use super::outcome::Outcome;
use super::project::Project;
use super::recording::Recording;
use super::reporting::Reporters;
use super::run::stop::Stop;
use crate::checks::journeys;
use crate::domain::check::{Check, CheckResult, JourneysRule, Verb};
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::CheckRef;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::{RunEnd, RunEnding, RunEvent};
use crate::domain::status::{CheckStatus, GateStatus};
use crate::formats::junit::FailedCases;

/// How the step ended that the check stands for: the words of `steps.ID.outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
    /// It succeeded.
    Success,
    /// It failed.
    Failure,
    /// It was not run.
    Skipped,
    /// It was cancelled.
    Cancelled,
}

/// What a recording came to.
#[derive(Debug)]
pub struct Recorded {
    /// What decides the exit code.
    pub outcome: Outcome,
    /// The release as it stands, seen from the recording.
    pub verdict: Verdict,
}

/// Judges and records one check.
///
/// # Errors
/// A check that the policy does not have or that Tollgate performs itself; a ledger that cannot
/// be written.
pub async fn record(
    project: &Project,
    name: &CheckRef,
    step: StepOutcome,
    reporters: Reporters,
    stop: Stop,
) -> Result<Recorded, Failure> {
    let check = find(project, name)?;
    let policy = project.shown_policy();
    let recording = Recording::open(project, &policy, reporters, &stop).await?;
    let begin = Instant::now();
    recording.start(vec![name.gate.clone()]).await?;
    let order = order(&recording, name);
    let result = judge_step(&recording, name, &check, step).await?;
    let status = result.status;
    recording.record(name, &check, order, result).await?;
    let verdict = recording.verdict();
    tell_gate(&recording, &verdict, name, order, begin);
    let end = RunEnd {
        verdict: verdict.clone(),
        duration: begin.elapsed(),
        ending: RunEnding::Complete,
        folder: recording.shown_folder(),
    };
    recording.close(end).await?;
    let outcome = match (order, status) {
        (Order::Broken, _) => Outcome::Blocked,
        (Order::Kept, CheckStatus::Passed) => Outcome::Passed,
        (Order::Kept, _) => Outcome::Failed,
    };
    Ok(Recorded { outcome, verdict })
}

fn find(project: &Project, name: &CheckRef) -> Result<Check, Failure> {
    let check = project
        .policy
        .check(name)
        .ok_or_else(|| unknown_check(&project.policy, name))?;
    match &check.verb {
        Verb::Run(_) | Verb::Journeys(_) => Ok(check.clone()),
        verb => Err(Failure::usage(format!(
            "{name} is a `{}` check, which no step can stand for",
            verb.name()
        ))
        .hint(format!(
            "Tollgate performs it itself: `tollgate run {}`",
            name.gate
        ))),
    }
}

/// A result counts only when its gate is open, and when all that it needs has passed.
fn order(recording: &Recording, name: &CheckRef) -> Order {
    match recording.verdict().status_of(&name.gate) {
        GateStatus::Blocked => Order::Broken,
        _ => Order::Kept,
    }
}

async fn judge_step(
    recording: &Recording,
    name: &CheckRef,
    check: &Check,
    step: StepOutcome,
) -> Result<CheckResult, Failure> {
    let mut result = of_step(step);
    if matches!(step, StepOutcome::Skipped | StepOutcome::Cancelled) {
        return Ok(result);
    }
    if let Verb::Journeys(rule) = &check.verb {
        return Ok(judge_journeys(recording, rule, result));
    }
    let (place, owned_name, owned) = (recording.place.clone(), name.clone(), check.clone());
    let read = tokio::task::spawn_blocking(move || {
        measure::read(&place, &owned_name, &owned, None, &FailedCases::default())
    });
    let mut readings = read
        .await
        .map_err(|error| Failure::unreachable(error.to_string()))?;
    for message in std::mem::take(&mut readings.warnings) {
        recording.tell(RunEvent::Warning { message });
    }
    result.evidence = std::mem::take(&mut readings.evidence);
    readings.settle(check, &mut result);
    Ok(result)
}

/// Judges what the ledger knows; a step that failed is not saved by it.
fn judge_journeys(recording: &Recording, rule: &JourneysRule, of_step: CheckResult) -> CheckResult {
    let mut judged = journeys::run(rule.demand, &recording.journey_facts(rule));
    if judged.status == CheckStatus::Passed {
        judged.status = of_step.status;
    }
    judged.reasons.extend(of_step.reasons);
    judged
}

fn of_step(step: StepOutcome) -> CheckResult {
    let with =
        |status, code, message: &str| CheckResult::of(status, vec![Reason::new(code, message)]);
    match step {
        StepOutcome::Success => CheckResult::of(CheckStatus::Passed, Vec::new()),
        StepOutcome::Failure => with(
            CheckStatus::Failed,
            ReasonCode::CommandFailed,
            "the step failed",
        ),
        StepOutcome::Skipped => with(
            CheckStatus::Skipped,
            ReasonCode::StepSkipped,
            "the step was skipped, and nothing in the policy turns a skip into a pass",
        ),
        StepOutcome::Cancelled => with(
            CheckStatus::Errored,
            ReasonCode::Cancelled,
            "the step was cancelled",
        ),
    }
}

fn tell_gate(
    recording: &Recording,
    verdict: &Verdict,
    name: &CheckRef,
    order: Order,
    begin: Instant,
) {
    let Some(gate) = verdict.gate(&name.gate) else {
        return;
    };
    let event = match order {
        Order::Broken => RunEvent::GateBlocked {
            gate: gate.id.clone(),
            reasons: gate.reasons.clone(),
        },
        Order::Kept => RunEvent::GateFinished {
            verdict: Arc::new(gate.clone()),
            duration: begin.elapsed(),
        },
    };
    recording.tell(event);
}
