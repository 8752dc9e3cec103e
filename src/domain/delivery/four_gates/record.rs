//! What the events of a release say of its gates, read as leniently as SQL reads them: what the rules
//! ask for must be there, the rest may be anything.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::ids::Sha256Digest;
use crate::domain::record::event::{Event, EventType};
use crate::domain::record::payload::{
    BuildComplete, BuildEnd, Decision, DeploymentStatus, SignoffResult,
};
use crate::domain::status::CheckStatus;

/// When something happened, and its key: the greater one is the newer one.
type Order = (Timestamp, String);

/// What is known of a release.
#[derive(Debug, Default)]
pub(super) struct Record {
    checks: BTreeMap<(String, String), (Order, CheckState)>,
    evidence: Vec<(Timestamp, Evidence)>,
    approvals: Vec<(Order, Approval)>,
    grants: BTreeMap<String, (Order, Exception)>,
    revoked: BTreeSet<String>,
    /// How the newest deployment ended, of those that did.
    pub(super) newest_end: Option<End>,
}

/// The newest result of a check.
#[derive(Debug)]
pub(super) struct CheckState {
    pub(super) gate: String,
    pub(super) name: String,
    pub(super) status: CheckStatus,
    pub(super) required: bool,
    pub(super) at: Timestamp,
}

/// `evidence_recorded`.
#[derive(Debug, Deserialize)]
pub(super) struct Evidence {
    pub(super) gate: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "sha256")]
    _sha256: Sha256Digest,
}

/// The end of a deployment.
#[derive(Debug)]
pub(super) struct End {
    pub(super) at: Timestamp,
    pub(super) status: DeploymentStatus,
    key: String,
}

#[derive(Debug, Deserialize)]
struct Approval {
    gate: Option<String>,
    by: String,
    decision: Decision,
}

#[derive(Debug, Deserialize)]
struct Exception {
    id: String,
    gate: String,
    check: Option<String>,
    #[serde(rename = "reason")]
    _reason: String,
    expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Revocation {
    id: String,
}

/// Whether a result counts, and how much.
#[derive(Deserialize)]
struct Weight {
    #[serde(default = "yes")]
    required: bool,
    #[serde(default)]
    blocked: bool,
    #[serde(default)]
    dirty: bool,
}

#[derive(Deserialize)]
struct Reported {
    gate: String,
    check: String,
    status: CheckStatus,
}

#[derive(Deserialize)]
struct SignedOff {
    gate: String,
    check: String,
    result: SignoffResult,
}

#[derive(Deserialize)]
struct Built {
    gate: String,
    status: BuildEnd,
}

#[derive(Deserialize)]
struct Finished {
    #[serde(rename = "deployment_id")]
    _deployment_id: String,
    #[serde(rename = "environment")]
    _environment: String,
    status: DeploymentStatus,
}

impl Record {
    pub(super) fn of(events: &[Event]) -> Self {
        let mut record = Self::default();
        for event in events {
            // A payload that is not what its type asks for adds nothing.
            let _ = record.add(event);
        }
        record
    }

    fn add(&mut self, event: &Event) -> Option<()> {
        let order = || (event.occurred_at, event.idempotency_key.clone());
        match event.event_type {
            EventType::CheckReported | EventType::GateSignoff | EventType::BuildComplete => {
                self.add_check(event, order())?;
            }
            EventType::EvidenceRecorded => self.evidence.push((event.occurred_at, read(event)?)),
            EventType::ApprovalRecorded => self.approvals.push((order(), read(event)?)),
            EventType::ExceptionGranted => {
                let grant: Exception = read(event)?;
                let told = (order(), grant);
                match self.grants.get(&told.1.id) {
                    Some((newer, _)) if *newer > told.0 => {}
                    _ => drop(self.grants.insert(told.1.id.clone(), told)),
                }
            }
            EventType::ExceptionRevoked => {
                self.revoked.insert(read::<Revocation>(event)?.id);
            }
            EventType::DeploymentFinished => self.add_end(event, read(event)?),
            _ => {}
        }
        Some(())
    }

    fn add_check(&mut self, event: &Event, order: Order) -> Option<()> {
        let weight: Weight = read(event)?;
        let (gate, name, status) = result(event)?;
        if weight.blocked || weight.dirty {
            return Some(());
        }
        let place = (gate.clone(), name.clone());
        let state = CheckState {
            gate,
            name,
            status,
            required: weight.required,
            at: event.occurred_at,
        };
        match self.checks.get(&place) {
            Some((newer, _)) if *newer > order => {}
            _ => drop(self.checks.insert(place, (order, state))),
        }
        Some(())
    }

    fn add_end(&mut self, event: &Event, finished: Finished) {
        let end = End {
            at: event.occurred_at,
            status: finished.status,
            key: event.idempotency_key.clone(),
        };
        let is_newer = |known: &End| (end.at, &end.key) > (known.at, &known.key);
        if self.newest_end.as_ref().is_none_or(is_newer) {
            self.newest_end = Some(end);
        }
    }

    pub(super) fn checks_of(&self, gate: &str) -> impl Iterator<Item = &CheckState> {
        let checks = self.checks.values().map(|(_, state)| state);
        checks.filter(move |state| state.gate == gate)
    }

    pub(super) fn has_evidence(&self, now: Timestamp, fits: impl Fn(&Evidence) -> bool) -> bool {
        let mut evidence = self.evidence.iter();
        evidence.any(|(at, it)| *at <= now && fits(it))
    }

    /// The newest decision of each person on a gate; an approval whose time has not come is none.
    pub(super) fn decisions_on(&self, gate: &str, now: Timestamp) -> Vec<Decision> {
        let mut newest: BTreeMap<String, (&Order, Decision)> = BTreeMap::new();
        for (order, approval) in &self.approvals {
            let is_to_come = approval.decision == Decision::Approved && order.0 > now;
            if approval.gate.as_deref() != Some(gate) || is_to_come {
                continue;
            }
            let told = (order, approval.decision);
            let known = newest.entry(approval.by.to_lowercase()).or_insert(told);
            *known = (*known).max(told);
        }
        newest.into_values().map(|(_, decision)| decision).collect()
    }

    /// Whether a gate, or one check of it, is waived now.
    pub(super) fn is_waived(&self, gate: &str, check: Option<&str>, now: Timestamp) -> bool {
        self.grants.values().any(|((at, _), it)| {
            it.gate == gate
                && it.check.as_deref() == check
                && *at <= now
                && now < it.expires_at
                && !self.revoked.contains(&it.id)
        })
    }
}

/// Gate, check and status of an event that reports one.
fn result(event: &Event) -> Option<(String, String, CheckStatus)> {
    Some(match event.event_type {
        EventType::BuildComplete => {
            let Built { gate, status } = read(event)?;
            (gate, BuildComplete::CHECK.to_owned(), status.into())
        }
        EventType::GateSignoff => {
            let SignedOff {
                gate,
                check,
                result,
            } = read(event)?;
            let status = match result {
                SignoffResult::Passed => CheckStatus::Passed,
                SignoffResult::Failed => CheckStatus::Failed,
            };
            (gate, check, status)
        }
        _ => {
            let Reported {
                gate,
                check,
                status,
            } = read(event)?;
            (gate, check, status)
        }
    })
}

fn read<T: DeserializeOwned>(event: &Event) -> Option<T> {
    T::deserialize(&event.payload).ok()
}

fn yes() -> bool {
    true
}
