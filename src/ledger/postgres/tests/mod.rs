//! What holds for the PostgreSQL ledger in particular, on a real server.

mod histories;
mod migrations;
mod open;
mod roles;
mod rules;
#[path = "../../../../tests/suite/postgres.rs"]
#[allow(dead_code, reason = "the integration tests use more of it")]
mod server;
mod share;
mod tables;
mod tamper;

use server::Database;

use super::*;
use crate::ledger::LedgerError;
use crate::ledger::tests::{conformance, logbook, samples};

async fn ledger(database: &Database) -> Postgres {
    Postgres::open(&database.url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_does_what_every_ledger_does() {
    conformance::hold(|| async { ledger(&Database::new()).await }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_notes_what_every_logbook_does() {
    let log = |ledger: std::sync::Arc<Postgres>| async move {
        const SQL: &str = "SELECT idempotency_key || ' ' || status || ' ' || coalesce(code, '-') || ' ' || coalesce(caller, '-') \
                           FROM ops.event_ingest_log ORDER BY idempotency_key";
        let log = sqlx::query_scalar(SQL).fetch_all(&ledger.pool).await;
        log.unwrap()
    };
    let tokens = |ledger: std::sync::Arc<Postgres>| async move {
        let count = sqlx::query_scalar("SELECT count(*) FROM ops.used_tokens");
        count.fetch_one(&ledger.pool).await.unwrap()
    };
    let new = || async { ledger(&Database::new()).await };
    logbook::hold(new, log, tokens).await;
}
