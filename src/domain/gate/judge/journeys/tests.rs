//! Which results are judged, and what becomes of a recorded pass.

use std::sync::Arc;

use super::super::judge;
use super::super::tests::{fact, policy};
use super::*;
use crate::domain::quality::journeys::{
    CaseName, Demand, Journey, JourneyCounter, JourneyTallies, Journeys,
};
use crate::domain::status::GateStatus;

fn journeys(pattern: &str) -> Journeys {
    Journeys::new(vec![Journey {
        id: "order".parse().unwrap(),
        title: "Order".to_owned(),
        tests: vec![pattern.into()],
        faults: Vec::new(),
    }])
}

fn rule() -> JourneysRule {
    JourneysRule {
        demand: Demand {
            all: true,
            faults: 0,
        },
        from: vec!["test/e2e".parse().unwrap()],
    }
}

/// A stage `test` whose `e2e` runs the tests, and a gate G1 whose `table` judges them.
fn shop() -> Policy {
    let mut policy = policy("test: e2e\ngate G1: table");
    policy.journeys = journeys("*order*");
    policy.gates[1].checks[0].verb = Verb::Journeys(rule());
    policy
}

/// What is counted of such a case: `order passed`.
fn tallies(journeys: &Journeys, case: &str) -> (TestTally, JourneyTallies) {
    let (name, outcome) = case.split_once(' ').unwrap();
    let passed = u64::from(outcome == "passed");
    let tests = TestTally {
        total: 1,
        passed,
        failed: 1 - passed,
        ..TestTally::default()
    };
    let mut counter = JourneyCounter::new(Arc::new(journeys.clone()));
    counter.count(&CaseName::new("", "", name), |tally| {
        *tally = tally.plus(tests);
    });
    (tests, counter.finish())
}

/// Facts from lines such as `test/e2e passed | order passed`, each a second after the one before.
fn told(lines: &[&str]) -> Facts {
    let fact = |(second, line): (usize, &&str)| {
        let (head, case) = line.split_once('|').unwrap_or((line, ""));
        let mut fact = fact(second, head.trim());
        if !case.is_empty() {
            let (tests, tallies) = tallies(&journeys("*order*"), case.trim());
            fact.report.tests = Some(tests);
            fact.report.journeys = Some(tallies);
        }
        fact
    };
    Facts {
        checks: lines.iter().enumerate().map(fact).collect(),
        ..Facts::default()
    }
}

/// The gaps of what is judged, and how many results count together.
fn found(lines: &[&str]) -> (Vec<String>, usize) {
    let sources = sources(
        &shop(),
        &told(lines),
        &Viewpoint::Ledger,
        &rule(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    assert_eq!(sources.len(), 1);
    (sources[0].gaps.clone(), sources[0].tallies.len())
}

#[track_caller]
fn gap(lines: &[&str], expect: &str) {
    let (gaps, _) = found(lines);
    assert!(
        gaps.len() == 1 && gaps[0].contains(expect),
        "{gaps:?}\n{expect}"
    );
}

#[test]
fn the_newest_result_that_counts_is_judged_however_it_ended() {
    for lines in [
        &["test/e2e passed | order passed"][..],
        &["test/e2e failed | order failed"],
        &["test/e2e failed | order passed"],
        &["test/e2e errored", "test/e2e passed | order passed"],
        &["test/e2e passed | order passed", "test/e2e errored dirty"],
    ] {
        assert_eq!(found(lines), (Vec::new(), 1), "{lines:?}");
    }
}

#[test]
fn the_jobs_of_an_attempt_are_judged_together() {
    let lines = [
        "test/e2e passed job=76.1/w1 | order passed",
        "test/e2e passed job=77.1/w1 | order failed",
        "test/e2e passed job=77.1/w1 | order passed",
        "test/e2e failed job=77.1/w2 | order failed",
    ];
    assert_eq!(found(&lines), (Vec::new(), 2));
}

#[test]
fn what_is_not_known_is_said_with_what_to_do() {
    gap(&[], "`test/e2e` has no result yet: run or record it first");
    gap(
        &["test/e2e passed dirty | order passed"],
        "`test/e2e` has no result that counts: e2e ran in a tree that differs from the commit",
    );
    gap(
        &["test/e2e passed other | order passed"],
        "another definition in the policy; run it again",
    );
    gap(
        &["test/e2e passed blocked | order passed"],
        "record it again",
    );
    gap(
        &["test/e2e errored | order passed"],
        "`test/e2e` is errored, so not all of its tests may have been counted. Run or record \
         `test/e2e` again",
    );
    gap(&["test/e2e skipped"], "`test/e2e` is skipped");
    gap(
        &["test/e2e passed"],
        "`test/e2e` has a result without JUnit files",
    );
}

#[test]
fn a_result_that_contradicts_itself_tells_nothing() {
    let with = |status, code, failing: bool| {
        let case = if failing {
            "order failed"
        } else {
            "order passed"
        };
        let mut facts = told(&[&format!("test/e2e {status} | {case}")]);
        facts.checks[0].report.reasons = vec![Reason::new(code, "why")];
        sources(
            &shop(),
            &facts,
            &Viewpoint::Ledger,
            &rule(),
            jiff::Timestamp::UNIX_EPOCH,
        )[0]
        .gaps
        .concat()
    };
    let gap = with("failed", ReasonCode::CommandFailed, false);
    assert!(gap.contains("none of its tests did (why)"), "{gap}");
    let gap = with("failed", ReasonCode::CountersContradict, false);
    assert!(
        gap.contains("claims failures that none of its tests shows (why)"),
        "{gap}"
    );
    assert_eq!(with("failed", ReasonCode::CommandFailed, true), "");
    assert_eq!(with("failed", ReasonCode::LineCoverageLow, false), "");
}

#[test]
fn a_result_of_an_older_version_was_not_counted() {
    let mut facts = told(&["test/e2e passed | order passed"]);
    facts.checks[0].report.journeys = None;
    let sources = sources(
        &shop(),
        &facts,
        &Viewpoint::Ledger,
        &rule(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    assert!(sources[0].gaps[0].contains("was not counted for journeys"));
}

/// How `table` stands: its status, and the codes of its reasons.
fn table(policy: &Policy, lines: &[&str]) -> String {
    let verdict = judge(
        policy,
        &told(lines),
        &Viewpoint::Ledger,
        jiff::Timestamp::UNIX_EPOCH,
    );
    let gate = verdict.gate(&"G1".parse().unwrap()).unwrap();
    assert_ne!(
        gate.status == GateStatus::Passed,
        gate.checks[0].status != CheckStatus::Passed
    );
    let codes = gate.checks[0].reasons.iter().map(|it| it.code.as_str());
    std::iter::once(gate.checks[0].status.as_str())
        .chain(codes)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_recorded_pass_holds_while_nothing_newer_says_otherwise() {
    for (lines, expect) in [
        (
            &["test/e2e passed | order passed", "G1/table passed"][..],
            "passed",
        ),
        (
            &[
                "test/e2e passed | order passed",
                "G1/table passed",
                "test/e2e passed | order failed",
            ],
            "failed journey_failed",
        ),
        (
            &[
                "test/e2e passed | order passed",
                "G1/table passed",
                "test/e2e errored",
            ],
            "pending journeys_unmeasured",
        ),
        (&["G1/table passed"], "pending journeys_unmeasured"),
        (
            &["test/e2e passed | login passed", "G1/table passed"],
            "failed journey_untested",
        ),
        (
            &[
                "test/e2e failed | order failed",
                "G1/table failed",
                "test/e2e passed | order passed",
            ],
            "failed",
        ),
    ] {
        assert_eq!(table(&shop(), lines), expect, "{lines:?}");
    }
}

#[test]
fn the_table_shown_is_that_of_the_newest_results() {
    let lines = ["test/e2e passed | order passed", "G1/table passed"];
    let verdict = judge(
        &shop(),
        &told(&lines),
        &Viewpoint::Ledger,
        jiff::Timestamp::UNIX_EPOCH,
    );
    let fact = verdict.gates[1].checks[0].fact.clone().unwrap();
    assert_eq!(
        fact.report.journey_table.unwrap().rows[0].own.tests.passed,
        1
    );
}

#[test]
fn changed_patterns_take_the_ground_from_a_pass() {
    let mut policy = shop();
    policy.journeys = journeys("*checkout*");
    let lines = ["test/e2e passed | order passed", "G1/table passed"];
    assert_eq!(table(&policy, &lines), "pending journeys_unmeasured");
}
