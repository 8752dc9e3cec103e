//! What must hold for every history of what people decide.

use proptest::prelude::*;

use super::super::statuses;
use super::{NOW, judged, minute, policy, told};
use crate::domain::gate::Severity;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::status::GateStatus;

/// Anything that can happen to three gates, one of them absolute.
fn any_line() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "G1/a passed",
        "G1/a failed",
        "G1/b passed",
        "G1/b errored",
        "G3/c passed",
        "G3/c failed",
        "signoff G3/uat passed env=staging",
        "signoff G3/uat failed env=staging",
        "signoff G3/uat passed",
        "evidence plan",
        "evidence plan gate=G3",
        "approve G3 by=q role=qa",
        "approve G3 by=q role=qa policy=older",
        "approve G3 by=q",
        "reject G3 by=q role=qa",
        "approve G4 by=bob",
        "waive G1",
        "waive G1/a",
        "waive G1/b id=w2",
        "waive G3 id=w3",
        "waive G4 id=w4",
        "waive G4 by=dev id=w5",
        "request G1 id=w6",
        "revoke w1",
        "revoke w4",
        "G4/d passed",
        "G4/d skipped",
    ]);
    (0_i64..60, words).prop_map(|(minute, words)| format!("{minute} {words}"))
}

const GATES: &str = "G1: a b
    G3 < G1 absolute evidence=plan from=qa: c uat!@staging
    G4 < G3 from=user.bob: d";

fn shuffled(mut facts: Facts, by: usize) -> Facts {
    fn turn<T: Clone>(list: &mut Vec<T>, by: usize) {
        if let Some(again) = list.get(by % list.len().max(1)).cloned() {
            let length = list.len();
            list.rotate_left(by % length);
            list.reverse();
            list.push(again);
        }
    }
    turn(&mut facts.checks, by);
    turn(&mut facts.signoffs, by);
    turn(&mut facts.evidence, by);
    turn(&mut facts.approvals, by);
    turn(&mut facts.grants, by);
    turn(&mut facts.requests, by);
    turn(&mut facts.revocations, by);
    facts
}

proptest! {
    /// Neither the order of facts nor their repetition changes the verdict.
    #[test]
    fn order_and_repetition_make_no_difference(
        lines in prop::collection::vec(any_line(), 0..30),
        by in 0_usize..30,
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (policy, facts) = (policy(GATES), told(&lines));
        let judged = |facts: &Facts| judge(&policy, facts, &Viewpoint::Ledger, minute(NOW));
        prop_assert_eq!(judged(&facts), judged(&shuffled(facts.clone(), by)));
    }

    /// An absolute gate is never waived; no gate lets through unless all that it requires do, it is
    /// passed, or an active waiver of somebody who may stands for it.
    #[test]
    fn nothing_lets_through_that_is_neither_passed_nor_validly_waived(
        lines in prop::collection::vec(any_line(), 0..40),
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let policy = policy(GATES);
        let verdict = judged(&policy, &lines);
        for gate in &verdict.gates {
            let requires = &policy.gate(&gate.id).unwrap().requires;
            if !gate.status.lets_through() {
                prop_assert_eq!(&gate.waiver, &None);
                continue;
            }
            prop_assert!(requires.iter().all(|id| verdict.status_of(id).lets_through()));
            if gate.status == GateStatus::Waived {
                prop_assert!(gate.severity != Severity::Absolute, "{}", statuses(&verdict));
                let waiver = gate.waiver.as_ref().unwrap();
                prop_assert!(waiver.by == "mia" && waiver.expires_at > minute(NOW));
                prop_assert!(waiver.at <= minute(NOW));
            } else {
                let are_passed = gate.checks.iter().all(|it| it.status.as_str() == "passed");
                prop_assert!(are_passed, "{}", statuses(&verdict));
                let lacks = gate.approvals.as_ref().is_some_and(|it| it.counted() < 1);
                prop_assert!(!lacks, "{}", statuses(&verdict));
            }
        }
    }
}
