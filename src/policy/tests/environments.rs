//! Environments, their approvals, and the check that looks at one on GitHub.

use std::time::Duration;

use super::*;
use crate::domain::check::{GitHubRule, Verb};
use crate::domain::delivery::environment::{Approver, SelfApproval};

/// A policy with a stage `push`, a gate `G0`, and this under `environments`, from line 6 on.
fn with(lines: &str) -> String {
    let gates = "version: 1\npipeline:\n  push: { checks: { a: { run: x } } }\ngates: { G0: { checks: { a: { run: x } } } }\nenvironments:\n";
    format!("{gates}{lines}")
}

/// A policy with one environment.
fn one(rules: &str) -> String {
    with(&format!("  p: {{ {rules} }}"))
}

#[test]
fn the_example_of_the_interface_means_what_it_says() {
    let policy = good(super::accepted::SHOP);
    let names: Vec<_> = policy
        .environments
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(names, ["staging", "production"]);
    let production = policy.environment(&"production".parse().unwrap()).unwrap();
    let gates: Vec<_> = production.gates.iter().map(GateId::as_str).collect();
    assert_eq!(gates, ["tag", "G0", "G1", "G3"]);
    assert_eq!(production.after, ["staging".parse().unwrap()]);
    assert_eq!(production.secrets, ["DATABASE_URL"]);
    assert_eq!(production.variables, ["APP_URL"]);
    let rule = production.approvals.as_ref().unwrap();
    let team = Approver::Team("release-managers".to_owned());
    assert_eq!(rule.from, [team, Approver::User("alice".to_owned())]);
    assert_eq!(
        (rule.minimum, rule.self_approval),
        (1, SelfApproval::Refused)
    );
    assert_eq!(rule.max_age, Some(Duration::from_secs(24 * 3600)));
}

#[test]
fn defaults_are_filled_in() {
    let policy = good(&one("gates: G0, approvals: { from: qa }"));
    let rule = policy.environments[0].approvals.as_ref().unwrap();
    assert_eq!(rule.from, [Approver::Role("qa".to_owned())]);
    assert_eq!((rule.minimum, rule.max_age), (1, None));
    assert_eq!(rule.self_approval, SelfApproval::Allowed);
    let policy = good(&one("gates: [push, G0]"));
    assert_eq!(policy.environments[0].approvals, None);
}

#[test]
fn names_point_somewhere() {
    check(
        &one("gates: [G0, G1]"),
        &["6:20 there is no stage or gate `G1` | did you mean `G0`?"],
    );
    check(
        &one("gates: [pusch]"),
        &["6:16 there is no stage or gate `pusch` | did you mean `push`?"],
    );
    check(
        &with("  staging: { gates: [G0] }\n  p: { gates: [staging] }"),
        &["7:16 … | `staging` is an environment: name it under `after`"],
    );
    check(
        &with("  staging: { gates: [G0] }\n  p: { after: stagin }"),
        &["7:15 there is no environment `stagin` | did you mean `staging`?"],
    );
    check(
        &one("after: [G0]"),
        &["6:16 there is no environment `G0` | `G0` is a gate: name it under `gates`"],
    );
    check(&one("gates: [\"G 0\"]"), &["6:16 `G 0` is not a name"]);
}

#[test]
fn environments_do_not_come_after_one_another_in_a_circle() {
    check(
        &one("after: [p]"),
        &["6:8 the environments come after one another in a circle: p → p | take one"],
    );
    check(
        &with(
            "  a: { after: [b] }\n  b: { gates: [G0], after: [c] }\n  c: { after: a }\n  d: { after: a }",
        ),
        &["6:8 the environments come after one another in a circle: a → b → c → a"],
    );
}

#[test]
fn names_are_used_once() {
    check(
        &with("  p: { gates: [G0] }\n  p: { gates: [push] }"),
        &["7:3 the key `p` stands on line 6 already"],
    );
    check(
        &with("  Prod: { gates: [G0] }\n  prod: { gates: [G0] }"),
        &["7:3 `prod` is `Prod` of line 6 in another case | GitHub takes both"],
    );
    check(
        &with("  push: { gates: [G0] }\n  G0: { gates: [push] }"),
        &[
            "6:3 `push` is the name of a stage or gate on line 3 already",
            "7:3 `G0` is the name of a stage or gate on line 4 already",
        ],
    );
    check(&one("gates: [G0, push, G0]"), &["6:26 `G0` stands twice"]);
    check(
        &one("approvals: { from: [\"user:alice\", \"user:Alice\"] }"),
        &["6:42 `user:Alice` stands twice"],
    );
    check(
        &one("gates: G0, secrets: [A, a]"),
        &["6:32 `a` stands twice"],
    );
}

#[test]
fn an_environment_asks_for_something() {
    check(&one(""), &["6:6 `p` is empty"]);
    check(
        &one("secrets: [A]"),
        &["6:3 `p` asks for nothing | add `gates`, `after` or `approvals`"],
    );
    check(&one("gates: []"), &["6:15 `gates` is empty"]);
    check(&with("  p:"), &["6:3 `p` has no value"]);
}

#[test]
fn approvals_can_be_given() {
    check(
        &one("approvals: { minimum: 0, from: qa }"),
        &["6:30 `minimum` must be a whole number from 1 to 6, not the number `0`"],
    );
    check(
        &one("approvals: { minimum: 7, from: qa }"),
        &["6:30 `minimum` must be a whole number from 1 to 6, not the number `7`"],
    );
    check(
        &one("approvals: { from: [] }"),
        &["6:27 `from` is empty | write at least one"],
    );
    check(
        &one("approvals: { minimum: 1 }"),
        &["6:19 `approvals` has no `from` | add `from`"],
    );
    check(
        &one("approvals: { minimum: 2, from: \"user:alice\" }"),
        &["6:21 2 people must approve, but `from` names 1 | name more people"],
    );
    check(
        &one("approvals: { minimum: 2, from: [\"user:alice\", qa] }"),
        &[],
    );
    check(
        &one("approvals: { from: qa, max-age: 1 day }"),
        &["6:40 `1 day` is not a duration"],
    );
}

#[test]
fn an_approver_is_a_person_a_team_or_a_role() {
    for bad in [
        "users:alice",
        "user:",
        "team:acme/qa",
        "@alice",
        "a b",
        "user:a[bat]",
    ] {
        let expect = format!("6:27 `{bad}` is not an approver | A person as `user:LOGIN`, a team");
        check(
            &one(&format!("approvals: {{ from: \"{bad}\" }}")),
            &[&expect],
        );
    }
    check(&one("approvals: { from: \"user:ship[bot]\" }"), &[]);
    check(
        &one("approvals: { from: \"user:${WHO}\" }"),
        &["6:27 `user:${WHO}` is not an approver"],
    );
}

#[test]
fn what_others_call_it_is_explained() {
    check(
        &one("requires: [G0], gates: G0"),
        &["6:8 unknown key `requires` | `gates` names stages and gates, `after` names"],
    );
    check(
        &one("gates: G0, deploy: x, rollback: y"),
        &["6:19 … cannot do `deploy`", "6:30 … cannot do `rollback`"],
    );
    check(
        &one("approvals: { from: qa, prevent-self-review: true }"),
        &["6:31 … | did you mean `prevent-self-approval`?"],
    );
    check(
        &one("gates: G0, aproval: x"),
        &["6:19 unknown key `aproval` | did you mean"],
    );
}

fn rule(lines: &str, environments: &str) -> GitHubRule {
    let policy = format!("{}environments: {{ {environments} }}", with_check(lines));
    match good(&policy).gates[0].checks[0].verb.clone() {
        Verb::GitHub(rule) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_look_at_github_also_asks_for_what_the_policy_declares() {
    let lines = "github: { environment: p, reviewers: 2, prevent-self-review: true, secrets: [A] }";
    let environments =
        "P: { gates: test, secrets: [B, a], variables: C }, q: { gates: test, secrets: D }";
    let found = rule(lines, environments);
    assert_eq!((found.environment.as_str(), found.reviewers), ("p", 2));
    assert!(found.prevent_self_review);
    assert_eq!(
        (found.secrets, found.variables),
        (vec!["A".into(), "B".into()], vec!["C".into()])
    );
    let found = rule("github: { environment: other }", environments);
    assert_eq!((found.reviewers, found.prevent_self_review), (0, false));
    assert_eq!((found.secrets.len(), found.variables.len()), (0, 0));
}

#[test]
fn what_is_declared_is_part_of_the_definition() {
    let definition = |environments: &str| {
        let policy = format!(
            "{}environments: {environments}",
            with_check("github: { environment: p }")
        );
        good(&policy).gates[0].checks[0].definition
    };
    let bare = definition("{ p: { gates: test } }");
    assert_eq!(
        definition("{ p: { gates: test, after: q }, q: { gates: test, secrets: A } }"),
        bare
    );
    assert_ne!(definition("{ p: { gates: test, secrets: A } }"), bare);
    assert_ne!(definition("{ P: { gates: test, variables: A } }"), bare);
}

#[test]
fn what_a_look_at_github_takes() {
    check(
        &with_check("github: {}"),
        &["6:17 `github` has no `environment`"],
    );
    check(
        &with_check("github: { environment: p, reviewers: 7 }"),
        &["6:46 `reviewers` must be a whole number from 0 to 6"],
    );
    check(
        &with_check("github: { environment: p }\nretries: 1\nenv: { A: 1 }"),
        &["8:9 `env` has no meaning beside `github`"],
    );
}
