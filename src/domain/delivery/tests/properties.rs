//! What must hold for every history.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::status::GateStatus;

const WHOLE: &str = "p: gates=G0 after=staging min=2 from=user:alice,qa,team:ops noself age=3
    staging: gates=G0";

fn any_line() -> impl Strategy<Value = String> {
    let people = prop::sample::select(vec!["alice", "Alice", "bob", "carol", "dave"]);
    let decision = prop::sample::select(vec!["approved", "approved", "rejected"]);
    let place = prop::sample::select(vec!["p", "p", "p", "staging"]);
    let mark = prop::sample::select(vec![
        "",
        "role=qa",
        "team=ops",
        "role=qa author=carol",
        "by=bob",
    ]);
    let status = prop::sample::select(vec!["passed", "passed", "failed"]);
    let approval = (people, decision, place.clone(), 6..15_i64, mark)
        .prop_map(|(who, what, place, hour, mark)| format!("{who} {what} {place} {hour} {mark}"));
    let deployment = (place, status, 6..15_i64)
        .prop_map(|(place, status, hour)| format!("deployed {place} {status} {hour}"));
    prop_oneof![3 => approval, 1 => deployment]
}

fn any_history() -> impl Strategy<Value = Vec<String>> {
    let base = [
        "gate G0 passed".to_owned(),
        "deployed staging passed 9".to_owned(),
        "alice approved p 10 author=erin".to_owned(),
        "frank approved p 11 role=qa".to_owned(),
    ];
    (0..=base.len(), prop::collection::vec(any_line(), 0..6)).prop_map(move |(kept, more)| {
        let mut lines = base[..kept].to_vec();
        lines.extend(more);
        lines
    })
}

fn verdicts(lines: &[String], now: Timestamp) -> Vec<EnvironmentVerdict> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (facts, gates) = told(&lines);
    promotion::judge(&policy(WHOLE), &facts, &gates, now)
}

proptest! {
    /// Neither the order of facts nor their repetition changes the verdict.
    #[test]
    fn order_and_repetition_make_no_difference(
        lines in any_history(), turn in any::<prop::sample::Index>(),
    ) {
        let mut other = lines.clone();
        if !lines.is_empty() {
            other.rotate_left(turn.index(lines.len()));
            other.reverse();
            other.push(lines[turn.index(lines.len())].clone());
        }
        other.retain(|line| !line.starts_with("gate"));
        other.extend(lines.iter().filter(|line| line.starts_with("gate")).cloned());
        prop_assert_eq!(verdicts(&lines, hour(NOON)), verdicts(&other, hour(NOON)));
    }

    /// A fact from the future never opens a door.
    #[test]
    fn what_has_not_happened_yet_opens_nothing(lines in any_history(), fact in any_line()) {
        let later = fact.replace(" 6", " 16").replace(" 7", " 17").replace(" 8", " 18");
        let of = |line: &str| line.split_whitespace().find_map(|word| word.parse::<i64>().ok());
        prop_assume!(of(&later).is_some_and(|hour| hour > NOON));
        let before = verdicts(&lines, hour(NOON))[0].eligible;
        let mut with = lines;
        with.push(later);
        prop_assert!(before || !verdicts(&with, hour(NOON))[0].eligible);
    }

    /// Eligible means: every gate, every place before, enough people, and no veto.
    #[test]
    fn eligible_means_that_nothing_is_missing(lines in any_history()) {
        let verdict = &verdicts(&lines, hour(NOON))[0];
        let approvals = verdict.approvals.clone().unwrap();
        let (facts, gates) = told(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        if verdict.eligible {
            prop_assert!(gates.iter().any(|gate| gate.status == GateStatus::Passed));
            prop_assert!(facts.deployments.iter().any(|it| it.record.environment.as_str() == "staging"));
            prop_assert!(approvals.counted() >= 2);
            prop_assert!(approvals.people.iter().all(|it| it.decision == Decision::Approved));
        }
    }
}
