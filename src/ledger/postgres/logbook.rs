//! Notes of a server: `ops.event_ingest_log` and `ops.used_tokens`.

use futures_util::FutureExt as _;
use jiff::Timestamp;
use sqlx::PgPool;

use super::Postgres;
use crate::domain::ids::Sha256Digest;
use crate::domain::release::ReleaseId;
use crate::ledger::LedgerError;
use crate::ledger::logbook::{REMEMBERED, Untaken, each_key_once};

impl Postgres {
    pub(super) async fn note_all(&self, untaken: Vec<Untaken>) -> Result<(), LedgerError> {
        let untaken = each_key_once(untaken);
        self.ask(move |pool| note(pool, untaken.clone()).boxed())
            .await
    }

    pub(super) async fn use_token_up(
        &self,
        token: Sha256Digest,
        expires: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.ask(move |pool| use_up(pool, token, expires).boxed())
            .await
    }
}

async fn note(pool: PgPool, untaken: Vec<Untaken>) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO ops.event_ingest_log AS it (ingest_id, idempotency_key, event_type, \
            source_system, release_id, status, code, detail, caller) \
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], \
            $7::text[], $8::text[], $9::text[]) \
        ON CONFLICT (idempotency_key) DO UPDATE SET ingest_id = excluded.ingest_id, \
            event_type = excluded.event_type, source_system = excluded.source_system, \
            release_id = excluded.release_id, status = excluded.status, code = excluded.code, \
            detail = excluded.detail, caller = excluded.caller, created_at = excluded.created_at \
        WHERE it.status <> 'accepted'";
    let release = |id: &ReleaseId| id.to_string();
    sqlx::query(SQL)
        .bind(column(&untaken, |it| it.ingest_id.to_string()))
        .bind(column(&untaken, |it| it.label.key.clone()))
        .bind(column(&untaken, |it| it.label.event_type.clone()))
        .bind(column(&untaken, |it| it.label.source_system.clone()))
        .bind(column(&untaken, |it| {
            it.label.release.as_ref().map(release)
        }))
        .bind(column(&untaken, |it| it.cause.as_str()))
        .bind(column(&untaken, |it| it.code))
        .bind(column(&untaken, |it| it.detail.clone()))
        .bind(column(&untaken, |it| it.caller.clone()))
        .execute(&pool)
        .await?;
    Ok(())
}

fn column<'u, T>(untaken: &'u [Untaken], value: impl Fn(&'u Untaken) -> T) -> Vec<T> {
    untaken.iter().map(value).collect()
}

/// Whoever inserts the row uses the token. Rows that somebody else removes at this moment are left
/// to them.
async fn use_up(
    pool: PgPool,
    token: Sha256Digest,
    expires: Timestamp,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = "WITH forgotten AS (DELETE FROM ops.used_tokens WHERE digest IN ( \
            SELECT digest FROM ops.used_tokens \
            WHERE expires_at < now() - make_interval(secs => $3) LIMIT 100 FOR UPDATE SKIP LOCKED)) \
        INSERT INTO ops.used_tokens (digest, expires_at) VALUES ($1, to_timestamp($2)) \
        ON CONFLICT DO NOTHING";
    let done = sqlx::query(SQL)
        .bind(token.bytes().as_slice())
        .bind(expires.as_second() as f64)
        .bind(REMEMBERED as f64)
        .execute(&pool)
        .await?;
    Ok(done.rows_affected() == 1)
}
