//! What holds for the SQLite ledger in particular.

mod crash;
mod open;
mod share;
mod tamper;

use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};

use super::*;
use crate::ledger::tests::{conformance, logbook, samples};

/// A folder of its own and a ledger's path in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    (folder, path)
}

/// Makes a ledger with `count` events of each of two releases, and closes it.
async fn make(path: &Path, count: u64) {
    let ledger = Sqlite::open(path).await.unwrap();
    for number in 1..=count {
        let pair = [1, 2].map(|release| samples::event(samples::release(release), number));
        ledger.append(pair.to_vec()).await.unwrap();
    }
    ledger.close().await.unwrap();
}

async fn existing(path: &Path) -> Sqlite {
    Sqlite::open_existing(path).await.unwrap().unwrap()
}

/// The names of everything in the folder of a file.
fn names_beside(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn sqlite_does_what_every_ledger_does() {
    let folder = tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    conformance::hold(|| async {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Sqlite::open(&folder.path().join(format!("{number}.db")))
            .await
            .unwrap()
    })
    .await;
}

#[tokio::test]
async fn sqlite_notes_what_every_logbook_does() {
    let folder = tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    let new = || async {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Sqlite::open(&folder.path().join(format!("{number}.db")))
            .await
            .unwrap()
    };
    let log = |ledger: std::sync::Arc<Sqlite>| async move {
        const SQL: &str = "SELECT idempotency_key || ' ' || status || ' ' || coalesce(code, '-') || ' ' || coalesce(caller, '-') \
                           FROM event_ingest_log ORDER BY idempotency_key";
        let mut session = ledger.session().await.unwrap();
        let connection = session.connection(&ledger.path).unwrap();
        let log = sqlx::query_scalar(SQL).fetch_all(connection).await;
        log.unwrap()
    };
    let tokens = |ledger: std::sync::Arc<Sqlite>| async move {
        let mut session = ledger.session().await.unwrap();
        let connection = session.connection(&ledger.path).unwrap();
        let count = sqlx::query_scalar("SELECT count(*) FROM used_tokens");
        count.fetch_one(connection).await.unwrap()
    };
    logbook::hold(new, log, tokens).await;
}
