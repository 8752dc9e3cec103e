//! Eligible, blocked or waiting: one line a case.

use super::{hour, policy, told};
use crate::domain::delivery::promotion;
use crate::domain::delivery::standing::standing;
use crate::domain::gate::verdict::Verdict;
use crate::domain::gate::{Gate, GateKind, Pace, Severity};
use crate::domain::policy::Policy;
use crate::domain::status::GateStatus;

/// `G1` requires `test`; production asks for it, comes after staging and wants somebody of qa.
fn shop() -> Policy {
    let gate = |id: &str, requires: &[&str]| Gate {
        id: id.parse().unwrap(),
        title: id.to_owned(),
        kind: GateKind::Gate,
        severity: Severity::Blocking,
        requires: requires.iter().map(|id| id.parse().unwrap()).collect(),
        tolerate: None,
        checks: Vec::new(),
        evidence: Vec::new(),
        approvals: None,
        pace: Pace::Parallel,
    };
    Policy {
        gates: vec![gate("test", &[]), gate("G1", &["test"]), gate("G9", &[])],
        ..policy("staging: gates=test\nproduction: gates=G1 after=staging from=qa\nmoon:")
    }
}

fn word(lines: &[&str], environment: &str) -> &'static str {
    let (policy, (facts, gates)) = (shop(), told(lines));
    let verdict = Verdict {
        status: GateStatus::Pending,
        environments: promotion::judge(&policy, &facts, &gates, hour(12)),
        gates,
        waivers: Vec::new(),
    };
    let id = environment.parse().unwrap();
    standing(&policy, &verdict, verdict.environment(&id).unwrap()).as_str()
}

#[test]
fn an_environment_is_eligible_blocked_or_waiting() {
    let there = [
        "gate test passed",
        "gate G1 passed",
        "deployed staging passed 9",
    ];
    let approved = "bob approved production 10 role=qa";
    let with = |line| [&there[..], &[approved, line]].concat();
    for (lines, environment, expect) in [
        (&[][..], "staging", "waiting"),
        (&["gate test pending"], "staging", "waiting"),
        (&["gate test running"], "staging", "waiting"),
        (&["gate test passed"], "staging", "eligible"),
        (&["gate test waived"], "staging", "eligible"),
        (&["gate test failed"], "staging", "blocked"),
        (&there, "production", "waiting"),
        (
            &[&there[..], &[approved]].concat(),
            "production",
            "eligible",
        ),
        // What production requires through another gate blocks it too, what it does not ask for
        // never does.
        (
            &["gate test failed", "gate G1 blocked"],
            "production",
            "blocked",
        ),
        (&with("gate G9 failed"), "production", "eligible"),
        (&with("deployed staging failed 11"), "production", "blocked"),
        (
            &with("bob rejected production 11 role=qa"),
            "production",
            "blocked",
        ),
        // It asks for nothing, so it opens to nobody.
        (&there, "moon", "blocked"),
    ] {
        assert_eq!(word(lines, environment), expect, "{environment}: {lines:?}");
    }
}
