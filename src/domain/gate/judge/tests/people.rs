//! What people decide at gates, one line a case: manual checks, evidence, approvals, waivers.

mod properties;
mod waivers;

use std::time::Duration;

use serde_json::json;

use super::fact;
use crate::domain::check::Verb;
use crate::domain::delivery::environment::{ApprovalRule, SelfApproval};
use crate::domain::gate::facts::{Fact, Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::gate::waiver::WaiverRule;
use crate::domain::gate::{Gate, Severity};
use crate::domain::ids::Sha256Digest;
use crate::domain::policy::Policy;
use jiff::{SignedDuration, Timestamp};

/// The minute at which the cases are judged; the line of a fact has its number as its minute.
const NOW: i64 = 30;

fn minute(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1000 + minute)
}

/// Gates from lines such as `G3 < G1 absolute evidence=plan from=qa: pytest uat! look!@staging`:
/// `!` marks a manual check, `@` the environment that it must be verified in. Mia may grant waivers
/// of an hour.
fn policy(lines: &str) -> Policy {
    let mut policy = super::policy("");
    policy.gates = lines.lines().map(|line| gate(line.trim())).collect();
    policy.waivers = Some(WaiverRule {
        longest: Some(Duration::from_secs(3600)),
        from: vec!["user:mia".parse().unwrap()],
    });
    policy.digest = Sha256Digest::of(b"policy");
    policy
}

fn gate(line: &str) -> Gate {
    let (head, checks) = line.split_once(':').unwrap();
    let mut words = head.split_whitespace();
    let mut gate = super::gate(&format!("gate {}", words.next().unwrap()), "");
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("absolute", _) => gate.severity = Severity::Absolute,
            ("advisory", _) => gate.severity = Severity::Advisory,
            ("evidence", kind) => gate.evidence.push(kind.to_owned()),
            ("from", entry) => gate.approvals = Some(rule(entry)),
            ("<", _) => {}
            (required, _) => gate.requires.push(required.parse().unwrap()),
        }
    }
    for name in checks.split_whitespace() {
        let (name, place) = name.split_once('@').unwrap_or((name, ""));
        let mut check = super::check_named(name.trim_end_matches('!'));
        if name.ends_with('!') {
            check.verb = Verb::Manual("look".to_owned());
        }
        let places = place.split(',').filter(|place| !place.is_empty());
        check.only = places.map(|place| place.parse().unwrap()).collect();
        gate.checks.push(check);
    }
    gate
}

fn rule(entry: &str) -> ApprovalRule {
    ApprovalRule {
        minimum: 1,
        from: vec![entry.replace('.', ":").parse().unwrap()],
        self_approval: SelfApproval::Allowed,
        max_age: None,
    }
}

/// Facts from lines; each begins with its minute: `5 G1/pytest passed`, `5 signoff G1/uat passed by=carol
/// env=staging`, `5 evidence plan gate=G3`, `5 approve G3 by=quinn role=qa`, `5 reject G3 …`,
/// `5 waive G1/pytest by=mia until=40 id=w1`, `5 request …`, `5 revoke w1`.
fn told(lines: &[&str]) -> Facts {
    let mut facts = Facts::default();
    for line in lines {
        tell(&mut facts, line);
    }
    facts
}

fn tell(facts: &mut Facts, line: &str) {
    let mut words = line.split_whitespace();
    let at = minute(words.next().unwrap().parse().unwrap());
    let (verb, rest): (&str, Vec<&str>) = (words.next().unwrap(), words.collect());
    let value = |key: &str| {
        rest.iter()
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    };
    let about = |key: &str| {
        rest.first()
            .map(|it| it.split('/').nth(usize::from(key == "check")))
    };
    let by = value("by").unwrap_or("mia");
    match verb {
        "signoff" => facts.signoffs.push(dated(
            at,
            line,
            json!({
                "gate": about("gate"), "check": about("check"), "result": rest[1], "by": by,
                "environment": value("env"),
            }),
        )),
        "evidence" => facts.evidence.push(
            serde_json::from_value(json!({
                "type": rest[0], "name": rest[0], "gate": value("gate"),
                "sha256": Sha256Digest::of(line.as_bytes()),
            }))
            .unwrap(),
        ),
        "approve" | "reject" => facts.approvals.push(dated(
            at,
            line,
            json!({
                "gate": rest[0], "by": by, "role": value("role"),
                "decision": if verb == "approve" { "approved" } else { "rejected" },
                "policy_digest": value("policy").map(|text| Sha256Digest::of(text.as_bytes())),
                "evidence_root": value("root").map(|text| Sha256Digest::of(text.as_bytes())),
            }),
        )),
        "waive" | "request" => {
            let until = value("until").map_or(40, |text| text.parse().unwrap());
            let record = dated(
                at,
                line,
                json!({
                    "id": value("id").unwrap_or("w1"), "gate": about("gate"), "check": about("check"),
                    "by": by, "reason": "the tests are flaky", "expires_at": minute(until),
                }),
            );
            let told = if verb == "waive" {
                &mut facts.grants
            } else {
                &mut facts.requests
            };
            told.push(record);
        }
        "revoke" => facts
            .revocations
            .push(dated(at, line, json!({"id": rest[0], "by": by}))),
        check => {
            let report = fact(0, &format!("{check} {}", rest.join(" ")));
            facts.checks.push(crate::domain::gate::facts::CheckFact {
                at,
                key: line.to_owned(),
                ..report
            });
        }
    }
}

fn dated<T: serde::de::DeserializeOwned>(
    at: Timestamp,
    key: &str,
    record: serde_json::Value,
) -> Fact<T> {
    Fact {
        at,
        key: key.to_owned(),
        record: serde_json::from_value(record).unwrap(),
    }
}

fn judged(policy: &Policy, lines: &[&str]) -> Verdict {
    judge(policy, &told(lines), &Viewpoint::Ledger, minute(NOW))
}

/// `G1=failed(tests_failed)`: the status of each gate with the codes of its reasons.
fn shown(verdict: &Verdict) -> String {
    let gates = verdict.gates.iter().map(|gate| {
        let codes: Vec<&str> = gate
            .reasons
            .iter()
            .map(|reason| reason.code.as_str())
            .collect();
        format!("{}={}({})", gate.id, gate.status, codes.join(" "))
    });
    gates.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(gates: &str, lines: &[&str], expect: &str) {
    assert_eq!(
        shown(&judged(&policy(gates), lines)),
        expect,
        "facts: {lines:?}"
    );
}

#[test]
fn a_manual_check_waits_for_a_person() {
    let gates = "G1: uat!";
    check(gates, &[], "G1=pending(signoff_missing)");
    check(gates, &["5 G1/uat passed"], "G1=pending(signoff_missing)");
    check(gates, &["5 signoff G1/uat passed"], "G1=passed()");
    check(
        gates,
        &["5 signoff G1/uat failed"],
        "G1=failed(signoff_failed)",
    );
    check(
        gates,
        &["5 signoff G1/uat failed", "6 signoff G1/uat passed"],
        "G1=passed()",
    );
    check(
        gates,
        &["5 signoff G1/uat passed", "6 signoff G1/uat failed"],
        "G1=failed(signoff_failed)",
    );
    check(
        gates,
        &["40 signoff G1/uat passed"],
        "G1=pending(signoff_missing signoff_in_future)",
    );
    check(
        gates,
        &["40 signoff G1/uat failed"],
        "G1=failed(signoff_failed)",
    );
}

#[test]
fn verified_in_code_is_not_verified_in_staging() {
    let gates = "G1: uat!@staging";
    check(
        gates,
        &["5 signoff G1/uat passed"],
        "G1=pending(signoff_missing)",
    );
    check(
        gates,
        &["5 signoff G1/uat passed env=production"],
        "G1=pending(signoff_missing)",
    );
    check(
        gates,
        &["5 signoff G1/uat passed env=staging"],
        "G1=passed()",
    );
    let verdict = judged(&policy(gates), &["5 signoff G1/uat passed by=carol"]);
    let message = &verdict.gates[0].reasons[0].message;
    assert!(message.contains("was not verified in staging"), "{message}");
    assert!(message.contains("no environment by carol"), "{message}");
}

#[test]
fn a_check_of_several_environments_must_pass_in_each() {
    let gates = "G1: smoke@staging,production";
    check(
        gates,
        &["5 G1/smoke passed"],
        "G1=pending(not_verified_there)",
    );
    check(
        gates,
        &["5 G1/smoke passed env=staging"],
        "G1=pending(not_verified_there)",
    );
    let both = [
        "5 G1/smoke passed env=staging",
        "6 G1/smoke passed env=production",
    ];
    check(gates, &both, "G1=passed()");
    let one = [
        "5 G1/smoke failed env=staging",
        "6 G1/smoke passed env=production",
    ];
    check(gates, &one, "G1=failed(check_failed)");
}

#[test]
fn evidence_that_a_gate_asks_for_must_be_there() {
    let gates = "G3 evidence=plan: a";
    check(gates, &["5 evidence plan"], "G3=pending(check_pending)");
    check(gates, &["5 G3/a passed"], "G3=failed(evidence_missing)");
    check(gates, &["5 G3/a passed", "6 evidence plan"], "G3=passed()");
    check(
        gates,
        &["5 G3/a passed", "6 evidence plan gate=G3"],
        "G3=passed()",
    );
    check(
        gates,
        &["5 G3/a passed", "6 evidence plan gate=G1"],
        "G3=failed(evidence_missing)",
    );
    check(
        gates,
        &["5 G3/a passed", "6 evidence other"],
        "G3=failed(evidence_missing)",
    );
    check("G3 evidence=plan:", &[], "G3=pending(evidence_missing)");
    check("G3 evidence=plan:", &["5 evidence plan"], "G3=passed()");
}

#[test]
fn a_gate_is_approved_by_whom_the_policy_names() {
    let gates = "G3 from=qa: a";
    check(
        gates,
        &["5 approve G3 by=quinn role=qa"],
        "G3=pending(check_pending)",
    );
    check(gates, &["5 G3/a passed"], "G3=pending(approval_missing)");
    let passed = "5 G3/a passed";
    check(
        gates,
        &[passed, "6 approve G3 by=quinn role=qa"],
        "G3=passed()",
    );
    check(
        gates,
        &[passed, "6 approve G3 by=quinn"],
        "G3=pending(approval_missing not_an_approver)",
    );
    check(
        gates,
        &[passed, "6 approve G1 by=quinn role=qa"],
        "G3=pending(approval_missing)",
    );
    check(
        gates,
        &[passed, "6 reject G3 by=quinn role=qa"],
        "G3=failed(approval_rejected)",
    );
    let lifted = [
        passed,
        "6 reject G3 by=quinn role=qa",
        "7 approve G3 by=quinn role=qa",
    ];
    check(gates, &lifted, "G3=passed()");
    let other = [
        passed,
        "6 reject G3 by=quinn role=qa",
        "7 approve G3 by=ruth role=qa",
    ];
    check(gates, &other, "G3=failed(approval_rejected)");
    check("G3 from=user.bob:", &["5 approve G3 by=BOB"], "G3=passed()");
}

#[test]
fn an_approval_is_bound_to_policy_and_evidence() {
    let gates = "G3 from=qa:";
    check(
        gates,
        &["5 approve G3 by=q role=qa policy=policy"],
        "G3=passed()",
    );
    let void = "G3=pending(approval_missing approval_void)";
    check(gates, &["5 approve G3 by=q role=qa policy=older"], void);
    check(gates, &["5 approve G3 by=q role=qa root=other"], void);
    check(gates, &["5 approve G3 by=q role=qa root="], "G3=passed()"); // the root of no evidence
}

#[test]
fn another_file_of_evidence_voids_an_approval() {
    let policy = policy("G3 evidence=plan from=qa:");
    let root = |lines: &[&str]| {
        let verdict = judged(&policy, lines);
        verdict.gates[0].approvals.as_ref().unwrap().basis.evidence
    };
    let plan = ["5 evidence plan"];
    assert_eq!(root(&plan), root(&[plan[0], plan[0]]));
    assert_ne!(root(&plan), root(&[plan[0], "6 evidence plan"]));
    assert_ne!(root(&plan), root(&[]));
}

#[test]
fn a_pass_from_the_future_hides_no_failure() {
    check("G1: a", &["50 G1/a passed"], "G1=pending(result_in_future)");
    check(
        "G1: a",
        &["50 G1/a passed", "5 G1/a failed"],
        "G1=failed(check_failed)",
    );
    check("G1: a", &["31 G1/a passed"], "G1=passed()"); // clocks differ a little
}
