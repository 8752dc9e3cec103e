//! Journeys, and the checks that judge them.

use super::*;
use crate::domain::check::{JourneysRule, Verb};
use crate::domain::quality::journeys::{Demand, TestPattern};

/// A policy with a gate G1 that has these checks, behind a stage `test` that reads JUnit, and the
/// journeys `order` with two faults and `pay` with one.
fn with_checks(checks: &str) -> String {
    format!(
        "version: 1
pipeline: {{ test: {{ checks: {{ unit: {{ run: x, results: {{ junit: u.xml }} }}, lint: {{ run: x }} }} }} }}
journeys:
  order: {{ title: Chat to order, tests: [\"*order*\"], faults: {{ double-click: [\"*order*double*\"], timeout: \"*order*timeout*\" }} }}
  pay: {{ tests: \"*pay*\", faults: {{ twice: [\"*pay*twice*\", \"*pay*again*\"] }} }}
gates:
  G1:
    requires: [test]
    checks:
{checks}  G2: {{ checks: {{ late: {{ run: x, results: {{ junit: l.xml }} }} }} }}
"
    )
}

const E2E: &str = "      e2e: { run: x, results: { junit: e.xml } }\n";

/// The rule of the check `table` beside `e2e` in G1.
fn rule(journeys: &str) -> JourneysRule {
    let text = with_checks(&format!("{E2E}      table: {{ journeys: {journeys} }}\n"));
    let check = good(&text).check(&check_ref("G1/table")).unwrap().clone();
    match check.verb {
        Verb::Journeys(rule) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn journeys_are_read_in_their_order() {
    let policy = good(&with_checks(E2E));
    let shown: Vec<String> = policy
        .journeys
        .all()
        .iter()
        .map(|journey| {
            let texts = |tests: &[TestPattern]| {
                let texts: Vec<_> = tests.iter().map(TestPattern::as_str).collect();
                texts.join(" ")
            };
            let faults = journey.faults.iter();
            let faults = faults.map(|fault| format!("; {} = {}", fault.id, texts(&fault.tests)));
            let faults: String = faults.collect();
            let (id, title) = (&journey.id, &journey.title);
            format!("{id} ({title}): {}{faults}", texts(&journey.tests))
        })
        .collect();
    let expect = [
        "order (Chat to order): *order*; double-click = *order*double*; timeout = *order*timeout*",
        "pay (pay): *pay*; twice = *pay*twice* *pay*again*",
    ];
    assert_eq!(shown, expect);
}

#[test]
fn a_rule_asks_for_journeys_faults_or_both() {
    for (journeys, all, faults) in [
        ("{ all: true }", true, 0),
        ("{ faults: 1 }", false, 1),
        ("{ all: true, faults: 1 }", true, 1),
        ("{ all: false, faults: 1 }", false, 1),
    ] {
        assert_eq!(rule(journeys).demand, Demand { all, faults }, "{journeys}");
    }
}

#[test]
fn the_other_checks_of_the_gate_with_junit_are_judged_unless_others_are_named() {
    let from = |journeys: &str| {
        let from = rule(journeys).from;
        let names: Vec<String> = from.iter().map(ToString::to_string).collect();
        names.join(" ")
    };
    assert_eq!(from("{ all: true }"), "G1/e2e");
    assert_eq!(from("{ all: true, from: test/unit }"), "test/unit");
    let both = "{ all: true, from: [test/unit, G1/e2e, test/unit] }";
    assert_eq!(from(both), "test/unit G1/e2e");
    let two = format!(
        "{E2E}      one: {{ journeys: {{ all: true }} }}\n      api: {{ run: x, results: {{ junit: a.xml }} }}\n      two: {{ journeys: {{ faults: 1 }} }}\n"
    );
    let policy = good(&with_checks(&two));
    for name in ["G1/one", "G1/two"] {
        let verb = &policy.check(&check_ref(name)).unwrap().verb;
        let names: Vec<String> = verb.judged().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["G1/e2e", "G1/api"]);
    }
}

#[test]
fn what_is_judged_need_not_pass() {
    let text = with_checks(&format!(
        "{E2E}      table: {{ journeys: {{ all: true }} }}\n"
    ));
    let policy = good(&text);
    assert_eq!(policy.check(&check_ref("G1/table")).unwrap().needs, []);
}

#[test]
fn a_result_is_bound_to_the_patterns_and_to_what_is_judged() {
    let definition = |text: &str| good(text).check(&check_ref("G1/table")).unwrap().definition;
    let text = with_checks(&format!(
        "{E2E}      table: {{ journeys: {{ all: true }} }}\n"
    ));
    let is_same = |from: &str, to: &str| definition(&text.replace(from, to)) == definition(&text);
    assert!(is_same("Chat to order", "Order"));
    assert!(is_same("gates:", "gates: # of the release"));
    assert!(!is_same("*order*double*", "*double*"));
    assert!(!is_same("all: true", "all: true, faults: 1"));
    let more = format!("{E2E}      api: {{ run: x, results: {{ junit: a.xml }} }}\n");
    assert!(!is_same(E2E, &more), "one more check is judged");
    let tests = |text: &str| good(text).check(&check_ref("G1/e2e")).unwrap().definition;
    let relabelled = text.replace("*order*double*", "*double*");
    assert_eq!(
        tests(&relabelled),
        tests(&text),
        "what was executed is the same"
    );
}

#[test]
fn patterns_are_taken_as_they_are_written() {
    let text = with_checks(E2E).replace("\"*pay*\"", "\"*${PAY}*\"");
    let policy = good(&text);
    assert_eq!(policy.journeys.all()[1].tests[0].as_str(), "*${PAY}*");
}

#[test]
fn journeys_that_cannot_be() {
    let top = |lines: &str| {
        format!("version: 1\npipeline: {{ test: {{ checks: {{ a: {{ run: x }} }} }} }}\n{lines}")
    };
    for (lines, expect) in [
        ("journeys: {}", "3:11 `journeys` is empty"),
        ("journeys:\n  order: {}", "4:10 `order` has no `tests`"),
        (
            "journeys: { \"a b\": { tests: x } }",
            "3:13 `a b` is not a name",
        ),
        (
            "journeys: { order: { tests: [] } }",
            "3:29 `tests` is empty",
        ),
        (
            "journeys: { order: { tests: \" x\" } }",
            "3:29 ` x` is not a pattern of tests | A name of tests in which `*`",
        ),
        (
            "journeys: { order: { tests: \"\" } }",
            "3:29 `` is not a pattern of tests",
        ),
        (
            "journeys: { order: { tests: x, faults: {} } }",
            "3:40 `faults` is empty",
        ),
        (
            "journeys: { order: { tests: x, fault: { a: b } } }",
            "3:32 unknown key `fault` | did you mean `faults`?",
        ),
    ] {
        check(&top(lines), &[expect]);
    }
    let faults: String = (0..1000).map(|it| format!("f{it}: x, ")).collect();
    let many = format!("journeys: {{ order: {{ tests: x, faults: {{ {faults} }} }} }}");
    check(
        &top(&many),
        &["3:1 the policy declares 1001 journeys and faults, 1000 are the most"],
    );
}

#[test]
fn rules_that_can_never_hold() {
    for (checks, expect) in [
        (
            "      table: { journeys: { from: G1/e2e } }\n",
            "11:26 this asks nothing of any journey | add `all: true`, or `faults: 1`",
        ),
        (
            "      table: { journeys: { all: false } }\n",
            "11:26 this asks nothing of any journey",
        ),
        (
            "      table: { journeys: { faults: 0 } }\n",
            "11:36 `faults` must be a whole number",
        ),
        (
            "      table: { journeys: { faults: 2 } }\n",
            "11:36 the journey `pay` declares 1 fault, so 2 of them can never pass | declare more under `journeys.pay.faults`, or ask for fewer",
        ),
        (
            "      table: { journeys: { all: true, from: [G1/e2, G2/late] } }\n",
            "11:46 `G1` has no check `e2` | did you mean `e2e`?",
        ),
        (
            "      table: { journeys: { all: true, from: [G3/e2e] } }\n",
            "11:46 there is no stage or gate `G3` | did you mean",
        ),
        (
            "      table: { journeys: { all: true, from: [test/lint] } }\n",
            "11:46 `test/lint` reads no JUnit files | add `results: { junit: … }` to `test/lint`",
        ),
        (
            "      table: { journeys: { all: true, from: G1/table } }\n",
            "11:45 `G1/table` reads no JUnit files",
        ),
        (
            "      table: { journeys: { all: true, from: G2/late } }\n",
            "11:45 `G1` does not require `G2`, so `G2/late` may come later | add `G2` to `requires` of `G1`",
        ),
        (
            "      table: { journeys: { all: true, from: e2e } }\n",
            "11:45 `e2e` is not a check with its gate",
        ),
        (
            "      table: { journeys: { all: true }, results: { junit: x } }\n",
            "11:41 `results` has no meaning beside `journeys`",
        ),
    ] {
        let text = with_checks(&format!("{E2E}{checks}"));
        let found: Vec<String> = keep(&text).unwrap_err().0.iter().map(short).collect();
        assert!(
            found.iter().any(|found| fits(found, expect)),
            "{found:#?}\n{expect}"
        );
    }
}

#[test]
fn there_must_be_tests_and_journeys_to_judge() {
    check(
        &with_checks("      table: { journeys: { all: true } }\n"),
        &["10:26 no other check of `G1` has `results: junit` | add it to the check that runs"],
    );
    check(
        "version: 1\ngates: { G1: { checks: { e2e: { run: x, results: { junit: e } }, table: { journeys: { all: true } } } } }",
        &["2:85 the policy declares no journeys | add them at the top level"],
    );
}

#[test]
fn what_is_judged_ends_before() {
    let circle = "      e2e: { run: x, needs: [table], results: { junit: e.xml } }
      table: { journeys: { all: true } }\n";
    check(
        &with_checks(circle),
        &[
            "10:22 the checks need one another in a circle: e2e → table → e2e | take one of them out of a `needs`, or name what is judged",
        ],
    );
    let sequential = with_checks(&format!(
        "      table: {{ journeys: {{ all: true }} }}\n{E2E}"
    ));
    check(&sequential, &[]);
    let sequential = sequential.replace("    requires: [test]", "    sequential: true");
    check(
        &sequential,
        &[
            "10:26 `table` judges `e2e`, which comes after it on line 11 in a sequential gate | move `e2e` before `table`",
        ],
    );
}
