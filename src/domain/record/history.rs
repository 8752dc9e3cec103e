//! The fold: events in any order → facts.

use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::event::{Event, EventType};
use super::payload::{
    BuildComplete, CheckReported, DeploymentStarted, EvidenceRecorded, ReleaseCreated,
};
use crate::domain::gate::facts::{CheckFact, Fact, Facts};
use crate::domain::status::CheckStatus;

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
            if !created.authors.is_empty() {
                facts.authors.push(Fact {
                    at: event.occurred_at,
                    key: event.idempotency_key.clone(),
                    record: created.authors,
                });
            }
            if let Some(version) = created.version {
                let told = ((event.occurred_at, event.idempotency_key.clone()), version);
                *newest = newest.take().max(Some(told));
            }
        }
        EventType::CheckReported => facts.checks.push(result(event, payload(event)?)),
        EventType::BuildComplete => facts.checks.push(result(event, built(event)?)),
        EventType::EvidenceRecorded => facts.evidence.push(payload::<EvidenceRecorded>(event)?),
        EventType::ApprovalRecorded => facts.approvals.push(dated(event)?),
        EventType::GateSignoff => facts.signoffs.push(dated(event)?),
        EventType::ExceptionRequested => facts.requests.push(dated(event)?),
        EventType::ExceptionGranted => facts.grants.push(dated(event)?),
        EventType::ExceptionRevoked => facts.revocations.push(dated(event)?),
        EventType::ValidationStarted => facts.validations.push(dated(event)?),
        EventType::ValidationFinished => facts.validation_ends.push(dated(event)?),
        EventType::ValidationFinalized => facts.validation_finals.push(dated(event)?),
        EventType::DeploymentStarted => {
            payload::<DeploymentStarted>(event)?; // decides nothing, and is told of when unreadable
        }
        EventType::DeploymentFinished => facts.deployments.push(dated(event)?),
        _ => {}
    }
    Ok(())
}

fn result(event: &Event, report: CheckReported) -> CheckFact {
    CheckFact {
        at: event.occurred_at,
        key: event.idempotency_key.clone(),
        report,
    }
}

/// What the short form says, as it would be said at length.
fn built(event: &Event) -> Result<CheckReported, UnreadablePayload> {
    let BuildComplete { gate, status } = payload(event)?;
    let status = CheckStatus::from(status);
    let report = json!({"gate": gate, "check": BuildComplete::CHECK, "status": status});
    CheckReported::deserialize(report).map_err(|error| unreadable(event, &error))
}

fn dated<T: DeserializeOwned>(event: &Event) -> Result<Fact<T>, UnreadablePayload> {
    Ok(Fact {
        at: event.occurred_at,
        key: event.idempotency_key.clone(),
        record: payload(event)?,
    })
}

fn payload<T: DeserializeOwned>(event: &Event) -> Result<T, UnreadablePayload> {
    T::deserialize(&event.payload).map_err(|error| unreadable(event, &error))
}

fn unreadable(event: &Event, error: &serde_json::Error) -> UnreadablePayload {
    UnreadablePayload {
        key: event.idempotency_key.clone(),
        event_type: event.event_type,
        message: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::record::payload::Decision;

    fn event(kind: &str, payload: serde_json::Value) -> Event {
        serde_json::from_value(json!({
            "schema_version": "1",
            "idempotency_key": format!("another/{kind}"),
            "event_type": kind,
            "source_system": "another",
            "release_id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39",
            "occurred_at": "2026-01-02T03:04:05Z",
            "actor": "alice",
            "payload": payload,
        }))
        .unwrap()
    }

    #[test]
    fn a_payload_of_another_producer_is_read_and_what_is_not_known_stays_in_its_event() {
        let approval = event(
            "approval_recorded",
            json!({"environment": "production", "by": "Bob", "decision": "approved", "comment": "ok", "mood": "good"}),
        );
        let deployment = event(
            "deployment_finished",
            json!({"deployment_id": "d1", "environment": "staging", "status": "passed", "region": "eu"}),
        );
        let (facts, unreadable) = fold([&approval, &deployment]);
        assert_eq!(unreadable, []);
        let record = &facts.approvals[0].record;
        assert_eq!(
            (record.by.as_str(), record.decision),
            ("Bob", Decision::Approved)
        );
        assert_eq!((record.authors.as_ref(), record.run), (None, None));
        assert_eq!(facts.deployments[0].record.environment.as_str(), "staging");
        assert_eq!(approval.payload["mood"], "good");
    }

    #[test]
    fn the_short_form_of_a_build_is_a_result_of_the_check_build() {
        for (status, at_length) in [("pass", "passed"), ("fail", "failed")] {
            let short = event("build_complete", json!({"gate": "image", "status": status}));
            let payload = json!({"gate": "image", "check": "build", "status": at_length});
            let mut long = event("check_reported", payload);
            long.idempotency_key = short.idempotency_key.clone();
            assert_eq!(fold([&short]), fold([&long]), "{status}");
        }
    }

    #[test]
    fn a_decision_or_an_end_that_is_no_word_of_ours_adds_nothing() {
        for (kind, payload) in [
            (
                "approval_recorded",
                json!({"environment": "p", "by": "b", "decision": "fine"}),
            ),
            (
                "approval_recorded",
                json!({"environment": "p", "decision": "approved"}),
            ),
            (
                "deployment_finished",
                json!({"deployment_id": "d", "environment": "p", "status": "ok"}),
            ),
            ("deployment_started", json!({"environment": "p"})),
            (
                "build_complete",
                json!({"gate": "image", "status": "passed"}),
            ),
        ] {
            let (facts, unreadable) = fold([&event(kind, payload)]);
            assert_eq!((facts, unreadable.len()), (Facts::default(), 1), "{kind}");
        }
    }
}
