//! The judge: policy + facts + viewpoint + now → verdict. It cannot fail, and it never says `passed`
//! where it does not know.

pub mod journeys;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::facts::{CheckFact, Facts, Viewpoint};
use super::verdict::{CheckVerdict, GateVerdict, Verdict};
use super::{Gate, Severity};
use crate::domain::check::{Binding, Check};
use crate::domain::delivery::promotion;
use crate::domain::ids::{CheckId, GateId};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::quality::requirement::Measurements;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::payload::{CheckReported, EvidenceRecorded};
use crate::domain::status::{CheckStatus, GateStatus};

/// Judges a release. The order of the facts and their repetition make no difference.
/// `now` decides for environments alone: how old an approval is.
pub fn judge(policy: &Policy, facts: &Facts, viewpoint: &Viewpoint, now: Timestamp) -> Verdict {
    let gates = judge_gates(policy, &ByCheck::of(policy, facts), viewpoint);
    Verdict {
        status: overall(gates.iter().map(|gate| gate.status)),
        environments: promotion::judge(policy, facts, &gates, now),
        gates,
    }
}

fn judge_gates(policy: &Policy, facts: &ByCheck<'_>, viewpoint: &Viewpoint) -> Vec<GateVerdict> {
    let mut judged: Vec<GateVerdict> = Vec::with_capacity(policy.gates.len());
    for gate in pipeline::in_order(policy) {
        let verdict = judge_gate(gate, facts, viewpoint, &judged);
        judged.push(verdict);
    }
    policy
        .gates
        .iter()
        .map(|gate| {
            let position = judged.iter().position(|verdict| verdict.id == gate.id);
            match position {
                Some(position) => judged.swap_remove(position),
                None => judge_gate(gate, facts, viewpoint, &[]),
            }
        })
        .collect()
}

/// The status of several gates together: what needs a person's eye first.
pub fn overall(statuses: impl Iterator<Item = GateStatus>) -> GateStatus {
    let rank = |status: &GateStatus| match status {
        GateStatus::Failed => 0,
        GateStatus::Running => 1,
        GateStatus::Pending => 2,
        GateStatus::Blocked => 3,
        GateStatus::Waived => 4,
        GateStatus::Passed => 5,
    };
    statuses.min_by_key(rank).unwrap_or(GateStatus::Pending)
}

fn judge_gate(
    gate: &Gate,
    facts: &ByCheck<'_>,
    viewpoint: &Viewpoint,
    judged: &[GateVerdict],
) -> GateVerdict {
    let checks: Vec<_> = gate
        .checks
        .iter()
        .map(|check| judge_check(gate, check, facts, viewpoint))
        .collect();
    let closed = closed_before(gate, judged);
    let (status, reasons) = if closed.is_empty() {
        weigh(gate, &checks)
    } else {
        (GateStatus::Blocked, closed)
    };
    GateVerdict {
        id: gate.id.clone(),
        title: gate.title.clone(),
        kind: gate.kind,
        severity: gate.severity,
        status,
        reasons,
        checks,
    }
}

/// The required gates that do not let through. One that was not judged is among them.
fn closed_before(gate: &Gate, judged: &[GateVerdict]) -> Vec<Reason> {
    let status = |id: &GateId| {
        judged
            .iter()
            .find(|verdict| verdict.id == *id)
            .map_or(GateStatus::Blocked, |verdict| verdict.status)
    };
    gate.requires
        .iter()
        .map(|id| (id, status(id)))
        .filter(|(_, status)| !status.lets_through())
        .map(|(id, status)| {
            let message = format!("{id} is {status}, and {} requires it", gate.id);
            Reason::new(ReasonCode::GateNotPassed, message).about_gate(id)
        })
        .collect()
}

fn weigh(gate: &Gate, checks: &[CheckVerdict]) -> (GateStatus, Vec<Reason>) {
    let with = |wanted: fn(CheckStatus) -> bool| {
        let chosen = checks.iter().filter(move |check| wanted(check.status));
        chosen.collect::<Vec<_>>()
    };
    let bad = with(|status| !matches!(status, CheckStatus::Passed | CheckStatus::Pending));
    let pending = with(|status| status == CheckStatus::Pending);
    if bad.len() as u64 > allowed(gate) {
        return (GateStatus::Failed, bad.into_iter().flat_map(why).collect());
    }
    if checks.is_empty() || !pending.is_empty() {
        let started = pending.iter().any(|check| check.fact.is_some());
        let status = if started {
            GateStatus::Running
        } else {
            GateStatus::Pending
        };
        return (status, pending.into_iter().flat_map(why).collect());
    }
    let tolerated = bad.into_iter().map(|check| {
        let message = format!("{} {}, which the gate tolerates", check.id, check.status);
        Reason::new(ReasonCode::Tolerated, message).about_check(&check.id)
    });
    (GateStatus::Passed, tolerated.collect())
}

fn allowed(gate: &Gate) -> u64 {
    match gate.severity {
        Severity::Advisory => gate.tolerate.unwrap_or(u64::MAX),
        Severity::Blocking | Severity::Absolute => 0,
    }
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

fn judge_check(
    gate: &Gate,
    check: &Check,
    facts: &ByCheck<'_>,
    viewpoint: &Viewpoint,
) -> CheckVerdict {
    let results = facts.results(&gate.id, &check.id).iter().copied();
    let (counting, not_counting): (Vec<_>, Vec<_>) =
        results.partition(|fact| why_not_counting(fact, check, facts.version, viewpoint).is_none());
    let latest = |facts: Vec<&CheckFact>| facts.into_iter().max_by_key(|fact| age(fact)).cloned();
    let Some(fact) = decisive(&counting).cloned() else {
        let reason = latest(not_counting)
            .and_then(|fact| why_not_counting(&fact, check, facts.version, viewpoint));
        return CheckVerdict::pending(check, reason.into_iter().collect());
    };
    let (status, reasons) = hold_to_requirement(check, &fact.report);
    let verdict = CheckVerdict {
        id: check.id.clone(),
        title: check.title.clone(),
        status,
        reasons,
        evidence: evidence_of(facts, &fact.report),
        fact: Some(fact),
    };
    journeys::hold(check, verdict, facts, viewpoint)
}

/// The result that counts: the newest, and of several jobs of its attempt the worst.
fn decisive<'f>(counting: &[&'f CheckFact]) -> Option<&'f CheckFact> {
    let together = newest_together(counting);
    let bad = together
        .iter()
        .filter(|fact| fact.report.status != CheckStatus::Passed);
    let newest = || together.iter().max_by_key(|fact| age(fact));
    bad.max_by_key(|fact| age(fact)).or_else(newest).copied()
}

/// The newest result, and with it the newest of every other job of its attempt.
fn newest_together<'f>(counting: &[&'f CheckFact]) -> Vec<&'f CheckFact> {
    let Some(newest) = counting.iter().copied().max_by_key(|fact| age(fact)) else {
        return Vec::new();
    };
    let Some(job) = &newest.report.job else {
        return vec![newest];
    };
    let mut of_jobs: BTreeMap<&str, &CheckFact> = BTreeMap::new();
    for fact in counting {
        let Some(other) = fact
            .report
            .job
            .as_ref()
            .filter(|it| it.attempt == job.attempt)
        else {
            continue;
        };
        let last = of_jobs.entry(&other.workspace).or_insert(fact);
        if age(last) < age(fact) {
            *last = fact;
        }
    }
    of_jobs.into_values().collect()
}

/// What makes one result newer than another. The content decides between events of one instant,
/// so that no order of arrival can.
fn age(fact: &CheckFact) -> (Timestamp, u32, &str) {
    (fact.at, fact.report.attempt, &fact.key)
}

fn why_not_counting(
    fact: &CheckFact,
    check: &Check,
    version: Option<&str>,
    viewpoint: &Viewpoint,
) -> Option<Reason> {
    let report = &fact.report;
    let told = |code, message: &str| Some(Reason::new(code, format!("{} {message}", check.id)));
    if report.blocked {
        return told(
            ReasonCode::OutOfOrder,
            "was recorded while its gate was blocked; record it again",
        );
    }
    let own_run = matches!(viewpoint, Viewpoint::DirtyRun(run) if report.run.as_ref() == Some(run));
    if report.dirty && !own_run {
        return told(
            ReasonCode::DirtyTree,
            "ran in a tree that differs from the commit; commit and run it again",
        );
    }
    if matches!(viewpoint, Viewpoint::DirtyRun(_)) && !own_run {
        return told(
            ReasonCode::DirtyTree,
            "has a result for the commit, but the tree differs from it now",
        );
    }
    if report
        .definition
        .is_some_and(|made_under| made_under != check.definition)
    {
        return told(
            ReasonCode::DefinitionChanged,
            "has a result of another definition in the policy; run it again",
        );
    }
    if check.binding == Binding::Version && report.version.as_deref() != version {
        return told(
            ReasonCode::DefinitionChanged,
            "has a result for another version of the release; run it again",
        );
    }
    None
}

/// A recorded pass is held to today's numbers, so that a stricter policy is heard.
fn hold_to_requirement(check: &Check, report: &CheckReported) -> (CheckStatus, Vec<Reason>) {
    if report.status != CheckStatus::Passed {
        return (report.status, report.reasons.clone());
    }
    let measured = Measurements {
        tests: report.tests,
        coverage: report.coverage,
        findings: report.findings,
        latency: report.latency,
    };
    let shortfalls = check.require.shortfalls(&measured);
    if shortfalls.is_empty() {
        (CheckStatus::Passed, report.reasons.clone())
    } else {
        (CheckStatus::Failed, shortfalls)
    }
}

fn evidence_of(facts: &ByCheck<'_>, report: &CheckReported) -> Vec<EvidenceRecorded> {
    let stored = facts.evidence(&report.gate, &report.check);
    let of_this_run = stored.iter().filter(|piece| piece.run == report.run);
    let mut evidence: Vec<EvidenceRecorded> = of_this_run.map(|piece| (*piece).clone()).collect();
    evidence.sort_by(|a, b| (&a.kind, &a.name, a.sha256).cmp(&(&b.kind, &b.name, b.sha256)));
    evidence.dedup();
    evidence
}

/// Facts by the check that they are about, so that many of them are looked at once.
struct ByCheck<'a> {
    policy: &'a Policy,
    version: Option<&'a str>,
    results: HashMap<(&'a GateId, &'a CheckId), Vec<&'a CheckFact>>,
    evidence: HashMap<(&'a GateId, &'a CheckId), Vec<&'a EvidenceRecorded>>,
}

impl<'f> ByCheck<'f> {
    fn of(policy: &'f Policy, facts: &'f Facts) -> Self {
        let mut by_check = Self {
            policy,
            version: facts.version.as_deref(),
            results: HashMap::new(),
            evidence: HashMap::new(),
        };
        for fact in &facts.checks {
            let name = (&fact.report.gate, &fact.report.check);
            by_check.results.entry(name).or_default().push(fact);
        }
        for piece in &facts.evidence {
            if let (Some(gate), Some(check)) = (&piece.gate, &piece.check) {
                by_check
                    .evidence
                    .entry((gate, check))
                    .or_default()
                    .push(piece);
            }
        }
        by_check
    }

    fn results<'a>(&'a self, gate: &'a GateId, check: &'a CheckId) -> &'a [&'a CheckFact] {
        self.results.get(&(gate, check)).map_or(&[], Vec::as_slice)
    }

    fn evidence<'a>(&'a self, gate: &'a GateId, check: &'a CheckId) -> &'a [&'a EvidenceRecorded] {
        self.evidence.get(&(gate, check)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests;
