//! Which releases there are, and of which repository. A release never goes away and never changes
//! its repository, so what was seen once is remembered.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::domain::record::chain::Link;
use crate::domain::record::envelope::created;
use crate::domain::record::payload::ReleaseCreated;
use crate::domain::release::{ReleaseId, Repository};
use crate::ledger::{Ledger, LedgerError};

/// How many are remembered at the most; then it begins anew.
const MOST: usize = 100_000;

/// Releases that were seen.
#[derive(Debug, Default)]
pub(super) struct KnownReleases {
    seen: Mutex<HashMap<ReleaseId, Repository>>,
    /// Held while a chain is read, so that of many who ask for a release at once one reads it.
    reading: tokio::sync::Mutex<()>,
}

impl KnownReleases {
    /// The repository of a release; `None` while its `release_created` is not there.
    pub(super) async fn repository(
        &self,
        ledger: &dyn Ledger,
        release: ReleaseId,
    ) -> Result<Option<Repository>, LedgerError> {
        if let Some(known) = self.remembered(release) {
            return Ok(Some(known));
        }
        if ledger.head(release).await?.is_none() {
            return Ok(None);
        }
        let _reading = self.reading.lock().await;
        if let Some(known) = self.remembered(release) {
            return Ok(Some(known));
        }
        let links = ledger.events(release).await?;
        let repository = created_in(&links).map(|created| created.repository);
        if let Some(repository) = &repository {
            self.remember(release, repository);
        }
        Ok(repository)
    }

    fn remembered(&self, release: ReleaseId) -> Option<Repository> {
        self.seen().get(&release).cloned()
    }

    /// Remembers a release whose `release_created` is durable.
    pub(super) fn remember(&self, release: ReleaseId, repository: &Repository) {
        let mut seen = self.seen();
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(release, repository.clone());
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<ReleaseId, Repository>> {
        // A map is whole after any panic of its users: they only look up and insert.
        self.seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What the first `release_created` of a chain says.
pub(super) fn created_in(links: &[Link]) -> Option<ReleaseCreated> {
    links.iter().find_map(|link| created(&link.event))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use serde_json::json;

    use super::*;
    use crate::domain::record::event::{Event, EventType};
    use crate::domain::release::Release;
    use crate::ledger::{Answer, Appended, Duty, Head, VerifyReport};

    /// A ledger of one release that counts how often its chain is read.
    struct Counted {
        link: Link,
        reads: AtomicUsize,
    }

    impl Ledger for Counted {
        fn events(&self, _: ReleaseId) -> Answer<'_, Vec<Link>> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            Box::pin(async {
                tokio::task::yield_now().await; // others come meanwhile
                Ok(vec![self.link.clone()])
            })
        }

        fn head(&self, release: ReleaseId) -> Answer<'_, Option<Head>> {
            let head = Head {
                release,
                length: self.link.sequence,
                hash: self.link.hash,
            };
            Box::pin(async move { Ok((release == self.link.event.release_id).then_some(head)) })
        }

        fn append(&self, _: Vec<Event>) -> Answer<'_, Vec<Appended>> {
            unreachable!("nothing is written")
        }

        fn newest(&self, _: EventType, _: u32) -> Answer<'_, Vec<Event>> {
            unreachable!("one release is asked for")
        }

        fn releases(&self) -> Answer<'_, Vec<Head>> {
            unreachable!("one release is asked for")
        }

        fn verify(&self) -> Answer<'_, VerifyReport> {
            unreachable!("nothing is verified")
        }

        fn duty(&self) -> Box<dyn Duty> {
            unreachable!("nobody has a duty")
        }

        fn close(&self) -> Answer<'_, ()> {
            unreachable!("it stays open")
        }
    }

    #[tokio::test]
    async fn of_many_who_ask_for_a_release_at_once_one_reads_its_chain() {
        let release = Release {
            repository: "acme/shop".parse().unwrap(),
            sha: "a".repeat(40).parse().unwrap(),
            version: None,
        };
        let event: Event = serde_json::from_value(json!({
            "schema_version": "1", "idempotency_key": "created", "event_type": "release_created",
            "source_system": "tests", "release_id": release.id(),
            "occurred_at": "2026-01-02T03:04:05Z", "actor": "alice",
            "payload": {"repository": "acme/shop", "sha": release.sha},
        }))
        .unwrap();
        let ledger = Counted {
            link: Link::after(None, event).unwrap(),
            reads: AtomicUsize::new(0),
        };
        let known = KnownReleases::default();
        let asked = (0..50).map(|_| known.repository(&ledger, release.id()));
        for answer in join_all(asked).await {
            assert_eq!(answer.unwrap(), Some(release.repository.clone()));
        }
        assert_eq!(ledger.reads.load(Ordering::SeqCst), 1);
        let nobody = "00000000-0000-5000-8000-000000000000".parse().unwrap();
        assert_eq!(known.repository(&ledger, nobody).await.unwrap(), None);
        assert_eq!(ledger.reads.load(Ordering::SeqCst), 1);
    }
}
