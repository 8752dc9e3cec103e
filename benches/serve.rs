//! Events over HTTP to a real `tollgate serve`, against bare durable inserts into a bare table, in turns.
//!
//! 50,000 events in each of three rounds, three of four a result of a check and one a file of evidence,
//! over 16 and over 100 connections that stay open; each connection sends the next call when the last
//! was answered, and every answer is read. A call brings one event, and then a hundred, as the action and
//! `ledger import` do it. The bare inserts are those of pgbench over as many connections to the same
//! cluster (`fsync` on), and one by one into a SQLite file in WAL mode with `synchronous=FULL`. Client,
//! server and database share the machine.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteJournalMode;
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use tollgate::domain::ids::Sha256Digest;
use tollgate::domain::record::chain::canonical;

use self::support::cluster::{BARE_TABLE, Cluster, bare_insert};
use self::support::http::Line;
use self::support::{Outcome, events, sqlite};

const AT_ONCE: [u32; 2] = [16, 100];

const ROUNDS: u32 = 3;

const EVENTS: u32 = 50_000;

/// How many events a call brings.
const IN_A_CALL: [usize; 2] = [1, 100];

/// How long the bare inserts are measured in a round.
const TIME: Duration = Duration::from_secs(3);

const KEY: &str = "tollgate_benchmark";

#[tokio::main]
async fn main() -> Outcome<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    postgres(folder.path()).await?;
    sqlite(folder.path()).await
}

async fn postgres(folder: &Path) -> Outcome<()> {
    let cluster = Cluster::start(folder)?;
    let mut connection = PgConnection::connect(&cluster.url).await?;
    sqlx::raw_sql(BARE_TABLE).execute(&mut connection).await?;
    let script = folder.join("bare.sql");
    std::fs::write(&script, bare_insert(&canonical(&events::result(1, 1)?)?))?;
    println!("PostgreSQL, against pgbench's bare insert over as many connections:");
    measure(&cluster.url, folder, async |connections| {
        cluster.pgbench(&script, connections, TIME)
    })
    .await
}

async fn sqlite(folder: &Path) -> Outcome<()> {
    let path = folder.join("bare.db");
    let mut connection = sqlite::bare(&path, SqliteJournalMode::Wal).await?;
    let body = canonical(&events::result(1, 1)?)?;
    println!("SQLite, against bare inserts one by one:");
    measure("sqlite:served.db", folder, async |_| {
        let (start, mut rows) = (Instant::now(), 0);
        while start.elapsed() < TIME {
            sqlite::insert(&mut connection, &body).await?;
            rows += 1;
        }
        Ok(f64::from(rows) / start.elapsed().as_secs_f64())
    })
    .await
}

/// Measures a ledger and what it is compared with, and prints both.
async fn measure(
    ledger: &str,
    folder: &Path,
    mut bare: impl AsyncFnMut(u32) -> Outcome<f64>,
) -> Outcome<()> {
    let server = Server::start(ledger, folder)?;
    let mut first = 1;
    for (in_a_call, connections) in IN_A_CALL.into_iter().flat_map(|n| AT_ONCE.map(|c| (n, c))) {
        let (mut bare_rate, mut rate, mut waits) = (0.0, 0.0, Vec::new());
        for _ in 0..ROUNDS {
            bare_rate += bare(connections).await?;
            let (accepted, mut waited) = server.take(connections, first, in_a_call).await?;
            rate += accepted;
            waits.append(&mut waited);
            first += connections;
        }
        waits.sort_unstable();
        let wait = |part: usize| waits[waits.len() * part / 100].as_secs_f64() * 1e3;
        let rounds = f64::from(ROUNDS);
        println!(
            "  {connections:3} connections, {in_a_call:3} in a call: {:6.0} accepted events/s, bare {:6.0}/s, ratio {:.2} \
             (goal 1.0); p50 {:.2} ms, p99 {:.2} ms",
            rate / rounds,
            bare_rate / rounds,
            rate / bare_rate,
            wait(50),
            wait(99)
        );
    }
    server.stop()?;
    verify(ledger, folder)
}

/// A server of its own.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(ledger: &str, folder: &Path) -> Outcome<Self> {
        let key = Sha256Digest::of(KEY.as_bytes());
        let keys = format!(r#"{{"{key}": {{"role": "ci_service_role", "name": "ci"}}}}"#);
        let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--ledger", ledger])
            .env("TOLLGATE_API_KEYS", keys)
            .current_dir(folder)
            .stderr(Stdio::piped())
            .spawn()?;
        let said = child.stderr.take().ok_or("the server says nothing")?;
        let mut lines = BufReader::new(said).lines();
        let address = lines.find_map(|line| {
            let line = line.ok()?;
            let (_, address) = line.split_once("http://")?;
            Some(address.split_whitespace().next()?.to_owned())
        });
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let address = address.ok_or("the server does not say where it listens")?;
        Ok(Self { child, address })
    }

    /// Sends all events, over connections with a release each, and tells how many were accepted a
    /// second and how long each call took.
    async fn take(
        &self,
        connections: u32,
        first: u32,
        in_a_call: usize,
    ) -> Outcome<(f64, Vec<Duration>)> {
        let (mut jobs, mut events) = (Vec::new(), 0);
        for release in first..first + connections {
            let job = Job::of(&self.address, release, EVENTS / connections, in_a_call).await?;
            events += job.calls.iter().map(|call| call.events).sum::<usize>();
            jobs.push(job);
        }
        let start = Instant::now();
        let mut running = JoinSet::new();
        jobs.into_iter()
            .for_each(|job| drop(running.spawn(job.send())));
        let mut waits = Vec::new();
        while let Some(job) = running.join_next().await {
            waits.append(&mut job??);
        }
        Ok((events as f64 / start.elapsed().as_secs_f64(), waits))
    }

    fn stop(mut self) -> Outcome<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        match self.child.wait()?.success() {
            true => Ok(()),
            false => Err("the server did not end well".into()),
        }
    }
}

/// A connection, and what is to be sent over it.
struct Job {
    line: Line,
    calls: Vec<Call>,
}

/// A body, and how many events are in it.
struct Call {
    path: &'static str,
    body: String,
    events: usize,
}

impl Call {
    fn of(events: &[String]) -> Self {
        let (path, body) = match events {
            [event] => ("/v1/events", event.clone()),
            _ => ("/v1/events/batch", format!("[{}]", events.join(","))),
        };
        let events = events.len();
        Self { path, body, events }
    }
}

impl Job {
    async fn of(address: &str, release: u32, events: u32, in_a_call: usize) -> Outcome<Self> {
        let mut line = Line::to(address, KEY).await?;
        line.post("/v1/events", &canonical(&events::created(release)?)?)
            .await?;
        let bodies = (0..events).map(|number| {
            let event = match number % 4 {
                3 => events::evidence(release, number - 1)?,
                _ => events::result(release, number)?,
            };
            Ok(canonical(&event)?)
        });
        let bodies = bodies.collect::<Outcome<Vec<_>>>()?;
        let calls = bodies.chunks(in_a_call).map(Call::of).collect();
        Ok(Self { line, calls })
    }

    async fn send(mut self) -> Outcome<Vec<Duration>> {
        let mut waits = Vec::with_capacity(self.calls.len());
        for call in &self.calls {
            let start = Instant::now();
            let answer = self.line.post(call.path, &call.body).await?;
            waits.push(start.elapsed());
            if answer.matches(r#""status":"accepted""#).count() != call.events {
                return Err(answer.into());
            }
        }
        Ok(waits)
    }
}

fn verify(ledger: &str, folder: &Path) -> Outcome<()> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.args(["ledger", "verify", "--ledger", ledger]);
    let output = command.current_dir(folder).output()?;
    print!("  {}", String::from_utf8_lossy(&output.stdout));
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}
