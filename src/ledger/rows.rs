//! Rows of a database as both databases read them: columns, and a chain that is checked on its way.

use super::Damage;
use super::audit::{ChainAudit, Stored};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::release::ReleaseId;

/// The value of a column of 32 bytes.
pub(super) fn digest(bytes: &[u8], column: &str) -> Result<Sha256Digest, sqlx::Error> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("{} bytes instead of 32", bytes.len()).into(),
    })?;
    Ok(Sha256Digest::from_bytes(bytes))
}

/// The value of the column `release_id`.
pub(super) fn release(id: &str) -> Result<ReleaseId, sqlx::Error> {
    id.parse().map_err(|error| sqlx::Error::ColumnDecode {
        index: "release_id".to_owned(),
        source: Box::new(error),
    })
}

/// A chain, or the first thing that is wrong with it.
pub(super) type Checked = Result<Vec<Link>, Damage>;

/// A chain that is being read.
pub(super) struct ReadChain {
    links: Vec<Link>,
    audit: ChainAudit,
}

impl ReadChain {
    pub(super) fn of(release: &str) -> Self {
        Self {
            links: Vec::new(),
            audit: ChainAudit::new(release),
        }
    }

    /// Takes the next event.
    pub(super) fn next(&mut self, stored: &Stored<'_>) {
        if let Some(event) = self.audit.next(stored) {
            self.links.push(Link {
                sequence: stored.sequence,
                previous: self.links.last().map(|link| link.hash),
                hash: stored.hash,
                event,
            });
        }
    }

    /// Ends it by what the ledger says of its end.
    pub(super) fn finish(self, length: u64, head: Option<Sha256Digest>) -> Checked {
        let (_, damages) = self.audit.finish(length, head);
        match damages.into_iter().next() {
            Some(damage) => Err(damage),
            None => Ok(self.links),
        }
    }
}
