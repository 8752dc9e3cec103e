//! Journeys from JUnit cases to the verdict, one line a case, and what holds for all of them.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::quality::tests::{CaseOutcome, TestCase, TestTally};
use crate::domain::status::CheckStatus;

/// Journeys from lines such as `order: *order* | double = *order*double* | timeout = *late*`.
fn journeys(lines: &[&str]) -> Journeys {
    let patterns = |text: &str| text.split_whitespace().map(TestPattern::from).collect();
    let journey = |line: &&str| {
        let (id, rest) = line.split_once(':').unwrap();
        let mut parts = rest.split('|');
        Journey {
            id: id.parse().unwrap(),
            title: id.to_uppercase(),
            tests: patterns(parts.next().unwrap()),
            faults: parts
                .map(|part| {
                    let (id, tests) = part.split_once('=').unwrap();
                    Fault {
                        id: id.trim().parse().unwrap(),
                        tests: patterns(tests),
                    }
                })
                .collect(),
        }
    };
    Journeys::new(lines.iter().map(journey).collect())
}

fn shop() -> Journeys {
    journeys(&[
        "order: *order* | double-click = *order*double* | timeout = *order*timeout*",
        "pay: *pay* | twice = *pay*twice* *pay*again*",
    ])
}

/// Puts one case, `order_double failed`, into a tally.
fn add(tally: &mut TestTally, outcome: &str) {
    tally.total += 1;
    match outcome {
        "passed" => tally.passed += 1,
        "flaky" => {
            tally.passed += 1;
            tally.flaky += 1;
        }
        "failed" => tally.failed += 1,
        "errored" => tally.errors += 1,
        "skipped" => tally.skipped += 1,
        other => panic!("{other}"),
    }
}

/// The tallies of one result with these cases: `order_double failed`.
fn counted(journeys: &Journeys, cases: &[&str]) -> JourneyTallies {
    let mut counter = JourneyCounter::new(Arc::new(journeys.clone()));
    for case in cases {
        let (name, outcome) = case.split_once(' ').unwrap();
        let name = CaseName::new("suite", "class", name);
        counter.count(&name, |tally| add(tally, outcome));
    }
    counter.finish()
}

fn source(tallies: Vec<JourneyTallies>) -> Source {
    Source {
        check: "G1/e2e".parse().unwrap(),
        tallies,
        cases: Vec::new(),
        gaps: Vec::new(),
    }
}

fn all() -> Demand {
    Demand {
        all: true,
        faults: 0,
    }
}

fn faults(faults: u64) -> Demand {
    Demand { all: false, faults }
}

fn judged(demand: Demand, cases: &[&str]) -> Judgement {
    let shop = shop();
    judge(&shop, demand, &[source(vec![counted(&shop, cases)])])
}

/// Judges the shop's journeys and compares status and codes: `failed journey_failed`.
#[track_caller]
fn check(demand: Demand, cases: &[&str], expect: &str) {
    let judgement = judged(demand, cases);
    let codes = judgement.reasons.iter().map(|reason| reason.code.as_str());
    let found: Vec<_> = std::iter::once(judgement.status.as_str())
        .chain(codes)
        .collect();
    assert_eq!(found.join(" "), expect, "{:?}", judgement.reasons);
}

const GOOD: [&str; 4] = [
    "order_double passed",
    "order_timeout passed",
    "pay_twice passed",
    "pay_again passed",
];

fn but(changed: &str) -> Vec<&str> {
    let name = changed.split_once(' ').unwrap().0;
    let others = GOOD.into_iter().filter(|case| !case.starts_with(name));
    others.chain([changed]).collect()
}

#[test]
fn every_journey_must_have_passed() {
    check(all(), &GOOD, "passed");
    check(all(), &but("order_double flaky"), "passed");
    check(
        all(),
        &but("pay_twice failed"),
        "failed journey_failed fault_failed",
    );
    check(
        all(),
        &but("pay_twice errored"),
        "failed journey_failed fault_failed",
    );
    check(
        all(),
        &but("pay_twice skipped"),
        "failed journey_skipped fault_failed",
    );
    check(all(), &but("unrelated failed"), "passed");
    check(
        all(),
        &["order_double passed", "order_timeout passed"],
        "failed journey_untested pattern_unmatched pattern_unmatched",
    );
}

#[test]
fn enough_faults_of_each_journey_must_have_passed() {
    check(faults(1), &GOOD, "passed");
    check(
        faults(1),
        &but("order_double failed"),
        "passed fault_failed",
    );
    check(faults(1), &but("pay_twice failed"), "failed fault_failed");
    check(faults(1), &but("pay_twice skipped"), "failed fault_failed");
    check(faults(2), &GOOD, "failed fault_untested");
    check(
        faults(1),
        &["order_plain passed", "pay_twice passed", "pay_again passed"],
        "failed fault_untested",
    );
    check(
        faults(1),
        &["order_double passed", "pay_twice passed"],
        "passed pattern_unmatched pattern_unmatched",
    );
}

#[test]
fn both_may_be_asked() {
    let both = Demand {
        all: true,
        faults: 1,
    };
    check(both, &GOOD, "passed");
    check(both, &but("order_plain failed"), "failed journey_failed");
    check(
        both,
        &but("pay_twice failed"),
        "failed journey_failed fault_failed",
    );
}

#[test]
fn what_is_not_asked_does_not_decide() {
    check(faults(1), &but("order_plain failed"), "passed");
    check(Demand::default(), &GOOD, "errored journeys_unmeasured");
}

#[test]
fn reasons_say_what_and_how_many() {
    let first = |demand, cases: &[&str]| judged(demand, cases).reasons[0].message.clone();
    assert_eq!(
        first(all(), &but("pay_more skipped")),
        "the journey pay did not pass: 1 of 3 tests was skipped, which is no pass"
    );
    assert_eq!(
        first(
            all(),
            &["pay_twice failed", "pay_again skipped", "order passed"]
        ),
        "the journey pay failed: 1 of 2 tests failed and 1 was skipped"
    );
    assert_eq!(
        first(all(), &["pay passed"]),
        "the journey order was never tested: no test of G1/e2e fits `*order*`; write one, or \
         mend the patterns"
    );
    assert_eq!(
        first(faults(1), &["order_double failed", "pay_twice passed"]),
        "0 of the faults of the journey order passed, at least 1 must: double-click: 1 of 1 test \
         failed; timeout was never tested (no test fits `*order*timeout*`)"
    );
    assert_eq!(
        first(faults(1), &["order_double passed", "pay_twice passed"]),
        "no test fits `*order*timeout*` of the fault timeout of the journey order"
    );
}

#[test]
fn failing_tests_are_named() {
    let shop = shop();
    let case = |name: &str, outcome| TestCase {
        suite: "suite".to_owned(),
        class: "class".to_owned(),
        name: name.to_owned(),
        outcome,
        message: String::new(),
        location: None,
    };
    let failed = ["pay_4", "pay_1", "pay_3", "pay_2"].map(|it| case(it, CaseOutcome::Failed));
    let others = [
        case("order", CaseOutcome::Failed),
        case("pay_0", CaseOutcome::Flaky),
    ];
    let cases = ["order failed", "pay failed"];
    let source = Source {
        cases: failed.into_iter().chain(others).collect(),
        ..source(vec![counted(&shop, &cases)])
    };
    let judgement = judge(&shop, all(), &[source]);
    assert_eq!(
        judgement.reasons[1].message,
        "the journey pay failed: 1 of 1 test failed: class › pay_1 (G1/e2e), class › pay_2 \
         (G1/e2e), class › pay_3 (G1/e2e), 1 more"
    );
}

#[test]
fn what_is_not_known_never_passes() {
    let shop = shop();
    let good = || counted(&shop, &GOOD);
    let other = journeys(&["order: *order*"]);
    let gap = Source {
        gaps: vec!["`G1/late` has no result yet".to_owned()],
        ..source(Vec::new())
    };
    for sources in [
        vec![],
        vec![source(Vec::new())],
        vec![source(vec![good()]), gap.clone()],
        vec![source(vec![good(), counted(&other, &GOOD)])],
        vec![source(vec![good()]), source(vec![counted(&other, &GOOD)])],
    ] {
        let judgement = judge(&shop, all(), &sources);
        assert_eq!(judgement.status, CheckStatus::Errored, "{sources:?}");
    }
    let nothing = Journeys::default();
    let sources = [source(vec![counted(&nothing, &GOOD)])];
    assert_eq!(
        judge(&nothing, all(), &sources).status,
        CheckStatus::Errored
    );
    let bad = source(vec![counted(&shop, &["pay_twice failed"])]);
    let judgement = judge(&shop, all(), &[gap, bad]);
    let codes: Vec<_> = judgement
        .reasons
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    let expect = ["journeys_unmeasured", "journey_failed"];
    assert_eq!(
        codes, expect,
        "a journey without a test may have one where nothing is known"
    );
}

#[test]
fn tallies_of_other_patterns_say_what_to_do() {
    let shop = shop();
    let before = journeys(&["order: *checkout*"]);
    let judgement = judge(&shop, all(), &[source(vec![counted(&before, &GOOD)])]);
    let expect = "`G1/e2e` counted its tests for other journeys than the policy has now: their \
                  patterns were changed since. Run or record `G1/e2e` again";
    assert_eq!(judgement.reasons[0].message, expect);
}

#[test]
fn the_table_has_a_cell_for_everything_that_is_declared() {
    let table = judged(
        all(),
        &["order_double failed", "order skipped", "pay flaky"],
    )
    .table;
    let cells = |row: &JourneyRow| {
        let faults = row
            .faults
            .iter()
            .map(|it| format!("{}={}", it.id, it.cell.outcome));
        let own = format!("{}={}", row.id, row.own.outcome);
        std::iter::once(own)
            .chain(faults)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let rows: Vec<_> = table.rows.iter().map(cells).collect();
    let expect = [
        "order=failed double-click=failed timeout=missing",
        "pay=passed twice=missing",
    ];
    assert_eq!(rows, expect);
    assert_eq!(table.rows[1].own.tests.flaky, 1);
}

#[test]
fn a_tally_passes_only_where_every_case_did() {
    let tally = |passed, failed, errors, skipped, total| TestTally {
        total,
        passed,
        failed,
        errors,
        skipped,
        flaky: 0,
    };
    for (tests, expect) in [
        (tally(0, 0, 0, 0, 0), CellOutcome::Missing),
        (tally(2, 0, 0, 0, 2), CellOutcome::Passed),
        (tally(2, 0, 0, 1, 3), CellOutcome::Skipped),
        (tally(2, 1, 0, 1, 4), CellOutcome::Failed),
        (tally(2, 0, 1, 0, 3), CellOutcome::Failed),
        (tally(1, 0, 0, 0, 2), CellOutcome::Skipped),
    ] {
        assert_eq!(CellOutcome::of(tests), expect, "{tests:?}");
    }
}

#[test]
fn titles_and_order_do_not_change_the_digest_and_patterns_do() {
    let base = journeys(&["a: *x* *y* | f = *f*", "b: *b*"]);
    let same = journeys(&["b: *b*", "a: *y* *x* | f = *f*"]);
    let mut titled = base.all().to_vec();
    titled[0].title = "Another".to_owned();
    assert_eq!(base.digest(), same.digest());
    assert_eq!(base.digest(), Journeys::new(titled).digest());
    for other in [
        journeys(&["a: *x* | f = *f*", "b: *b*"]),
        journeys(&["a: *x* *y* | g = *f*", "b: *b*"]),
        journeys(&["a: *x* *y*", "b: *b*"]),
        journeys(&["a: *x* *y* *f*", "b: *b*"]),
        journeys(&["c: *x* *y* | f = *f*", "b: *b*"]),
    ] {
        assert_ne!(base.digest(), other.digest(), "{other:?}");
    }
}

#[test]
fn tallies_are_read_as_they_were_written() {
    let tallies = counted(&shop(), &GOOD);
    let text = serde_json::to_string(&tallies).unwrap();
    assert_eq!(
        serde_json::from_str::<JourneyTallies>(&text).unwrap(),
        tallies
    );
    assert!(
        text.contains(r#""order":{"own":{"tests":{"total":2"#),
        "{text}"
    );
}

/// Any case of the shop, and some that belong to nothing.
fn case() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "order",
        "order_double",
        "order_timeout",
        "pay",
        "pay_twice",
        "pay_again",
        "login",
    ]);
    let outcome = prop::sample::select(vec!["passed", "flaky", "failed", "errored", "skipped"]);
    (name, outcome).prop_map(|(name, outcome)| format!("{name} {outcome}"))
}

fn cases() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(case(), 0..12)
}

fn demand() -> impl Strategy<Value = Demand> {
    (any::<bool>(), 0_u64..3).prop_map(|(all, faults)| Demand { all, faults })
}

/// The verdict on the cases of several results.
fn of_results(demand: Demand, results: &[Vec<String>]) -> Judgement {
    let shop = shop();
    let tallies = results.iter().map(|cases| {
        let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
        counted(&shop, &cases)
    });
    judge(&shop, demand, &[source(tallies.collect())])
}

proptest! {
    #[test]
    fn the_order_and_place_of_cases_make_no_difference(
        demand in demand(),
        results in prop::collection::vec(cases(), 1..4),
        seed in any::<prop::sample::Index>(),
    ) {
        let mut together: Vec<String> = results.concat();
        let before = of_results(demand, &results);
        let mut reversed = results.clone();
        reversed.reverse();
        prop_assert_eq!(&of_results(demand, &reversed), &before);
        if !together.is_empty() {
            let middle = seed.index(together.len());
            together.rotate_left(middle);
        }
        prop_assert_eq!(&of_results(demand, &[together]), &before);
    }

    #[test]
    fn a_bad_case_more_never_makes_anything_pass(
        demand in demand(),
        cases in cases(),
        name in prop::sample::select(vec!["order", "order_double", "pay_twice", "login"]),
        outcome in prop::sample::select(vec!["failed", "errored", "skipped"]),
    ) {
        let before = of_results(demand, std::slice::from_ref(&cases));
        let mut more = cases;
        more.push(format!("{name} {outcome}"));
        let after = of_results(demand, &[more]);
        if before.status != CheckStatus::Passed {
            prop_assert_ne!(after.status, CheckStatus::Passed);
        }
        for (before, after) in before.table.rows.iter().zip(&after.table.rows) {
            prop_assert!(before.own.is_passed() || !after.own.is_passed());
            prop_assert!(before.passed_faults() >= after.passed_faults());
        }
    }

    #[test]
    fn a_journey_passes_only_with_a_pass_and_nothing_else(cases in cases()) {
        let row = of_results(all(), std::slice::from_ref(&cases)).table.rows.remove(0);
        let mine: Vec<_> = cases.iter().filter(|case| case.starts_with("order")).collect();
        let good = mine.iter().all(|case| case.ends_with("passed") || case.ends_with("flaky"));
        prop_assert_eq!(row.own.is_passed(), good && !mine.is_empty());
    }
}
