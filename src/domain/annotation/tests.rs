//! Which remarks results give, one line a case.

use super::*;
use crate::domain::reason::ReasonCode;

fn check() -> CheckRef {
    "test/it".parse().unwrap()
}

fn at(place: &str) -> Option<Location> {
    let (file, line) = place.split_once(':')?;
    Some(Location {
        file: file.to_owned(),
        line: line.parse().ok(),
    })
}

fn case(name: &str, outcome: CaseOutcome, message: &str, place: &str) -> TestCase {
    TestCase {
        suite: String::new(),
        class: String::new(),
        name: name.to_owned(),
        outcome,
        message: message.to_owned(),
        location: at(place),
    }
}

fn finding(level: Level, rule: &str, message: &str, place: &str) -> Finding {
    Finding {
        level,
        rule: rule.to_owned(),
        message: message.to_owned(),
        location: at(place),
    }
}

fn drift(place: &str) -> Reason {
    let reason = Reason::new(ReasonCode::VersionDrift, "python is 3.11");
    Reason {
        location: at(place),
        ..reason
    }
}

fn missed(from: u32, to: u32) -> UncoveredLines {
    UncoveredLines {
        file: "a.py".to_owned(),
        from,
        to,
        lines: to - from + 1,
    }
}

fn with(status: CheckStatus, change: impl FnOnce(&mut CheckResult)) -> CheckResult {
    let mut result = CheckResult::of(status, Vec::new());
    change(&mut result);
    result
}

/// `level place title | message` of each remark.
fn shown(annotations: &[Annotation]) -> Vec<String> {
    let annotations = annotations.iter();
    annotations
        .map(|it| {
            let end = it.end_line.map_or(String::new(), |end| format!("-{end}"));
            let (level, message) = (it.level.as_str(), it.message.replace('\n', "␊"));
            format!("{level} {}{end} {} | {message}", it.location, it.title)
        })
        .collect()
}

#[track_caller]
fn gives(result: &CheckResult, expected: &[&str]) {
    assert_eq!(shown(&of_result(&check(), result)), expected);
}

#[test]
fn test_cases() {
    use CaseOutcome::{Error, Failed, Flaky, Skipped};
    for (outcome, message, place, expected) in [
        (
            Failed,
            "1 == 2\n ^",
            "a.py:3",
            &["failure a.py:3 test/it: t | t failed␊1 == 2\n ^"][..],
        ),
        (
            Error,
            "",
            "a.py:3",
            &["failure a.py:3 test/it: t | t ended in an error"],
        ),
        (
            Flaky,
            "slow",
            "a.py:3",
            &["warning a.py:3 test/it: t | t failed, then passed␊slow"],
        ),
        (
            Failed,
            "x",
            "a.py:",
            &["failure a.py test/it: t | t failed␊x"],
        ),
        (Failed, "x", "", &[]),
        (Skipped, "x", "a.py:3", &[]),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|text| text.replace('\n', "␊"))
            .collect();
        let result = with(CheckStatus::Failed, |result| {
            result.cases = vec![case("t", outcome, message, place)];
        });
        assert_eq!(shown(&of_result(&check(), &result)), expected);
    }
}

#[test]
fn a_name_of_several_lines_is_one_line() {
    let result = with(CheckStatus::Failed, |result| {
        result.cases = vec![case("a\n b\t c", CaseOutcome::Failed, "", "a.py:1")];
    });
    gives(&result, &["failure a.py:1 test/it: a b c | a b c failed"]);
}

#[test]
fn findings() {
    for (level, rule, message, expected) in [
        (
            Level::Error,
            "E1",
            "bad",
            "failure a.py:3 test/it: E1 | bad",
        ),
        (
            Level::Warning,
            "W1",
            "odd",
            "warning a.py:3 test/it: W1 | odd",
        ),
        (Level::Note, "N1", "hm", "notice a.py:3 test/it: N1 | hm"),
        (
            Level::None,
            "",
            "",
            "notice a.py:3 test/it: finding | test/it found finding",
        ),
    ] {
        let result = with(CheckStatus::Passed, |result| {
            result.findings = vec![finding(level, rule, message, "a.py:3")];
        });
        gives(&result, &[expected]);
    }
    let nowhere = with(CheckStatus::Passed, |result| {
        result.findings = vec![finding(Level::Error, "E1", "bad", "")];
    });
    gives(&nowhere, &[]);
}

#[test]
fn reasons() {
    for (status, expected) in [
        (
            CheckStatus::Failed,
            "failure Dockerfile:1 test/it failed (version_drift) | python is 3.11",
        ),
        (
            CheckStatus::Errored,
            "failure Dockerfile:1 test/it errored (version_drift) | python is 3.11",
        ),
        (
            CheckStatus::Passed,
            "warning Dockerfile:1 test/it passed (version_drift) | python is 3.11",
        ),
    ] {
        let reasons = vec![drift("Dockerfile:1"), drift("")];
        gives(&CheckResult::of(status, reasons), &[expected]);
    }
}

#[test]
fn uncovered_lines() {
    let low = |code| vec![Reason::new(code, "too low")];
    for (reasons, expected) in [
        (Vec::new(), "notice"),
        (low(ReasonCode::TestsFailed), "notice"),
        (low(ReasonCode::LineCoverageLow), "warning"),
        (low(ReasonCode::BranchCoverageLow), "warning"),
    ] {
        let result = CheckResult {
            uncovered: vec![missed(7, 9), missed(3, 3)],
            ..CheckResult::judged(reasons)
        };
        let expected = [
            format!("{expected} a.py:3 test/it: not covered | no test runs line 3"),
            format!("{expected} a.py:7-9 test/it: not covered | no test runs the lines 7 to 9"),
        ];
        assert_eq!(shown(&of_result(&check(), &result)), expected);
    }
}

#[test]
fn the_gravest_come_first_then_files_and_lines_and_what_is_said_twice_is_said_once() {
    let result = CheckResult {
        findings: vec![
            finding(Level::Note, "N", "n", "a.py:1"),
            finding(Level::Error, "E", "b2", "b.py:2"),
            finding(Level::Error, "E", "a10", "a.py:10"),
            finding(Level::Error, "E", "a9", "a.py:9"),
            finding(Level::Warning, "W", "a9", "a.py:9"),
            finding(Level::Error, "E", "file", "a.py:"),
            finding(Level::Error, "E", "b2", "b.py:2"),
            finding(Level::Error, "E", "b2, too", "b.py:2"),
        ],
        ..CheckResult::of(CheckStatus::Failed, Vec::new())
    };
    let messages: Vec<_> = of_result(&check(), &result)
        .into_iter()
        .map(|it| it.message)
        .collect();
    assert_eq!(messages, ["file", "a9", "a10", "b2", "b2, too", "n"]);
}

#[test]
fn a_result_of_the_ledger_gives_the_remarks_that_it_holds() {
    let report: CheckReported = serde_json::from_value(serde_json::json!({
        "gate": "test", "check": "it", "status": "failed",
        "reasons": [{"code": "version_drift", "message": "no", "location": {"file": "D"}}],
        "cases": [
            {"name": "t", "outcome": "failed", "location": {"file": "a.py", "line": 3}},
            {"name": "u", "outcome": "failed"},
        ],
    }))
    .unwrap();
    assert_eq!(
        shown(&of_report(&report)),
        [
            "failure D test/it failed (version_drift) | no",
            "failure a.py:3 test/it: t | t failed",
        ]
    );
}

#[test]
fn no_more_are_given_than_a_check_run_may_have() {
    let result = with(CheckStatus::Failed, |result| {
        let cases = (0..2 * KEPT_ANNOTATIONS).map(|number| {
            case(
                &number.to_string(),
                CaseOutcome::Flaky,
                "",
                &format!("a.py:{number}"),
            )
        });
        result.cases = cases.collect();
        result.reasons = vec![drift("z.py:1")];
    });
    let annotations = of_result(&check(), &result);
    assert_eq!(annotations.len(), KEPT_ANNOTATIONS);
    assert_eq!(annotations[0].level, AnnotationLevel::Failure);
}

#[test]
fn what_is_written_is_read() {
    let result = CheckResult {
        uncovered: vec![missed(7, 9)],
        ..CheckResult::of(CheckStatus::Passed, vec![drift("D:")])
    };
    let written = of_result(&check(), &result);
    let text = serde_json::to_string(&written).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<Annotation>>(&text).unwrap(),
        written
    );
}
