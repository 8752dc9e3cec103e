//! Taking an event: read it, ask whether the caller may tell it, and answer when it is durable.

use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use super::{ControlPlane, Fault};
use crate::domain::access::{Caller, Refusal, may_record};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::envelope::{self, Malformed};
use crate::domain::record::event::Event;
use crate::domain::release::{ReleaseId, Repository};
use crate::ledger::{Appended, LedgerError, Outcome};

/// How long a producer is kept waiting for the ledger. What was begun is still recorded; the
/// producer sends it again, and hears that it is a duplicate.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It is new, and durable.
    Accepted(Receipt),
    /// It was there already, with the same content: there is no second effect.
    Duplicate(Receipt),
    /// It is no event.
    Malformed(Malformed),
    /// The caller may not tell it.
    Refused(Refusal),
    /// Nobody told of its release yet.
    UnknownRelease(ReleaseId),
    /// Its key is taken by another event; nothing was changed.
    Conflict {
        /// The key.
        key: String,
    },
    /// The ledger could not take it.
    Fault(Fault),
}

/// The place of an event in the ledger, the same at every attempt to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// See [`ingest_id`].
    pub ingest_id: Uuid,
    /// Its number in the chain of its release, from 1.
    pub sequence: u64,
    /// The hash of its link.
    pub hash: Sha256Digest,
}

/// The id under which an event was taken: the first 16 bytes of its key's SHA-256. Every server
/// computes the same one, and so does PostgreSQL for `ops.event_ingest_log`.
pub(super) fn ingest_id(key: &str) -> Uuid {
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
        *Sha256Digest::of(key.as_bytes()).bytes();
    Uuid::from_bytes(id)
}

impl ControlPlane {
    /// Takes one event from a caller. Events that come at the same time are committed together;
    /// each caller hears of its own event only.
    pub async fn take(&self, caller: &Caller, body: &[u8]) -> Received {
        let event = match envelope::read(body) {
            Ok(event) => event,
            Err(malformed) => return Received::Malformed(malformed),
        };
        let named = (event.idempotency_key.clone(), event.release_id);
        let (key, release) = (&named.0, named.1);
        let answered = match timeout(PATIENCE, self.admit(caller, event)).await {
            Ok(answered) => answered,
            Err(_) => Received::Fault(Fault::too_late()),
        };
        if let Received::Fault(fault) = &answered {
            tracing::error!(key, %release, caller = caller.name, %fault, "an event could not be recorded");
        }
        if let (Received::Accepted(_), Some(github)) = (&answered, &self.github_app) {
            github.told(release);
        }
        answered
    }

    async fn admit(&self, caller: &Caller, event: Event) -> Received {
        let repository = match self.repository_of(&event).await {
            Ok(Some(repository)) => repository,
            Ok(None) if caller.role.may_record(event.event_type) => {
                return Received::UnknownRelease(event.release_id);
            }
            Ok(None) => {
                let (role, kind) = (caller.role, event.event_type);
                return Received::Refused(Refusal::Role { role, kind });
            }
            Err(fault) => return Received::Fault(fault),
        };
        if let Err(refusal) = may_record(caller, &event, &repository) {
            return Received::Refused(refusal);
        }
        self.record(event, &repository).await
    }

    /// The repository of an event's release: `release_created` says it itself.
    async fn repository_of(&self, event: &Event) -> Result<Option<Repository>, Fault> {
        if let Some(created) = envelope::created(event) {
            return Ok(Some(created.repository));
        }
        let known = self.known.repository(&*self.ledger, event.release_id).await;
        known.map_err(Fault::from)
    }

    async fn record(&self, event: Event, repository: &Repository) -> Received {
        let (key, release) = (event.idempotency_key.clone(), event.release_id);
        let is_creation = envelope::created(&event).is_some();
        let appended = match self.recorder.record(vec![event]).await {
            Ok(appended) => appended.into_iter().next(),
            Err(LedgerError::Conflict { key }) => return Received::Conflict { key },
            Err(error) => return Received::Fault(error.into()),
        };
        if is_creation {
            self.known.remember(release, repository);
        }
        match appended {
            Some(Appended {
                sequence,
                hash,
                outcome,
            }) => {
                let ingest_id = ingest_id(&key);
                let receipt = Receipt {
                    ingest_id,
                    sequence,
                    hash,
                };
                match outcome {
                    Outcome::Recorded => Received::Accepted(receipt),
                    Outcome::Duplicate => Received::Duplicate(receipt),
                }
            }
            None => Received::Fault(Fault::Broken("the ledger gave no answer".to_owned())),
        }
    }
}
