//! Stages and gates with their checks.

use std::time::Duration;

use super::{Desk, badges, people, reasons, words};
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::gate::{Gate, GateKind};
use crate::domain::quality::tests::{CaseOutcome, TestCase};
use crate::domain::reason::{Reason, ReasonCode};
use crate::render::report::model::{CasePart, CheckPart, GatePart};
use crate::render::report::text::Pen;
use crate::render::totals::Totals;
use crate::render::words as common;

/// How many reasons of a check are shown.
const SHOWN_REASONS: usize = 100;

/// How many test cases of a check are shown.
const SHOWN_CASES: usize = 50;

pub(super) fn gates(desk: &Desk<'_>) -> Vec<GatePart> {
    desk.gates()
        .map(|(gate, verdict)| part(desk, gate, verdict))
        .collect()
}

fn part(desk: &Desk<'_>, gate: &Gate, verdict: &GateVerdict) -> GatePart {
    let pen = desk.pen;
    let rule = gate.approvals.as_ref();
    let approvals = rule.zip(verdict.approvals.as_ref());
    GatePart {
        gate: gate.id.clone(),
        id: pen.name(gate.id.as_str()),
        anchor: words::gate_anchor(&gate.id),
        title: words::title(pen, &gate.title, gate.id.as_str()),
        kind: match gate.kind {
            GateKind::Stage => "stage",
            GateKind::Gate => "gate",
        },
        severity: gate.severity.as_str(),
        badge: badges::gate_status(verdict.status),
        totals: Totals::of_gate(verdict).to_string(),
        took: took(verdict),
        waiver: verdict
            .waiver
            .as_ref()
            .map(|waiver| people::waived(pen, waiver)),
        reasons: verdict
            .reasons
            .iter()
            .filter(|reason| is_own(reason))
            .map(|reason| reasons::own(pen, reason))
            .collect(),
        checks: verdict
            .checks
            .iter()
            .map(|check| check_part(desk, verdict, check))
            .collect(),
        approvals: approvals.map(|(rule, verdict)| people::approvals(pen, rule, verdict)),
        evidence: desk.evidence.proofs(&verdict.evidence),
    }
}

/// What no check of the gate says, and the waiver does not either.
fn is_own(reason: &Reason) -> bool {
    reason.check.is_none() && reason.code != ReasonCode::Waived
}

/// The times of the checks added up: they ran side by side, or on several days.
fn took(gate: &GateVerdict) -> String {
    let facts = gate.checks.iter().filter_map(|check| check.fact.as_ref());
    let times: Vec<u64> = facts.map(|fact| fact.report.duration_ms).collect();
    match times.is_empty() {
        true => String::new(),
        false => {
            let sum = times.into_iter().fold(0, u64::saturating_add);
            common::duration(Duration::from_millis(sum))
        }
    }
}

fn check_part(desk: &Desk<'_>, gate: &GateVerdict, check: &CheckVerdict) -> CheckPart {
    let pen = desk.pen;
    let cases = check.fact.iter().flat_map(|fact| &fact.report.cases);
    let cases: Vec<&TestCase> = cases
        .filter(|case| case.outcome != CaseOutcome::Skipped)
        .collect();
    let reasons = check.reasons.iter().take(SHOWN_REASONS);
    CheckPart {
        id: pen.name(check.id.as_str()),
        title: words::title(pen, &check.title, check.id.as_str()),
        badge: badges::check(gate, check),
        took: words::took(check),
        totals: Totals::of_check(check).to_string(),
        reasons: reasons.map(|reason| reasons::own(pen, reason)).collect(),
        more_cases: cases.len().saturating_sub(SHOWN_CASES),
        cases: cases
            .into_iter()
            .take(SHOWN_CASES)
            .map(|it| case(pen, it))
            .collect(),
        evidence: desk.evidence.proofs(&check.evidence),
    }
}

fn case(pen: Pen<'_>, case: &TestCase) -> CasePart {
    CasePart {
        badge: badges::case(case.outcome),
        title: pen.name(&case.title()),
        place: case
            .location
            .as_ref()
            .map(|place| pen.name(&place.to_string())),
        message: pen.passage(&case.message),
    }
}
