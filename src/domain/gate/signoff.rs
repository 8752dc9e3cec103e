//! Manual checks: what people saw, where, and what is still to be looked at.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::facts::SignoffFact;
use crate::domain::check::Check;
use crate::domain::ids::{EnvironmentId, GateId};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::payload::SignoffResult;
use crate::domain::status::CheckStatus;

/// How a manual check stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Signed {
    pub(super) status: CheckStatus,
    pub(super) reasons: Vec<Reason>,
    /// The newest sign-off of each place, whatever it says.
    pub(super) signoffs: Vec<SignoffFact>,
}

/// Judges a manual check. Where it names environments, each needs a sign-off of its own: what was
/// seen in the code or elsewhere says nothing about them.
pub(super) fn judge(
    gate: &GateId,
    check: &Check,
    facts: &[&SignoffFact],
    now: Timestamp,
) -> Signed {
    let mut reasons = Vec::new();
    let newest = newest_by_place(check, facts, now, &mut reasons);
    let counting: Vec<&SignoffFact> = match check.only.is_empty() {
        true => newest.values().copied().collect(),
        false => check
            .only
            .iter()
            .filter_map(|id| newest.get(&Some(id)).copied())
            .collect(),
    };
    let failed: Vec<Reason> = counting
        .iter()
        .filter_map(|fact| failure(gate, check, fact))
        .collect();
    let missing = missing(gate, check, &newest);
    let status = match (failed.is_empty(), missing.is_empty()) {
        (false, _) => CheckStatus::Failed,
        (true, false) => CheckStatus::Pending,
        (true, true) => CheckStatus::Passed,
    };
    reasons.splice(0..0, failed.into_iter().chain(missing));
    if status == CheckStatus::Passed {
        reasons.clear();
    }
    Signed {
        status,
        reasons,
        signoffs: counting.into_iter().cloned().collect(),
    }
}

type ByPlace<'f> = BTreeMap<Option<&'f EnvironmentId>, &'f SignoffFact>;

/// The newest sign-off of each place. One of another instruction is not heard, nor a pass whose time
/// has not come; of two of one instant the failure counts.
fn newest_by_place<'f>(
    check: &Check,
    facts: &[&'f SignoffFact],
    now: Timestamp,
    reasons: &mut Vec<Reason>,
) -> ByPlace<'f> {
    let mut newest: ByPlace<'f> = BTreeMap::new();
    for fact in facts {
        if let Some(why) = why_not_heard(check, fact, now) {
            if !reasons.contains(&why) {
                reasons.push(why);
            }
            continue;
        }
        let last = newest
            .entry(fact.record.environment.as_ref())
            .or_insert(fact);
        if age(last) < age(fact) {
            *last = fact;
        }
    }
    reasons.sort_by(|a, b| a.message.cmp(&b.message));
    newest
}

fn age(fact: &SignoffFact) -> (Timestamp, SignoffResult, &str) {
    (fact.at, fact.record.result, &fact.key)
}

/// Why a sign-off is not heard, whatever others say: it was recorded too early or for another
/// instruction, or its time has not come.
pub fn why_not_heard(check: &Check, fact: &SignoffFact, now: Timestamp) -> Option<Reason> {
    let record = &fact.record;
    if record.blocked {
        let message = format!(
            "{} signed {} off while its gate was blocked; look again",
            record.by, check.id
        );
        return Some(Reason::new(ReasonCode::OutOfOrder, message));
    }
    if record
        .definition
        .is_some_and(|followed| followed != check.definition)
    {
        let message = format!(
            "{} signed {} off by another instruction than the policy has now; look again",
            record.by, check.id
        );
        return Some(Reason::new(ReasonCode::DefinitionChanged, message));
    }
    (fact.at > now && record.result == SignoffResult::Passed).then(|| {
        let message = format!(
            "the sign-off of {} is of {:.0}, and it is {now:.0} here; set the clocks right",
            record.by, fact.at
        );
        Reason::new(ReasonCode::SignoffInFuture, message)
    })
}

fn failure(gate: &GateId, check: &Check, fact: &SignoffFact) -> Option<Reason> {
    let record = &fact.record;
    (record.result == SignoffResult::Failed).then(|| {
        let place = record
            .environment
            .as_ref()
            .map_or(String::new(), |id| format!(" in {id}"));
        let note = match record.note.trim() {
            "" => String::new(),
            note => format!(" ({note})"),
        };
        let message = format!(
            "{} signed {gate}/{} off as failed{place}{note}",
            record.by, check.id
        );
        Reason::new(ReasonCode::SignoffFailed, message)
    })
}

fn missing(gate: &GateId, check: &Check, newest: &ByPlace<'_>) -> Vec<Reason> {
    let command = format!(
        "`tollgate sign-off {gate}/{} --by NAME --result passed",
        check.id
    );
    if check.only.is_empty() {
        let message = format!("{} waits for a person: {command}`", check.id);
        let is_missing = newest.is_empty();
        return is_missing
            .then(|| Reason::new(ReasonCode::SignoffMissing, message))
            .into_iter()
            .collect();
    }
    let lacking = check
        .only
        .iter()
        .filter(|id| !newest.contains_key(&Some(*id)));
    let elsewhere = elsewhere(check, newest);
    lacking
        .map(|id| {
            let message = format!(
                "{} was not verified in {id}{elsewhere}: {command} --environment {id}`",
                check.id
            );
            Reason::new(ReasonCode::SignoffMissing, message)
        })
        .collect()
}

/// Where it was verified instead.
fn elsewhere(check: &Check, newest: &ByPlace<'_>) -> String {
    let others = newest
        .iter()
        .filter(|(place, _)| place.is_none_or(|id| !check.only.contains(id)));
    let others: Vec<String> = others
        .map(|(place, fact)| {
            let place = place.map_or("no environment".to_owned(), ToString::to_string);
            format!("{place} by {}", fact.record.by)
        })
        .collect();
    match others.as_slice() {
        [] => String::new(),
        others => format!(
            " (it was signed off for {}, which does not count there)",
            others.join(", ")
        ),
    }
}
