//! Waivers: what they excuse, and what nobody may waive.

use super::*;

/// The states of all waivers: `w1=active`.
#[track_caller]
fn waivers(gates: &str, lines: &[&str], expect: &str) {
    let verdict = judged(&policy(gates), lines);
    let states = verdict.waivers.iter().map(|waiver| {
        let note = waiver.note.as_ref().map_or("", |note| note.code.as_str());
        format!("{}={}({note})", waiver.id, waiver.state.as_str())
    });
    assert_eq!(
        states.collect::<Vec<_>>().join(" "),
        expect,
        "facts: {lines:?}"
    );
}

#[test]
fn a_waived_gate_lets_through_and_is_not_passed() {
    let gates = "G1: a b\n G2 < G1: c";
    check(
        gates,
        &["5 G1/a failed", "6 waive G1"],
        "G1=waived(waived waiver_expiring check_failed) G2=pending(check_pending)",
    );
    check(
        gates,
        &["6 waive G1"],
        "G1=waived(waived waiver_expiring check_pending check_pending) G2=pending(check_pending)",
    );
    check(
        gates,
        &["6 waive G2"],
        "G1=pending(check_pending check_pending) G2=blocked(gate_not_passed)",
    );
    check(
        gates,
        &["5 G1/a passed", "5 G1/b passed", "6 waive G1"],
        "G1=passed() G2=pending(check_pending)",
    );
}

#[test]
fn a_waiver_of_one_check_excuses_no_other() {
    let one = "6 waive G1/a";
    check(
        "G1: a b",
        &["5 G1/a failed", "5 G1/b passed", one],
        "G1=waived(waived waiver_expiring check_failed)",
    );
    check(
        "G1: a b",
        &["5 G1/a failed", "5 G1/b failed", one],
        "G1=failed(check_failed)",
    );
    check(
        "G1: a b",
        &["5 G1/a failed", one],
        "G1=pending(check_pending)",
    );
    check(
        "G1 evidence=plan: a",
        &["5 G1/a failed", one],
        "G1=failed(evidence_missing)",
    );
    check(
        "G1: uat!",
        &["6 waive G1/uat"],
        "G1=waived(waived waiver_expiring signoff_missing)",
    );
}

#[test]
fn an_absolute_gate_and_a_rejection_are_never_waived() {
    check(
        "G3 absolute: a",
        &["5 G3/a failed", "6 waive G3"],
        "G3=failed(check_failed)",
    );
    check(
        "G3 absolute: a",
        &["5 G3/a failed", "6 waive G3/a"],
        "G3=failed(check_failed)",
    );
    check(
        "G3 from=qa:",
        &["5 reject G3 by=q role=qa", "6 waive G3"],
        "G3=failed(approval_rejected)",
    );
}

#[test]
fn every_waiver_is_shown_with_its_state() {
    let gates = "G1: a\n G3 absolute: b";
    waivers(
        gates,
        &["5 waive G1 until=31"],
        "w1=active(waiver_expiring)",
    );
    waivers(
        gates,
        &["5 waive G1 until=30"],
        "w1=expired(waiver_expired)",
    );
    waivers(
        gates,
        &["5 waive G1", "6 revoke w1"],
        "w1=revoked(waiver_revoked)",
    );
    waivers(
        gates,
        &["5 waive G1", "90 revoke w1"],
        "w1=revoked(waiver_revoked)",
    );
    waivers(
        gates,
        &["5 request G1 by=dev"],
        "w1=requested(waiver_not_granted)",
    );
    waivers(
        gates,
        &["5 request G1 by=dev", "6 waive G1"],
        "w1=active(waiver_expiring)",
    );
    waivers(
        gates,
        &["5 waive G1 by=dev"],
        "w1=requested(waiver_not_granted)",
    );
    waivers(
        gates,
        &["5 waive G1 until=66"],
        "w1=void(waiver_not_allowed)",
    );
    waivers(gates, &["5 waive G3"], "w1=void(waiver_of_absolute_gate)");
    waivers(gates, &["5 waive G9"], "w1=void(waiver_unmatched)");
    waivers(gates, &["5 waive G1/x"], "w1=void(waiver_unmatched)");
    waivers(gates, &["31 waive G1"], "w1=void(waiver_in_future)");
}

#[test]
fn without_a_rule_nobody_may_waive() {
    let mut policy = policy("G1: a");
    policy.waivers = None;
    let verdict = judged(&policy, &["5 G1/a failed", "6 waive G1"]);
    assert_eq!(shown(&verdict), "G1=failed(check_failed)");
    assert_eq!(verdict.waivers[0].state.as_str(), "requested");
}
