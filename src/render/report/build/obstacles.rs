//! What keeps the release back: gates that failed, gates that are not complete, then what
//! environments ask for besides.

use super::{Desk, badges, environments, reasons, words};
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::gate::{Gate, Severity};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::status::GateStatus;
use crate::render::report::model::{Badge, Mention, Obstacle};

/// How many reasons of an obstacle are shown; its part has all.
const SHOWN_REASONS: usize = 5;

pub(super) fn obstacles(desk: &Desk<'_>) -> Vec<Obstacle> {
    let is_obstacle = |status: GateStatus| !status.lets_through() && status != GateStatus::Blocked;
    let mut shut: Vec<_> = desk
        .gates()
        .filter(|(_, it)| is_obstacle(it.status))
        .collect();
    shut.sort_by_key(|(_, verdict)| verdict.status != GateStatus::Failed);
    let gates = shut
        .into_iter()
        .map(|(gate, verdict)| of_gate(desk, gate, verdict));
    gates.chain(of_environments(desk)).collect()
}

/// The gates that only wait for others.
pub(super) fn waiting(desk: &Desk<'_>) -> Vec<Mention> {
    let blocked = desk
        .gates()
        .filter(|(_, it)| it.status == GateStatus::Blocked);
    let mention = |(gate, verdict): (&Gate, &GateVerdict)| Mention {
        name: desk.pen.name(gate.id.as_str()),
        badge: badges::gate_status(verdict.status),
        anchor: words::gate_anchor(&gate.id),
    };
    blocked.map(mention).collect()
}

fn of_gate(desk: &Desk<'_>, gate: &Gate, verdict: &GateVerdict) -> Obstacle {
    let obstacle = Obstacle {
        title: words::title(desk.pen, &gate.title, gate.id.as_str()),
        severity: Some(gate.severity)
            .filter(|severity| *severity != Severity::Blocking)
            .map(Severity::as_str),
        ..empty(desk, gate.id.as_str(), badges::gate_status(verdict.status))
    };
    Obstacle {
        anchor: words::gate_anchor(&gate.id),
        ..with(desk, obstacle, &verdict.reasons)
    }
}

/// What environments ask for that is no gate: approvals, and environments that come before.
fn of_environments<'d>(desk: &'d Desk<'_>) -> impl Iterator<Item = Obstacle> + 'd {
    environments::all(desk).filter_map(|(environment, verdict)| {
        let own = verdict
            .reasons
            .iter()
            .filter(|reason| reason.gate.is_none() && !is_of_person(verdict, reason));
        let own: Vec<Reason> = own.cloned().collect();
        let obstacle = Obstacle {
            anchor: words::environment_anchor(&environment.id),
            ..empty(desk, environment.id.as_str(), badges::environment(verdict))
        };
        (!own.is_empty()).then(|| with(desk, obstacle, &own))
    })
}

/// Whether a reason says why somebody's approval does not count; the environment's part says that
/// beside the person. A veto stands for itself.
fn is_of_person(verdict: &EnvironmentVerdict, reason: &Reason) -> bool {
    let people = verdict.approvals.iter().flat_map(|it| &it.people);
    let mut objections = people.filter_map(|person| person.objection.as_ref());
    reason.code != ReasonCode::ApprovalRejected && objections.any(|it| it == reason)
}

fn empty(desk: &Desk<'_>, name: &str, badge: Badge) -> Obstacle {
    Obstacle {
        badge,
        name: desk.pen.name(name),
        title: None,
        severity: None,
        anchor: String::new(),
        reasons: Vec::new(),
        more: 0,
    }
}

fn with(desk: &Desk<'_>, obstacle: Obstacle, reasons: &[Reason]) -> Obstacle {
    let shown = reasons.iter().take(SHOWN_REASONS);
    Obstacle {
        reasons: shown
            .map(|reason| reasons::named(desk.pen, reason))
            .collect(),
        more: reasons.len().saturating_sub(SHOWN_REASONS),
        ..obstacle
    }
}
