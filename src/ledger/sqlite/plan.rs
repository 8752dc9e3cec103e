//! Where events go, decided in memory.

use std::collections::HashMap;

use super::ChainHead;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain;
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;
use crate::ledger::{Appended, LedgerError, Outcome};

/// How many events of a chain the row ids leave room for.
const LONGEST_CHAIN: u64 = u32::MAX as u64;

/// An event on its way: what is stored and compared.
pub(super) struct Incoming {
    pub(super) release: ReleaseId,
    pub(super) key: String,
    pub(super) body: String,
}

/// What stands under a key already.
pub(super) struct Standing {
    pub(super) sequence: u64,
    pub(super) hash: Sha256Digest,
    pub(super) body: String,
}

/// A row to be.
pub(super) struct NewRow<'a> {
    pub(super) id: i64,
    pub(super) hash: Sha256Digest,
    pub(super) event: &'a Incoming,
}

/// What is to be written, and what is to be answered.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) rows: Vec<NewRow<'a>>,
    pub(super) heads: HashMap<ReleaseId, ChainHead>,
    pub(super) answers: Vec<Appended>,
}

pub(super) fn prepare(events: Vec<Event>) -> Result<Vec<Incoming>, LedgerError> {
    let prepared = events.into_iter().map(|event| {
        Ok(Incoming {
            release: event.release_id,
            body: chain::canonical(&event)?,
            key: event.idempotency_key,
        })
    });
    prepared.collect()
}

/// Decides where each event goes: behind its release's head, or where it stands already.
pub(super) fn plan<'a>(
    incoming: &'a [Incoming],
    heads: &HashMap<ReleaseId, ChainHead>,
    standing: &HashMap<String, Standing>,
) -> Result<Plan<'a>, LedgerError> {
    let mut plan = Plan::default();
    let mut own: HashMap<&str, usize> = HashMap::new();
    for event in incoming {
        let conflict = || LedgerError::Conflict {
            key: event.key.clone(),
        };
        let earlier = own.get(event.key.as_str()).copied();
        let answer = if let Some(there) = standing.get(&event.key) {
            (there.body == event.body)
                .then_some(())
                .ok_or_else(conflict)?;
            duplicate(there.sequence, there.hash)
        } else if let Some(index) = earlier {
            (incoming[index].body == event.body)
                .then_some(())
                .ok_or_else(conflict)?;
            duplicate(plan.answers[index].sequence, plan.answers[index].hash)
        } else {
            plan.link(event, heads)
        };
        own.entry(&event.key).or_insert(plan.answers.len());
        plan.answers.push(answer);
    }
    Ok(plan)
}

fn duplicate(sequence: u64, hash: Sha256Digest) -> Appended {
    Appended {
        sequence,
        hash,
        outcome: Outcome::Duplicate,
    }
}

impl<'a> Plan<'a> {
    fn link(&mut self, event: &'a Incoming, heads: &HashMap<ReleaseId, ChainHead>) -> Appended {
        let known = self
            .heads
            .get(&event.release)
            .or_else(|| heads.get(&event.release));
        let head = known.copied().unwrap_or(ChainHead {
            chain: 0,
            last: None,
        });
        let sequence = head.last.map_or(1, |(sequence, _)| sequence + 1);
        let hash = chain::hash_of(sequence, head.last.map(|(_, hash)| hash), &event.body);
        self.rows.push(NewRow {
            id: row_id(head.chain, sequence),
            hash,
            event,
        });
        let moved = ChainHead {
            last: Some((sequence, hash)),
            ..head
        };
        self.heads.insert(event.release, moved);
        Appended {
            sequence,
            hash,
            outcome: Outcome::Recorded,
        }
    }
}

/// A chain of 2^32 events would run into the next one; its inserts fail long before, on the
/// length of SQLite's largest file.
fn row_id(chain: i64, sequence: u64) -> i64 {
    let sequence = i64::try_from(sequence.min(LONGEST_CHAIN)).unwrap_or(i64::MAX);
    (chain << 32) | sequence
}
