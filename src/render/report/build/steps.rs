//! What to do next, the first thing first.

use super::{Desk, environments};
use crate::domain::check::{Check, Verb};
use crate::domain::delivery::environment::ApprovalRule;
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::gate::Gate;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::gate::waiver::{WaiverState, WaiverVerdict};
use crate::domain::ids::{CheckRef, EnvironmentId};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::payload::DeploymentStatus;
use crate::domain::status::{CheckStatus, GateStatus};
use crate::render::next;
use crate::render::report::text::Text;

/// How many steps are told.
const MOST_STEPS: usize = 12;

pub(super) fn steps(desk: &Desk<'_>) -> Vec<Text> {
    let mut steps = Vec::new();
    for (gate, verdict) in desk.gates() {
        steps.extend(of_gate(gate, verdict));
    }
    let is_failed = |verdict: &GateVerdict| verdict.status == GateStatus::Failed;
    if desk.gates().any(|(_, verdict)| is_failed(verdict)) {
        steps.push("Then `tollgate run`: what passed for this commit is not run again.".to_owned());
    }
    for (environment, verdict) in environments::all(desk) {
        let (id, rule) = (&environment.id, environment.approvals.as_ref());
        steps.extend(of_environment(desk, id, rule, verdict));
    }
    let active = desk.sources.verdict.waivers.iter();
    steps.extend(
        active
            .filter(|it| it.state == WaiverState::Active)
            .map(in_time),
    );
    if steps.is_empty() {
        steps
            .push("Nothing is left to do. `tollgate ledger verify` checks this record.".to_owned());
    }
    let more = steps.len().saturating_sub(MOST_STEPS);
    steps.truncate(MOST_STEPS);
    if more > 0 {
        steps.push(format!("Then {more} more, named where the gates stand."));
    }
    steps.iter().map(|step| desk.pen.line(step)).collect()
}

fn of_gate(gate: &Gate, verdict: &GateVerdict) -> Vec<String> {
    match verdict.status {
        GateStatus::Passed | GateStatus::Waived | GateStatus::Blocked => return Vec::new(),
        GateStatus::Failed | GateStatus::Running | GateStatus::Pending => {}
    }
    let named = |check: &CheckVerdict| CheckRef::new(gate.id.clone(), check.id.clone());
    let mut steps = Vec::new();
    let mut is_to_run = false;
    for check in verdict.checks.iter().filter(|check| check.waiver.is_none()) {
        let code = check.reasons.first().map(|reason| reason.code);
        match check.status {
            CheckStatus::Passed => {}
            CheckStatus::Pending => match gate.check(&check.id) {
                Some(known) if matches!(known.verb, Verb::Manual(_)) => {
                    steps.extend(look(&named(check), known, check));
                }
                _ => is_to_run = true,
            },
            CheckStatus::Failed | CheckStatus::Errored | CheckStatus::Skipped => {
                steps.push(format!("{}.", next::mending(&named(check), code)));
            }
        }
    }
    if is_to_run {
        let id = &gate.id;
        steps.push(format!(
            "Bring the results of {id} that are still to come: `tollgate run {id}` makes them."
        ));
    }
    steps.extend(
        verdict
            .reasons
            .iter()
            .filter_map(|reason| ask(gate, reason)),
    );
    steps
}

/// That somebody has to look, in each environment where nobody did.
fn look(name: &CheckRef, check: &Check, seen: &CheckVerdict) -> Vec<String> {
    let command = format!("`tollgate sign-off {name} --by NAME --result passed");
    if check.only.is_empty() {
        return vec![format!("Look at {name}, then {command}`.")];
    }
    let is_seen = |id: &EnvironmentId| {
        let mut places = seen.signoffs.iter().map(|fact| &fact.record.environment);
        places.any(|place| place.as_ref() == Some(id))
    };
    let lacking = check.only.iter().filter(|id| !is_seen(id));
    let step = |id| format!("Look at {name} in {id}, then {command} --environment {id}`.");
    lacking.map(step).collect()
}

/// What a gate asks for besides its checks.
fn ask(gate: &Gate, reason: &Reason) -> Option<String> {
    let id = &gate.id;
    match reason.code {
        ReasonCode::EvidenceMissing if reason.check.is_none() => Some(format!(
            "Add what {id} asks for ({}): `tollgate evidence add TYPE FILE --gate {id}`.",
            gate.evidence.join(", ")
        )),
        ReasonCode::ApprovalMissing => Some(approve(id.as_str(), gate.approvals.as_ref()?)),
        ReasonCode::ApprovalRejected => Some(lift(id.as_str())),
        _ => None,
    }
}

fn approve(name: &str, rule: &ApprovalRule) -> String {
    let from: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
    let from = from.join(" or ");
    format!(
        "Let {from} approve {name}: `tollgate approve {name} --by NAME`, or GitHub's own review."
    )
}

fn lift(name: &str) -> String {
    format!("Answer whoever rejected {name}: only their own later approval lifts that.")
}

fn of_environment(
    desk: &Desk<'_>,
    id: &EnvironmentId,
    rule: Option<&ApprovalRule>,
    verdict: &EnvironmentVerdict,
) -> Vec<String> {
    if verdict.eligible {
        let is_there = environments::deployed(desk, id) == Some(DeploymentStatus::Passed);
        let deploy = format!(
            "Deploy to {id}, then record how it went: `tollgate deployed {id} --status passed --by NAME`."
        );
        return Some(deploy).filter(|_| !is_there).into_iter().collect();
    }
    let step = |reason: &Reason| match reason.code {
        ReasonCode::ApprovalMissing => rule.map(|rule| approve(id.as_str(), rule)),
        ReasonCode::ApprovalRejected => Some(lift(id.as_str())),
        _ => None,
    };
    verdict.reasons.iter().filter_map(step).collect()
}

fn in_time(waiver: &WaiverVerdict) -> String {
    let (scope, until) = (waiver.scope(), waiver.expires_at.strftime("%Y-%m-%d"));
    format!(
        "Mend {scope} before {until}, when its waiver {} ends.",
        waiver.id
    )
}
