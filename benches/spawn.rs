//! What one more no-op command costs at two jobs: spawning alone, and under `ProcessExec`.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops at the first surprise"
)]

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio_util::sync::CancellationToken;
use tollgate::domain::check::TokenAccess;
use tollgate::exec::{Command, Ending, Environment, Exec, GRACE, ProcessExec, Program, Tail};

const JOBS: usize = 2;
const COMMANDS_PER_JOB: usize = 50;

fn command(program: Program) -> Command {
    let none: [(&str, &str); 0] = [];
    Command {
        program,
        directory: std::env::current_dir().unwrap(),
        environment: Environment::scrubbed(std::env::vars_os(), none, TokenAccess::Withheld),
        time_out: Duration::from_secs(60),
    }
}

/// The least there is: `posix_spawn` and `waitpid`, in as many threads as there are jobs.
fn spawn_alone() {
    std::thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                for _ in 0..COMMANDS_PER_JOB {
                    let mut process = std::process::Command::new("/bin/true");
                    process.stdin(Stdio::null());
                    assert!(process.status().unwrap().success());
                }
            });
        }
    });
}

async fn run_all(exec: &Arc<ProcessExec>, command: &Arc<Command>) {
    let jobs = (0..JOBS).map(|_| {
        let (exec, command) = (Arc::clone(exec), Arc::clone(command));
        tokio::spawn(async move {
            let cancellation = CancellationToken::new();
            for _ in 0..COMMANDS_PER_JOB {
                let mut tail = Tail::new(64 * 1024);
                let finished = exec.run(&command, &mut tail, &cancellation).await;
                assert_eq!(finished.ending, Ending::Exited(0));
            }
        })
    });
    for job in futures_util::future::join_all(jobs).await {
        job.unwrap();
    }
}

fn spawn(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(JOBS)
        .enable_all()
        .build()
        .unwrap();
    let search_path = std::env::var_os("PATH");
    let exec = Arc::new(ProcessExec::new(search_path.as_deref(), GRACE));
    let direct = Arc::new(command(Program::direct(["true"])));
    let shell = Arc::new(command(Program::shell("true")));

    let mut group = criterion.benchmark_group("spawn");
    group.throughput(Throughput::Elements((JOBS * COMMANDS_PER_JOB) as u64));
    group.bench_function("alone", |bencher| bencher.iter(spawn_alone));
    group.bench_function("direct", |bencher| {
        bencher.iter(|| runtime.block_on(run_all(&exec, &direct)));
    });
    group.bench_function("shell", |bencher| {
        bencher.iter(|| runtime.block_on(run_all(&exec, &shell)));
    });
    group.finish();
}

criterion_group!(benches, spawn);
criterion_main!(benches);
