//! `tollgate validate ENV`: a readiness run, then a regression run, then a report; and the record of
//! all such runs.

pub mod records;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::failure::Failure;
use super::outcome::Outcome;
use super::project::Project;
use super::promote::find;
use super::recording::{Recording, unwritable};
use super::reporting::Reporters;
use super::run::session::Session;
use super::run::stop::{Budget, Stop, StopCause};
use super::run::{self, OnFailure, Reuse, RunRequest, Selection, Wanted};
use crate::domain::delivery::validation::{self, Item, Phase, Validation};
use crate::domain::gate::Gate;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckRef, EnvironmentId, GateId};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::record::payload::{ValidationFinished, ValidationStarted, ValidationStatus};
use crate::domain::run::{RunEnd, RunEnding};
use crate::render::validation::{ValidationView, markdown};

/// The report's name in the run's folder.
const REPORT: &str = "validation.md";

/// The type of evidence that a report is.
const REPORT_KIND: &str = "validation-report";

/// What a validation came to.
#[derive(Debug)]
pub struct Validated {
    /// What decides the exit code.
    pub outcome: Outcome,
    /// Everything that the report tells.
    pub view: ValidationView,
    /// Where the report lies, as users would type it; `None` of one that is only looked at.
    pub report: Option<PathBuf>,
    /// The release as it stands now.
    pub verdict: Verdict,
}

/// Validates an environment: performs every check of its gates whose group belongs to a validation,
/// readiness first. A gate that is blocked stays shut; what it holds is then missing.
///
/// # Errors
/// An environment that the policy does not have, or that asks for no such check; undefined
/// variables; a ledger or an evidence directory that cannot be written.
pub async fn validate(
    project: &Project,
    environment: &EnvironmentId,
    jobs: NonZeroUsize,
    reporters: Reporters,
    stop: Stop,
) -> Result<Validated, Failure> {
    let items = items(&project.policy, environment)?;
    let gates: BTreeSet<GateId> = items.iter().map(|item| item.check.gate.clone()).collect();
    let gates: Vec<GateId> = gates.into_iter().collect();
    let policy = project.expanded(&gates)?;
    let request = RunRequest {
        wanted: Wanted::Gates(gates),
        selection: Selection::All,
        jobs,
        reuse: Reuse::Nothing,
        on_failure: OnFailure::KeepGoing,
    };
    let begin = Instant::now();
    let mut session = Session::open(project, &policy, request, reporters, stop).await?;
    let validation = begin_record(project, &session.recording, environment, &items).await?;
    perform(&mut session, &policy, &items).await?;
    finish(session, &policy, &items, validation, begin).await
}

fn items(policy: &Policy, environment: &EnvironmentId) -> Result<Vec<Item>, Failure> {
    let items = validation::items(policy, find(policy, environment)?);
    if !items.is_empty() {
        return Ok(items);
    }
    let message = format!("the gates of {environment} have no check that a validation performs");
    let hint = "give checks a `group`: schema, storage, permission, gate or regression";
    Err(Failure::usage(message).hint(hint))
}

async fn begin_record(
    project: &Project,
    recording: &Recording,
    environment: &EnvironmentId,
    items: &[Item],
) -> Result<Validation, Failure> {
    let plan: BTreeSet<&GateId> = items.iter().map(|item| &item.check.gate).collect();
    let order = pipeline::in_order(&project.policy)
        .into_iter()
        .map(|gate| gate.id.clone());
    recording
        .start(order.filter(|id| plan.contains(id)).collect())
        .await?;
    let started = ValidationStarted {
        validation_id: recording.run.clone(),
        environment: environment.clone(),
        status: ValidationStatus::Running,
        by: project.settings.actor(),
    };
    let now = Timestamp::now();
    recording
        .append(vec![recording.writer().validation_started(now, &started)])
        .await?;
    Ok(Validation {
        id: started.validation_id,
        environment: started.environment,
        status: ValidationStatus::Running,
        by: started.by,
        started_at: now,
        ended_at: None,
        finalized: None,
    })
}

/// The two runs, each within its time.
async fn perform(session: &mut Session, policy: &Policy, items: &[Item]) -> Result<(), Failure> {
    let budgets = policy.budgets.clone();
    let _whole = session.spend_budget(Budget::Validation, Some(budgets.validation));
    for phase in Phase::ALL {
        let wanted: BTreeSet<CheckRef> = items
            .iter()
            .filter(|item| item.phase == phase)
            .map(|item| item.check.clone())
            .collect();
        let gates: BTreeSet<GateId> = wanted.iter().map(|check| check.gate.clone()).collect();
        session.request.selection = Selection::Checks(wanted);
        let _readiness = match phase {
            Phase::Readiness => session.spend_budget(Budget::Readiness, Some(budgets.readiness)),
            Phase::Regression => None,
        };
        let in_order = pipeline::in_order(policy).into_iter();
        let of_phase: Vec<&Gate> = in_order.filter(|gate| gates.contains(&gate.id)).collect();
        for gate in of_phase {
            if session.stop.cause().is_none() {
                run::pass(session, gate, true).await?;
            }
        }
    }
    Ok(())
}

/// Judges, records the end, writes the report, and closes the recording.
async fn finish(
    session: Session,
    policy: &Policy,
    items: &[Item],
    mut validation: Validation,
    begin: Instant,
) -> Result<Validated, Failure> {
    let (recording, cause) = (session.recording, session.stop.cause());
    let verdict = recording.verdict();
    let judged = validation::judge(items, &verdict);
    let is_clear = judged.iter().all(|item| !item.blocks);
    validation.status = match (is_clear, cause) {
        (true, None) => ValidationStatus::Passed,
        _ => ValidationStatus::Failed,
    };
    let now = Timestamp::now();
    validation.ended_at = Some(now);
    let facts = recording.facts();
    let view = ValidationView {
        release: recording.writer().release.clone(),
        plans: validation::rollback_plans(&facts)
            .into_iter()
            .cloned()
            .collect(),
        out_of_time: match cause {
            Some(StopCause::OutOfTime(budget)) => Some(budget.as_str()),
            _ => None,
        },
        items: judged,
        validation,
    };
    recording
        .append(vec![
            recording.writer().validation_finished(now, &ended(&view)),
        ])
        .await?;
    let report = write_report(&recording, policy, &view, now).await?;
    let outcome = outcome(&view, cause);
    let end = RunEnd {
        verdict: verdict.clone(),
        duration: begin.elapsed(),
        ending: match cause {
            Some(StopCause::Interrupted) => RunEnding::Interrupted,
            Some(StopCause::OutOfTime(_)) => RunEnding::OutOfTime,
            Some(StopCause::FailFast) | None => RunEnding::Complete,
        },
        folder: recording.shown_folder(),
    };
    recording.close(end).await?;
    Ok(Validated {
        outcome,
        view,
        report: Some(report),
        verdict,
    })
}

fn ended(view: &ValidationView) -> ValidationFinished {
    let blocking = view.items.iter().filter(|item| item.blocks);
    ValidationFinished {
        validation_id: view.validation.id.clone(),
        environment: view.validation.environment.clone(),
        status: view.validation.status,
        by: String::new(),
        blocking: blocking.map(|item| item.item.check.to_string()).collect(),
    }
}

/// Writes the report within its time, and records it as evidence.
async fn write_report(
    recording: &Recording,
    policy: &Policy,
    view: &ValidationView,
    now: Timestamp,
) -> Result<PathBuf, Failure> {
    let (owned, redactor) = (view.clone(), Arc::clone(&recording.place.redactor));
    let making = tokio::task::spawn_blocking(move || {
        redactor.mask(&markdown(&owned)).into_owned().into_inner()
    });
    let made = tokio::time::timeout(policy.budgets.report, making).await;
    let over = || {
        let most = policy.budgets.report.as_secs_f64();
        Failure::unreachable(format!(
            "the report took longer than the {most} s of `budgets.report`"
        ))
    };
    let text = made
        .map_err(|_| over())?
        .map_err(|error| Failure::unreachable(error.to_string()))?;
    recording
        .place
        .folder
        .write(REPORT, text.as_bytes())
        .map_err(unwritable)?;
    let file = crate::domain::check::EvidenceFile {
        kind: REPORT_KIND.to_owned(),
        name: REPORT.to_owned(),
        sha256: crate::domain::ids::Sha256Digest::of(text.as_bytes()),
        size: text.len() as u64,
        path: REPORT.to_owned(),
    };
    recording.list(None, None, &file);
    recording
        .append(vec![recording.writer().evidence_added(None, &file, now)])
        .await?;
    Ok(PathBuf::from(recording.shown_folder()).join(REPORT))
}

fn outcome(view: &ValidationView, cause: Option<StopCause>) -> Outcome {
    use crate::domain::status::CheckStatus::Pending;
    let mut blocking = view.items.iter().filter(|item| item.blocks);
    match (cause, view.validation.status) {
        (Some(StopCause::Interrupted), _) => Outcome::Interrupted,
        (_, ValidationStatus::Passed) => Outcome::Passed,
        (None, _) if blocking.all(|item| item.status == Pending) => Outcome::Blocked,
        _ => Outcome::Failed,
    }
}
