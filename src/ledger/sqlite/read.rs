//! Reading chains and heads.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Sqlite;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::release::ReleaseId;
use crate::ledger::{Head, LedgerError};

impl Sqlite {
    pub(super) async fn read_chain(&self, release: ReleaseId) -> Result<Vec<Link>, LedgerError> {
        const SQL: &str =
            "WITH chain AS (SELECT id << 32 AS first FROM chains WHERE release_id = ?)
            SELECT id, hash, body FROM events
            WHERE id BETWEEN (SELECT first FROM chain) AND (SELECT first | 0xffffffff FROM chain)
            ORDER BY id";
        let mut session = self.session().await?;
        let connection = session.connection(&self.path)?;
        let rows = sqlx::query(SQL)
            .bind(release.to_string())
            .fetch_all(connection)
            .await;
        let rows = rows.map_err(|fault| self.fault(&fault))?;
        drop(session);
        let mut links: Vec<Link> = Vec::with_capacity(rows.len());
        for row in &rows {
            let previous = links.last().map(|link| link.hash);
            let link = link(row, previous).map_err(|fault| self.fault(&fault))?;
            links.push(link);
        }
        Ok(links)
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
    let bytes: &[u8] = row.try_get(column)?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("{} bytes instead of 32", bytes.len()).into(),
    })?;
    Ok(Sha256Digest::from_bytes(bytes))
}

fn link(row: &SqliteRow, previous: Option<Sha256Digest>) -> Result<Link, sqlx::Error> {
    let body: &str = row.try_get("body")?;
    let event = serde_json::from_str(body).map_err(|error| sqlx::Error::ColumnDecode {
        index: "body".to_owned(),
        source: error.into(),
    })?;
    Ok(Link {
        sequence: sequence_of(row.try_get("id")?),
        previous,
        hash: digest(row, "hash")?,
        event,
    })
}

fn head(row: &SqliteRow) -> Result<Head, sqlx::Error> {
    let id: &str = row.try_get("release_id")?;
    Ok(Head {
        release: id.parse().map_err(|error| sqlx::Error::ColumnDecode {
            index: "release_id".to_owned(),
            source: Box::new(error),
        })?,
        length: row.try_get::<i64, _>("length")?.unsigned_abs(),
        hash: digest(row, "head")?,
    })
}
