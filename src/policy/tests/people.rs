//! What a policy says of people: manual checks, evidence, approvals of gates, waivers.

use std::time::Duration;

use super::*;
use crate::domain::check::Verb;
use crate::domain::delivery::environment::Approver;

/// A policy with one gate, on line 2, and the environment `staging`.
fn gate(rules: &str) -> String {
    format!(
        "version: 1\ngates: {{ G1: {{ {rules} }} }}\nenvironments: {{ staging: {{ gates: [G1] }} }}\n"
    )
}

#[test]
fn a_manual_check_has_an_instruction_and_may_name_environments() {
    let policy = good(&gate(
        "checks: { uat: { manual: Buy something, only: staging } }",
    ));
    let check = &policy.gates[0].checks[0];
    assert_eq!(check.verb, Verb::Manual("Buy something".to_owned()));
    assert_eq!(check.only, ["staging".parse().unwrap()]);
}

#[test]
fn only_names_environments_of_the_policy() {
    check(
        &gate("checks: { uat: { manual: Look, only: [stagin] } }"),
        &["2:54 there is no environment `stagin` | did you mean `staging`?"],
    );
    check(
        &gate("checks: { uat: { manual: Look, only: [staging, staging] } }"),
        &["2:63 `staging` stands twice | remove one of the two"],
    );
}

#[test]
fn a_gate_asks_for_checks_evidence_or_approvals() {
    let policy = good(&gate("evidence: rollback-plan, approvals: { from: qa }"));
    let gate_1 = &policy.gates[0];
    assert_eq!(
        (gate_1.checks.len(), gate_1.evidence.as_slice()),
        (0, &["rollback-plan".to_owned()][..])
    );
    let from = &gate_1.approvals.as_ref().unwrap().from;
    assert_eq!(*from, [Approver::Role("qa".to_owned())]);
    good(&gate("evidence: [a]"));
    check(
        &gate("title: Nothing"),
        &["2:10 `G1` asks for nothing | add `checks`, `evidence` or `approvals`"],
    );
    check(
        &gate("approvals: { minimum: 2, from: [\"user:a\"] }"),
        &[
            "2:29 2 people must approve, but `from` names 1 | name more people, a team or a role, or lower `minimum`",
        ],
    );
}

#[test]
fn waivers_say_who_and_how_long() {
    let with = |rule: &str| format!("{}waivers: {{ {rule} }}\n", gate("evidence: a"));
    let policy = good(&with("longest: 14d, from: [\"user:mia\", qa]"));
    let rule = policy.waivers.unwrap();
    assert_eq!(rule.longest, Some(Duration::from_secs(14 * 86_400)));
    assert_eq!(rule.from.len(), 2);
    assert_eq!(good(&gate("evidence: a")).waivers, None);
    check(
        &with("longest: 14d"),
        &["4:10 `waivers` has no `from` | add `from`"],
    );
}

#[test]
fn the_digest_hears_what_is_written_and_not_how() {
    let digest = |text: &str| good(text).digest;
    let plain = gate("evidence: a");
    assert_eq!(digest(&plain), digest(&format!("# a comment\n{plain}")));
    assert_ne!(digest(&plain), digest(&gate("evidence: b")));
}
