//! Events as a job sends them.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value, json};
use tollgate::domain::record::event::{Event, EventType};
use tollgate::domain::release::ReleaseId;

use super::Outcome;

/// The repository of every release.
const REPOSITORY: &str = "acme/shop";

/// The commit of a release.
fn sha(release: u32) -> String {
    format!("{release:040x}")
}

/// The id of a release.
pub(crate) fn release(number: u32) -> Outcome<ReleaseId> {
    Ok(ReleaseId::of(&REPOSITORY.parse()?, &sha(number).parse()?))
}

/// What tells of a release first.
pub(crate) fn created(release: u32) -> Outcome<Event> {
    let payload = json!({"repository": REPOSITORY, "sha": sha(release), "version": null});
    event(EventType::ReleaseCreated, release, 0, "created", payload)
}

/// The `number`th result of a check, of about 560 bytes.
pub(crate) fn result(release: u32, number: u32) -> Outcome<Event> {
    let payload = json!({
        "gate": "test",
        "check": format!("pytest-{number}"),
        "status": "passed",
        "duration_ms": 812 + number,
        "attempt": 1,
        "tests": {"total": 31, "passed": 30, "failed": 0, "errors": 0, "skipped": 1, "flaky": 0},
        "coverage": {"lines": {"covered": 180, "total": 240}},
        "run": "0198a6b0-0000-7000-8000-000000000000",
        "definition": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    });
    event(
        EventType::CheckReported,
        release,
        number,
        "reported",
        payload,
    )
}

/// The evidence of the `number`th result.
pub(crate) fn evidence(release: u32, number: u32) -> Outcome<Event> {
    let payload = json!({
        "gate": "test",
        "check": format!("pytest-{number}"),
        "type": "junit",
        "name": format!("junit-{number}.xml"),
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "size": 20_480,
        "uri": format!("evidence/test/pytest-{number}/junit.xml"),
    });
    event(
        EventType::EvidenceRecorded,
        release,
        number,
        "evidence",
        payload,
    )
}

fn event(
    event_type: EventType,
    release: u32,
    number: u32,
    what: &str,
    payload: Value,
) -> Outcome<Event> {
    Ok(Event {
        schema_version: "1".to_owned(),
        idempotency_key: format!("tollgate/{release}/test/pytest-{number}/{what}"),
        event_type,
        source_system: "tollgate".to_owned(),
        release_id: self::release(release)?,
        occurred_at: Timestamp::UNIX_EPOCH + i64::from(number).seconds(),
        actor: "alice".to_owned(),
        payload: object(payload)?,
    })
}

fn object(value: Value) -> Outcome<Map<String, Value>> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err("not an object".into()),
    }
}
