//! Everything that is asked for, as one list: each item with what proves it.

use super::{Desk, badges, deployments, environments, people, words};
use crate::domain::check::Verb;
use crate::domain::delivery::approval::ApprovalVerdict;
use crate::domain::delivery::environment::{ApprovalRule, Environment};
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::gate::Gate;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::record::payload::EvidenceRecorded;
use crate::render::people::counts;
use crate::render::report::model::{Badge, ChecklistGroup, ChecklistItem, Mention, Proof};

pub(super) fn groups(desk: &Desk<'_>) -> Vec<ChecklistGroup> {
    let gates = desk
        .gates()
        .map(|(gate, verdict)| of_gate(desk, gate, verdict));
    let environments = environments::all(desk);
    let environments = environments.map(|(it, verdict)| of_environment(desk, it, verdict));
    let mut groups: Vec<ChecklistGroup> = gates.chain(environments).collect();
    groups.retain(|group| !group.items.is_empty());
    groups
}

fn of_gate(desk: &Desk<'_>, gate: &Gate, verdict: &GateVerdict) -> ChecklistGroup {
    let checks = verdict.checks.iter();
    let mut items: Vec<ChecklistItem> = checks.map(|it| check(desk, gate, verdict, it)).collect();
    items.extend(
        gate.evidence
            .iter()
            .map(|kind| evidence(desk, kind, verdict)),
    );
    let anchor = words::gate_anchor(&gate.id);
    let approvals = gate.approvals.as_ref().zip(verdict.approvals.as_ref());
    items.extend(approvals.map(|it| approved(desk, it, &anchor)));
    ChecklistGroup {
        head: Mention {
            name: desk.pen.name(gate.id.as_str()),
            badge: badges::gate_status(verdict.status),
            anchor,
        },
        title: words::title(desk.pen, &gate.title, gate.id.as_str()),
        items,
    }
}

/// A check; a manual one is proven by who signed it off, too.
fn check(
    desk: &Desk<'_>,
    gate: &Gate,
    verdict: &GateVerdict,
    check: &CheckVerdict,
) -> ChecklistItem {
    let pen = desk.pen;
    let mut proofs = desk.evidence.proofs(&check.evidence);
    let known = gate.check(&check.id);
    if known.is_some_and(|known| matches!(known.verb, Verb::Manual(_))) {
        let anchor = words::manual_anchor(&gate.id, &check.id);
        let signoffs = check.signoffs.iter();
        let signed = signoffs.map(|fact| Proof {
            label: pen.name(&format!("signed off by {}", fact.record.by)),
            anchor: anchor.clone(),
        });
        proofs.splice(0..0, signed);
    }
    let text = match check.title == check.id.as_str() {
        true => check.id.to_string(),
        false => format!("{}: {}", check.id, check.title),
    };
    ChecklistItem {
        badge: badges::check(verdict, check),
        text: pen.line(&text),
        proofs,
    }
}

/// A type of evidence that the gate asks for, wherever it comes from.
fn evidence(desk: &Desk<'_>, kind: &str, verdict: &GateVerdict) -> ChecklistItem {
    let of_checks = verdict.checks.iter().flat_map(|check| &check.evidence);
    let all = verdict.evidence.iter().chain(of_checks);
    let such: Vec<&EvidenceRecorded> = all.filter(|piece| piece.kind == kind).collect();
    ChecklistItem {
        badge: badges::there(!such.is_empty()),
        text: desk.pen.line(&format!("evidence: {kind}")),
        proofs: desk.evidence.proofs(such),
    }
}

fn approved(
    desk: &Desk<'_>,
    (rule, verdict): (&ApprovalRule, &ApprovalVerdict),
    anchor: &str,
) -> ChecklistItem {
    let counting = verdict.people.iter().filter(|person| counts(person));
    let proof = |by: &str| Proof {
        label: desk.pen.name(&format!("approved by {by}")),
        anchor: anchor.to_owned(),
    };
    ChecklistItem {
        badge: approval_badge(verdict),
        text: people::approvals(desk.pen, rule, verdict).summary,
        proofs: counting.map(|person| proof(&person.by)).collect(),
    }
}

fn approval_badge(verdict: &ApprovalVerdict) -> Badge {
    match (verdict.reasons.is_empty(), verdict.vetoes().is_empty()) {
        (true, _) => badges::decision(crate::domain::record::payload::Decision::Approved, true),
        (false, false) => {
            badges::decision(crate::domain::record::payload::Decision::Rejected, true)
        }
        (false, true) => badges::there(false),
    }
}

fn of_environment(
    desk: &Desk<'_>,
    environment: &Environment,
    verdict: &EnvironmentVerdict,
) -> ChecklistGroup {
    let anchor = words::environment_anchor(&environment.id);
    let first = environment.after.iter().map(|id| {
        let before = environments::before(desk, id);
        ChecklistItem {
            badge: before.badge,
            text: desk.pen.line(&format!("deployed to {id} first")),
            proofs: deployments::proofs(desk, id),
        }
    });
    let mut items: Vec<ChecklistItem> = first.collect();
    let approvals = environment
        .approvals
        .as_ref()
        .zip(verdict.approvals.as_ref());
    items.extend(approvals.map(|it| approved(desk, it, &anchor)));
    ChecklistGroup {
        head: Mention {
            name: desk.pen.name(environment.id.as_str()),
            badge: badges::environment(verdict),
            anchor,
        },
        title: None,
        items,
    }
}
