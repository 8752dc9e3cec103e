//! What a server notes beside its ledger: events that it did not take, and which tokens were used.
//! Nothing of it is judged by, and nothing of it is in a chain.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Answer, Ledger};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::envelope::Label;

/// A ledger with a logbook.
pub trait Logbook: Ledger {
    /// Notes events that were not taken. Of those with one key the last counts, and an event that is
    /// in the ledger stays accepted, whatever is noted.
    fn note(&self, untaken: Vec<Untaken>) -> Answer<'_, ()>;

    /// Uses a token up, and tells whether this is its first use, whoever of the ledger's users asks.
    /// When its end is an hour past, it may be forgotten.
    fn use_up(&self, token: Sha256Digest, expires: Timestamp) -> Answer<'_, bool>;
}

/// For how many seconds a token is remembered after its end: clocks differ.
pub(super) const REMEMBERED: i64 = 3600;

/// An event that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untaken {
    /// The id of the answer.
    pub ingest_id: Uuid,
    /// What it says of itself, as far as that can be read.
    pub label: Label,
    /// Who sent it.
    pub caller: String,
    /// Whose fault it was.
    pub cause: Cause,
    /// The code of the answer.
    pub code: &'static str,
    /// The message of the answer.
    pub detail: String,
}

/// Why an event was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The sender's: it is no event, or none that the sender may tell.
    Rejected,
    /// The server's.
    Error,
}

impl Cause {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Error => "error",
        }
    }
}

/// Of events with one key the last.
pub(super) fn each_key_once(untaken: Vec<Untaken>) -> Vec<Untaken> {
    let by_key = untaken.into_iter().map(|it| (it.label.key.clone(), it));
    by_key.collect::<BTreeMap<_, _>>().into_values().collect()
}
