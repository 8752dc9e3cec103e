//! What one more check costs, how fast the binary starts, and how fast a status is told.
//!
//! Each figure is wall time, the median of several calls of whole commands in one run of this
//! program. Contenders that are not installed are named and left out.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints what it measures, and stops where it cannot"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TOLLGATE: &str = env!("CARGO_BIN_EXE_tollgate");
const CHECKS: usize = 200;
const ROUNDS: usize = 7;

fn main() {
    one_more_check();
    cold_start();
    status_of_many_events();
}

/// The median of some rounds.
fn median(mut round: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| round()).collect();
    times.sort();
    times[ROUNDS / 2]
}

fn timed(command: &mut Command) -> Duration {
    let begin = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let took = begin.elapsed();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
    took
}

/// The cost of one more of `CHECKS`, where one check alone is the base.
fn marginal(mut run: impl FnMut(usize) -> Duration) -> f64 {
    let (many, one) = (median(|| run(CHECKS)), median(|| run(1)));
    (many.saturating_sub(one)).as_secs_f64() * 1000.0 / (CHECKS - 1) as f64
}

fn one_more_check() {
    println!("one more no-op check at two jobs, in ms ({CHECKS} against 1, median of {ROUNDS})");
    let bare = marginal(spawn_at_two);
    row("spawning alone", bare, bare);
    row("tollgate, each result durable", marginal(tollgate), bare);
    for (name, run) in [
        ("xargs -P2", xargs as fn(usize) -> Duration),
        ("make -j2", make),
    ] {
        let tool = name.split(' ').next().unwrap_or(name);
        match Command::new(tool).arg("--version").output() {
            Ok(_) => row(name, marginal(run), bare),
            Err(_) => println!("  {name:32} not installed, so not measured"),
        }
    }
}

fn row(name: &str, cost: f64, bare: f64) {
    println!("  {name:32} {cost:6.2} ms   {:5.2} x", cost / bare);
}

fn spawn_at_two(count: usize) -> Duration {
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for part in [count / 2, count - count / 2] {
            scope.spawn(move || {
                for _ in 0..part {
                    timed(&mut Command::new("true"));
                }
            });
        }
    });
    begin.elapsed()
}

fn project(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let checks: String = (0..count)
        .map(|number| format!("      c{number}: {{ run: [\"true\"] }}\n"))
        .collect();
    let policy = format!("version: 1\nproject: bench\npipeline:\n  lint:\n    checks:\n{checks}");
    fs::create_dir(folder.path().join(".github")).expect("a folder");
    fs::write(folder.path().join(".github/tollgate.yml"), policy).expect("a policy");
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(
        folder.path(),
        &[
            "-c",
            "user.name=b",
            "-c",
            "user.email=b@b",
            "commit",
            "--quiet",
            "-m",
            "b",
        ],
    );
    folder
}

fn git(folder: &Path, arguments: &[&str]) {
    timed(Command::new("git").args(arguments).current_dir(folder));
}

fn tollgate(count: usize) -> Duration {
    let folder = project(count);
    timed(
        Command::new(TOLLGATE)
            .args(["run", "--jobs", "2"])
            .current_dir(folder.path()),
    )
}

fn xargs(count: usize) -> Duration {
    let script = format!("seq {count} | xargs -P2 -n1 true");
    timed(Command::new("sh").args(["-c", &script]))
}

fn make(count: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let names: Vec<String> = (0..count).map(|number| format!("c{number}")).collect();
    let names = names.join(" ");
    // `env` keeps make from knowing `true` as a command that it need not start.
    let makefile = format!("all: {names}\n.PHONY: all {names}\n{names}:\n\t@env true\n");
    fs::write(folder.path().join("Makefile"), makefile).expect("a makefile");
    timed(
        Command::new("make")
            .args(["-j2", "all"])
            .current_dir(folder.path()),
    )
}

fn cold_start() {
    let version = median(|| timed(Command::new(TOLLGATE).arg("--version")));
    let base = median(|| timed(&mut Command::new("true")));
    println!("cold start, in ms");
    println!("  true                             {:6.2}", millis(base));
    println!(
        "  tollgate --version               {:6.2}   {:5.2} x",
        millis(version),
        millis(version) / millis(base)
    );
    match static_binary() {
        Some(binary) => {
            let version = median(|| timed(Command::new(&binary).arg("--version")));
            let version = millis(version);
            let times = version / millis(base);
            println!("  the same, as in the image        {version:6.2}   {times:5.2} x");
        }
        None => println!("  the same, as in the image        not built (scripts/static-binary.sh)"),
    }
}

/// The binary of the container image, where it was built.
fn static_binary() -> Option<PathBuf> {
    let release = Path::new(TOLLGATE).parent()?;
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let binary = release
        .parent()?
        .join(target)
        .join("release")
        .join("tollgate");
    binary.is_file().then_some(binary)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// A ledger of 10,000 events: of 50 releases, and, as the worst case, all of one.
fn status_of_many_events() {
    let releases = project(CHECKS);
    let one = project(CHECKS);
    for number in 0..50 {
        timed(
            Command::new(TOLLGATE)
                .args(["run", "--force"])
                .current_dir(one.path()),
        );
        let message = format!("release {number}");
        let commit = [
            "-c",
            "user.name=b",
            "-c",
            "user.email=b@b",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            &message,
        ];
        git(releases.path(), &commit);
        timed(
            Command::new(TOLLGATE)
                .arg("run")
                .current_dir(releases.path()),
        );
    }
    let fresh = project(CHECKS);
    println!("status, in ms");
    for (name, folder) in [
        ("no ledger yet", &fresh),
        ("10,000 events of 50 releases", &releases),
        ("10,000 events of one release", &one),
    ] {
        let status = median(|| {
            timed(
                Command::new(TOLLGATE)
                    .arg("status")
                    .current_dir(folder.path()),
            )
        });
        println!("  {name:32} {:6.1}", millis(status));
    }
}
