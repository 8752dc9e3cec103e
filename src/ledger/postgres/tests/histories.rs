//! Histories of releases as producers may make them, with what is wrong in some of them too.

use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::{Strategy, any};
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::domain::record::event::{Event, EventType};
use crate::domain::release::ReleaseId;

/// What an event is made of: kind, second, and dice for its words.
pub(super) type Draw = (EventType, i64, [Index; 6]);

/// Draws of events of some kinds, all within the first minute of 1970, many at the same moment.
pub(super) fn draws(kinds: &'static [EventType], most: usize) -> impl Strategy<Value = Vec<Draw>> {
    let draw = (select(kinds), 0..60_i64, any::<[Index; 6]>());
    proptest::collection::vec(draw, 0..=most)
}

/// The events of one release.
pub(super) fn events(release: ReleaseId, draws: &[Draw]) -> Vec<Event> {
    let numbered = draws.iter().enumerate();
    let events = numbered.map(|(number, (kind, second, dice))| Event {
        schema_version: "1".to_owned(),
        idempotency_key: format!("{release}/{number}"),
        event_type: *kind,
        source_system: "another".to_owned(),
        release_id: release,
        occurred_at: Timestamp::UNIX_EPOCH + second.seconds(),
        actor: one(&dice[5], &["ann", "bob", "cem"]).to_owned(),
        payload: match payload(*kind, dice) {
            Value::Object(fields) => fields,
            _ => serde_json::Map::new(),
        },
    });
    events.collect()
}

fn one<'a>(die: &Index, words: &[&'a str]) -> &'a str {
    words[die.index(words.len())]
}

/// One of the words, or none.
fn perhaps<'a>(die: &Index, words: &[&'a str]) -> Option<&'a str> {
    words.get(die.index(words.len() + 1)).copied()
}

fn payload(kind: EventType, dice: &[Index; 6]) -> Value {
    let gate = one(&dice[0], &["G1", "G2", "G3", "G4"]);
    let check = one(&dice[1], &["unit", "smoke"]);
    let environment = one(&dice[0], &["staging", "production"]);
    let id = one(&dice[1], &["x", "y"]);
    let by = one(&dice[2], &["ann", "bob", "BOB"]);
    let end = one(&dice[3], &["passed", "passed", "passed", "failed", "odd"]);
    let expires = one(
        &dice[4],
        &["1970-01-01T00:00:40Z", "2100-01-01T00:00:00Z", "never"],
    );
    match kind {
        EventType::ReleaseCreated => json!({
            "repository": "acme/shop", "sha": "a".repeat(40),
            "version": perhaps(&dice[1], &["1.0.0", "1.0.1"]),
        }),
        EventType::CheckReported => json!({
            "gate": gate, "check": check, "duration_ms": 5, "attempt": 1,
            "status": one(&dice[3], &["passed", "passed", "passed", "failed", "errored", "skipped", "pending"]),
            "required": dice[4].index(4) > 0, "blocked": dice[2].index(8) == 0,
        }),
        EventType::BuildComplete => json!({
            "gate": gate, "status": one(&dice[3], &["pass", "pass", "fail", "odd"]),
        }),
        EventType::GateSignoff => json!({"gate": gate, "check": check, "by": by, "result": end}),
        EventType::EvidenceRecorded => json!({
            "gate": perhaps(&dice[1], &[gate]),
            "type": one(&dice[2], &["log", "rollback-plan", "health-check"]), "name": "a.txt",
            "sha256": one(&dice[3], &[&"0".repeat(64), &"0".repeat(64), "none"]), "size": 7,
        }),
        EventType::ApprovalRecorded => json!({
            "gate": gate, "by": by, "comment": "",
            "decision": one(&dice[3], &["approved", "approved", "rejected", "odd"]),
        }),
        EventType::ExceptionRequested | EventType::ExceptionGranted => json!({
            "id": id, "gate": gate, "by": by, "reason": "a reason", "expires_at": expires,
            "check": perhaps(&dice[2], &[check]),
        }),
        EventType::ExceptionRevoked => json!({"id": id, "by": by, "reason": ""}),
        EventType::DeploymentStarted | EventType::RollbackStarted => {
            json!({"deployment_id": id, "environment": environment, "digest": by, "target": check})
        }
        EventType::DeploymentFinished | EventType::RollbackFinished => {
            json!({"deployment_id": id, "environment": environment, "status": end, "digest": by})
        }
        EventType::EnvironmentEvent => json!({
            "environment": environment, "kind": one(&dice[1], &["restarted", "moved"]),
            "detail": {"by": by},
        }),
        EventType::IncidentOpened => {
            json!({"incident_id": id, "environment": environment, "severity": by, "summary": "it is down"})
        }
        EventType::IncidentClosed => json!({"incident_id": id}),
        EventType::DrillRecorded => {
            json!({"kind": check, "environment": environment, "status": end, "duration_ms": 9})
        }
        EventType::ValidationStarted
        | EventType::ValidationFinished
        | EventType::ValidationFinalized
        | EventType::NotificationSent => json!({}),
    }
}
