//! What is taken and what is not, a line a case.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ID: &str = "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39";

fn whole() -> Value {
    json!({
        "schema_version": "1",
        "idempotency_key": "github_actions/77/1/test/pytest",
        "event_type": "check_reported",
        "source_system": "github_actions",
        "release_id": ID,
        "occurred_at": "2026-01-02T03:04:05.678Z",
        "actor": "alice",
        "payload": {"gate": "test", "check": "pytest", "status": "passed", "mood": "good"},
    })
}

/// An envelope with one field replaced, or left out where the value is null.
fn with(field: &str, value: Value) -> Value {
    let mut envelope = whole();
    let fields = envelope.as_object_mut().unwrap();
    match value {
        Value::Null => fields.remove(field),
        value => fields.insert(field.to_owned(), value),
    };
    envelope
}

/// What is said of an envelope; empty when it is taken.
fn said(envelope: &Value) -> String {
    read(envelope.to_string().as_bytes()).map_or_else(|error| error.to_string(), |_| String::new())
}

fn of_kind(kind: &str, payload: Value) -> Value {
    let mut envelope = with("event_type", kind.into());
    envelope["payload"] = payload;
    envelope
}

#[test]
fn a_whole_envelope_is_taken_with_all_that_its_payload_holds() {
    let event = read(whole().to_string().as_bytes()).unwrap();
    assert_eq!(event.payload["mood"], "good");
    assert_eq!(serde_json::to_value(&event).unwrap(), whole());
}

#[test]
fn every_field_of_the_envelope_is_needed() {
    for field in FIELDS {
        assert_eq!(
            said(&with(field, Value::Null)),
            format!("{field} is missing")
        );
    }
}

#[test]
fn each_field_holds_what_it_should() {
    for (field, value, expect) in [
        (
            "schema_version",
            json!("2"),
            "schema_version \"2\" is not known",
        ),
        ("schema_version", json!(1), "schema_version 1 is not known"),
        (
            "idempotency_key",
            json!(" "),
            "idempotency_key: it is empty",
        ),
        (
            "idempotency_key",
            json!(7),
            "idempotency_key: it is not a text",
        ),
        (
            "idempotency_key",
            json!("x".repeat(501)),
            "idempotency_key: it is longer",
        ),
        (
            "actor",
            json!("a\nb"),
            "actor: it holds a control character",
        ),
        (
            "event_type",
            json!("party"),
            "event_type: \"party\" is none of release_created",
        ),
        (
            "release_id",
            json!("7"),
            "release_id: \"7\" is not a release id",
        ),
        ("occurred_at", json!("yesterday"), "occurred_at: "),
        (
            "occurred_at",
            json!("-000001-01-01T00:00:00Z"),
            "occurred_at: it is before the year 1",
        ),
        ("payload", json!([]), "payload: it is not an object"),
        ("extra", json!(1), "extra: the envelope has no such field"),
    ] {
        let found = said(&with(field, value.clone()));
        assert!(found.starts_with(expect), "{field} {value}: {found}");
    }
}

#[test]
fn each_payload_holds_what_its_kind_needs() {
    for (kind, payload, expect) in [
        (
            "check_reported",
            json!({"gate": "t", "check": "c"}),
            "payload.status is missing",
        ),
        (
            "incident_closed",
            json!({"incident_id": "i".repeat(501)}),
            "payload.incident_id: it is longer than 500 bytes",
        ),
        (
            "check_reported",
            json!({"gate": "t", "check": "c", "status": "fine"}),
            "payload: unknown variant",
        ),
        (
            "check_reported",
            json!({"gate": "a b", "check": "c", "status": "passed"}),
            "payload: ",
        ),
        (
            "build_complete",
            json!({"gate": "build", "status": "ok"}),
            "payload.status: it is none of pass, fail",
        ),
        (
            "build_complete",
            json!({"gate": "build", "status": "pass"}),
            "",
        ),
        (
            "approval_recorded",
            json!({"by": "b", "decision": "approved"}),
            "payload.gate or payload.environment is missing",
        ),
        (
            "approval_recorded",
            json!({"by": "b", "decision": "approved", "gate": "G1", "environment": "e"}),
            "payload.environment: ",
        ),
        (
            "approval_recorded",
            json!({"by": "b", "decision": "yes", "gate": "G1"}),
            "payload: unknown variant",
        ),
        (
            "approval_recorded",
            json!({"by": "b", "decision": "approved", "gate": "G1"}),
            "",
        ),
        (
            "exception_granted",
            json!({"id": "w", "gate": "G1", "by": "b", "reason": "r"}),
            "payload.expires_at is missing",
        ),
        (
            "exception_granted",
            json!({"id": "w", "gate": "G1", "by": "b", "reason": " ", "expires_at": "2026-01-02T03:04:05Z"}),
            "payload.reason: it is empty",
        ),
        (
            "incident_opened",
            json!({"incident_id": "i"}),
            "payload.environment is missing",
        ),
        (
            "environment_event",
            json!({"environment": "p", "kind": "frozen", "n": 9_007_199_254_740_993_u64}),
            "payload: event ",
        ),
        (
            "release_created",
            json!({"repository": "acme/shop", "sha": "0123456789abcdef0123456789abcdef01234567"}),
            "",
        ),
        (
            "release_created",
            json!({"repository": "acme/other", "sha": "0123456789abcdef0123456789abcdef01234567"}),
            "release_id: the release of acme/other",
        ),
        (
            "release_created",
            json!({"repository": "acme/shop", "sha": "0123"}),
            "payload: ",
        ),
    ] {
        let found = said(&of_kind(kind, payload.clone()));
        let is_right = if expect.is_empty() {
            found.is_empty()
        } else {
            found.starts_with(expect)
        };
        assert!(is_right, "{kind} {payload}: {found:?}");
    }
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    let place = |text: &str| match read(text.as_bytes()) {
        Err(Malformed::NotJson { line, column, .. }) => (line, column),
        other => panic!("{other:?}"),
    };
    assert_eq!(place(""), (1, 1));
    assert_eq!(place("{\"a\": 1,\n  nope}"), (2, 3));
    assert_eq!(place(&"[".repeat(1000)), (1, 128));
    assert_eq!(said(&json!([])), "body: it is JSON, but not an object");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn whatever_stands_in_a_field_is_taken_or_told(field in 0..FIELDS.len(), text in ".{0,40}") {
        let _ = said(&with(FIELDS[field], text.into()));
    }
}
