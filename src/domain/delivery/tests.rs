//! The rules of promotion, one line a case, and what must hold for every history.

mod authors;
mod properties;
mod seconds;
mod standings;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::environment::{ApprovalRule, Environment, SelfApproval};
use super::promotion::{self, EnvironmentVerdict};
use crate::domain::gate::facts::{ApprovalFact, DeploymentFact, Facts};
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::gate::{GateKind, Severity};
use crate::domain::ids::Sha256Digest;
use crate::domain::policy::Policy;
use crate::domain::reason::ReasonCode;
use crate::domain::record::payload::{
    ApprovalRecorded, Decision, DeploymentFinished, DeploymentStatus,
};

/// The hour at which the cases are judged.
const NOON: i64 = 12;

fn hour(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1000 + hour)
}

/// `production: gates=G0,G1 after=staging min=2 from=user:alice,qa noself age=24`.
fn environment(line: &str) -> Environment {
    let (id, words) = line.split_once(':').unwrap();
    let words: Vec<&str> = words.split_whitespace().collect();
    let value = |key: &str| {
        let found = words
            .iter()
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        found.map(|list| list.split(',').collect::<Vec<_>>())
    };
    let number = |key: &str| value(key).map(|list| list[0].parse::<u64>().unwrap());
    let list = |key: &str| value(key).unwrap_or_default();
    Environment {
        id: id.trim().parse().unwrap(),
        gates: list("gates").iter().map(|id| id.parse().unwrap()).collect(),
        after: list("after").iter().map(|id| id.parse().unwrap()).collect(),
        approvals: value("from").map(|from| ApprovalRule {
            minimum: u32::try_from(number("min").unwrap_or(1)).unwrap(),
            from: from.iter().map(|entry| entry.parse().unwrap()).collect(),
            self_approval: match words.contains(&"noself") {
                true => SelfApproval::Refused,
                false => SelfApproval::Allowed,
            },
            max_age: number("age").map(|hours| Duration::from_secs(hours * 3600)),
        }),
        secrets: Vec::new(),
        variables: Vec::new(),
    }
}

fn policy(lines: &str) -> Policy {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    Policy {
        project: "shop".to_owned(),
        gates: Vec::new(),
        environments: lines.map(environment).collect(),
        journeys: Default::default(),
        evidence_directory: ".tollgate".to_owned(),
        ..Policy::default()
    }
}

/// `bob approved production 9 role=qa team=x author=carol by=dave run=77`: the number is the hour.
fn approval(line: &str) -> ApprovalFact {
    let words: Vec<&str> = line.split_whitespace().collect();
    let value = |key: &str| {
        let found = words
            .iter()
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        found.map(str::to_owned)
    };
    ApprovalFact {
        at: hour(words[3].parse().unwrap()),
        key: line.to_owned(),
        record: ApprovalRecorded {
            gate: None,
            environment: Some(words[2].parse().unwrap()),
            by: words[0].to_owned(),
            decision: match words[1] {
                "approved" => Decision::Approved,
                "rejected" => Decision::Rejected,
                other => panic!("{other}"),
            },
            comment: String::new(),
            role: value("role"),
            teams: value("team").into_iter().collect(),
            observed_at: None,
            run: value("run").map(|run| run.parse().unwrap()),
            attempt: None,
            run_sha: None,
            authors: value("author").map(|author| vec![author]),
            triggered_by: value("by").into_iter().collect(),
            commit: None,
            policy_digest: value("policy").map(|text| Sha256Digest::of(text.as_bytes())),
            evidence_root: value("evidence").map(|text| Sha256Digest::of(text.as_bytes())),
        },
    }
}

/// `deployed staging passed 9`.
fn deployment(line: &str) -> DeploymentFact {
    let words: Vec<&str> = line.split_whitespace().collect();
    DeploymentFact {
        at: hour(words[3].parse().unwrap()),
        key: line.to_owned(),
        record: DeploymentFinished {
            deployment_id: line.to_owned(),
            environment: words[1].parse().unwrap(),
            status: match words[2] {
                "passed" => DeploymentStatus::Passed,
                "failed" => DeploymentStatus::Failed,
                other => panic!("{other}"),
            },
            digest: None,
        },
    }
}

/// Facts and gates (`gate G0 failed`) from lines.
fn told(lines: &[&str]) -> (Facts, Vec<GateVerdict>) {
    let (mut facts, mut gates) = (Facts::default(), Vec::new());
    for line in lines {
        match line.split_once(' ').unwrap() {
            ("gate", rest) => gates.push(gate(rest)),
            ("deployed", _) => facts.deployments.push(deployment(line)),
            _ => facts.approvals.push(approval(line)),
        }
    }
    (facts, gates)
}

fn gate(line: &str) -> GateVerdict {
    let (id, status) = line.split_once(' ').unwrap();
    GateVerdict {
        waiver: None,
        approvals: None,
        evidence: Vec::new(),
        id: id.parse().unwrap(),
        title: id.to_owned(),
        kind: GateKind::Gate,
        severity: Severity::Blocking,
        status: serde_json::from_value(status.into()).unwrap(),
        reasons: Vec::new(),
        checks: Vec::new(),
    }
}

/// `eligible`, or the reasons' codes.
fn shown(verdict: &EnvironmentVerdict) -> String {
    let codes: Vec<&str> = verdict.reasons.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(verdict.eligible, codes.is_empty(), "{verdict:?}");
    match verdict.eligible {
        true => "eligible".to_owned(),
        false => codes.join(" "),
    }
}

fn judged(lines: &str, facts: &[&str]) -> Vec<EnvironmentVerdict> {
    let (facts, gates) = told(facts);
    promotion::judge(&policy(lines), &facts, &gates, hour(NOON))
}

/// Judges the first environment of a policy.
#[track_caller]
fn check(policy: &str, facts: &[&str], expect: &str) {
    let verdicts = judged(policy, facts);
    assert_eq!(
        shown(&verdicts[0]),
        expect,
        "{policy} {facts:?}\n{:#?}",
        verdicts[0]
    );
}

#[test]
fn every_gate_must_let_through() {
    let policy = "p: gates=G0,G1";
    check(policy, &["gate G0 passed", "gate G1 passed"], "eligible");
    check(policy, &["gate G0 passed", "gate G1 waived"], "eligible");
    check(policy, &["gate G0 passed", "gate G1 failed"], "gate_failed");
    check(
        policy,
        &["gate G0 passed", "gate G1 pending"],
        "gate_not_passed",
    );
    check(
        policy,
        &["gate G0 blocked", "gate G1 running"],
        "gate_not_passed gate_not_passed",
    );
    check(policy, &["gate G0 passed"], "gate_not_passed");
    let verdict = &judged(policy, &["gate G0 passed", "gate G1 failed"])[0];
    assert_eq!(verdict.reasons[0].gate, Some("G1".parse().unwrap()));
}

#[test]
fn an_environment_that_asks_for_nothing_is_never_ready() {
    check("p:", &[], "environment_not_ready");
}

#[test]
fn what_comes_before_must_have_stood() {
    let policy = "p: after=staging";
    check(policy, &[], "deployment_missing");
    check(policy, &["deployed staging passed 9"], "eligible");
    check(policy, &["deployed staging failed 9"], "deployment_failed");
    check(policy, &["deployed other passed 9"], "deployment_missing");
    check(
        policy,
        &["deployed staging failed 8", "deployed staging passed 9"],
        "eligible",
    );
    check(
        policy,
        &["deployed staging passed 8", "deployed staging failed 9"],
        "deployment_failed",
    );
    check(
        policy,
        &["deployed staging passed 9", "deployed staging failed 9"],
        "deployment_failed",
    );
    check(
        policy,
        &["deployed staging passed 13"],
        "deployment_missing",
    );
    check(
        policy,
        &["deployed staging failed 9", "deployed staging passed 13"],
        "deployment_failed",
    );
    check(
        policy,
        &["deployed staging passed 9", "deployed staging failed 13"],
        "deployment_failed",
    );
}

#[test]
fn distinct_people_are_counted() {
    let policy = "p: min=2 from=user:alice,user:Bob";
    check(policy, &[], "approval_missing");
    check(policy, &["alice approved p 9"], "approval_missing");
    check(
        policy,
        &["alice approved p 9", "ALICE approved p 10"],
        "approval_missing",
    );
    check(
        policy,
        &["alice approved p 9", "bob approved p 10"],
        "eligible",
    );
    check(
        policy,
        &["Alice approved p 9", "BOB approved p 10"],
        "eligible",
    );
    check(
        policy,
        &["alice approved p 9", "bob approved other 10"],
        "approval_missing",
    );
}

#[test]
fn only_those_who_are_named_count() {
    check(
        "p: from=user:alice",
        &["bob approved p 9"],
        "approval_missing not_an_approver",
    );
    check("p: from=qa", &["bob approved p 9 role=qa"], "eligible");
    check(
        "p: from=qa",
        &["bob approved p 9 role=dev"],
        "approval_missing not_an_approver",
    );
    check(
        "p: from=qa",
        &["qa approved p 9"],
        "approval_missing not_an_approver",
    );
    check("p: from=team:qa", &["bob approved p 9 team=QA"], "eligible");
    check(
        "p: from=team:qa",
        &["bob approved p 9 role=qa"],
        "approval_missing not_an_approver",
    );
    check(
        "p: from=team:qa,user:bob",
        &["bob approved p 9"],
        "eligible",
    );
    check(
        "p: from=user:qa",
        &["bob approved p 9 team=qa"],
        "approval_missing not_an_approver",
    );
}

#[test]
fn where_github_cannot_be_asked_nobody_is_in_a_team() {
    let (facts, gates) = told(&["bob approved p 9 team=qa"]);
    let verdict = |facts: &Facts| {
        let verdicts = promotion::judge(&policy("p: from=team:qa"), facts, &gates, hour(NOON));
        shown(&verdicts[0])
    };
    assert_eq!(verdict(&facts), "eligible");
    assert_eq!(
        verdict(&facts.without_teams()),
        "approval_missing not_an_approver"
    );
}

#[test]
fn nobody_approves_their_own_release_where_that_is_forbidden() {
    let policy = "p: from=user:alice,user:bob noself";
    check(
        policy,
        &["alice approved p 9 author=carol by=dave"],
        "eligible",
    );
    check(
        policy,
        &["alice approved p 9 author=Alice by=dave"],
        "approval_missing self_approval",
    );
    check(
        policy,
        &["alice approved p 9 author=carol by=ALICE"],
        "approval_missing self_approval",
    );
    check(
        policy,
        &["alice approved p 9"],
        "approval_missing authors_unknown",
    );
    check(
        policy,
        &["alice approved p 9", "bob approved other 9 author=alice"],
        "approval_missing self_approval",
    );
    check(
        policy,
        &[
            "alice approved p 9 author=alice",
            "bob approved p 9 author=alice",
        ],
        "eligible",
    );
    check(
        "p: from=user:alice",
        &["alice approved p 9 author=alice by=alice"],
        "eligible",
    );
}

#[test]
fn an_approval_grows_old() {
    let policy = "p: from=user:alice,user:bob age=3";
    check(policy, &["alice approved p 9"], "eligible");
    check(
        policy,
        &["alice approved p 8"],
        "approval_missing approval_expired",
    );
    check(
        policy,
        &["alice approved p 8", "alice approved p 10"],
        "eligible",
    );
    check(
        policy,
        &["alice approved p 8", "bob approved p 12"],
        "eligible",
    );
    check("p: from=user:alice", &["alice approved p -900"], "eligible");
}

#[test]
fn a_clock_that_goes_wrong_opens_nothing() {
    let policy = "p: from=user:alice age=3";
    check(
        policy,
        &["alice approved p 13"],
        "approval_missing approval_in_future",
    );
    check(
        policy,
        &["alice approved p 9", "alice approved p 13"],
        "eligible",
    );
    check(
        policy,
        &["alice rejected p 9", "alice approved p 13"],
        "approval_rejected approval_missing",
    );
    check(
        policy,
        &["alice approved p 9", "alice rejected p 13"],
        "approval_rejected approval_missing",
    );
}

#[test]
fn a_rejection_is_a_veto_until_the_same_person_approves() {
    let policy = "p: from=user:alice,user:bob";
    check(
        policy,
        &["alice approved p 9", "bob rejected p 8"],
        "approval_rejected",
    );
    check(
        policy,
        &["alice approved p 9", "mallory rejected p 8"],
        "approval_rejected",
    );
    check(
        policy,
        &["bob rejected p 8", "bob approved p 9"],
        "eligible",
    );
    check(
        policy,
        &["bob approved p 8", "bob rejected p 9"],
        "approval_rejected approval_missing",
    );
    check(
        policy,
        &["bob approved p 9", "BOB rejected p 9"],
        "approval_rejected approval_missing",
    );
    check(
        policy,
        &["alice approved p 9", "bob rejected other 8"],
        "eligible",
    );
    let lifted = [
        "mallory rejected p 8",
        "mallory approved p 9",
        "alice approved p 9",
    ];
    check(policy, &lifted, "eligible");
}

#[test]
fn everyone_who_decided_is_shown() {
    let facts = [
        "bob approved p 9",
        "Alice approved p 8",
        "mallory rejected p 7",
        "bob approved p 10",
    ];
    let approvals = judged("p: from=user:bob", &facts)[0]
        .approvals
        .clone()
        .unwrap();
    let people: Vec<_> = approvals
        .people
        .iter()
        .map(|it| {
            (
                it.by.as_str(),
                it.objection.as_ref().map(|reason| reason.code),
            )
        })
        .collect();
    let expect = [
        ("Alice", Some(ReasonCode::NotAnApprover)),
        ("bob", None),
        ("mallory", Some(ReasonCode::ApprovalRejected)),
    ];
    assert_eq!((people.as_slice(), approvals.counted()), (&expect[..], 1));
}
