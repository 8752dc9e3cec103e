//! The rules, one line a case.

use serde_json::{Value, json};

use super::*;

/// `KIND SECOND {PAYLOAD}`, one event a line.
fn events(lines: &[&str]) -> Vec<Event> {
    let event = |(number, line): (usize, &&str)| {
        let mut words = line.splitn(3, ' ');
        let (kind, second) = (words.next().unwrap(), words.next().unwrap());
        let payload: Value = serde_json::from_str(words.next().unwrap()).unwrap();
        serde_json::from_value(json!({
            "schema_version": "1", "idempotency_key": format!("k{number}"), "event_type": kind,
            "source_system": "another", "release_id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39",
            "occurred_at": format!("2026-01-01T00:00:{second}Z"), "actor": "ann", "payload": payload,
        }))
        .unwrap()
    };
    lines.iter().enumerate().map(event).collect()
}

fn now() -> Timestamp {
    "2026-01-01T00:00:30Z".parse().unwrap()
}

#[track_caller]
fn stands(gate: &str, lines: &[&str], expect: GateStatus) {
    let mut events = events(lines);
    assert_eq!(evaluate_gate(&events, gate, now()), expect, "{lines:#?}");
    events.reverse();
    assert_eq!(
        evaluate_gate(&events, gate, now()),
        expect,
        "reversed: {lines:#?}"
    );
}

const UNIT: &str = r#"check_reported 01 {"gate": "G1", "check": "unit", "status": "passed"}"#;
const SMOKE_FAILED: &str =
    r#"check_reported 02 {"gate": "G1", "check": "smoke", "status": "failed"}"#;
const SMOKE_ERRORED: &str =
    r#"check_reported 03 {"gate": "G1", "check": "smoke", "status": "errored"}"#;
const SMOKE_PASSED: &str =
    r#"gate_signoff 04 {"gate": "G1", "check": "smoke", "by": "ann", "result": "passed"}"#;
const SMOKE_PASSES_LATER: &str =
    r#"check_reported 45 {"gate": "G1", "check": "smoke", "status": "passed"}"#;
const OPTIONAL_FAILED: &str =
    r#"check_reported 02 {"gate": "G1", "check": "smoke", "status": "failed", "required": false}"#;
const STARTED: &str = r#"check_reported 05 {"gate": "G1", "check": "unit", "status": "pending"}"#;
const BLOCKED: &str =
    r#"check_reported 06 {"gate": "G1", "check": "unit", "status": "failed", "blocked": true}"#;
const ODD: &str = r#"check_reported 06 {"gate": "G1", "check": "unit", "status": "fine"}"#;
const WAIVED: &str = r#"exception_granted 06 {"id": "w", "gate": "G1", "by": "rita", "reason": "r", "expires_at": "2026-01-02T00:00:00Z"}"#;
const CHECK_WAIVED: &str = r#"exception_granted 06 {"id": "v", "gate": "G1", "check": "smoke", "by": "rita", "reason": "r", "expires_at": "2026-01-02T00:00:00Z"}"#;
const ENDED: &str = r#"exception_granted 06 {"id": "w", "gate": "G1", "by": "rita", "reason": "r", "expires_at": "2026-01-01T00:00:30Z"}"#;
const WAIVED_LATER: &str = r#"exception_granted 40 {"id": "w", "gate": "G1", "by": "rita", "reason": "r", "expires_at": "2026-01-02T00:00:00Z"}"#;
const ASKED: &str = r#"exception_requested 06 {"id": "w", "gate": "G1", "by": "dev", "reason": "r", "expires_at": "2026-01-02T00:00:00Z"}"#;
const REVOKED: &str = r#"exception_revoked 07 {"id": "w", "by": "rita"}"#;

#[test]
fn g1_passes_when_all_required_checks_pass() {
    stands("G1", &[], GateStatus::Pending);
    stands("G1", &[UNIT], GateStatus::Passed);
    stands("G1", &[UNIT, SMOKE_FAILED], GateStatus::Failed);
    stands("G1", &[UNIT, SMOKE_ERRORED], GateStatus::Failed);
    stands(
        "G1",
        &[UNIT, SMOKE_FAILED, SMOKE_PASSED],
        GateStatus::Passed,
    );
    stands("G1", &[UNIT, SMOKE_PASSES_LATER], GateStatus::Pending);
    stands("G1", &[UNIT, OPTIONAL_FAILED], GateStatus::Passed);
    stands("G1", &[OPTIONAL_FAILED], GateStatus::Pending);
    stands("G1", &[UNIT, STARTED], GateStatus::Pending);
    stands("G1", &[UNIT, BLOCKED, ODD], GateStatus::Passed);
    stands(
        "build",
        &[r#"build_complete 01 {"gate": "build", "status": "pass"}"#],
        GateStatus::Passed,
    );
    stands(
        "build",
        &[r#"build_complete 01 {"gate": "build", "status": "fail"}"#],
        GateStatus::Failed,
    );
}

#[test]
fn a_waiver_opens_what_did_not_pass_while_it_lasts() {
    stands("G1", &[UNIT, SMOKE_FAILED, WAIVED], GateStatus::Waived);
    stands(
        "G1",
        &[UNIT, SMOKE_FAILED, CHECK_WAIVED],
        GateStatus::Passed,
    );
    stands(
        "G1",
        &[UNIT, SMOKE_FAILED, WAIVED, REVOKED],
        GateStatus::Failed,
    );
    stands(
        "G1",
        &[UNIT, SMOKE_FAILED, WAIVED, ENDED],
        GateStatus::Failed,
    );
    stands(
        "G1",
        &[UNIT, SMOKE_FAILED, WAIVED_LATER],
        GateStatus::Failed,
    );
    stands("G1", &[UNIT, SMOKE_FAILED, ASKED], GateStatus::Failed);
    stands("G1", &[UNIT, WAIVED], GateStatus::Passed);
    stands("G1", &[WAIVED], GateStatus::Waived);
}

const LOG: &str = r#"evidence_recorded 01 {"gate": "G2", "type": "log", "name": "a", "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}"#;
const BAD_LOG: &str =
    r#"evidence_recorded 01 {"gate": "G2", "type": "log", "name": "a", "sha256": "none"}"#;
const G2_FAILED: &str =
    r#"check_reported 02 {"gate": "G2", "check": "e2e", "status": "failed", "required": false}"#;
const PLAN: &str = r#"evidence_recorded 03 {"type": "rollback-plan", "name": "p", "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}"#;
const RITA: &str = r#"approval_recorded 04 {"gate": "G3", "by": "rita", "decision": "approved"}"#;
const RITA_REJECTS: &str =
    r#"approval_recorded 05 {"gate": "G3", "by": "Rita", "decision": "rejected"}"#;
const RITA_AGAIN: &str =
    r#"approval_recorded 06 {"gate": "G3", "by": "RITA", "decision": "approved"}"#;
const RITA_LATER: &str =
    r#"approval_recorded 45 {"gate": "G3", "by": "rita", "decision": "approved"}"#;
const QUINN_REJECTS: &str =
    r#"approval_recorded 45 {"gate": "G3", "by": "quinn", "decision": "rejected"}"#;
const ELSEWHERE: &str =
    r#"approval_recorded 06 {"gate": "G2", "by": "rita", "decision": "approved"}"#;

#[test]
fn g2_passes_with_evidence_and_no_failed_check() {
    stands("G2", &[], GateStatus::Pending);
    stands("G2", &[LOG], GateStatus::Passed);
    stands("G2", &[BAD_LOG], GateStatus::Pending);
    stands("G2", &[PLAN], GateStatus::Pending);
    stands("G2", &[LOG, G2_FAILED], GateStatus::Failed);
}

#[test]
fn g3_passes_when_approved_with_a_plan_behind_g2() {
    stands("G3", &[LOG, PLAN, RITA], GateStatus::Passed);
    stands("G3", &[LOG, PLAN], GateStatus::Pending);
    stands("G3", &[LOG, RITA], GateStatus::Pending);
    stands("G3", &[PLAN, RITA], GateStatus::Pending);
    stands("G3", &[LOG, PLAN, ELSEWHERE], GateStatus::Pending);
    stands("G3", &[LOG, PLAN, RITA_LATER], GateStatus::Pending);
    stands("G3", &[LOG, PLAN, RITA, RITA_REJECTS], GateStatus::Failed);
    stands(
        "G3",
        &[LOG, PLAN, RITA, RITA_REJECTS, RITA_LATER],
        GateStatus::Failed,
    );
    stands(
        "G3",
        &[LOG, PLAN, RITA, RITA_REJECTS, RITA_AGAIN],
        GateStatus::Passed,
    );
    stands("G3", &[LOG, PLAN, RITA, QUINN_REJECTS], GateStatus::Failed);
    stands("G3", &[LOG, G2_FAILED, PLAN, RITA], GateStatus::Failed);
}

const DEPLOYED: &str = r#"deployment_finished 01 {"deployment_id": "d", "environment": "staging", "status": "passed"}"#;
const DEPLOYED_BADLY: &str = r#"deployment_finished 02 {"deployment_id": "e", "environment": "staging", "status": "failed"}"#;
const DEPLOYED_LATER: &str = r#"deployment_finished 45 {"deployment_id": "f", "environment": "staging", "status": "passed"}"#;
const HEALTHY: &str = r#"evidence_recorded 03 {"gate": "G4", "type": "health-check", "name": "h", "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}"#;

#[test]
fn g4_passes_when_the_deployment_passed_and_is_healthy() {
    stands("G4", &[HEALTHY], GateStatus::Pending);
    stands("G4", &[DEPLOYED], GateStatus::Pending);
    stands("G4", &[DEPLOYED, HEALTHY], GateStatus::Passed);
    stands(
        "G4",
        &[DEPLOYED, DEPLOYED_BADLY, HEALTHY],
        GateStatus::Failed,
    );
    stands(
        "G4",
        &[DEPLOYED_BADLY, DEPLOYED_LATER, HEALTHY],
        GateStatus::Pending,
    );
}

#[test]
fn a_release_is_eligible_when_every_required_gate_is_open() {
    let whole = [UNIT, LOG, PLAN, RITA, DEPLOYED, HEALTHY];
    let eligible = |lines: &[&str], required: &[&str]| is_eligible(&events(lines), required, now());
    assert!(eligible(&whole, &["G1", "G2", "G3", "G4"]));
    assert!(!eligible(&whole[..4], &["G1", "G2", "G3", "G4"]));
    assert!(eligible(&whole[..4], &["G1", "G2", "G3"]));
    assert!(eligible(&[SMOKE_FAILED, WAIVED], &["G1"]));
    assert!(!eligible(&whole, &["G1", "G9"]));
    assert!(!eligible(&whole, &[]));
}
