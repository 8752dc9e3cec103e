//! What people decided and saw, in `tollgate.status/v1`.

use serde::Serialize;

use super::ReasonV1;
use crate::domain::delivery::approval::{ApprovalVerdict, PersonVerdict};
use crate::domain::gate::facts::SignoffFact;
use crate::domain::gate::waiver::WaiverVerdict;

#[derive(Serialize)]
pub(super) struct ApprovalsV1<'a> {
    required: u32,
    counted: usize,
    /// What an approval given now is bound to.
    policy_digest: String,
    evidence_root: String,
    people: Vec<PersonV1<'a>>,
}

#[derive(Serialize)]
struct PersonV1<'a> {
    by: &'a str,
    decision: &'static str,
    at: String,
    comment: &'a str,
    counts: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonV1<'a>>,
}

/// `waiver` of a gate or check: the one that lets it be.
#[derive(Serialize)]
pub(super) struct WaiverV1<'a> {
    id: &'a str,
    by: &'a str,
    reason: &'a str,
    expires_at: String,
}

/// An entry of `waivers`: every one that the release has, heard or not.
#[derive(Serialize)]
pub(in crate::render) struct WaiverEntryV1<'a> {
    id: &'a str,
    gate: &'a str,
    check: Option<&'a str>,
    state: &'static str,
    by: &'a str,
    reason: &'a str,
    at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<ReasonV1<'a>>,
}

/// An entry of a manual check's `signoffs`: one that counts.
#[derive(Serialize)]
pub(in crate::render) struct SignoffV1<'a> {
    by: &'a str,
    result: &'static str,
    environment: Option<&'a str>,
    note: &'a str,
    at: String,
}

impl<'a> ApprovalsV1<'a> {
    pub(super) fn of(approvals: &'a ApprovalVerdict) -> Self {
        Self {
            required: approvals.required,
            counted: approvals.counted(),
            policy_digest: approvals.basis.policy.to_string(),
            evidence_root: approvals.basis.evidence.to_string(),
            people: approvals.people.iter().map(PersonV1::of).collect(),
        }
    }
}

impl<'a> PersonV1<'a> {
    fn of(person: &'a PersonVerdict) -> Self {
        Self {
            by: &person.by,
            decision: person.decision.as_str(),
            at: person.at.to_string(),
            comment: &person.comment,
            counts: person.objection.is_none(),
            reason: person.objection.as_ref().map(ReasonV1::of),
        }
    }
}

impl<'a> WaiverV1<'a> {
    pub(super) fn of(waiver: &'a WaiverVerdict) -> Self {
        Self {
            id: &waiver.id,
            by: &waiver.by,
            reason: &waiver.reason,
            expires_at: waiver.expires_at.to_string(),
        }
    }
}

impl<'a> WaiverEntryV1<'a> {
    pub(in crate::render) fn of(waiver: &'a WaiverVerdict) -> Self {
        Self {
            id: &waiver.id,
            gate: waiver.gate.as_str(),
            check: waiver.check.as_ref().map(|check| check.as_str()),
            state: waiver.state.as_str(),
            by: &waiver.by,
            reason: &waiver.reason,
            at: waiver.at.to_string(),
            expires_at: waiver.expires_at.to_string(),
            note: waiver.note.as_ref().map(ReasonV1::of),
        }
    }
}

impl<'a> SignoffV1<'a> {
    pub(in crate::render) fn of(fact: &'a SignoffFact) -> Self {
        let record = &fact.record;
        Self {
            by: &record.by,
            result: record.result.as_str(),
            environment: record.environment.as_ref().map(|id| id.as_str()),
            note: &record.note,
            at: fact.at.to_string(),
        }
    }
}
