//! Events for tests.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::domain::record::event::{Event, EventType};
use crate::domain::release::ReleaseId;

/// The id of a release of a made-up repository.
pub(crate) fn release(number: u32) -> ReleaseId {
    let sha = format!("{number:040x}").parse().unwrap();
    ReleaseId::of(&"acme/shop".parse().unwrap(), &sha)
}

/// The `number`th event of a release, about as large as a check's result.
pub(crate) fn event(release: ReleaseId, number: u64) -> Event {
    let payload = json!({
        "gate": "test",
        "check": format!("pytest-{number}"),
        "status": if number.is_multiple_of(7) { "failed" } else { "passed" },
        "duration_ms": 812 + number,
        "attempt": 1,
        "tests": {"total": 31, "passed": 28, "failed": 2, "errors": 0, "skipped": 1, "flaky": 0},
        "coverage": {"lines": {"covered": 180, "total": 240}},
        "reasons": [{"code": "tests_failed", "check": "pytest", "message": "2 of 31 tests failed"}],
        "run": "0198a6b0-0000-7000-8000-000000000000",
    });
    with_payload(
        release,
        &format!("tollgate/{release}/{number}"),
        number,
        payload,
    )
}

/// An event with a key and a payload of one's own.
pub(crate) fn with_payload(release: ReleaseId, key: &str, number: u64, payload: Value) -> Event {
    let seconds = i64::try_from(number).unwrap();
    Event {
        schema_version: "1".to_owned(),
        idempotency_key: key.to_owned(),
        event_type: EventType::CheckReported,
        source_system: "tollgate".to_owned(),
        release_id: release,
        occurred_at: Timestamp::UNIX_EPOCH + seconds.seconds(),
        actor: "alice".to_owned(),
        payload: payload.as_object().unwrap().clone(),
    }
}

/// Events 1 to `count` of a release.
pub(crate) fn events(release: ReleaseId, count: u64) -> Vec<Event> {
    (1..=count).map(|number| event(release, number)).collect()
}
