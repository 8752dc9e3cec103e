//! Reading chains and heads.

use futures_util::{FutureExt as _, TryStreamExt as _};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Row};

use super::Postgres;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType};
use crate::domain::release::ReleaseId;
use crate::ledger::audit::Stored;
use crate::ledger::rows::{self, Checked, ReadChain};
use crate::ledger::{Head, LedgerError};

/// A chain and what the ledger says of its end, in one statement and so in one state.
const CHAIN: &str = "SELECT chain.length, chain.head, event.sequence, event.idempotency_key, \
                            event.hash, event.body \
                     FROM ops.chains AS chain LEFT JOIN ops.events AS event USING (release_id) \
                     WHERE release_id = $1::uuid ORDER BY event.sequence";

impl Postgres {
    /// Every link is checked as it is read: what was altered is never judged.
    pub(super) async fn read_chain(&self, release: ReleaseId) -> Result<Vec<Link>, LedgerError> {
        match self.ask(move |pool| chain(pool, release).boxed()).await? {
            Ok(links) => Ok(links),
            Err(damage) => Err(LedgerError::Damaged {
                place: self.place.shown.clone(),
                message: damage.to_string(),
            }),
        }
    }

    /// Unlike a chain, what comes is not checked against its hash, so it may be told and never
    /// counts.
    pub(super) async fn read_newest(
        &self,
        kind: EventType,
        most: u32,
    ) -> Result<Vec<Event>, LedgerError> {
        let rows = self
            .ask(move |pool| newest(pool, kind, most).boxed())
            .await?;
        let events = rows.iter().filter_map(|row| {
            let body: &str = row.try_get(0).ok()?;
            serde_json::from_str(body).ok() // `verify` tells of one that is none
        });
        Ok(events.collect())
    }

    pub(super) async fn read_heads(&self) -> Result<Vec<Head>, LedgerError> {
        self.ask(|pool| heads(pool, None).boxed()).await
    }

    pub(super) async fn read_head(&self, release: ReleaseId) -> Result<Option<Head>, LedgerError> {
        let found = self.ask(move |pool| heads(pool, Some(release)).boxed());
        Ok(found.await?.pop())
    }
}

/// The kind stands in the text: with a parameter, an index over some kinds would not be used.
async fn newest(pool: PgPool, kind: EventType, most: u32) -> Result<Vec<PgRow>, sqlx::Error> {
    let sql = format!(
        "SELECT body FROM ops.events WHERE event_type = '{kind}' ORDER BY occurred_at DESC LIMIT $1"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(most));
    query.fetch_all(&pool).await
}

/// The heads of all releases, or of one.
async fn heads(pool: PgPool, release: Option<ReleaseId>) -> Result<Vec<Head>, sqlx::Error> {
    const ALL: &str = "SELECT release_id::text, length, head FROM ops.chains AS chain \
                       ORDER BY chain.release_id";
    const ONE: &str = "SELECT release_id::text, length, head FROM ops.chains \
                       WHERE release_id = $1::uuid";
    let query = match release {
        Some(release) => sqlx::query(ONE).bind(release.to_string()),
        None => sqlx::query(ALL),
    };
    query.fetch_all(&pool).await?.iter().map(head).collect()
}

async fn chain(pool: PgPool, release: ReleaseId) -> Result<Checked, sqlx::Error> {
    let release = release.to_string();
    let rows = sqlx::query(CHAIN).bind(&release).fetch(&pool);
    check(&release, rows).await
}

async fn check(
    release: &str,
    mut rows: impl futures_util::Stream<Item = Result<PgRow, sqlx::Error>> + Unpin,
) -> Result<Checked, sqlx::Error> {
    let mut chain = ReadChain::of(release);
    let (mut length, mut end) = (0, None);
    while let Some(row) = rows.try_next().await? {
        length = number(&row, "length")?;
        end = digest(&row, "head").ok();
        if row.try_get::<Option<i64>, _>("sequence")?.is_some() {
            chain.next(&stored(&row)?);
        }
    }
    Ok(chain.finish(length, end))
}

/// An event's row, as it stands.
pub(super) fn stored(row: &PgRow) -> Result<Stored<'_>, sqlx::Error> {
    Ok(Stored {
        sequence: number(row, "sequence")?,
        key: row.try_get("idempotency_key")?,
        hash: digest(row, "hash")?,
        body: row.try_get("body")?,
    })
}

/// A column that counts.
pub(super) fn number(row: &PgRow, column: &str) -> Result<u64, sqlx::Error> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}

/// A column of 32 bytes.
pub(super) fn digest(row: &PgRow, column: &str) -> Result<Sha256Digest, sqlx::Error> {
    rows::digest(row.try_get(column)?, column)
}

fn head(row: &PgRow) -> Result<Head, sqlx::Error> {
    Ok(Head {
        release: rows::release(row.try_get("release_id")?)?,
        length: number(row, "length")?,
        hash: digest(row, "head")?,
    })
}
