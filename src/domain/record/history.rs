//! The fold: events in any order → facts.

use serde::de::DeserializeOwned;

use super::event::{Event, EventType};
use super::payload::{CheckReported, EvidenceRecorded, ReleaseCreated};
use crate::domain::gate::facts::{CheckFact, Facts};

/// An event whose payload is not what its type says. It adds nothing to the facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {key} of type {event_type} has a payload that cannot be read: {message}")]
pub struct UnreadablePayload {
    /// The event's key.
    pub key: String,
    /// The event's type.
    pub event_type: EventType,
    /// What is wrong with it.
    pub message: String,
}

/// Adds up the events of one release. The result does not depend on their order.
///
/// Unreadable payloads are returned beside the facts; types that this build has no rule for are
/// kept in the ledger and add nothing.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> (Facts, Vec<UnreadablePayload>) {
    let mut facts = Facts::default();
    let mut unreadable = Vec::new();
    let mut newest_version = None;
    for event in events {
        if let Err(problem) = add(event, &mut facts, &mut newest_version) {
            unreadable.push(problem);
        }
    }
    facts.version = newest_version.map(|(_, version)| version);
    (facts, unreadable)
}

type Version = Option<((jiff::Timestamp, String), String)>;

fn add(event: &Event, facts: &mut Facts, newest: &mut Version) -> Result<(), UnreadablePayload> {
    match event.event_type {
        EventType::ReleaseCreated => {
            let created: ReleaseCreated = payload(event)?;
            if let Some(version) = created.version {
                let told = ((event.occurred_at, event.idempotency_key.clone()), version);
                *newest = newest.take().max(Some(told));
            }
        }
        EventType::CheckReported => facts.checks.push(CheckFact {
            at: event.occurred_at,
            key: event.idempotency_key.clone(),
            report: payload::<CheckReported>(event)?,
        }),
        EventType::EvidenceRecorded => facts.evidence.push(payload::<EvidenceRecorded>(event)?),
        _ => {}
    }
    Ok(())
}

fn payload<T: DeserializeOwned>(event: &Event) -> Result<T, UnreadablePayload> {
    T::deserialize(&event.payload).map_err(|error| UnreadablePayload {
        key: event.idempotency_key.clone(),
        event_type: event.event_type,
        message: error.to_string(),
    })
}
