//! The envelope as it comes from a producer: bytes → event, or what is wrong with them.
//!
//! An event that is taken can be read for ever, so everything is asked of it here: each field of
//! the envelope, each field that a payload of its kind needs, and a release id that is the one of
//! its repository and commit. Fields of a payload that this build does not know are kept.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::chain;
use super::event::{Event, EventType, SCHEMA_VERSION};
use super::history;
use super::payload::ReleaseCreated;
use crate::domain::release::ReleaseId;

mod label;
mod needs;

pub use label::Label;

/// The longest key, source or actor, in bytes.
const LONGEST_NAME: usize = 500;

/// The start of the year 1, in seconds since 1970.
const FIRST_SECOND: i64 = -62_135_596_800;

/// The fields of envelope version 1.
pub const FIELDS: [&str; 8] = [
    "schema_version",
    "idempotency_key",
    "event_type",
    "source_system",
    "release_id",
    "occurred_at",
    "actor",
    "payload",
];

/// The header of an answer by which a server tells producers how many envelopes it takes together.
pub const TOGETHER_HEADER: &str = "tollgate-batch";

/// What is wrong with an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is no JSON.
    #[error("the body is not JSON: {message}")]
    NotJson {
        /// What the reader said.
        message: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It is of a version that this build does not know.
    #[error("schema_version {found} is not known; this server reads \"1\"")]
    UnknownSchema {
        /// As it stands there.
        found: String,
    },
    /// A field is not there.
    #[error("{field} is missing")]
    Missing {
        /// `release_id`, or `payload.gate`.
        field: String,
    },
    /// A field does not hold what it should.
    #[error("{field}: {message}")]
    Invalid {
        /// `release_id`, or `payload.gate`.
        field: String,
        /// What is wrong with it.
        message: String,
    },
}

impl Malformed {
    fn missing(field: &str) -> Self {
        let field = field.to_owned();
        Self::Missing { field }
    }

    fn invalid(field: &str, message: impl ToString) -> Self {
        Self::Invalid {
            field: field.to_owned(),
            message: message.to_string(),
        }
    }
}

/// Reads an envelope of at most a few megabytes.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Event, Malformed> {
    of(json(bytes)?)
}

/// Reads envelopes that come together, as a JSON array, without a look at any of them.
///
/// # Errors
/// What is no array of objects.
pub fn read_all(bytes: &[u8]) -> Result<Vec<Value>, Malformed> {
    let wrong = |message: String| Err(Malformed::invalid("body", message));
    let Value::Array(envelopes) = json(bytes)? else {
        return wrong("it is JSON, but not an array of events".to_owned());
    };
    match envelopes.iter().position(|envelope| !envelope.is_object()) {
        Some(place) => wrong(format!("element {place} is not an object")),
        None => Ok(envelopes),
    }
}

/// Reads an envelope that was JSON.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn of(value: Value) -> Result<Event, Malformed> {
    let Value::Object(fields) = value else {
        return Err(Malformed::invalid("body", "it is JSON, but not an object"));
    };
    let event = envelope(fields)?;
    needs::check(event.event_type, &event.payload)?;
    readable(&event)?;
    Ok(event)
}

fn json(bytes: &[u8]) -> Result<Value, Malformed> {
    serde_json::from_slice(bytes).map_err(|error| Malformed::NotJson {
        message: error.to_string(),
        line: error.line().max(1),
        column: error.column().max(1),
    })
}

fn envelope(mut fields: Map<String, Value>) -> Result<Event, Malformed> {
    match fields.get("schema_version") {
        None => return Err(Malformed::missing("schema_version")),
        Some(Value::String(version)) if version == SCHEMA_VERSION => {}
        Some(other) => {
            let found = other.to_string();
            return Err(Malformed::UnknownSchema { found });
        }
    }
    if let Some(field) = fields
        .keys()
        .find(|field| !FIELDS.contains(&field.as_str()))
    {
        let message =
            "the envelope has no such field; what is not an envelope's belongs into payload";
        return Err(Malformed::invalid(field, message));
    }
    let id: ReleaseId = parsed(&fields, "release_id")?;
    let at = moment(&fields, "occurred_at")?;
    Ok(Event {
        schema_version: SCHEMA_VERSION.to_owned(),
        idempotency_key: name(&fields, "idempotency_key")?,
        event_type: event_type(&fields)?,
        source_system: name(&fields, "source_system")?,
        release_id: id,
        occurred_at: at,
        actor: name(&fields, "actor")?,
        payload: match fields.remove("payload") {
            None => return Err(Malformed::missing("payload")),
            Some(Value::Object(payload)) => payload,
            Some(_) => return Err(Malformed::invalid("payload", "it is not an object")),
        },
    })
}

fn event_type(fields: &Map<String, Value>) -> Result<EventType, Malformed> {
    let word = text(fields, "event_type")?;
    let found = EventType::ALL.iter().find(|kind| kind.as_str() == word);
    found.copied().ok_or_else(|| {
        let known: Vec<_> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
        let message = format!("{word:?} is none of {}", known.join(", "));
        Malformed::invalid("event_type", message)
    })
}

fn text<'f>(fields: &'f Map<String, Value>, field: &str) -> Result<&'f str, Malformed> {
    match fields.get(field) {
        None => Err(Malformed::missing(field)),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Malformed::invalid(field, "it is not a text")),
    }
}

fn name(fields: &Map<String, Value>, field: &str) -> Result<String, Malformed> {
    let text = text(fields, field)?;
    match is_wrong_as_a_name(text) {
        None => Ok(text.to_owned()),
        Some(wrong) => Err(Malformed::invalid(field, wrong)),
    }
}

/// Why a text can't be a key, a source or an actor; `None` where it can.
fn is_wrong_as_a_name(text: &str) -> Option<&'static str> {
    match () {
        () if text.trim().is_empty() => Some("it is empty"),
        () if text.len() > LONGEST_NAME => Some("it is longer than 500 bytes"),
        () if text.chars().any(char::is_control) => Some("it holds a control character"),
        () => None,
    }
}

fn parsed<T: std::str::FromStr<Err: ToString>>(
    fields: &Map<String, Value>,
    field: &str,
) -> Result<T, Malformed> {
    let parsed = text(fields, field)?.parse();
    parsed.map_err(|error: T::Err| Malformed::invalid(field, error.to_string()))
}

/// A time that every ledger can hold: RFC 3339 writes no earlier one.
fn moment(fields: &Map<String, Value>, field: &str) -> Result<Timestamp, Malformed> {
    let at: Timestamp = parsed(fields, field)?;
    match at.as_second() < FIRST_SECOND {
        true => Err(Malformed::invalid(field, "it is before the year 1")),
        false => Ok(at),
    }
}

/// Asks whether the event can be folded, hashed and found again.
fn readable(event: &Event) -> Result<(), Malformed> {
    if let Some(problem) = history::fold([event]).1.into_iter().next() {
        return Err(Malformed::invalid("payload", problem.message));
    }
    chain::canonical(event).map_err(|error| Malformed::invalid("payload", error))?;
    match created(event) {
        Some(created) if ReleaseId::of(&created.repository, &created.sha) != event.release_id => {
            let message = format!(
                "the release of {} at {} has the id {}",
                created.repository,
                created.sha.short(),
                ReleaseId::of(&created.repository, &created.sha)
            );
            Err(Malformed::invalid("release_id", message))
        }
        _ => Ok(()),
    }
}

/// What `release_created` says; `None` for other events.
pub fn created(event: &Event) -> Option<ReleaseCreated> {
    use serde::Deserialize as _;
    (event.event_type == EventType::ReleaseCreated).then_some(())?;
    ReleaseCreated::deserialize(&event.payload).ok()
}

#[cfg(test)]
mod tests;
