//! `tollgate run`: gate by gate, in order, each check recorded as it ends.

pub mod check;
pub mod gate;
pub mod output;
pub mod session;
pub mod stop;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::session::Session;
use self::stop::{Budget, Stop, StopCause};
use super::failure::Failure;
use super::outcome::Outcome;
use super::project::Project;
use super::reporting::Reporters;
use super::status::status;
use crate::domain::gate::Gate;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckRef, GateId};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::run::{RunEnd, RunEnding, RunEvent, Tree};
use crate::domain::status::GateStatus;

/// What is wanted of a run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// Which gates are to pass.
    pub wanted: Wanted,
    /// Which of their checks are performed.
    pub selection: Selection,
    /// How many checks may run side by side.
    pub jobs: NonZeroUsize,
    /// What has passed before.
    pub reuse: Reuse,
    /// What a check that does not pass does to the others of its gate.
    pub on_failure: OnFailure,
}

/// Which gates are to pass.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Every stage.
    Pipeline,
    /// These, with all that they require.
    Gates(Vec<GateId>),
    /// This one alone.
    Only(GateId),
}

/// Which checks of the gates are performed.
#[derive(Debug, Clone)]
pub enum Selection {
    /// All that can be.
    All,
    /// These.
    Checks(BTreeSet<CheckRef>),
}

/// What becomes of gates that have passed for this commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// They are not run again.
    Passed,
    /// They are.
    Nothing,
}

/// What a check that does not pass does to the others of its gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// They go on.
    KeepGoing,
    /// They are ended.
    FailFast,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// What decides the exit code.
    pub outcome: Outcome,
    /// The release as it stands, seen from the run.
    pub verdict: Verdict,
}

/// Runs what is wanted.
///
/// # Errors
/// Unknown gates, undefined variables, a closed gate under `--only`; a ledger or an evidence
/// directory that cannot be written.
pub async fn run(
    project: &Project,
    request: RunRequest,
    reporters: Reporters,
    stop: Stop,
) -> Result<Ran, Failure> {
    let wanted = wanted_gates(&project.policy, &request.wanted)?;
    let plan = planned(&project.policy, &request.wanted, &wanted);
    let foreseen = foresee(project, &request, &plan).await?;
    let mut expanded = project.expanded(&foreseen)?;
    let session = Session::open(project, &expanded, request, reporters, stop).await?;
    let to_run = to_run(
        project,
        &session.request,
        &plan,
        &session.recording.verdict(),
    )?;
    if to_run != foreseen {
        expanded = project.expanded(&to_run)?; // another run was waited for
    }
    session.recording.start(plan.clone()).await?;
    let begin = Instant::now();
    let _budget = session.spend_budget(Budget::Pipeline, expanded.budgets.pipeline);
    for id in &plan {
        let gate = expanded.gate(id).filter(|_| session.stop.cause().is_none());
        let Some(gate) = gate else { break };
        pass(&session, gate, to_run.contains(id)).await?;
    }
    finish(session, &wanted, &plan, begin.elapsed()).await
}

/// What would be run if it began now. Looks only, so that a wrong call leaves no trace.
async fn foresee(
    project: &Project,
    request: &RunRequest,
    plan: &[GateId],
) -> Result<Vec<GateId>, Failure> {
    let standing = match project.tree {
        Tree::Clean => status(project).await?.verdict,
        // A dirty tree never reuses, so nothing that is known counts.
        Tree::Dirty(_) => judge(
            &project.policy,
            &Facts::default(),
            &Viewpoint::Ledger,
            Timestamp::now(),
        ),
    };
    to_run(project, request, plan, &standing)
}

fn wanted_gates(policy: &Policy, wanted: &Wanted) -> Result<Vec<GateId>, Failure> {
    let wanted = match wanted {
        Wanted::Pipeline => return Ok(policy.stages().map(|stage| stage.id.clone()).collect()),
        Wanted::Gates(gates) => gates.clone(),
        Wanted::Only(gate) => vec![gate.clone()],
    };
    for id in &wanted {
        if policy.gate(id).is_none() {
            return Err(super::names::unknown_gate(policy, id));
        }
    }
    Ok(wanted)
}

fn planned(policy: &Policy, request: &Wanted, wanted: &[GateId]) -> Vec<GateId> {
    match request {
        Wanted::Only(gate) => vec![gate.clone()],
        Wanted::Pipeline | Wanted::Gates(_) => pipeline::with_required(policy, wanted)
            .into_iter()
            .map(|gate| gate.id.clone())
            .collect(),
    }
}

/// The gates of the plan that are to be run.
fn to_run(
    project: &Project,
    request: &RunRequest,
    plan: &[GateId],
    before: &Verdict,
) -> Result<Vec<GateId>, Failure> {
    if let Wanted::Only(id) = &request.wanted
        && before.status_of(id) == GateStatus::Blocked
    {
        return Err(closed(project, before, id));
    }
    let again =
        |id: &&GateId| request.reuse == Reuse::Nothing || !before.status_of(id).lets_through();
    Ok(plan.iter().filter(again).cloned().collect())
}

/// Says what stands before a blocked gate: everything it requires that lets nothing through.
fn closed(project: &Project, verdict: &Verdict, id: &GateId) -> Failure {
    let required = pipeline::with_required(&project.policy, std::slice::from_ref(id));
    let shut: Vec<String> = required
        .iter()
        .filter(|gate| gate.id != *id)
        .map(|gate| (&gate.id, verdict.status_of(&gate.id)))
        .filter(|(_, status)| !status.lets_through())
        .map(|(id, status)| format!("{id} is {status}"))
        .collect();
    let dirt = match &project.tree {
        Tree::Clean => String::new(),
        Tree::Dirty(why) => format!(" ({why}, so results of other runs do not count)"),
    };
    Failure::blocked(format!(
        "{id} is blocked, and nothing was run: {}{dirt}",
        shut.join(", ")
    ))
    .hint(format!("`tollgate run {id}` runs what it requires first"))
}

/// Runs one gate of the plan, unless it has passed or stays shut.
///
/// # Errors
/// When a result cannot be recorded.
pub async fn pass(session: &Session, gate: &Gate, is_to_run: bool) -> Result<(), Failure> {
    let id = gate.id.clone();
    let Some(before) = session.gate_verdict(&id) else {
        return Ok(());
    };
    if before.status == GateStatus::Blocked {
        session.tell(RunEvent::GateBlocked {
            gate: id,
            reasons: before.reasons,
        });
        return Ok(());
    }
    if !is_to_run {
        session.tell(RunEvent::GateReused {
            gate: id,
            status: before.status,
        });
        return Ok(());
    }
    let begin = Instant::now();
    let turn = gate::Turns::of(session, gate, &before);
    session.tell(RunEvent::GateStarted {
        gate: id.clone(),
        checks: turn.checks(),
    });
    gate::run(session, gate, turn).await?;
    if let Some(after) = session.gate_verdict(&id) {
        let (verdict, duration) = (Arc::new(after), begin.elapsed());
        session.tell(RunEvent::GateFinished { verdict, duration });
    }
    Ok(())
}

async fn finish(
    session: Session,
    wanted: &[GateId],
    plan: &[GateId],
    duration: Duration,
) -> Result<Ran, Failure> {
    let verdict = session.recording.verdict();
    let cause = session.stop.cause();
    let ending = match cause {
        Some(StopCause::Interrupted) => RunEnding::Interrupted,
        Some(StopCause::OutOfTime(_)) => RunEnding::OutOfTime,
        Some(StopCause::FailFast) | None => RunEnding::Complete,
    };
    let outcome = match ending {
        RunEnding::Interrupted => Outcome::Interrupted,
        RunEnding::OutOfTime => Outcome::Failed,
        RunEnding::Complete => Outcome::of(&verdict, wanted, plan),
    };
    let end = RunEnd {
        verdict: verdict.clone(),
        duration,
        ending,
        folder: session.recording.shown_folder(),
    };
    session.recording.close(end).await?;
    Ok(Ran { outcome, verdict })
}
