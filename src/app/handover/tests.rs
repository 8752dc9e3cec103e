//! When results that could not be had are outdated by ones that are there.

use super::*;
use crate::domain::record::payload::CheckReported;

/// A result of `lint/ruff`, made by an attempt at a time.
fn result(attempt: Option<&str>, at: &str) -> CheckFact {
    let mut report = serde_json::json!({"gate": "lint", "check": "ruff", "status": "passed"});
    if let Some(attempt) = attempt {
        report["job"] = serde_json::json!({"attempt": attempt, "workspace": "w"});
    }
    CheckFact {
        at: at.parse().unwrap(),
        key: "k".to_owned(),
        report: serde_json::from_value::<CheckReported>(report).unwrap(),
    }
}

/// Results recorded in run 77, attempt 2, at 10:00:05 by GitHub's clock.
const MISSING: Recorded = Recorded {
    run: 77,
    attempt: Some(2),
    at: Some(Timestamp::constant(1_767_261_605, 0)),
};

#[track_caller]
fn outdated(attempt: Option<&str>, at: &str, expect: bool) {
    let at = format!("2026-01-01T10:00:{at}Z");
    assert_eq!(
        MISSING.is_before(&result(attempt, &at)),
        expect,
        "{attempt:?} {at}"
    );
}

#[test]
fn a_later_attempt_outdates_an_earlier_one_whatever_the_clocks_say() {
    outdated(Some("77.3"), "01", true);
    outdated(Some("77.1"), "59", false);
}

#[test]
fn another_run_outdates_it_when_a_whole_second_lies_between() {
    outdated(Some("78.1"), "05.9", false);
    outdated(Some("78.1"), "06", true);
    outdated(Some("77.2"), "05.9", false);
    outdated(Some("77.2"), "06", true);
    outdated(None, "05.2", false);
    outdated(None, "07", true);
}

#[test]
fn nothing_outdates_what_has_no_time() {
    let missing = Recorded {
        at: None,
        ..MISSING
    };
    assert!(!missing.is_before(&result(Some("78.1"), "2026-01-01T11:00:00Z")));
    assert!(missing.is_before(&result(Some("77.3"), "2026-01-01T09:00:00Z")));
}
