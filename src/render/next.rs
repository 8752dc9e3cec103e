//! What to do next, from what a run came to.

use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::ids::{CheckRef, GateId};
use crate::domain::reason::ReasonCode;
use crate::domain::run::RunEnding;
use crate::domain::status::{CheckStatus, GateStatus};

use super::chronicle::Chronicle;
use super::clean;

/// How many checks are named one by one.
const NAMED_CHECKS: usize = 3;

/// The next steps, the first one first; plain sentences with commands in backticks.
pub(super) fn steps(chronicle: &Chronicle) -> Vec<String> {
    let mut steps = Vec::new();
    match chronicle.ending() {
        RunEnding::Interrupted => {
            steps.push(again(chronicle).to_owned());
            return steps;
        }
        RunEnding::OutOfTime => steps.push(
            "Give the pipeline more time (`budgets.pipeline` in the policy), or make its slowest \
             checks faster: the timeline in summary.md shows them."
                .to_owned(),
        ),
        RunEnding::Complete => {}
    }
    if let Some(judged) = &chronicle.environment {
        promote(judged, &mut steps);
        return steps;
    }
    match chronicle.status() {
        GateStatus::Failed => mend(chronicle, &mut steps),
        GateStatus::Blocked => open(chronicle, &mut steps),
        GateStatus::Pending | GateStatus::Running => complete(chronicle, &mut steps),
        GateStatus::Passed | GateStatus::Waived => enjoy(chronicle, &mut steps),
    }
    steps
}

/// What brings a release into an environment.
fn promote(judged: &EnvironmentVerdict, steps: &mut Vec<String>) {
    let id = &judged.id;
    if judged.eligible {
        steps.push(format!(
            "Deploy, then record how it went: `tollgate deployed {id} --status passed --by NAME`."
        ));
        return;
    }
    let gates: Vec<&str> = judged
        .reasons
        .iter()
        .filter_map(|it| Some(it.gate.as_ref()?.as_str()))
        .collect();
    if !gates.is_empty() {
        steps.push(format!(
            "Pass the gates first: `tollgate run {}`.",
            gates.join(" ")
        ));
    }
    let has = |code| judged.reasons.iter().any(|reason| reason.code == code);
    if has(ReasonCode::ApprovalMissing) {
        steps.push(format!(
            "Let somebody whom the policy names approve {id}: in GitHub Actions the job that \
             promotes needs `environment: {id}`."
        ));
    }
    steps.push(format!(
        "Mend what is named above, then `tollgate promote {id}`."
    ));
}

fn again(chronicle: &Chronicle) -> &'static str {
    if in_dirty_tree(chronicle) {
        "Run `tollgate run` again. Results of a work tree that differs from the commit are not \
         kept for the next run; those of a clean one are."
    } else {
        "Run `tollgate run` again: it carries on with what has not passed for this commit."
    }
}

fn in_dirty_tree(chronicle: &Chronicle) -> bool {
    chronicle
        .start
        .as_ref()
        .is_some_and(|start| start.tree.is_dirty())
}

fn mend(chronicle: &Chronicle, steps: &mut Vec<String>) {
    let mut broken = chronicle.check_verdicts();
    broken.retain(|(gate, check)| {
        gate.status == GateStatus::Failed
            && !matches!(check.status, CheckStatus::Passed | CheckStatus::Pending)
    });
    for (gate, check) in broken.iter().take(NAMED_CHECKS) {
        let name = CheckRef::new(gate.id.clone(), check.id.clone());
        let code = check.reasons.first().map(|reason| reason.code);
        steps.push(format!(
            "{}{}",
            mending(&name, code),
            where_it_says(chronicle, &name)
        ));
    }
    if broken.len() > NAMED_CHECKS {
        let more = broken.len() - NAMED_CHECKS;
        steps.push(format!(
            "Then the other {more} checks that did not pass, listed above."
        ));
    }
    steps.push(
        "Then run `tollgate run`: gates that passed for the same commit are not run again."
            .to_owned(),
    );
}

/// What would make a check pass whose first reason has that code.
pub(super) fn mending(check: &CheckRef, code: Option<ReasonCode>) -> String {
    match code {
        Some(ReasonCode::TestsFailed) => format!("Fix the failing tests of {check}"),
        Some(ReasonCode::ToolMissing) => format!("Install the tool that {check} runs"),
        Some(ReasonCode::TimedOut) => {
            format!("Find out why {check} did not end in time, or raise its `timeout`")
        }
        Some(ReasonCode::ResultMissing | ReasonCode::ResultStale) => {
            format!("Let {check} write its result files where `results` looks for them")
        }
        Some(ReasonCode::JourneyUntested | ReasonCode::FaultUntested) => {
            format!("Write the tests that {check} misses, or mend the patterns of `journeys`")
        }
        Some(ReasonCode::VersionDrift) => {
            format!("Bring the versions that {check} names into line")
        }
        Some(_) | None => format!("Fix {check}"),
    }
}

/// Where the whole output of a check lies.
fn where_it_says(chronicle: &Chronicle, check: &CheckRef) -> String {
    let log = chronicle.check(check).and_then(|story| story.log());
    match (chronicle.folder(), log) {
        (Some(folder), Some(log)) => {
            format!(
                "; its output is in {}",
                clean::line(&format!("{folder}/{}", log.path))
            )
        }
        _ => ".".to_owned(),
    }
}

fn open(chronicle: &Chronicle, steps: &mut Vec<String>) {
    if let Some(last) = shut(chronicle).last() {
        steps.push(format!(
            "Run `tollgate run {last}`: it runs what {last} requires first, in order."
        ));
    }
}

fn complete(chronicle: &Chronicle, steps: &mut Vec<String>) {
    let gates = chronicle.verdicts().into_iter();
    let asked: Vec<String> = gates.flat_map(of_people).collect();
    if !asked.is_empty() {
        steps.extend(asked);
        return;
    }
    if let Some(first) = shut(chronicle).first() {
        steps.push(format!(
            "Results of {first} are still to come: `tollgate run {first}` makes them, `tollgate \
             record` takes those of other steps."
        ));
    }
}

/// What a gate waits for that no run brings; each reason says how it is given.
fn of_people(gate: &GateVerdict) -> Vec<String> {
    let is_asked = |code| {
        matches!(
            code,
            ReasonCode::SignoffMissing
                | ReasonCode::NotVerifiedThere
                | ReasonCode::EvidenceMissing
                | ReasonCode::ApprovalMissing
        )
    };
    let reasons = gate.reasons.iter().filter(|reason| is_asked(reason.code));
    reasons
        .map(|reason| format!("{}.", clean::line(&reason.message)))
        .collect()
}

fn shut(chronicle: &Chronicle) -> Vec<&GateId> {
    let gates = chronicle.verdicts().into_iter();
    gates
        .filter(|gate| !gate.status.lets_through())
        .map(|gate| &gate.id)
        .collect()
}

fn enjoy(chronicle: &Chronicle, steps: &mut Vec<String>) {
    if chronicle
        .start
        .as_ref()
        .is_some_and(|start| start.tree.is_dirty())
    {
        steps.push(
            "Commit, then run `tollgate run`: results of a work tree that differs from the commit \
             count for this run only."
                .to_owned(),
        );
    }
    let further = chronicle.end.as_ref().and_then(|end| {
        let shut = |status: GateStatus| !status.lets_through();
        end.verdict.gates.iter().find(|gate| shut(gate.status))
    });
    steps.push(match further {
        Some(gate) => format!("Run `tollgate run` to go on: {} is next.", gate.id),
        None => "`tollgate status` shows this verdict; `tollgate ledger verify` checks its record."
            .to_owned(),
    });
}
