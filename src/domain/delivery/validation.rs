//! Validation runs: whether an environment is really ready for a release, and what is in the way.

use jiff::Timestamp;

use super::environment::Environment;
use crate::domain::gate::facts::{Fact, Facts};
use crate::domain::gate::verdict::{GateVerdict, Verdict};
use crate::domain::ids::{CheckRef, EnvironmentId, RunId};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::payload::{
    EvidenceRecorded, ValidationFinished, ValidationStarted, ValidationStatus,
};
use crate::domain::status::CheckStatus;

/// The groups of the readiness run, in the order in which they are told.
pub const READINESS: [&str; 4] = ["schema", "storage", "permission", "gate"];

/// The group of the regression run.
pub const REGRESSION: &str = "regression";

/// The type of evidence that says how a release is taken back.
pub const ROLLBACK_PLAN: &str = "rollback-plan";

/// The two runs of a validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Is the environment ready?
    Readiness,
    /// Does what worked before still work there?
    Regression,
}

impl Phase {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::Readiness, Self::Regression];

    /// The word that users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Readiness => "readiness",
            Self::Regression => "regression",
        }
    }

    fn of(group: &str) -> Option<Self> {
        match group {
            REGRESSION => Some(Self::Regression),
            group => READINESS.contains(&group).then_some(Self::Readiness),
        }
    }
}

/// A check that a validation performs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Which.
    pub check: CheckRef,
    /// Its group.
    pub group: String,
    /// In which run.
    pub phase: Phase,
}

/// The checks that a validation of an environment performs: those with a group that belongs to it,
/// of the gates that the environment asks for and all that these require, in order.
pub fn items(policy: &Policy, environment: &Environment) -> Vec<Item> {
    let gates = pipeline::with_required(policy, &environment.gates);
    let checks = gates
        .iter()
        .flat_map(|gate| gate.checks.iter().map(move |check| (gate, check)));
    let items = checks.filter_map(|(gate, check)| {
        let group = check.group.as_deref()?;
        Some(Item {
            check: CheckRef::new(gate.id.clone(), check.id.clone()),
            group: group.to_owned(),
            phase: Phase::of(group)?,
        })
    });
    let mut items: Vec<Item> = items.collect();
    items.sort_by_key(|item| item.phase);
    items
}

/// How one check of a validation stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemVerdict {
    /// The check.
    pub item: Item,
    /// How it stands.
    pub status: CheckStatus,
    /// Why it is not passed.
    pub reasons: Vec<Reason>,
    /// Whether it is in the way: not passed, and neither waived nor tolerated by its gate.
    pub blocks: bool,
}

/// How the checks of a validation stand, in their order.
pub fn judge(items: &[Item], verdict: &Verdict) -> Vec<ItemVerdict> {
    items.iter().map(|item| judge_item(item, verdict)).collect()
}

fn judge_item(item: &Item, verdict: &Verdict) -> ItemVerdict {
    let gate = verdict.gate(&item.check.gate);
    let check = gate.and_then(|gate| gate.check(&item.check.check));
    let status = check.map_or(CheckStatus::Pending, |check| check.status);
    let is_let_be = gate.is_some_and(|gate| gate.status.lets_through());
    let mut reasons = check.map_or(Vec::new(), |check| check.reasons.clone());
    if status == CheckStatus::Pending && reasons.is_empty() {
        reasons = gate.map_or(Vec::new(), |gate| missing(item, gate));
    }
    ItemVerdict {
        item: item.clone(),
        status,
        reasons,
        blocks: status != CheckStatus::Passed && !is_let_be,
    }
}

fn missing(item: &Item, gate: &GateVerdict) -> Vec<Reason> {
    let is_shut = |reason: &&Reason| reason.code == ReasonCode::GateNotPassed;
    let shut: Vec<Reason> = gate.reasons.iter().filter(is_shut).cloned().collect();
    if !shut.is_empty() {
        return shut;
    }
    let message = format!("{} has no result", item.check);
    vec![Reason::new(ReasonCode::CheckPending, message)]
}

/// What a release can be taken back with: every plan that is in evidence.
pub fn rollback_plans(facts: &Facts) -> Vec<&EvidenceRecorded> {
    let mut plans: Vec<&EvidenceRecorded> = facts
        .evidence
        .iter()
        .filter(|piece| piece.kind == ROLLBACK_PLAN)
        .collect();
    plans.sort_by(|a, b| (&a.name, a.sha256).cmp(&(&b.name, b.sha256)));
    plans.dedup();
    plans
}

/// A validation run as the ledger has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// Its id.
    pub id: RunId,
    /// Of which environment.
    pub environment: EnvironmentId,
    /// How it stands.
    pub status: ValidationStatus,
    /// Who ran it.
    pub by: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` of one that still goes on, or was killed.
    pub ended_at: Option<Timestamp>,
    /// Who finalised it, and when.
    pub finalized: Option<(String, Timestamp)>,
}

/// Every validation run of a release, the oldest first. An end or a finalisation without its start is
/// not told.
pub fn all(facts: &Facts) -> Vec<Validation> {
    let mut all: Vec<Validation> = facts.validations.iter().map(|it| of(it, facts)).collect();
    all.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
    all.dedup();
    all
}

fn of(started: &Fact<ValidationStarted>, facts: &Facts) -> Validation {
    let ValidationStarted {
        validation_id,
        environment,
        by,
        ..
    } = &started.record;
    let ended = facts.validation_ends.iter().filter(|it| is_of(it, started));
    let ended = ended.max_by_key(|fact| (fact.record.status, fact.at, &fact.key));
    let finals = facts
        .validation_finals
        .iter()
        .filter(|it| is_of(it, started));
    let first = finals.min_by_key(|fact| (fact.at, &fact.key));
    Validation {
        id: validation_id.clone(),
        environment: environment.clone(),
        status: ended.map_or(ValidationStatus::Running, |fact| fact.record.status),
        by: by.clone(),
        started_at: started.at,
        ended_at: ended.map(|fact| fact.at),
        finalized: first.map(|fact| (fact.record.by.clone(), fact.at)),
    }
}

fn is_of(fact: &Fact<ValidationFinished>, started: &Fact<ValidationStarted>) -> bool {
    fact.record.validation_id == started.record.validation_id
        && fact.record.environment == started.record.environment
}

/// Why a validation run can't be finalised; empty when it can.
pub fn objections(validation: &Validation, items: &[ItemVerdict]) -> Vec<String> {
    let id = &validation.id;
    if let Some((by, at)) = &validation.finalized {
        return vec![format!(
            "{by} finalised the validation {id} at {at:.0}; that is done once"
        )];
    }
    let mut objections = Vec::new();
    if validation.status != ValidationStatus::Passed {
        objections.push(format!(
            "the validation {id} is {}, not passed",
            validation.status
        ));
    }
    let blocking = items.iter().filter(|item| item.blocks);
    objections.extend(blocking.map(|it| format!("{} is {}", it.item.check, it.status)));
    objections
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn dated<T: serde::de::DeserializeOwned>(second: i64, record: serde_json::Value) -> Fact<T> {
        Fact {
            at: Timestamp::from_second(second).unwrap(),
            key: second.to_string(),
            record: serde_json::from_value(record).unwrap(),
        }
    }

    /// Facts from lines: `start v1`, `end v1 passed`, `final v1 carol`; the line's number is its second.
    fn told(lines: &[&str]) -> Facts {
        let mut facts = Facts::default();
        for (second, line) in lines.iter().enumerate() {
            let words: Vec<&str> = line.split(' ').collect();
            let second = i64::try_from(second).unwrap();
            let base = json!({"validation_id": words[1], "environment": "staging", "by": "dana"});
            let with = |key: &str, value: &str| {
                let mut record = base.clone();
                record[key] = json!(value);
                record
            };
            match words[0] {
                "start" => facts.validations.push(dated(second, base)),
                "end" => facts
                    .validation_ends
                    .push(dated(second, with("status", words[2]))),
                _ => {
                    let mut record = with("by", words[2]);
                    record["status"] = json!("passed");
                    facts.validation_finals.push(dated(second, record));
                }
            }
        }
        facts
    }

    #[track_caller]
    fn check(lines: &[&str], expect: &[&str]) {
        let shown = all(&told(lines)).into_iter().map(|it| {
            let by = it
                .finalized
                .map_or(String::new(), |(by, _)| format!(" finalised by {by}"));
            format!("{} {}{by}", it.id, it.status)
        });
        assert_eq!(shown.collect::<Vec<_>>(), expect, "{lines:?}");
    }

    #[test]
    fn validations_are_told_with_their_end() {
        check(&[], &[]);
        check(&["start v1"], &["v1 running"]);
        check(&["start v1", "end v1 passed"], &["v1 passed"]);
        check(&["end v1 passed"], &[]);
        check(
            &["start v2", "start v1", "end v1 failed"],
            &["v2 running", "v1 failed"],
        );
        let twice = [
            "start v1",
            "end v1 passed",
            "final v1 carol",
            "final v1 eve",
        ];
        check(&twice, &["v1 passed finalised by carol"]);
        check(
            &["start v1", "start v1", "end v1 passed", "end v1 failed"],
            &["v1 failed", "v1 failed"],
        );
    }

    #[test]
    fn a_validation_is_finalised_once_and_only_when_nothing_is_in_the_way() {
        let validation = |lines: &[&str]| all(&told(lines)).remove(0);
        let item = |status, blocks| ItemVerdict {
            item: Item {
                check: "G0/tables".parse().unwrap(),
                group: "schema".to_owned(),
                phase: Phase::Readiness,
            },
            status,
            reasons: Vec::new(),
            blocks,
        };
        let passed = validation(&["start v1", "end v1 passed"]);
        assert!(objections(&passed, &[item(CheckStatus::Passed, false)]).is_empty());
        let failing = objections(&passed, &[item(CheckStatus::Failed, true)]);
        assert_eq!(failing, ["G0/tables is failed"]);
        let missing = objections(&passed, &[item(CheckStatus::Pending, true)]);
        assert_eq!(missing, ["G0/tables is pending"]);
        let failed = validation(&["start v1", "end v1 failed"]);
        assert_eq!(
            objections(&failed, &[]),
            ["the validation v1 is failed, not passed"]
        );
        let closed = validation(&["start v1", "end v1 passed", "final v1 carol"]);
        assert!(objections(&closed, &[])[0].contains("carol finalised"));
    }
}
