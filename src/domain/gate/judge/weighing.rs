//! What the checks, the evidence, the approvals and the waivers of an open gate come to.

use super::Bench;
use crate::domain::delivery::approval::{self, ApprovalVerdict, Basis, Subject};
use crate::domain::gate::Gate;
use crate::domain::gate::root::evidence_root;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::gate::waiver::{self, WaiverVerdict};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::payload::EvidenceRecorded;
use crate::domain::status::{CheckStatus, GateStatus};

/// The approvals of a gate, bound to the evidence that its verdict has by now.
pub(super) fn approvals(
    gate: &Gate,
    verdict: &GateVerdict,
    bench: &Bench<'_>,
) -> Option<ApprovalVerdict> {
    let basis = || Basis {
        policy: bench.policy.digest,
        evidence: evidence_root([verdict]),
    };
    let judge = |rule| {
        let (subject, facts) = (Subject::Gate(&gate.id), bench.facts);
        approval::judge(rule, subject, basis(), facts, bench.now)
    };
    gate.approvals.as_ref().map(judge)
}

/// The pieces of the types that a gate asks for which no check made: for this gate, or for any.
pub(super) fn added_evidence(gate: &Gate, pieces: &[EvidenceRecorded]) -> Vec<EvidenceRecorded> {
    if gate.evidence.is_empty() {
        return Vec::new();
    }
    let is_for_it = |piece: &&EvidenceRecorded| {
        piece.check.is_none()
            && piece.gate.as_ref().is_none_or(|id| *id == gate.id)
            && gate.evidence.contains(&piece.kind)
    };
    super::sorted(pieces.iter().filter(is_for_it).cloned().collect())
}

/// Settles the status of a gate that is open, with the reasons.
pub(super) fn settle(gate: &Gate, verdict: &mut GateVerdict, waivers: &[WaiverVerdict]) {
    let vetoes = verdict.approvals.iter().flat_map(ApprovalVerdict::vetoes);
    let vetoes: Vec<Reason> = vetoes.collect();
    if !vetoes.is_empty() {
        (verdict.status, verdict.reasons) = (GateStatus::Failed, vetoes);
        return;
    }
    let (status, reasons) = weigh(gate, &verdict.checks);
    let (status, reasons) = match status {
        status if status.lets_through() => demand(gate, verdict, status, reasons),
        status => (status, reasons),
    };
    verdict.waiver = match status {
        GateStatus::Passed => None,
        GateStatus::Waived => verdict.checks.iter().find_map(|check| check.waiver.clone()),
        _ => waiver::active(waivers, &gate.id, None).cloned(),
    };
    verdict.status = match verdict.waiver {
        Some(_) => GateStatus::Waived,
        None => status,
    };
    verdict.reasons = verdict
        .waiver
        .iter()
        .flat_map(told)
        .chain(reasons)
        .collect();
}

/// That a gate is waived, and a warning when that ends soon.
fn told(waiver: &WaiverVerdict) -> Vec<Reason> {
    let message = format!(
        "{} is waived by {} until {:.0}: {} ({})",
        waiver.scope(),
        waiver.by,
        waiver.expires_at,
        waiver.reason,
        waiver.id
    );
    let reason = Reason::new(ReasonCode::Waived, message);
    std::iter::once(reason).chain(waiver.note.clone()).collect()
}

/// The checks of a gate. One for which a waiver is heard keeps nothing shut, and a gate that needs
/// such a one is waived at best.
fn weigh(gate: &Gate, checks: &[CheckVerdict]) -> (GateStatus, Vec<Reason>) {
    let with = |wanted: fn(CheckStatus) -> bool| {
        let chosen = checks.iter().filter(move |check| wanted(check.status));
        chosen
            .filter(|check| check.waiver.is_none())
            .collect::<Vec<_>>()
    };
    let bad = with(|status| !matches!(status, CheckStatus::Passed | CheckStatus::Pending));
    let pending = with(|status| status == CheckStatus::Pending);
    if bad.len() as u64 > gate.allowed_failures() {
        return (GateStatus::Failed, bad.into_iter().flat_map(why).collect());
    }
    let asks_for_nothing =
        checks.is_empty() && gate.evidence.is_empty() && gate.approvals.is_none();
    if asks_for_nothing || !pending.is_empty() {
        let started = pending.iter().any(|check| check.fact.is_some());
        let status = if started {
            GateStatus::Running
        } else {
            GateStatus::Pending
        };
        return (status, pending.into_iter().flat_map(why).collect());
    }
    if let Some(waived) = checks.iter().find(|check| check.waiver.is_some()) {
        return (GateStatus::Waived, why(waived));
    }
    let tolerated = bad.into_iter().map(|check| {
        let message = format!("{} {}, which the gate tolerates", check.id, check.status);
        Reason::new(ReasonCode::Tolerated, message).about_check(&check.id)
    });
    (GateStatus::Passed, tolerated.collect())
}

/// What a gate asks for besides its checks: evidence, then approvals.
fn demand(
    gate: &Gate,
    verdict: &GateVerdict,
    status: GateStatus,
    reasons: Vec<Reason>,
) -> (GateStatus, Vec<Reason>) {
    let missing = missing_evidence(gate, verdict);
    if !missing.is_empty() {
        let status = match gate.checks.is_empty() {
            true => GateStatus::Pending, // nothing was begun
            false => GateStatus::Failed,
        };
        return (status, missing);
    }
    match &verdict.approvals {
        Some(approvals) if !approvals.reasons.is_empty() => {
            (GateStatus::Pending, approvals.reasons.clone())
        }
        _ => (status, reasons),
    }
}

fn missing_evidence(gate: &Gate, verdict: &GateVerdict) -> Vec<Reason> {
    let of_checks = || verdict.checks.iter().flat_map(|check| &check.evidence);
    let is_there = |kind: &String| {
        verdict
            .evidence
            .iter()
            .chain(of_checks())
            .any(|piece| piece.kind == *kind)
    };
    let missing = gate.evidence.iter().filter(|kind| !is_there(kind));
    let reason = |kind: &String| {
        let message = format!(
            "{} asks for evidence of the type {kind}: `tollgate evidence add {kind} FILE --gate {}`",
            gate.id, gate.id
        );
        Reason::new(ReasonCode::EvidenceMissing, message)
    };
    missing.map(reason).collect()
}

/// A check's reasons, each naming it; one of our own where its producer gave none.
fn why(check: &CheckVerdict) -> Vec<Reason> {
    if !check.reasons.is_empty() {
        let named = |reason: &Reason| reason.clone().about_check(&check.id);
        return check.reasons.iter().map(named).collect();
    }
    let (code, message) = match check.status {
        CheckStatus::Pending => (ReasonCode::CheckPending, "has no result yet"),
        CheckStatus::Skipped => (
            ReasonCode::CheckSkipped,
            "was skipped, and nothing in the policy turns a skip into a pass",
        ),
        CheckStatus::Errored => (ReasonCode::CheckErrored, "could not be measured"),
        CheckStatus::Failed | CheckStatus::Passed => (ReasonCode::CheckFailed, "failed"),
    };
    vec![Reason::new(code, format!("{} {message}", check.id)).about_check(&check.id)]
}
