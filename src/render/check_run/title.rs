//! The title: `31 tests: 28 passed, 2 failed, 1 skipped · 75 % lines`, one line of 255 bytes.

use crate::domain::check_run::{CheckRunState, Conclusion};
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::status::{CheckStatus, GateStatus};
use crate::render::totals::Totals;
use crate::render::{clean, people, words};

use super::View;

/// The longest title, in bytes. GitHub names no limit for it; that of an annotation's is 255.
const LONGEST: usize = 255;

/// How much of a waiver stands in the title, in bytes: its reason may be long.
const LONGEST_WAIVER: usize = 140;

/// How many checks or gates are named one by one.
const NAMED: usize = 3;

pub(super) fn of(view: &View<'_>) -> String {
    let gate = view.gate;
    let totals = Totals::of_gate(gate);
    let mut parts = vec![totals.to_string()];
    match view.state {
        CheckRunState::Completed(Conclusion::Cancelled) => {
            parts.insert(0, format!("cancelled: {}", passed(gate)));
        }
        CheckRunState::Completed(Conclusion::ActionRequired) => parts.insert(0, blocked(gate)),
        CheckRunState::Completed(Conclusion::Neutral) => parts.insert(0, waived(gate)),
        CheckRunState::Completed(Conclusion::Failure) => {
            parts.push(failed(gate));
            parts.push(asked_for(gate));
        }
        CheckRunState::Completed(Conclusion::Success) => {
            parts.push(tolerated(gate, totals.tests.is_none()));
        }
        CheckRunState::InProgress => {
            parts.push(passed(gate));
            parts.push(asked_for(gate));
        }
    }
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() {
        parts.push(gate.status.to_string()); // GitHub takes no empty title
    }
    clean::cut(&clean::line(&parts.join(" · ")), LONGEST).into_owned()
}

/// `waived by mia until 2026-12-01: known issue`; `mail waived by …` where only a check is.
fn waived(gate: &GateVerdict) -> String {
    let Some(waiver) = &gate.waiver else {
        return GateStatus::Waived.to_string();
    };
    let told = clean::cut(&people::waived(waiver), LONGEST_WAIVER).into_owned();
    let ids = gate.checks.iter().filter_map(|check| check.waiver.as_ref());
    match ids.filter(|other| other.id != waiver.id).count() {
        0 => told,
        more => format!(
            "{told} and {}",
            words::count(more as u64, "more waiver", "more waivers")
        ),
    }
}

/// `3 of 4 checks passed`.
pub(super) fn passed(gate: &GateVerdict) -> String {
    let is_passed = |check: &&CheckVerdict| check.status == CheckStatus::Passed;
    let passed = gate.checks.iter().filter(is_passed).count();
    let checks = words::count(gate.checks.len() as u64, "check", "checks");
    match gate.checks.len() {
        all if all == passed => format!("{checks} passed"),
        _ => format!("{} of {checks} passed", words::grouped(passed as u64)),
    }
}

/// The checks that failed for another reason than the tests that are counted already.
fn failed(gate: &GateVerdict) -> String {
    let told = |check: &CheckVerdict| {
        let is_told = |reason: &Reason| reason.code == ReasonCode::TestsFailed;
        check.reasons.iter().any(is_told)
    };
    named(gate, |check| !told(check))
}

/// What the gate itself asks for and has not, besides its checks.
fn asked_for(gate: &GateVerdict) -> String {
    let own = gate.reasons.iter().filter(|reason| reason.check.is_none());
    listed(own.map(|reason| reason.message.clone()))
}

/// `ruff failed, types errored`.
fn named(gate: &GateVerdict, wanted: impl Fn(&CheckVerdict) -> bool) -> String {
    let is_bad = |check: &&CheckVerdict| {
        !matches!(check.status, CheckStatus::Passed | CheckStatus::Pending) && wanted(check)
    };
    let bad = gate.checks.iter().filter(is_bad);
    listed(bad.map(|check| format!("{} {}", check.id, check.status)))
}

fn tolerated(gate: &GateVerdict, has_no_tests: bool) -> String {
    let tolerated = named(gate, |_| true);
    match (tolerated.as_str(), has_no_tests) {
        ("", true) => passed(gate),
        ("", false) => String::new(),
        (tolerated, true) => format!("{}, tolerated: {tolerated}", passed(gate)),
        (tolerated, false) => format!("tolerated: {tolerated}"),
    }
}

/// `blocked: lint is pending`.
fn blocked(gate: &GateVerdict) -> String {
    match listed(gate.reasons.iter().map(|reason| waited_for(gate, reason))) {
        none if none.is_empty() => GateStatus::Blocked.to_string(),
        reasons => format!("blocked: {reasons}"),
    }
}

/// The judge says `lint is pending, and test requires it`; the second half is this check run's name.
fn waited_for(gate: &GateVerdict, reason: &Reason) -> String {
    let known = format!(", and {} requires it", gate.id);
    let message = reason.message.as_str();
    message.strip_suffix(&known).unwrap_or(message).to_owned()
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    let more = items.len().saturating_sub(NAMED);
    items.truncate(NAMED);
    if more > 0 {
        items.push(format!("{} more", words::grouped(more as u64)));
    }
    items.join(", ")
}
