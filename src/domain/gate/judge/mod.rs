//! The judge: policy + facts + viewpoint + now → verdict. It cannot fail, and it never says `passed`
//! where it does not know.

pub mod journeys;
mod weighing;

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::facts::{CheckFact, Facts, SignoffFact, Viewpoint};
use super::verdict::{CheckVerdict, GateVerdict, Verdict};
use super::waiver::{self, WaiverVerdict};
use super::{Gate, signoff};
use crate::domain::check::{Binding, Check, Verb};
use crate::domain::delivery::promotion;
use crate::domain::ids::{CheckId, EnvironmentId, GateId};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::quality::requirement::Measurements;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::payload::{CheckReported, EvidenceRecorded};
use crate::domain::status::{CheckStatus, GateStatus};

/// Judges a release. The order of the facts and their repetition make no difference.
/// `now` decides how old an approval is, and which waivers are heard.
pub fn judge(policy: &Policy, facts: &Facts, viewpoint: &Viewpoint, now: Timestamp) -> Verdict {
    let bench = Bench {
        policy,
        facts,
        by_check: &ByCheck::of(facts),
        viewpoint,
        waivers: &waiver::judge(policy, facts, now),
        now,
    };
    let gates = judge_gates(&bench);
    Verdict {
        status: overall(gates.iter().map(|gate| gate.status)),
        environments: promotion::judge(policy, facts, &gates, now),
        waivers: bench.waivers.to_vec(),
        gates,
    }
}

/// What gates are judged with.
struct Bench<'a> {
    policy: &'a Policy,
    facts: &'a Facts,
    by_check: &'a ByCheck<'a>,
    viewpoint: &'a Viewpoint,
    waivers: &'a [WaiverVerdict],
    now: Timestamp,
}

fn judge_gates(bench: &Bench<'_>) -> Vec<GateVerdict> {
    let policy = bench.policy;
    let mut judged: Vec<GateVerdict> = Vec::with_capacity(policy.gates.len());
    for gate in pipeline::in_order(policy) {
        let verdict = judge_gate(gate, bench, &judged);
        judged.push(verdict);
    }
    policy
        .gates
        .iter()
        .map(|gate| {
            let position = judged.iter().position(|verdict| verdict.id == gate.id);
            match position {
                Some(position) => judged.swap_remove(position),
                None => judge_gate(gate, bench, &[]),
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

fn judge_gate(gate: &Gate, bench: &Bench<'_>, judged: &[GateVerdict]) -> GateVerdict {
    let checks = gate.checks.iter();
    let checks = checks
        .map(|check| judge_check(gate, check, bench))
        .collect();
    let mut verdict = GateVerdict {
        id: gate.id.clone(),
        title: gate.title.clone(),
        kind: gate.kind,
        severity: gate.severity,
        status: GateStatus::Blocked,
        reasons: closed_before(gate, judged),
        checks,
        waiver: None,
        approvals: None,
        evidence: weighing::added_evidence(gate, &bench.facts.evidence),
    };
    verdict.approvals = weighing::approvals(gate, &verdict, bench);
    if verdict.reasons.is_empty() {
        weighing::settle(gate, &mut verdict, bench.waivers);
    }
    verdict
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

/// How a check stands, with the waiver that is heard for it.
fn judge_check(gate: &Gate, check: &Check, bench: &Bench<'_>) -> CheckVerdict {
    let mut verdict = match &check.verb {
        Verb::Manual(_) => judge_manual(gate, check, bench),
        _ => judge_result(gate, check, bench),
    };
    if verdict.status != CheckStatus::Passed {
        verdict.waiver = waiver::active(bench.waivers, &gate.id, Some(&check.id)).cloned();
    }
    verdict
}

fn judge_manual(gate: &Gate, check: &Check, bench: &Bench<'_>) -> CheckVerdict {
    let facts = bench.by_check.signoffs(&gate.id, &check.id);
    let signed = signoff::judge(&gate.id, check, facts, bench.now);
    let stored = bench.by_check.evidence(&gate.id, &check.id).iter();
    let runs: Vec<_> = signed
        .signoffs
        .iter()
        .map(|fact| &fact.record.run)
        .collect();
    let of_these = stored.filter(|piece| piece.run.is_some() && runs.contains(&&piece.run));
    CheckVerdict {
        status: signed.status,
        evidence: sorted(of_these.map(|piece| (*piece).clone()).collect()),
        signoffs: signed.signoffs,
        ..CheckVerdict::pending(check, signed.reasons)
    }
}

/// A check that is not manual. Where it names environments, it must pass in each of them, and the
/// worst counts.
fn judge_result(gate: &Gate, check: &Check, bench: &Bench<'_>) -> CheckVerdict {
    let everywhere = check
        .only
        .iter()
        .map(|id| judge_place(gate, check, Some(id), bench));
    let rank = |verdict: &CheckVerdict| match verdict.status {
        CheckStatus::Failed => 0,
        CheckStatus::Errored => 1,
        CheckStatus::Skipped => 2,
        CheckStatus::Pending => 3,
        CheckStatus::Passed => 4,
    };
    everywhere
        .min_by_key(rank)
        .unwrap_or_else(|| judge_place(gate, check, None, bench))
}

fn judge_place(
    gate: &Gate,
    check: &Check,
    place: Option<&EnvironmentId>,
    bench: &Bench<'_>,
) -> CheckVerdict {
    let results = bench.by_check.results(&gate.id, &check.id).iter().copied();
    let results = results.filter(|it| place.is_none() || it.report.environment.as_ref() == place);
    let why_not = |fact: &CheckFact| why_not_counting(fact, check, bench);
    let (counting, not_counting): (Vec<_>, Vec<_>) =
        results.partition(|fact| why_not(fact).is_none());
    let latest = |facts: Vec<&CheckFact>| facts.into_iter().max_by_key(|fact| age(fact)).cloned();
    let Some(fact) = decisive(&counting).cloned() else {
        let reason = latest(not_counting).and_then(|fact| why_not(&fact));
        let reason = reason.or_else(|| place.map(|id| not_verified(gate, check, id)));
        return CheckVerdict::pending(check, reason.into_iter().collect());
    };
    let (status, reasons) = hold_to_requirement(check, &fact.report);
    let verdict = CheckVerdict {
        status,
        evidence: evidence_of(bench.by_check, &fact.report),
        fact: Some(fact),
        ..CheckVerdict::pending(check, reasons)
    };
    journeys::hold(check, verdict, bench)
}

fn not_verified(gate: &Gate, check: &Check, place: &EnvironmentId) -> Reason {
    let message = format!(
        "{} has no result in {place}: `tollgate run {} --environment {place}`",
        check.id, gate.id
    );
    Reason::new(ReasonCode::NotVerifiedThere, message)
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

fn why_not_counting(fact: &CheckFact, check: &Check, bench: &Bench<'_>) -> Option<Reason> {
    let (report, viewpoint) = (&fact.report, bench.viewpoint);
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
    if check.binding == Binding::Version && report.version != bench.facts.version {
        return told(
            ReasonCode::DefinitionChanged,
            "has a result for another version of the release; run it again",
        );
    }
    if report.status == CheckStatus::Passed && fact.at > latest_believed(bench.now) {
        let message = format!(
            "passed at {:.0}, and it is {:.0} here; set the clocks right, and run it again",
            fact.at, bench.now
        );
        return told(ReasonCode::ResultInFuture, &message);
    }
    None
}

/// The clocks of two machines may differ by this much.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// A pass that is later than this is not heard: it would hide the failures until then.
fn latest_believed(now: Timestamp) -> Timestamp {
    now.checked_add(CLOCK_SKEW).unwrap_or(now)
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
    sorted(of_this_run.map(|piece| (*piece).clone()).collect())
}

/// Evidence in an order that depends on nothing but itself, each piece once.
fn sorted(mut evidence: Vec<EvidenceRecorded>) -> Vec<EvidenceRecorded> {
    evidence.sort_by(|a, b| (&a.kind, &a.name, a.sha256).cmp(&(&b.kind, &b.name, b.sha256)));
    evidence.dedup();
    evidence
}

/// Facts by the check that they are about, so that many of them are looked at once.
struct ByCheck<'a> {
    results: HashMap<(&'a GateId, &'a CheckId), Vec<&'a CheckFact>>,
    evidence: HashMap<(&'a GateId, &'a CheckId), Vec<&'a EvidenceRecorded>>,
    signoffs: HashMap<(&'a GateId, &'a CheckId), Vec<&'a SignoffFact>>,
}

impl<'f> ByCheck<'f> {
    fn of(facts: &'f Facts) -> Self {
        let mut by_check = Self {
            results: HashMap::new(),
            evidence: HashMap::new(),
            signoffs: HashMap::new(),
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
        for fact in &facts.signoffs {
            let name = (&fact.record.gate, &fact.record.check);
            by_check.signoffs.entry(name).or_default().push(fact);
        }
        by_check
    }

    fn signoffs<'a>(&'a self, gate: &'a GateId, check: &'a CheckId) -> &'a [&'a SignoffFact] {
        self.signoffs.get(&(gate, check)).map_or(&[], Vec::as_slice)
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
