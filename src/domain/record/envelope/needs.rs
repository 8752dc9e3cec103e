//! What a payload of each kind must hold, beside what its reader asks.

use serde_json::{Map, Value};

use super::{LONGEST_NAME, Malformed};
use crate::domain::record::event::EventType;

/// The fields without which an event of a kind says nothing.
fn fields(kind: EventType) -> &'static [&'static str] {
    match kind {
        EventType::ReleaseCreated => &["repository", "sha"],
        EventType::CheckReported => &["gate", "check", "status"],
        EventType::BuildComplete => &["gate", "status"],
        EventType::GateSignoff => &["gate", "check", "by", "result"],
        EventType::EvidenceRecorded => &["type", "name", "sha256"],
        EventType::ApprovalRecorded => &["by", "decision"],
        EventType::ExceptionRequested | EventType::ExceptionGranted => {
            &["id", "gate", "by", "reason", "expires_at"]
        }
        EventType::ExceptionRevoked => &["id", "by"],
        EventType::DeploymentStarted | EventType::RollbackStarted => {
            &["deployment_id", "environment"]
        }
        EventType::DeploymentFinished | EventType::RollbackFinished => {
            &["deployment_id", "environment", "status"]
        }
        EventType::EnvironmentEvent => &["environment", "kind"],
        EventType::IncidentOpened => &["incident_id", "environment", "severity", "summary"],
        EventType::IncidentClosed => &["incident_id"],
        EventType::DrillRecorded => &["kind", "environment", "status"],
        EventType::ValidationStarted => &["validation_id", "environment"],
        EventType::ValidationFinished | EventType::ValidationFinalized => {
            &["validation_id", "environment", "status"]
        }
        EventType::NotificationSent => &["channel", "recipients", "outcome", "sha256"],
    }
}

/// The words of a field, where it is no free text and its kind has no reader yet.
fn words(kind: EventType) -> Option<(&'static str, &'static [&'static str])> {
    match kind {
        EventType::BuildComplete => Some(("status", &["pass", "fail"])),
        EventType::RollbackFinished => Some(("status", &["passed", "failed"])),
        _ => None,
    }
}

/// Fields that people write; all others name something, and must fit into an index.
const FREE_TEXTS: [&str; 2] = ["reason", "summary"];

/// Asks that the fields are there, not empty, and no longer than a name is.
///
/// # Errors
/// The first that is not.
pub(super) fn check(kind: EventType, payload: &Map<String, Value>) -> Result<(), Malformed> {
    for field in fields(kind) {
        let name = format!("payload.{field}");
        match payload.get(*field) {
            None | Some(Value::Null) => return Err(Malformed::missing(&name)),
            Some(Value::String(text)) if text.trim().is_empty() => {
                return Err(Malformed::invalid(&name, "it is empty"));
            }
            Some(Value::String(text))
                if !FREE_TEXTS.contains(field) && text.len() > LONGEST_NAME =>
            {
                return Err(Malformed::invalid(&name, "it is longer than 500 bytes"));
            }
            Some(_) => {}
        }
    }
    if let Some((field, words)) = words(kind) {
        let word = payload.get(field).and_then(Value::as_str);
        if !word.is_some_and(|word| words.contains(&word)) {
            let message = format!("it is none of {}", words.join(", "));
            return Err(Malformed::invalid(&format!("payload.{field}"), message));
        }
    }
    names_its_subject(kind, payload)
}

/// An approval is of a gate or of an environment, never of both or of nothing.
fn names_its_subject(kind: EventType, payload: &Map<String, Value>) -> Result<(), Malformed> {
    let has = |field: &str| payload.get(field).is_some_and(|value| !value.is_null());
    match (kind, has("gate"), has("environment")) {
        (EventType::ApprovalRecorded, false, false) => {
            Err(Malformed::missing("payload.gate or payload.environment"))
        }
        (EventType::ApprovalRecorded, true, true) => Err(Malformed::invalid(
            "payload.environment",
            "a decision is on a gate or on an environment; record one for each",
        )),
        _ => Ok(()),
    }
}
