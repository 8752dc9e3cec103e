//! Durable appends to the PostgreSQL ledger against pgbench's bare inserts, in turns, on one cluster
//! with `fsync` on.
//!
//! The bare insert is one row of the same size in a table with nothing but a key:
//! `INSERT … ON CONFLICT DO NOTHING`, each in a transaction of its own, over as many connections as
//! there are tasks. An append also chains the event, tells it to the tables and notes it in the log:
//! once by pgbench too, which shows what the server alone makes of it, and twice by Tollgate, over the
//! ten connections of one handle, each task to a release of its own.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use tollgate::domain::record::chain::canonical;
use tollgate::domain::record::event::{Event, EventType};
use tollgate::domain::release::ReleaseId;
use tollgate::ledger::postgres::Postgres;
use tollgate::ledger::{Ledger, Recorder};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

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
    let url = server("start", folder.path())?;
    let measured = measure(url.trim(), folder.path()).await;
    server("stop", folder.path())?;
    measured
}

async fn measure(url: &str, folder: &Path) -> Outcome<()> {
    let [bare_script, append_script] = ["bare.sql", "append.sql"].map(|name| folder.join(name));
    let sample = event(1, 1)?;
    let body = canonical(&sample)?;
    let bare = "CREATE TABLE bare (key text PRIMARY KEY, body text NOT NULL)";
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(bare).execute(&mut connection).await?;
    let key = "\\set key random(1, 1000000000000)";
    let insert = format!(
        "{key}\nINSERT INTO bare VALUES ('tollgate/' || :key, '{body}') ON CONFLICT DO NOTHING;\n"
    );
    std::fs::write(&bare_script, insert)?;
    let append = format!(
        "{key}\n\\set release random(100000, 100999)\n\
         SELECT ops.append(ARRAY[r::uuid], ARRAY['k' || :key], \
         ARRAY[replace(replace('{body}', '{own_key}', 'k' || :key), '{release}', r)]) \
         FROM (SELECT '00000000-0000-5000-8000-000000' || :release AS r) AS it;\n",
        own_key = sample.idempotency_key,
        release = sample.release_id,
    );
    std::fs::write(&append_script, append)?;
    let ledger = Arc::new(Postgres::open(url).await?);
    let alone = Way::Alone(Arc::clone(&ledger));
    let together = Way::Together(Recorder::start(ledger.clone(), "here"));
    println!("durable rows or events a second, mean of {ROUNDS} rounds of {TIME:?}:");
    let mut first = 1;
    for tasks in AT_ONCE {
        let mut rates = [0.0; 4];
        for _ in 0..ROUNDS {
            rates[0] += pgbench(url, &bare_script, tasks)?;
            rates[1] += pgbench(url, &append_script, tasks)?;
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

/// Starts or stops the cluster.
fn server(verb: &str, folder: &Path) -> Outcome<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres.sh");
    let mut command = Command::new(script);
    command.arg(verb).arg(folder).env("POSTGRES_FSYNC", "on");
    said(&mut command)
}

/// Transactions a second of the script.
fn pgbench(url: &str, script: &Path, clients: u32) -> Outcome<f64> {
    let mut command = Command::new("pgbench");
    command
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={}", TIME.as_secs()))
        .arg("--file")
        .args([script, Path::new(url)]);
    let text = said(&mut command)?;
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = rate.and_then(|rest| rest.split(' ').next());
    Ok(rate.ok_or("pgbench names no tps")?.parse()?)
}

fn said(command: &mut Command) -> Outcome<String> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
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
        let events = vec![event(release, count)?];
        match &way {
            Way::Alone(ledger) => ledger.append(events).await?,
            Way::Together(recorder) => recorder.record(events).await?,
        };
    }
    Ok(count)
}

fn event(release: u32, number: u32) -> Outcome<Event> {
    let payload = json!({
        "gate": "test",
        "check": format!("pytest-{number}"),
        "status": "passed",
        "duration_ms": 812 + number,
        "attempt": 1,
        "tests": {"total": 31, "passed": 30, "failed": 0, "errors": 0, "skipped": 1, "flaky": 0},
        "coverage": {"lines": {"covered": 180, "total": 240}},
        "run": "0198a6b0-0000-7000-8000-000000000000",
        "definition": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    });
    let Value::Object(payload) = payload else {
        return Err("not an object".into());
    };
    let sha = format!("{release:040x}").parse()?;
    Ok(Event {
        schema_version: "1".to_owned(),
        idempotency_key: format!("tollgate/{release}/test/pytest-{number}/reported"),
        event_type: EventType::CheckReported,
        source_system: "tollgate".to_owned(),
        release_id: ReleaseId::of(&"acme/shop".parse()?, &sha),
        occurred_at: Timestamp::UNIX_EPOCH + i64::from(number).seconds(),
        actor: "alice".to_owned(),
        payload,
    })
}
