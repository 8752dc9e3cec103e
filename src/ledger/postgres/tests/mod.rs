//! What holds for the PostgreSQL ledger in particular, on a real server.

mod histories;
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
use crate::ledger::tests::{conformance, samples};

async fn ledger(database: &Database) -> Postgres {
    Postgres::open(&database.url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_does_what_every_ledger_does() {
    conformance::hold(|| async { ledger(&Database::new()).await }).await;
}
