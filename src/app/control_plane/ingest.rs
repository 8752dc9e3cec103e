//! Taking an event: read it, ask whether the caller may tell it, and answer when it is durable.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;
use uuid::Uuid;

use super::{ControlPlane, Fault};
use crate::domain::access::{Caller, Refusal, may_record};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::envelope::{self, Malformed};
use crate::domain::record::event::{Event, EventType};
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

/// An event that its caller may tell.
struct Admitted {
    event: Event,
    repository: Repository,
}

/// Releases that become known by the events of one call.
type Created = HashMap<ReleaseId, Repository>;

impl ControlPlane {
    /// Takes one event from a caller. Events that come at the same time are committed together;
    /// each caller hears of its own event only.
    pub async fn take(&self, caller: &Caller, body: &[u8]) -> Received {
        let event = match envelope::read(body) {
            Ok(event) => event,
            Err(malformed) => return Received::Malformed(malformed),
        };
        let name = Name::of(&event);
        let answered = match timeout(PATIENCE, self.take_event(caller, event)).await {
            Ok(answered) => answered,
            Err(_) => Received::Fault(Fault::too_late()),
        };
        self.taken(caller, [(&name, &answered)]);
        answered
    }

    /// Takes several envelopes from a caller, in their order: each is answered as if it came alone,
    /// and what is taken of them becomes durable together.
    pub async fn take_all(&self, caller: &Caller, envelopes: Vec<Value>) -> Vec<Received> {
        let read: Vec<Result<Event, _>> = envelopes.into_iter().map(envelope::of).collect();
        let names: Vec<_> = read
            .iter()
            .map(|event| event.as_ref().ok().map(Name::of))
            .collect();
        let answered = match timeout(PATIENCE, self.take_events(caller, read)).await {
            Ok(answered) => answered,
            Err(_) => vec![Received::Fault(Fault::too_late()); names.len()],
        };
        let told = names.iter().zip(&answered);
        self.taken(
            caller,
            told.filter_map(|(name, it)| Some((name.as_ref()?, it))),
        );
        answered
    }

    /// Says what went wrong, and has the releases of what was taken looked at.
    fn taken<'r>(&self, caller: &Caller, all: impl IntoIterator<Item = (&'r Name, &'r Received)>) {
        for (Name { key, release }, answered) in all {
            match (answered, &self.github_app) {
                (Received::Fault(fault), _) => {
                    tracing::error!(key, %release, caller = caller.name, %fault, "an event could not be recorded");
                }
                (Received::Accepted(_), Some(github)) => github.told(*release),
                _ => {}
            }
        }
    }

    async fn take_event(&self, caller: &Caller, event: Event) -> Received {
        match self.admit(caller, event, &Created::new()).await {
            Ok(admitted) => self.record(admitted).await,
            Err(received) => received,
        }
    }

    async fn take_events(
        &self,
        caller: &Caller,
        events: Vec<Result<Event, Malformed>>,
    ) -> Vec<Received> {
        let mut created = Created::new();
        let (mut answers, mut admitted) = (Vec::new(), Vec::new());
        for event in events {
            let admission = match event {
                Ok(event) => self.admit(caller, event, &created).await,
                Err(malformed) => Err(Received::Malformed(malformed)),
            };
            answers.push(admission.map(|it| {
                let created_by_it = it
                    .created()
                    .map(|repository| (it.event.release_id, repository));
                created.extend(created_by_it);
                admitted.push(it);
            }));
        }
        let mut recorded = self.record_all(caller, admitted).await.into_iter();
        let answers = answers.into_iter().map(|answer| match answer {
            Ok(()) => recorded.next().unwrap_or_else(Received::none),
            Err(received) => received,
        });
        answers.collect()
    }

    async fn admit(
        &self,
        caller: &Caller,
        event: Event,
        created: &Created,
    ) -> Result<Admitted, Received> {
        let (kind, role) = (event.event_type, caller.role);
        let repository = match created.get(&event.release_id) {
            Some(repository) => Some(repository.clone()),
            None => self.repository_of(&event).await.map_err(Received::Fault)?,
        };
        let Some(repository) = repository else {
            return Err(match role.may_record(kind) {
                true => Received::UnknownRelease(event.release_id),
                false => Received::Refused(Refusal::Role { role, kind }),
            });
        };
        may_record(caller, &event, &repository).map_err(Received::Refused)?;
        Ok(Admitted { event, repository })
    }

    /// The repository of an event's release: `release_created` says it itself.
    async fn repository_of(&self, event: &Event) -> Result<Option<Repository>, Fault> {
        if let Some(created) = envelope::created(event) {
            return Ok(Some(created.repository));
        }
        let known = self.known.repository(&*self.ledger, event.release_id).await;
        known.map_err(Fault::from)
    }

    /// Records all or none. Where a key is taken, each is recorded by itself, and that one refused.
    async fn record_all(&self, caller: &Caller, admitted: Vec<Admitted>) -> Vec<Received> {
        if admitted.is_empty() {
            return Vec::new();
        }
        let events = admitted.iter().map(|it| it.event.clone()).collect();
        match self.recorder.record(events).await {
            Ok(appended) => admitted
                .into_iter()
                .zip(appended)
                .map(|(it, appended)| self.recorded(it.name(), it.created(), appended))
                .collect(),
            Err(LedgerError::Conflict { .. }) => {
                let mut answers = Vec::with_capacity(admitted.len());
                for it in admitted {
                    answers.push(self.take_event(caller, it.event).await);
                }
                answers
            }
            Err(error) => vec![Received::Fault(error.into()); admitted.len()],
        }
    }

    async fn record(&self, admitted: Admitted) -> Received {
        let (name, created) = (admitted.name(), admitted.created());
        match self.recorder.record(vec![admitted.event]).await {
            Ok(appended) => match appended.into_iter().next() {
                Some(appended) => self.recorded(name, created, appended),
                None => Received::none(),
            },
            Err(LedgerError::Conflict { key }) => Received::Conflict { key },
            Err(error) => Received::Fault(error.into()),
        }
    }

    fn recorded(&self, name: Name, created: Option<Repository>, appended: Appended) -> Received {
        if let Some(repository) = &created {
            self.known.remember(name.release, repository);
        }
        let receipt = Receipt {
            ingest_id: ingest_id(&name.key),
            sequence: appended.sequence,
            hash: appended.hash,
        };
        match appended.outcome {
            Outcome::Recorded => Received::Accepted(receipt),
            Outcome::Duplicate => Received::Duplicate(receipt),
        }
    }
}

/// By what an event is known once it is on its way.
struct Name {
    key: String,
    release: ReleaseId,
}

impl Name {
    fn of(event: &Event) -> Self {
        Self {
            key: event.idempotency_key.clone(),
            release: event.release_id,
        }
    }
}

impl Admitted {
    fn name(&self) -> Name {
        Name::of(&self.event)
    }

    /// The repository of the release that it makes known.
    fn created(&self) -> Option<Repository> {
        let is_creation = self.event.event_type == EventType::ReleaseCreated;
        is_creation.then(|| self.repository.clone())
    }
}

impl Received {
    /// Why there is no answer.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// The ledger said nothing of an event.
    fn none() -> Self {
        Self::Fault(Fault::Broken("the ledger gave no answer".to_owned()))
    }
}
