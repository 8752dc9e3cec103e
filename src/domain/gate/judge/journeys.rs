//! What a `journeys` check judges, found among the facts, and a recorded pass held to it.

use super::super::facts::{CheckFact, Facts, Viewpoint};
use super::super::verdict::CheckVerdict;
use super::{Bench, ByCheck, newest_together, why_not_counting};
use crate::domain::check::{Check, JourneysRule, Verb};
use crate::domain::ids::CheckRef;
use crate::domain::policy::Policy;
use crate::domain::quality::journeys::{self, Source};
use crate::domain::quality::tests::TestTally;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::payload::CheckReported;
use crate::domain::status::CheckStatus;
use jiff::Timestamp;

/// What is known by now of the checks whose tests a rule judges.
pub fn sources(
    policy: &Policy,
    facts: &Facts,
    viewpoint: &Viewpoint,
    rule: &JourneysRule,
    now: Timestamp,
) -> Vec<Source> {
    let bench = Bench {
        policy,
        facts,
        by_check: &ByCheck::of(facts),
        viewpoint,
        waivers: &[],
        now,
    };
    found(&bench, rule)
}

/// A recorded pass is held to the newest results, so that none of them is hidden by it: what was
/// judged may have been run again since.
pub(super) fn hold(check: &Check, verdict: CheckVerdict, bench: &Bench<'_>) -> CheckVerdict {
    let (Verb::Journeys(rule), CheckStatus::Passed) = (&check.verb, verdict.status) else {
        return verdict;
    };
    let sources = found(bench, rule);
    let judgement = journeys::judge(&bench.policy.journeys, rule.demand, &sources);
    if judgement.status == CheckStatus::Errored {
        return CheckVerdict::pending(check, judgement.reasons);
    }
    let fact = verdict.fact.map(|fact| CheckFact {
        report: CheckReported {
            journey_table: Some(judgement.table),
            ..fact.report
        },
        ..fact
    });
    CheckVerdict {
        status: judgement.status,
        reasons: judgement.reasons,
        fact,
        ..verdict
    }
}

fn found(bench: &Bench<'_>, rule: &JourneysRule) -> Vec<Source> {
    let checks = rule.from.iter();
    checks.map(|check| source(bench, check)).collect()
}

fn source(bench: &Bench<'_>, name: &CheckRef) -> Source {
    let mut source = Source {
        check: name.clone(),
        tallies: Vec::new(),
        cases: Vec::new(),
        gaps: Vec::new(),
    };
    let Some(check) = bench.policy.check(name) else {
        source
            .gaps
            .push(format!("the policy has no check `{name}`"));
        return source;
    };
    let results = bench.by_check.results(&name.gate, &name.check);
    let why_not = |fact: &CheckFact| why_not_counting(fact, check, bench);
    let counting = results
        .iter()
        .copied()
        .filter(|fact| why_not(fact).is_none());
    let together = newest_together(&counting.collect::<Vec<_>>());
    if together.is_empty() {
        let newest = results.iter().max_by_key(|fact| super::age(fact));
        let why = newest.and_then(|fact| why_not(fact));
        source.gaps.push(without_result(name, why));
    }
    for fact in together {
        source.gaps.extend(gap(name, &fact.report));
        source.tallies.extend(fact.report.journeys.clone());
        source.cases.extend(fact.report.cases.iter().cloned());
    }
    source
}

fn without_result(name: &CheckRef, why: Option<Reason>) -> String {
    match why {
        Some(why) => format!("`{name}` has no result that counts: {}", why.message),
        None => format!("`{name}` has no result yet: run or record it first"),
    }
}

/// Why a result does not tell how all of its tests went, where it does not.
fn gap(name: &CheckRef, report: &CheckReported) -> Option<String> {
    let first = report.reasons.first();
    let why = first.map_or_else(String::new, |reason| format!(" ({})", reason.message));
    let again = format!("Run or record `{name}` again");
    let has = |code| report.reasons.iter().any(|reason| reason.code == code);
    let ended_badly = has(ReasonCode::CommandFailed) || has(ReasonCode::CommandKilled);
    let failing = report.tests.map_or(0, TestTally::not_passed);
    match report.status {
        CheckStatus::Errored | CheckStatus::Skipped | CheckStatus::Pending => Some(format!(
            "`{name}` is {}{why}, so not all of its tests may have been counted. {again}",
            report.status
        )),
        _ if report.tests.is_none() => Some(format!(
            "`{name}` has a result without JUnit files. {again}"
        )),
        _ if report.journeys.is_none() => Some(format!(
            "`{name}` has a result that was not counted for journeys. {again}"
        )),
        _ if has(ReasonCode::CountersContradict) => Some(format!(
            "`{name}` claims failures that none of its tests shows{why}. {again}"
        )),
        CheckStatus::Failed if ended_badly && failing == 0 => Some(format!(
            "`{name}` failed, and none of its tests did{why}, so not all of them may have been \
             counted. {again}"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
