//! Reading chains and heads.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::Sqlite;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType};
use crate::domain::release::ReleaseId;
use crate::ledger::audit::Stored;
use crate::ledger::rows::{self, Checked, ReadChain};
use crate::ledger::{Head, LedgerError};

/// A chain and what the ledger says of its end, read in one transaction.
const CHAIN: &str = "BEGIN;
    SELECT length, head FROM chains WHERE release_id = ?1;
    SELECT id, hash, body, key FROM events
        WHERE id BETWEEN (SELECT id << 32 FROM chains WHERE release_id = ?1)
        AND (SELECT id << 32 | 0xffffffff FROM chains WHERE release_id = ?1)
        ORDER BY id;
    COMMIT";

impl Sqlite {
    /// Every link is checked as it is read: what was altered is never judged.
    pub(super) async fn read_chain(&self, release: ReleaseId) -> Result<Vec<Link>, LedgerError> {
        let mut session = self.session().await?;
        session.in_transaction = true;
        let connection = session.connection(&self.path)?;
        let read = read_links(connection, release).await;
        match read {
            Ok(Ok(links)) => {
                session.in_transaction = false;
                Ok(links)
            }
            Ok(Err(damage)) => {
                session.in_transaction = false;
                Err(LedgerError::Damaged {
                    place: self.path.display().to_string(),
                    message: damage.to_string(),
                })
            }
            Err(fault) => {
                self.roll_back(&mut session).await;
                Err(self.fault(&fault))
            }
        }
    }

    /// Looks through all bodies: a table of kinds would cost every append. Unlike a chain, what comes
    /// is not checked against its hash, so it may be told and never counts.
    pub(super) async fn read_newest(
        &self,
        kind: EventType,
        most: u32,
    ) -> Result<Vec<Event>, LedgerError> {
        const SQL: &str = "SELECT body FROM events WHERE body ->> '$.event_type' = ? \
                           ORDER BY body ->> '$.occurred_at' DESC, id DESC LIMIT ?";
        let mut session = self.session().await?;
        let connection = session.connection(&self.path)?;
        let rows = sqlx::query(SQL)
            .bind(kind.as_str())
            .bind(most)
            .fetch_all(connection)
            .await;
        let rows = rows.map_err(|fault| self.fault(&fault))?;
        let events = rows.iter().filter_map(|row| {
            let body: &str = row.try_get(0).ok()?;
            serde_json::from_str(body).ok() // `verify` tells of one that is none
        });
        Ok(events.collect())
    }

    pub(super) async fn read_heads(&self) -> Result<Vec<Head>, LedgerError> {
        const SQL: &str = "SELECT release_id, length, head FROM chains \
                           WHERE length > 0 ORDER BY release_id";
        let mut session = self.session().await?;
        let connection = session.connection(&self.path)?;
        let rows = sqlx::query(SQL).fetch_all(connection).await;
        let rows = rows.map_err(|fault| self.fault(&fault))?;
        let heads = rows
            .iter()
            .map(|row| head(row).map_err(|fault| self.fault(&fault)));
        heads.collect()
    }

    pub(super) async fn read_head(&self, release: ReleaseId) -> Result<Option<Head>, LedgerError> {
        const SQL: &str = "SELECT release_id, length, head FROM chains \
                           WHERE length > 0 AND release_id = ?";
        let mut session = self.session().await?;
        let connection = session.connection(&self.path)?;
        let found = sqlx::query(SQL)
            .bind(release.to_string())
            .fetch_optional(connection)
            .await;
        let found = found.map_err(|fault| self.fault(&fault))?;
        found
            .map(|row| head(&row).map_err(|fault| self.fault(&fault)))
            .transpose()
    }
}

/// The place in its chain of the event with this row id.
pub(super) fn sequence_of(id: i64) -> u64 {
    (id & 0xffff_ffff).unsigned_abs()
}

/// A column of 32 bytes.
pub(super) fn digest(row: &SqliteRow, column: &str) -> Result<Sha256Digest, sqlx::Error> {
    rows::digest(row.try_get(column)?, column)
}

async fn read_links(
    connection: &mut SqliteConnection,
    release: ReleaseId,
) -> Result<Checked, sqlx::Error> {
    let name = release.to_string();
    let mut found = sqlx::query(CHAIN).bind(&name).fetch(connection);
    let mut chain = ReadChain::of(&name);
    let (mut length, mut end) = (0, None);
    while let Some(row) = found.try_next().await? {
        if row.len() == 2 {
            length = row.try_get::<i64, _>("length")?.unsigned_abs();
            end = digest(&row, "head").ok();
            continue;
        }
        let stored = Stored {
            sequence: sequence_of(row.try_get("id")?),
            key: row.try_get("key")?,
            hash: digest(&row, "hash")?,
            body: row.try_get("body")?,
        };
        chain.next(&stored);
    }
    Ok(chain.finish(length, end))
}

fn head(row: &SqliteRow) -> Result<Head, sqlx::Error> {
    Ok(Head {
        release: rows::release(row.try_get("release_id")?)?,
        length: row.try_get::<i64, _>("length")?.unsigned_abs(),
        hash: digest(row, "head")?,
    })
}
