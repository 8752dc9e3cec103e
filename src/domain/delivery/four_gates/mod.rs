//! The rules of the control plane, for whoever has the events and no policy: the same that
//! `ops.evaluate_gate` and `ops.is_eligible_for_promotion` follow in SQL.
//!
//! - `G1`, and every gate that has no rule of its own: all required checks passed, one at least.
//! - `G2`: it has evidence, and none of its checks failed.
//! - `G3`: approved and by nobody rejected, a `rollback-plan` is in evidence, and `G2` is open.
//! - `G4`: the newest deployment that ended passed, and a `health-check` is in evidence.
//!
//! Results of checks that are waived now count as passed; a gate that is waived now is open though it
//! did not pass. A fact whose time has not come closes doors and never opens one.

mod record;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use self::record::{CheckState, Record};
use crate::domain::record::event::Event;
use crate::domain::record::payload::{Decision, DeploymentStatus};
use crate::domain::status::{CheckStatus, GateStatus};

/// The evidence that `G3` asks for.
const ROLLBACK_PLAN: &str = "rollback-plan";

/// The evidence that `G4` asks for.
const HEALTH_CHECK: &str = "health-check";

/// How a gate of a release stands: passed, failed, pending or waived. The events are those of the
/// release, in any order; a gate that nobody told anything of is pending.
pub fn evaluate_gate(events: &[Event], gate: &str, now: Timestamp) -> GateStatus {
    status(&Record::of(events), gate, now)
}

/// Whether a release may go where these gates are required. Where none is, nobody said what is
/// required, and nothing may go there.
pub fn is_eligible(events: &[Event], required: &[&str], now: Timestamp) -> bool {
    let record = Record::of(events);
    let is_open = |gate: &&str| status(&record, gate, now).lets_through();
    !required.is_empty() && required.iter().all(is_open)
}

fn status(record: &Record, gate: &str, now: Timestamp) -> GateStatus {
    let by_rule = match gate {
        "G2" => by_evidence(record, now),
        "G3" => by_approval(record, now),
        "G4" => by_deployment(record, now),
        other => by_checks(record, other, now),
    };
    match by_rule {
        GateStatus::Passed => GateStatus::Passed,
        _ if record.is_waived(gate, None, now) => GateStatus::Waived,
        other => other,
    }
}

fn by_checks(record: &Record, gate: &str, now: Timestamp) -> GateStatus {
    let required = record.checks_of(gate).filter(|check| check.required);
    let statuses: Vec<CheckStatus> = required
        .map(|check| status_of(record, check, now))
        .collect();
    if statuses.iter().copied().any(is_bad) {
        return GateStatus::Failed;
    }
    let all_passed = statuses.iter().all(|status| *status == CheckStatus::Passed);
    passed_if(all_passed && !statuses.is_empty())
}

fn by_evidence(record: &Record, now: Timestamp) -> GateStatus {
    let mut checks = record.checks_of("G2");
    if checks.any(|check| is_bad(status_of(record, check, now))) {
        return GateStatus::Failed;
    }
    passed_if(record.has_evidence(now, |it| it.gate.as_deref() == Some("G2")))
}

fn by_approval(record: &Record, now: Timestamp) -> GateStatus {
    let before = status(record, "G2", now);
    let decisions = record.decisions_on("G3", now);
    if decisions.contains(&Decision::Rejected) || before == GateStatus::Failed {
        return GateStatus::Failed;
    }
    let has_plan = record.has_evidence(now, |it| it.kind == ROLLBACK_PLAN);
    passed_if(decisions.contains(&Decision::Approved) && has_plan && before.lets_through())
}

fn by_deployment(record: &Record, now: Timestamp) -> GateStatus {
    match &record.newest_end {
        Some(end) if end.status == DeploymentStatus::Failed => GateStatus::Failed,
        Some(end) => {
            let is_healthy = record.has_evidence(now, |it| it.kind == HEALTH_CHECK);
            passed_if(end.at <= now && is_healthy)
        }
        None => GateStatus::Pending,
    }
}

/// How a check counts now.
fn status_of(record: &Record, check: &CheckState, now: Timestamp) -> CheckStatus {
    if record.is_waived(&check.gate, Some(&check.name), now) {
        return CheckStatus::Passed;
    }
    match check.status {
        CheckStatus::Passed if check.at > now => CheckStatus::Pending,
        status => status,
    }
}

fn is_bad(status: CheckStatus) -> bool {
    matches!(status, CheckStatus::Failed | CheckStatus::Errored)
}

fn passed_if(holds: bool) -> GateStatus {
    match holds {
        true => GateStatus::Passed,
        false => GateStatus::Pending,
    }
}
