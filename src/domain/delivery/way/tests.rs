//! The way, one line a case, and what holds for every policy and every history.

mod life;
mod properties;

use life::Life;

const SHOP: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: x } } }
  test: { checks: { pytest: { run: x } } }
  push: { checks: { registry: { run: x } } }
gates:
  G0: { checks: { vars: { run: x } } }
  G1: { requires: [push, G0], checks: { uat: { manual: Buy something, only: [staging] }, e2e: { run: x } } }
  G3: { severity: absolute, requires: [G1], evidence: [rollback-plan], approvals: { from: [qa] }, checks: { money: { run: x } } }
environments:
  staging: { gates: [push, G0] }
  production:
    gates: [push, G0, G1, G3]
    after: [staging]
    approvals: { from: ["team:managers", "user:bob"], prevent-self-approval: true }
waivers: { longest: 36h, from: [lead, "user:mia"] }
"#;

/// The commands of the way, `tollgate` left out.
fn commands(life: &Life, environment: &str) -> Vec<String> {
    let steps = life.way(environment).steps;
    let commands = steps.iter().map(|step| step.command());
    commands
        .map(|command| command.trim_start_matches("tollgate ").to_owned())
        .collect()
}

#[track_caller]
fn check(yaml: &str, history: &[&str], expect: &[&str]) {
    let mut life = Life::new(yaml);
    for line in history {
        life.does(line);
    }
    assert_eq!(commands(&life, "production"), expect, "after {history:?}");
}

/// `lint pending, production`: what blocks.
fn blockers(life: &Life, environment: &str) -> String {
    let way = life.way(environment);
    let names = way.blockers.iter().map(|blocker| match &blocker.gate {
        Some((id, _, status)) => format!("{id} {status}"),
        None => environment.to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_fresh_release_goes_all_the_way() {
    let life = Life::new(SHOP);
    assert_eq!(
        commands(&life, "production"),
        [
            "run G1",
            "evidence add rollback-plan FILE --gate G3",
            "deployed staging --status passed --by NAME",
            "sign-off G1/uat --by NAME --result passed --environment staging",
            "run G3",
            "approve G3 --by NAME --role qa",
            "approve production --by NAME",
            "promote production",
        ]
    );
    assert_eq!(
        blockers(&life, "production"),
        "lint pending, G0 pending, production"
    );
}

#[test]
fn what_is_done_is_left_out_and_what_follows_from_it_is_not_repeated() {
    let whole = ["run push G0", "deployed staging --status passed --by dave"];
    let mut life = Life::new(SHOP);
    whole.iter().for_each(|line| life.does(line));
    life.does("run G1 but G1/e2e");
    assert_eq!(blockers(&life, "production"), "G1 failed, production");
    let way = life.way("production");
    assert_eq!(
        way.steps[0].command(),
        "tollgate sign-off G1/uat --by NAME --result passed --environment staging"
    );
    let super::Step::Run(run) = &way.steps[2] else {
        panic!("{way:?}")
    };
    assert_eq!(run.mend, ["G1/e2e".parse().unwrap()]);
    assert_eq!(commands(&life, "staging"), ["promote staging"]);
    assert!(life.way("staging").eligible);
}

#[test]
fn a_run_that_makes_new_evidence_voids_what_was_approved() {
    let approvals = r#"
gates: { G0: { checks: { a: { run: x } }, approvals: { from: [qa] } }, G1: { checks: { b: { run: x } } } }
environments: { production: { gates: [G0, G1], approvals: { from: ["user:bob"] } } }
"#;
    check(
        approvals,
        &[
            "run G0",
            "approve G0 --by quinn --role qa",
            "run G1 but G1/b",
            "approve production --by bob",
        ],
        &[
            "run G1",
            "approve production --by NAME",
            "promote production",
        ],
    );
    check(
        approvals,
        &[
            "run G0 G1",
            "approve G0 --by quinn --role qa",
            "run G0 but G0/a",
        ],
        &["approve production --by NAME", "promote production"],
    );
}

#[test]
fn runs_come_first_unless_that_takes_more_steps() {
    let gates = |c: &str| {
        format!(
            "gates: {{ A: {{ checks: {{ a: {{ run: x }} }} }}, M: {{ checks: {{ m: {{ manual: look }} }} }}, C: {{ {c} checks: {{ c: {{ run: x }} }} }} }}\nenvironments: {{ production: {{ gates: [A, M, C] }} }}"
        )
    };
    let look = "sign-off M/m --by NAME --result passed";
    check(&gates(""), &[], &["run A C", look, "promote production"]);
    check(
        &gates("requires: [M], "),
        &[],
        &[look, "run A C", "promote production"],
    );
}

#[test]
fn only_whoever_rejected_lifts_that() {
    let gates = r#"
gates: { G0: { checks: { a: { run: x } }, approvals: { from: [qa] } } }
environments: { production: { gates: [G0] } }
"#;
    let rejected = [
        "run G0",
        "approve G0 --by quinn --role qa",
        "approve G0 --by rita --role qa --reject",
    ];
    check(
        gates,
        &rejected,
        &["approve G0 --by rita --role qa", "promote production"],
    );
    let outsider = ["run G0", "approve G0 --by eve --reject"];
    check(
        gates,
        &outsider,
        &[
            "approve G0 --by eve",
            "approve G0 --by NAME --role qa",
            "promote production",
        ],
    );
}

#[test]
fn a_waiver_is_an_alternative_where_the_policy_allows_it() {
    let mut life = Life::new(SHOP);
    life.does("run push but test/pytest");
    let way = life.way("production");
    assert_eq!(way.steps[0].command(), "tollgate run G1");
    let waive = &way.alternatives[0];
    assert_eq!(
        waive.command(),
        "tollgate waive test/pytest --by NAME --role lead --reason REASON --expires 36h"
    );
    assert_eq!(waive.who(), "lead or user:mia");
    life.does("waive test/pytest --by mia");
    assert_eq!(life.way("production").alternatives, []);
    for line in [
        "run push G0",
        "deployed staging --status passed --by x",
        "sign-off G1/uat --by carol --result passed --environment staging",
        "run G3 but G3/money",
    ] {
        life.does(line);
    }
    assert_eq!(blockers(&life, "production"), "G3 failed, production");
    assert_eq!(life.way("production").alternatives, [], "G3 is absolute");
}

#[test]
fn evidence_that_several_gates_wait_for_is_brought_once() {
    let gates = |more: &str| {
        format!(
            "gates: {{ A: {{ evidence: [plan], approvals: {{ from: [qa] }} }}, B: {{ evidence: [plan] }}, C: {{ evidence: [plan, log], checks: {{ c: {{ run: x, {more} }} }} }} }}\nenvironments: {{ production: {{ gates: [A, B, C] }} }}"
        )
    };
    check(
        &gates(""),
        &[],
        &[
            "run C",
            "evidence add plan FILE",
            "approve A --by NAME --role qa",
            "promote production",
        ],
    );
    check(
        &gates("evidence: { plan: plan.md }"),
        &[
            "evidence add plan FILE --gate A",
            "approve A --by q --role qa",
        ],
        &[
            "run C",
            "evidence add plan FILE --gate B",
            "promote production",
        ],
    );
}

#[test]
fn a_check_is_run_in_each_environment_that_it_is_about() {
    let gates = r#"
gates: { G: { checks: { a: { run: x }, s: { run: x, only: [staging, production] } } }, H: { requires: [G], checks: { b: { run: x } } } }
environments: { staging: { gates: [H] }, production: { gates: [H] } }
"#;
    let rest = ["run H --environment production", "promote production"];
    check(
        gates,
        &[],
        &["run G --environment staging", rest[0], rest[1]],
    );
    check(gates, &["run G --environment staging"], &rest);
}

#[test]
fn an_advisory_gate_needs_no_more_than_it_does_not_tolerate() {
    let gates = r#"
gates: { G: { severity: advisory, tolerate: 1, checks: { m: { manual: look }, n: { manual: look }, o: { manual: look } } } }
environments: { production: { gates: [G] } }
"#;
    let failed = ["m", "n", "o"].map(|name| format!("sign-off G/{name} --by x --result failed"));
    let failed: Vec<&str> = failed.iter().map(String::as_str).collect();
    check(
        gates,
        &failed,
        &[
            "sign-off G/m --by NAME --result passed",
            "sign-off G/n --by NAME --result passed",
            "promote production",
        ],
    );
}

#[test]
fn where_nothing_helps_that_is_said() {
    let nobody = r#"
gates: { G: { checks: { a: { run: x } } } }
environments: { production: { gates: [G], approvals: { from: ["user:alice"], prevent-self-approval: true } } }
"#;
    let mut life = Life::new(nobody);
    life.does("approve production --by alice");
    let way = life.way("production");
    assert_eq!(commands(&life, "production"), ["run G"]);
    assert!(
        way.dead_end
            .unwrap()
            .contains("nobody is left who may give one: the policy names user:alice")
    );
    life.policy.environments[0].approvals = None;
    life.policy.environments[0].gates.clear();
    let way = life.way("production");
    assert_eq!((way.steps, way.blockers.len()), (vec![], 1));
    assert!(way.dead_end.unwrap().contains("opens production"));
}

#[test]
fn a_pass_from_the_future_is_done_again_and_a_failure_is_outlived() {
    let gates =
        "gates: { G: { checks: { a: { run: x } } } }\nenvironments: { production: { gates: [G] } }";
    for history in ["run G", "run G but G/a"] {
        let (mut life, mut later) = (Life::new(gates), Life::new(gates));
        (0..99).for_each(|_| later.does("promote production"));
        later.does(history);
        life.facts = later.facts;
        assert_eq!(
            commands(&life, "production"),
            ["run G", "promote production"],
            "{history}"
        );
    }
}
