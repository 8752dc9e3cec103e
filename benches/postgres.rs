//! Durable appends to the PostgreSQL ledger against pgbench's bare inserts, in turns, on one cluster
//! with `fsync` on.
//!
//! The bare insert is one row of the same size in a table with nothing but a key:
//! `INSERT … ON CONFLICT DO NOTHING`, each in a transaction of its own, over as many connections as
//! there are tasks. An append also chains the event, tells it to the tables and notes it in the log:
//! once by pgbench, with the function that SQL callers have and that takes one event after the other,
//! and twice by Tollgate, over the ten connections of one handle, each task to a release of its own.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use tollgate::domain::record::chain::canonical;
use tollgate::ledger::postgres::Postgres;
use tollgate::ledger::{Ledger, Recorder};

use self::support::cluster::{BARE_TABLE, Cluster, bare_insert};
use self::support::{Outcome, events};

/// How many tasks, or clients of pgbench, there are at once.
const AT_ONCE: [u32; 2] = [16, 100];

const ROUNDS: u32 = 3;

/// How long each way is measured in a round.
const TIME: Duration = Duration::from_secs(4);

/// How an event gets into the ledger.
#[derive(Clone)]
enum Way {
    /// Each by a call of its own.
    Alone(Arc<Postgres>),
    /// Those that come at the same time as one.
    Together(Recorder),
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    measure(&Cluster::start(folder.path())?, folder.path()).await
}

async fn measure(cluster: &Cluster, folder: &Path) -> Outcome<()> {
    let [bare_script, append_script] = ["bare.sql", "append.sql"].map(|name| folder.join(name));
    let sample = events::result(1, 1)?;
    let body = canonical(&sample)?;
    let mut connection = PgConnection::connect(&cluster.url).await?;
    sqlx::raw_sql(BARE_TABLE).execute(&mut connection).await?;
    std::fs::write(&bare_script, bare_insert(&body))?;
    let append = format!(
        "\\set key random(1, 1000000000000)\n\\set release random(100000, 100999)\n\
         SELECT ops.append(ARRAY[r::uuid], ARRAY['k' || :key], \
         ARRAY[replace(replace('{body}', '{own_key}', 'k' || :key), '{release}', r)]) \
         FROM (SELECT '00000000-0000-5000-8000-000000' || :release AS r) AS it;\n",
        own_key = sample.idempotency_key,
        release = sample.release_id,
    );
    std::fs::write(&append_script, append)?;
    let ledger = Arc::new(Postgres::open(&cluster.url).await?);
    let alone = Way::Alone(Arc::clone(&ledger));
    let together = Way::Together(Recorder::start(ledger.clone(), "here"));
    println!("durable rows or events a second, mean of {ROUNDS} rounds of {TIME:?}:");
    let mut first = 1;
    for tasks in AT_ONCE {
        let mut rates = [0.0; 4];
        for _ in 0..ROUNDS {
            rates[0] += cluster.pgbench(&bare_script, tasks, TIME)?;
            rates[1] += cluster.pgbench(&append_script, tasks, TIME)?;
            for (rate, way) in rates[2..].iter_mut().zip([&alone, &together]) {
                *rate += appends(way, tasks, first).await?;
                first += tasks;
            }
        }
        print(tasks, rates.map(|rate| rate / f64::from(ROUNDS)));
    }
    let report = ledger.verify().await?;
    println!(
        "afterwards {} events of {} releases are sound: {}",
        report.events,
        report.releases,
        report.is_sound()
    );
    ledger.close().await?;
    Ok(())
}

fn print(tasks: u32, rates: [f64; 4]) {
    let ways = [
        "pgbench, bare insert",
        "pgbench, append",
        "append, each alone",
        "append, by a recorder",
    ];
    println!("{tasks} at once");
    for (way, rate) in ways.iter().zip(rates) {
        println!("  {way:21} {rate:8.0}   {:.2}", rate / rates[0]);
    }
}

/// Events a second that tasks append, each to a release of its own, from `first` on.
async fn appends(way: &Way, tasks: u32, first: u32) -> Outcome<f64> {
    let start = Instant::now();
    let mut all = JoinSet::new();
    for release in first..first + tasks {
        all.spawn(append_until(way.clone(), release, start + TIME));
    }
    let mut count = 0;
    while let Some(done) = all.join_next().await {
        count += done??;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

async fn append_until(way: Way, release: u32, end: Instant) -> Outcome<u32> {
    let mut count = 0;
    while Instant::now() < end {
        count += 1;
        let one = vec![events::result(release, count)?];
        match &way {
            Way::Alone(ledger) => ledger.append(one).await?,
            Way::Together(recorder) => recorder.record(one).await?,
        };
    }
    Ok(count)
}
