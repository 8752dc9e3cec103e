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

/// What was missing when this step, in the workspace `w`, looked at 10:00:05.3.
fn known() -> Missing {
    let mut missing = Missing {
        gate: None,
        recorded: MISSING,
        why: Failure::blocked("its artifact was deleted"),
        known_since: None,
    };
    let earlier = [Missing { ..missing.clone() }];
    missing.recall(&earlier, "2026-01-01T10:00:05.3Z".parse().unwrap());
    missing
}

#[test]
fn what_this_step_made_knowing_of_it_outdates_it_in_the_same_second() {
    let made = |at: &str| result(Some("78.1"), &format!("2026-01-01T10:00:{at}Z"));
    assert!(known().was_known_to(&made("05.4"), "w"));
    assert!(!known().was_known_to(&made("05.4"), "another"));
    assert!(!known().was_known_to(&made("05.2"), "w"));
    let unknown = Missing {
        known_since: None,
        ..known()
    };
    assert!(!unknown.was_known_to(&made("59"), "w"));
}

#[test]
fn the_first_look_counts_and_only_for_what_it_found() {
    let later: Timestamp = "2026-01-01T10:00:09Z".parse().unwrap();
    let mut again = known();
    again.recall(&[known()], later);
    assert_eq!(again.known_since, known().known_since);
    let mut other = Missing {
        gate: Some("test".parse().unwrap()),
        known_since: None,
        ..known()
    };
    other.recall(&[known()], later);
    assert_eq!(other.known_since, None);
}
