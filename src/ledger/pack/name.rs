//! What an event is called when something is wrong with it.

use serde_json::Value;

use crate::domain::record::event::Event;

/// Fields of payloads that say what an event is about, the first that is there; a check is told with
/// its gate.
const SUBJECTS: [&str; 8] = [
    "gate",
    "environment",
    "id",
    "incident_id",
    "validation_id",
    "channel",
    "type",
    "version",
];

/// `event 17 (check_reported test/pytest)`.
pub(super) fn of(number: u64, event: &Event) -> String {
    let text = |key: &str| event.payload.get(key).and_then(Value::as_str);
    let subject = SUBJECTS.iter().find_map(|key| text(key));
    let check = text("check").filter(|_| text("gate").is_some());
    let subject = match (subject, check) {
        (Some(gate), Some(check)) => format!(" {gate}/{check}"),
        (Some(subject), None) => format!(" {subject}"),
        (None, _) => String::new(),
    };
    format!("event {number} ({}{subject})", event.event_type)
}

/// `event 17`, of which no more can be said.
pub(super) fn unread(number: u64) -> String {
    format!("event {number}")
}
