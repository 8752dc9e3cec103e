//! Cases are counted for the journeys that they are tests of.

use std::sync::Arc;

use super::*;
use crate::domain::quality::journeys::{Fault, Journey, JourneyTallies, Journeys};

fn shop() -> Arc<Journeys> {
    let journey = Journey {
        id: "order".parse().unwrap(),
        title: "Chat to order".to_owned(),
        tests: vec!["*order*".into(), "*basket*".into()],
        faults: vec![Fault {
            id: "double-click".parse().unwrap(),
            tests: vec!["*double*".into()],
        }],
    };
    Arc::new(Journeys::new(vec![journey]))
}

/// The tallies of the journey and of its fault, as passed, failed, errors, skipped, flaky.
fn counts(tallies: &JourneyTallies) -> [[u64; 5]; 2] {
    let order = &tallies.tallies[&"order".parse().unwrap()];
    let fault = &order.faults[&"double-click".parse().unwrap()];
    [order.own.tests, fault.tests].map(|it| {
        assert_eq!(it.total, it.passed + it.failed + it.errors + it.skipped);
        [it.passed, it.failed, it.errors, it.skipped, it.flaky]
    })
}

fn read(mut reading: Reading, files: &[(&str, &str)]) -> (FailedCases, JourneyTallies) {
    for (name, xml) in files {
        let xml = format!("<testsuites>{xml}</testsuites>");
        reading.read(name, xml.as_bytes()).unwrap();
    }
    (reading.failed_cases(), reading.finish().journeys.unwrap())
}

fn counted(files: &[(&str, &str)]) -> [[u64; 5]; 2] {
    counts(&read(Reading::new().counting_for(&shop()), files).1)
}

fn one(xml: &str) -> [[u64; 5]; 2] {
    counted(&[("a.xml", xml)])
}

#[test]
fn each_outcome_is_counted() {
    for (inside, own) in [
        ("", [1, 0, 0, 0, 0]),
        ("<failure/>", [0, 1, 0, 0, 0]),
        ("<error/>", [0, 0, 1, 0, 0]),
        ("<skipped/>", [0, 0, 0, 1, 0]),
        ("<flakyFailure/>", [1, 0, 0, 0, 1]),
    ] {
        let xml = format!("<testsuite><testcase name='order'>{inside}</testcase></testsuite>");
        assert_eq!(one(&xml), [own, [0; 5]], "{inside}");
    }
    assert_eq!(
        one("<testcase name='login'><failure/></testcase>"),
        [[0; 5]; 2]
    );
}

#[test]
fn a_test_of_a_fault_is_a_test_of_its_journey_where_both_patterns_fit() {
    assert_eq!(
        one("<testcase name='order double click'/><testcase name='double spend'/>"),
        [[1, 0, 0, 0, 0], [2, 0, 0, 0, 0]]
    );
}

#[test]
fn names_are_those_that_people_read() {
    for case in [
        "<testcase classname='tests.TestOrder' name='pays'/>",
        "<testcase name='&#79;rder'/>",
        "<testcase name='chat\nto  order'/>",
        "<testsuite name='Order flow'><testcase classname='x' name='pays'/></testsuite>",
        "<testcase name='order' status='run' time='1'></testcase>",
    ] {
        assert_eq!(one(case)[0], [1, 0, 0, 0, 0], "{case}");
    }
    let outer =
        "<testsuite name='order'><testsuite name='x'><testcase name='y'/></testsuite></testsuite>";
    assert_eq!(
        one(outer)[0],
        [0; 5],
        "the innermost suite alone is compared"
    );
}

#[test]
fn a_failure_outside_of_any_case_belongs_to_the_journeys_of_its_suite() {
    assert_eq!(
        one("<testsuite name='order'><error/><testcase name='a'/></testsuite>")[0],
        [1, 0, 1, 0, 0]
    );
}

#[test]
fn files_are_added_up() {
    let (good, bad) = (
        "<testcase name='order'/>",
        "<testcase name='order'><failure/></testcase>",
    );
    let files = [("chrome.xml", good), ("firefox.xml", bad)];
    assert_eq!(counted(&files)[0], [1, 1, 0, 0, 0]);
    let files = [("firefox.xml", bad), ("chrome.xml", good)];
    assert_eq!(counted(&files)[0], [1, 1, 0, 0, 0]);
}

#[test]
fn a_repeated_case_is_flaky_or_failed_in_its_journey_too() {
    let case = |inside: &str| format!("<testcase name='order double'>{inside}</testcase>");
    let (good, bad, error) = (case(""), case("<failure/>"), case("<error/>"));
    let flaky = [[1, 0, 0, 0, 1]; 2];
    assert_eq!(one(&format!("{bad}{good}")), flaky);
    assert_eq!(one(&format!("{bad}{error}{good}")), flaky);
    assert_eq!(one(&format!("{good}{bad}")), [[1, 1, 0, 0, 0]; 2]);
    let within = case("<flakyError/>");
    assert_eq!(one(&format!("{bad}{within}")), flaky);
}

#[test]
fn what_failed_in_an_earlier_attempt_is_flaky_in_its_journey_too() {
    let bad = "<testcase name='order'><failure/></testcase>";
    let first = Reading::new().counting_for(&shop());
    let (failed, tallies) = read(first, &[("a.xml", bad)]);
    assert_eq!(counts(&tallies)[0], [0, 1, 0, 0, 0]);
    let second = Reading::after(&failed).counting_for(&shop());
    let (_, tallies) = read(second, &[("a.xml", "<testcase name='order'/>")]);
    assert_eq!(counts(&tallies)[0], [1, 0, 0, 0, 1]);
}

#[test]
fn patterns_that_find_nothing_are_told() {
    let tallies = read(
        Reading::new().counting_for(&shop()),
        &[("a.xml", "<testcase name='order'/>")],
    )
    .1;
    let order = &tallies.tallies[&"order".parse().unwrap()];
    assert_eq!(order.own.unmatched, ["*basket*"]);
    let fault = &order.faults[&"double-click".parse().unwrap()];
    assert_eq!(fault.unmatched, ["*double*"]);
    assert_eq!(tallies.definitions, shop().digest());
}

#[test]
fn without_journeys_nothing_is_counted_for_them() {
    let mut reading = Reading::new().counting_for(&Arc::default());
    reading.read("a.xml", &b"<testsuite/>"[..]).unwrap();
    assert_eq!(reading.finish().journeys, None);
}
