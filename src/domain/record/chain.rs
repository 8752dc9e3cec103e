//! The hash chain: each event of a release is bound to all that came before it.
//!
//! A link's hash is SHA-256 over the canonical JSON (RFC 8785) of
//! `{"event": …, "previous": HEX or null, "sequence": N}`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::event::{Event, EventType};
use crate::domain::ids::Sha256Digest;
use crate::domain::release::ReleaseId;

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// From 1, without gaps, for each release.
    pub sequence: u64,
    /// The hash of the link before; `None` for the first.
    pub previous: Option<Sha256Digest>,
    /// The hash of this link.
    pub hash: Sha256Digest,
    /// The event.
    pub event: Event,
}

/// The integers up to which every one is a JSON number of its own (RFC 7493, section 2.2).
const LARGEST_EXACT: u64 = (1 << 53) - 1;

/// What is wrong with a chain, at its first bad place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A link is missing or stands twice.
    #[error("event {expected} of the chain is missing: event {found} stands in its place")]
    Gap {
        /// The sequence number that should follow.
        expected: u64,
        /// The one that does.
        found: u64,
    },
    /// A link does not name the hash of the one before it.
    #[error("event {sequence} ({key}) does not follow from the event before it")]
    Broken {
        /// The bad link's number.
        sequence: u64,
        /// Its event's key.
        key: String,
    },
    /// A link's content is not what was hashed.
    #[error("event {sequence} ({key}) was altered: its content does not have the hash {hash}")]
    Altered {
        /// The bad link's number.
        sequence: u64,
        /// Its event's key.
        key: String,
        /// The hash that stands there.
        hash: Sha256Digest,
    },
    /// An event of another release stands in the chain.
    #[error("event {sequence} ({key}) belongs to another release")]
    Foreign {
        /// The bad link's number.
        sequence: u64,
        /// Its event's key.
        key: String,
    },
    /// An event cannot be written as canonical JSON.
    #[error("event {key} has no canonical form: {message}")]
    NotCanonical {
        /// Its key.
        key: String,
        /// What the serialiser said.
        message: String,
    },
}

impl Link {
    /// Binds an event to the link before it.
    ///
    /// # Errors
    /// [`ChainError::NotCanonical`] when the payload holds what JSON cannot, such as NaN.
    pub fn after(previous: Option<&Link>, event: Event) -> Result<Self, ChainError> {
        let head = previous.map(|link| (link.sequence, link.hash));
        Self::after_head(head, event)
    }

    /// The same, where only number and hash of the link before are known.
    ///
    /// # Errors
    /// As [`Link::after`].
    pub fn after_head(head: Option<(u64, Sha256Digest)>, event: Event) -> Result<Self, ChainError> {
        let sequence = head.map_or(1, |(sequence, _)| sequence + 1);
        let previous = head.map(|(_, hash)| hash);
        let hash = hash_of(sequence, previous, &canonical(&event)?);
        Ok(Self {
            sequence,
            previous,
            hash,
            event,
        })
    }
}

/// The canonical JSON (RFC 8785) of an event: what is hashed, compared and stored.
///
/// # Errors
/// [`ChainError::NotCanonical`] when it holds an integer that JSON numbers cannot tell from its
/// neighbours.
pub fn canonical(event: &Event) -> Result<String, ChainError> {
    let wrong = |message: String| ChainError::NotCanonical {
        key: event.idempotency_key.clone(),
        message,
    };
    if let Some(number) = event.payload.values().find_map(inexact) {
        return Err(wrong(format!(
            "{number} is too large for a JSON number; send it as text"
        )));
    }
    let written = match is_plain(&event.payload) {
        true => serde_json::to_string(&Sorted::from(event)).map_err(|error| error.to_string()),
        false => serde_json_canonicalizer::to_string(event).map_err(|error| error.to_string()),
    };
    written.map_err(wrong)
}

/// An event with its fields in canonical order.
#[derive(Serialize)]
struct Sorted<'a> {
    actor: &'a str,
    event_type: EventType,
    idempotency_key: &'a str,
    occurred_at: Timestamp,
    payload: &'a Map<String, Value>,
    release_id: ReleaseId,
    schema_version: &'a str,
    source_system: &'a str,
}

impl<'a> From<&'a Event> for Sorted<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            actor: &event.actor,
            event_type: event.event_type,
            idempotency_key: &event.idempotency_key,
            occurred_at: event.occurred_at,
            payload: &event.payload,
            release_id: event.release_id,
            schema_version: &event.schema_version,
            source_system: &event.source_system,
        }
    }
}

/// Tells whether any JSON writer writes an object as RFC 8785 wants it, as is so for nearly all: that is
/// seven times as fast. Fractions are written otherwise, and names beyond ASCII may be sorted otherwise.
fn is_plain(fields: &Map<String, Value>) -> bool {
    fields.keys().is_sorted()
        && fields
            .iter()
            .all(|(name, value)| name.is_ascii() && is_plain_value(value))
}

fn is_plain_value(value: &Value) -> bool {
    match value {
        Value::Number(number) => !number.is_f64(),
        Value::Array(items) => items.iter().all(is_plain_value),
        Value::Object(fields) => is_plain(fields),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// The hash of a link whose event is given by its [`canonical`] JSON.
pub fn hash_of(
    sequence: u64,
    previous: Option<Sha256Digest>,
    canonical_event: &str,
) -> Sha256Digest {
    let previous = previous.map_or_else(|| "null".to_owned(), |hash| format!("\"{hash}\""));
    let mut hasher = Sha256::new();
    hasher.update(br#"{"event":"#);
    hasher.update(canonical_event);
    hasher.update(format!(r#","previous":{previous},"sequence":{sequence}}}"#));
    Sha256Digest::from_bytes(hasher.finalize().into())
}

/// The digest of an event by itself; two events are the same when it is the same.
///
/// # Errors
/// [`ChainError::NotCanonical`].
pub fn content_digest(event: &Event) -> Result<Sha256Digest, ChainError> {
    canonical(event).map(|text| Sha256Digest::of(text.as_bytes()))
}

/// Walks a chain of one release from its first link.
///
/// # Errors
/// The first place at which the chain does not hold.
pub fn verify<'a>(links: impl IntoIterator<Item = &'a Link>) -> Result<(), ChainError> {
    let mut before: Option<&Link> = None;
    for link in links {
        verify_link(before, link)?;
        before = Some(link);
    }
    Ok(())
}

/// Checks one link against the one before it.
///
/// # Errors
/// What is wrong with the link.
pub fn verify_link(before: Option<&Link>, link: &Link) -> Result<(), ChainError> {
    let sequence = link.sequence;
    let key = || link.event.idempotency_key.clone();
    let expected = before.map_or(1, |link| link.sequence + 1);
    if sequence != expected {
        return Err(ChainError::Gap {
            expected,
            found: sequence,
        });
    }
    if before.is_some_and(|before| before.event.release_id != link.event.release_id) {
        return Err(ChainError::Foreign {
            sequence,
            key: key(),
        });
    }
    if link.previous != before.map(|link| link.hash) {
        return Err(ChainError::Broken {
            sequence,
            key: key(),
        });
    }
    if link.hash != hash_of(sequence, link.previous, &canonical(&link.event)?) {
        return Err(ChainError::Altered {
            sequence,
            key: key(),
            hash: link.hash,
        });
    }
    Ok(())
}

fn inexact(value: &Value) -> Option<&serde_json::Number> {
    match value {
        Value::Number(number) => {
            let size = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
            size.is_some_and(|size| size > LARGEST_EXACT)
                .then_some(number)
        }
        Value::Array(items) => items.iter().find_map(inexact),
        Value::Object(fields) => fields.values().find_map(inexact),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn event(payload: Value) -> Event {
        serde_json::from_value(json!({
            "schema_version": "1",
            "idempotency_key": "tollgate/1",
            "event_type": "environment_event",
            "source_system": "tollgate",
            "release_id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39",
            "occurred_at": "2026-01-02T03:04:05.678Z",
            "actor": "alice",
            "payload": payload,
        }))
        .unwrap()
    }

    #[test]
    fn the_hash_is_that_of_the_canonical_object() {
        let event = event(json!({"b": 1.50, "a": ["ü", "\u{1}", 1e21], "": null}));
        let first = Link::after(None, event.clone()).unwrap();
        let second = Link::after(Some(&first), event.clone()).unwrap();
        for (link, previous) in [(&first, None), (&second, Some(first.hash))] {
            let whole = json!({"sequence": link.sequence, "previous": previous, "event": event});
            let bytes = serde_json_canonicalizer::to_vec(&whole).unwrap();
            assert_eq!(link.hash, Sha256Digest::of(&bytes));
        }
        assert_eq!(verify([&first, &second]), Ok(()));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            let name = prop_oneof!["[a-c_]{0,2}", any::<String>()];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((name, inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_that_of_rfc_8785(
            actor in any::<String>(), name in prop_oneof!["[a-z]", any::<String>()], value in values()
        ) {
            let mut event = event(json!({ name: value, "a": 1 }));
            event.actor = actor;
            let expect = serde_json_canonicalizer::to_string(&event).unwrap();
            prop_assert_eq!(canonical(&event).unwrap(), expect);
        }
    }

    #[test]
    fn an_event_read_back_from_its_canonical_form_has_the_same_form() {
        for number in [
            0.1 + 0.2,
            5e-324,
            f64::MAX,
            -1.0,
            9.007_199_254_740_991e15,
            1e300,
        ] {
            let text = canonical(&event(json!({ "n": number }))).unwrap();
            let again: Event = serde_json::from_str(&text).unwrap();
            assert_eq!(canonical(&again).unwrap(), text);
        }
    }

    #[test]
    fn integers_that_json_cannot_tell_apart_are_refused() {
        let largest = (1_u64 << 53) - 1;
        for good in [
            json!(largest),
            json!(-9_007_199_254_740_991_i64),
            json!(1e300),
        ] {
            assert!(canonical(&event(json!({ "n": [good] }))).is_ok());
        }
        for bad in [json!(largest + 1), json!(u64::MAX), json!(i64::MIN)] {
            let error = canonical(&event(json!({ "n": { "m": bad } }))).unwrap_err();
            assert!(error.to_string().contains("send it as text"), "{error}");
        }
    }

    #[test]
    fn each_fault_of_a_chain_has_its_name() {
        let first = Link::after(None, event(json!({}))).unwrap();
        let second = Link::after(Some(&first), event(json!({"n": 2}))).unwrap();
        let third = Link::after(Some(&second), event(json!({"n": 3}))).unwrap();
        assert!(matches!(
            verify([&first, &third]),
            Err(ChainError::Gap {
                expected: 2,
                found: 3
            })
        ));
        let mut broken = second.clone();
        broken.previous = Some(second.hash);
        assert!(matches!(
            verify([&first, &broken]),
            Err(ChainError::Broken { sequence: 2, .. })
        ));
        let mut altered = second.clone();
        altered.event.actor = "mallory".into();
        assert!(matches!(
            verify([&first, &altered]),
            Err(ChainError::Altered { sequence: 2, .. })
        ));
        let mut foreign = second;
        foreign.event.release_id = "00000000-0000-5000-8000-000000000000".parse().unwrap();
        assert!(matches!(
            verify([&first, &foreign]),
            Err(ChainError::Foreign { sequence: 2, .. })
        ));
    }
}
