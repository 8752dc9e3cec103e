//! Durable appends to the SQLite ledger against bare inserts into a bare table, in one run, and
//! the reading of a large ledger. Everything goes to a real disk: the temporary folder is made
//! under `target/`.
//!
//! The bare inserts have `synchronous=FULL` and are committed one by one, once in SQLite's own
//! default journal mode (rollback) and once in WAL mode, the faster one, to which the goals of one
//! by one ≥ 0.7 and batched ≥ 5 are held.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteJournalMode;
use tollgate::ledger::sqlite::Sqlite;
use tollgate::ledger::{Ledger, log};

use self::support::{Outcome, events, sqlite};

const ROUNDS: u32 = 10;
const APPENDS: u32 = 200;
const BATCH: u32 = 100;
const LARGE: u32 = 10_000;

#[tokio::main]
async fn main() -> Outcome<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    appends(folder.path()).await?;
    reads(folder.path()).await
}

async fn appends(folder: &Path) -> Outcome<()> {
    let ledger = Sqlite::open(&folder.join("appends.db")).await?;
    let mut rollback = sqlite::bare(&folder.join("rollback.db"), SqliteJournalMode::Delete).await?;
    let mut wal = sqlite::bare(&folder.join("wal.db"), SqliteJournalMode::Wal).await?;
    ledger.append(vec![events::result(1, 0)?]).await?;
    let [mut bare_rollback, mut bare_wal, mut single, mut batched] = [Duration::ZERO; 4];
    for round in 0..ROUNDS {
        bare_rollback += insert_all(&mut rollback, round).await?;
        bare_wal += insert_all(&mut wal, round).await?;
        let start = Instant::now();
        for number in 0..APPENDS {
            ledger
                .append(vec![events::result(1, 1 + round * APPENDS + number)?])
                .await?;
        }
        single += start.elapsed();
        let start = Instant::now();
        for batch in 0..APPENDS / BATCH {
            let first = round * APPENDS + batch * BATCH;
            let batch = (first..first + BATCH).map(|number| events::result(2, number));
            ledger.append(batch.collect::<Outcome<_>>()?).await?;
        }
        batched += start.elapsed();
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(ROUNDS * APPENDS);
    let ratio = |time: Duration| bare_wal.as_secs_f64() / time.as_secs_f64();
    println!(
        "one durable insert or append, mean of {}:",
        ROUNDS * APPENDS
    );
    println!(
        "  bare insert, rollback journal {:8.1} µs",
        each(bare_rollback)
    );
    println!(
        "  bare insert, WAL              {:8.1} µs   1.00",
        each(bare_wal)
    );
    println!(
        "  append, one by one            {:8.1} µs   {:.2} (goal 0.7)",
        each(single),
        ratio(single)
    );
    println!(
        "  append, {BATCH} at once           {:8.1} µs   {:.2} (goal 5)",
        each(batched),
        ratio(batched)
    );
    println!(
        "  one by one over rollback      {:13.2}",
        bare_rollback.as_secs_f64() / single.as_secs_f64()
    );
    ledger.close().await?;
    Ok(())
}

async fn reads(folder: &Path) -> Outcome<()> {
    let path = folder.join("large.db");
    let ledger = Sqlite::open(&path).await?;
    for batch in 0..LARGE / 500 {
        let part = (0..500).map(|number| events::result(3, batch * 500 + number));
        ledger.append(part.collect::<Outcome<_>>()?).await?;
    }
    let start = Instant::now();
    ledger.close().await?;
    println!(
        "closing a ledger of {LARGE} events: {:.1} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    println!(
        "its size: {:.1} MB",
        std::fs::metadata(&path)?.len() as f64 / 1e6
    );
    let mut best = [Duration::MAX; 4];
    for _ in 0..10 {
        let start = Instant::now();
        let ledger = Sqlite::open_existing(&path).await?.ok_or("no ledger")?;
        best[0] = best[0].min(start.elapsed());
        let start = Instant::now();
        let links = ledger.events(events::release(3)?).await?;
        best[1] = best[1].min(start.elapsed());
        assert_eq!(links.len(), LARGE as usize);
        let start = Instant::now();
        assert!(ledger.verify().await?.is_sound());
        best[2] = best[2].min(start.elapsed());
        let start = Instant::now();
        assert_eq!(log::read(&ledger, None).await?.len(), LARGE as usize);
        best[3] = best[3].min(start.elapsed());
    }
    for (what, time) in [
        "opening it",
        "reading its events",
        "verifying it",
        "its log",
    ]
    .iter()
    .zip(best)
    {
        println!("{what}: {:.1} ms", time.as_secs_f64() * 1e3);
    }
    Ok(())
}

async fn insert_all(connection: &mut SqliteConnection, round: u32) -> Outcome<Duration> {
    let start = Instant::now();
    for number in 0..APPENDS {
        let body = serde_json::to_string(&events::result(1, round * APPENDS + number)?)?;
        sqlite::insert(connection, &body).await?;
    }
    Ok(start.elapsed())
}
