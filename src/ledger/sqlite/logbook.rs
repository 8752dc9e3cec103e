//! Notes of a server: the tables `untaken` and `used_tokens`.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{Sqlite, seal};
use crate::domain::ids::Sha256Digest;
use crate::ledger::LedgerError;
use crate::ledger::logbook::{REMEMBERED, Untaken, each_key_once};

impl Sqlite {
    pub(super) async fn note_all(&self, untaken: Vec<Untaken>) -> Result<(), LedgerError> {
        let untaken = each_key_once(untaken);
        let work = async |connection: &mut SqliteConnection| {
            for event in &untaken {
                note(connection, event).await?;
            }
            Ok(())
        };
        self.write_notes(work).await
    }

    pub(super) async fn use_token_up(
        &self,
        token: Sha256Digest,
        expires: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.write_notes(async |connection| use_up(connection, token, expires).await)
            .await
    }

    /// Does what is to be done in a transaction of its own.
    async fn write_notes<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, LedgerError> {
        let mut session = self.session().await?;
        self.begin_writing(&mut session).await?;
        session.in_transaction = true;
        let connection = session.connection(&self.path)?;
        match in_transaction(connection, work).await {
            Ok(done) => {
                session.in_transaction = false;
                Ok(done)
            }
            Err(fault) => {
                self.roll_back(&mut session).await;
                Err(self.fault(&fault))
            }
        }
    }
}

async fn in_transaction<T>(
    connection: &mut SqliteConnection,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
) -> Result<T, sqlx::Error> {
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut *connection)
        .await?;
    let done = work(connection).await?;
    let end = format!("{}; COMMIT", seal::BREAK);
    sqlx::raw_sql(AssertSqlSafe(end))
        .execute(connection)
        .await?;
    Ok(done)
}

/// An event that is in the ledger was accepted, and is not noted.
async fn note(connection: &mut SqliteConnection, untaken: &Untaken) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT OR REPLACE INTO untaken (key, ingest_id, event_type, source_system, \
            release_id, status, code, detail, caller) \
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE key = ?1)";
    let label = &untaken.label;
    sqlx::query(SQL)
        .bind(&label.key)
        .bind(untaken.ingest_id.to_string())
        .bind(&label.event_type)
        .bind(&label.source_system)
        .bind(label.release.as_ref().map(ToString::to_string))
        .bind(untaken.cause.as_str())
        .bind(untaken.code)
        .bind(&untaken.detail)
        .bind(&untaken.caller)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whoever inserts the row uses the token.
async fn use_up(
    connection: &mut SqliteConnection,
    token: Sha256Digest,
    expires: Timestamp,
) -> Result<bool, sqlx::Error> {
    const FORGET: &str = "DELETE FROM used_tokens WHERE expires_at < unixepoch() - ?";
    const USE: &str = "INSERT INTO used_tokens (digest, expires_at) VALUES (?, ?) \
                       ON CONFLICT DO NOTHING";
    sqlx::query(FORGET)
        .bind(REMEMBERED)
        .execute(&mut *connection)
        .await?;
    let done = sqlx::query(USE)
        .bind(token.bytes().as_slice())
        .bind(expires.as_second())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
