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
pub(super) struct KnownReleases(Mutex<HashMap<ReleaseId, Repository>>);

impl KnownReleases {
    /// The repository of a release; `None` while its `release_created` is not there.
    pub(super) async fn repository(
        &self,
        ledger: &dyn Ledger,
        release: ReleaseId,
    ) -> Result<Option<Repository>, LedgerError> {
        if let Some(known) = self.seen().get(&release) {
            return Ok(Some(known.clone()));
        }
        if ledger.head(release).await?.is_none() {
            return Ok(None);
        }
        let links = ledger.events(release).await?;
        let repository = created_in(&links).map(|created| created.repository);
        if let Some(repository) = &repository {
            self.remember(release, repository);
        }
        Ok(repository)
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
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What the first `release_created` of a chain says.
pub(super) fn created_in(links: &[Link]) -> Option<ReleaseCreated> {
    links.iter().find_map(|link| created(&link.event))
}
