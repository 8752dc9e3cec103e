//! Real processes under [`ProcessExec`]. After each run nothing of the command may be left.

mod ending;
mod output;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::domain::check::TokenAccess;

/// Long enough never to be over in a test: reaching it means that the test hangs.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(100);

/// A command in a temporary directory, marked so that its processes can be found again.
struct Case {
    directory: tempfile::TempDir,
    command: Command,
    grace: Duration,
    cancel_at: Option<&'static str>,
}

struct Ran {
    ending: Ending,
    output: String,
}

impl Case {
    fn new(program: Program) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = tempfile::tempdir().unwrap();
        let extra = [("TEST_CASE", format!("{}-{count}", std::process::id()))];
        let command = Command {
            program,
            directory: directory.path().to_owned(),
            environment: Environment::scrubbed(std::env::vars_os(), extra, TokenAccess::Withheld),
            time_out: LONG,
        };
        Self {
            directory,
            command,
            grace: LONG,
            cancel_at: None,
        }
    }

    fn shell(script: &str) -> Self {
        Self::new(Program::shell(script))
    }

    fn direct<const N: usize>(arguments: [&str; N]) -> Self {
        Self::new(Program::direct(arguments))
    }

    fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Cancels as soon as this was printed.
    fn cancel_at(self, text: &'static str) -> Self {
        let cancel_at = Some(text);
        Self { cancel_at, ..self }
    }

    /// Writes a file, by another process: a program that is open for writing here, or in a child
    /// that another test is just starting, cannot be run.
    fn file(self, name: &str, content: &str, mode: &str) -> Self {
        let mut install = std::process::Command::new("install")
            .args(["-m", mode, "/dev/stdin"])
            .arg(self.directory.path().join(name))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = install.stdin.take().unwrap();
        input.write_all(content.as_bytes()).unwrap();
        drop(input);
        assert!(install.wait().unwrap().success());
        self
    }

    async fn run(&self) -> Ran {
        let cancellation = CancellationToken::new();
        let mut sink = Collected {
            bytes: Vec::new(),
            cancel: self.cancel_at.map(|text| (text, cancellation.clone())),
        };
        let exec = exec(self.grace);
        let finished = exec.run(&self.command, &mut sink, &cancellation).await;
        assert_eq!(self.living(), Vec::<PathBuf>::new());
        Ran {
            ending: finished.ending,
            output: String::from_utf8_lossy(&sink.bytes).into_owned(),
        }
    }

    /// The processes that have this case's mark in their environment.
    fn living(&self) -> Vec<PathBuf> {
        let mark = self.command.environment.get("TEST_CASE").unwrap();
        let mark = format!("TEST_CASE={}", mark.display());
        let is_marked = |process: &PathBuf| {
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            environment
                .split(|byte| *byte == 0)
                .any(|it| it == mark.as_bytes())
        };
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes.map(|it| it.path()).filter(is_marked).collect()
    }
}

fn exec(grace: Duration) -> ProcessExec {
    ProcessExec::new(std::env::var_os("PATH").as_deref(), grace)
}

struct Collected {
    bytes: Vec<u8>,
    cancel: Option<(&'static str, CancellationToken)>,
}

impl OutputSink for Collected {
    fn chunk(&mut self, bytes: &[u8]) {
        assert!(!bytes.is_empty() && bytes.len() <= 64 * 1024);
        self.bytes.extend_from_slice(bytes);
        if let Some((text, cancellation)) = &self.cancel
            && String::from_utf8_lossy(&self.bytes).contains(text)
        {
            cancellation.cancel();
        }
    }
}

fn is_alive(process: &str) -> bool {
    Path::new("/proc").join(process.trim()).exists()
}

async fn ending(case: Case) -> Ending {
    case.run().await.ending
}

async fn output(case: Case) -> String {
    case.run().await.output
}

async fn not_started(case: Case) -> (NotStartedKind, String) {
    match case.run().await.ending {
        Ending::NotStarted(reason) => (reason.kind, reason.message),
        other => panic!("started: {other:?}"),
    }
}

#[tokio::test]
async fn the_exit_code_is_told() {
    assert_eq!(ending(Case::direct(["true"])).await, Ending::Exited(0));
    assert_eq!(ending(Case::direct(["false"])).await, Ending::Exited(1));
    assert_eq!(ending(Case::shell("exit 3")).await, Ending::Exited(3));
    assert_eq!(
        ending(Case::shell("false; exit 3")).await,
        Ending::Exited(1)
    );
    assert_eq!(ending(Case::shell("false | true")).await, Ending::Exited(1));
    assert_eq!(
        ending(Case::shell("no-such-tool")).await,
        Ending::Exited(127)
    );
}

#[tokio::test]
async fn death_by_a_signal_is_told() {
    assert_eq!(
        ending(Case::shell("kill -KILL $$")).await,
        Ending::Signalled(9)
    );
    assert_eq!(
        ending(Case::shell("kill -TERM $$")).await,
        Ending::Signalled(15)
    );
}

#[tokio::test]
async fn a_missing_tool_is_told() {
    let (kind, message) = not_started(Case::direct(["no-such-tool", "x"])).await;
    assert_eq!(kind, NotStartedKind::ToolMissing);
    assert!(message.starts_with("`no-such-tool` is not in PATH ("));

    let (kind, message) = not_started(Case::direct(["./no-such-file"])).await;
    assert_eq!(kind, NotStartedKind::ToolMissing);
    assert!(message.starts_with("`./no-such-file` is not there"));

    let case = Case::direct(["./script"]).file("script", "#!/no/such/interpreter\n", "755");
    let (kind, message) = not_started(case).await;
    assert_eq!(kind, NotStartedKind::ToolMissing);
    assert!(message.contains("interpreter"), "{message}");
}

#[tokio::test]
async fn what_cannot_be_run_is_told() {
    let (kind, message) = not_started(Case::direct(["./x"]).file("x", "", "644")).await;
    assert_eq!(kind, NotStartedKind::Other);
    assert!(message.contains("chmod +x ./x"), "{message}");

    let (kind, message) = not_started(Case::direct(["./x"]).file("x", "echo", "755")).await;
    assert_eq!(kind, NotStartedKind::Other);
    assert!(message.contains("#!/bin/sh"), "{message}");

    let (kind, message) = not_started(Case::shell(&"#".repeat(200_000))).await;
    assert_eq!(kind, NotStartedKind::Other);
    assert!(message.contains("128 KiB"), "{message}");

    let (kind, message) = not_started(Case::direct([])).await;
    assert_eq!(kind, NotStartedKind::Other);
    assert!(message.contains("empty"), "{message}");

    let (kind, _) = not_started(Case::direct(["echo", "a\0b"])).await;
    assert_eq!(kind, NotStartedKind::Other);
}

#[tokio::test]
async fn a_missing_directory_is_told() {
    for mut case in [
        Case::shell("true"),
        Case::direct(["true"]),
        Case::direct(["./x"]),
    ] {
        case.command.directory.push("nowhere");
        let (kind, message) = not_started(case).await;
        assert_eq!(kind, NotStartedKind::NoDirectory);
        assert!(message.contains("nowhere` is not there"), "{message}");
    }
}

#[tokio::test]
async fn a_program_is_found_from_the_working_directory() {
    let script = "#!/bin/sh\necho found\n";
    let mut case = Case::direct(["tool"]).file("tool", script, "755");
    case.command.environment.set("PATH", ":/usr/bin:/bin");
    assert_eq!(output(case).await, "found\n");
    let case = Case::direct(["./tool"]).file("tool", script, "755");
    assert_eq!(output(case).await, "found\n");
}

#[tokio::test]
async fn without_bash_the_script_is_run_by_sh() {
    let tools = tempfile::tempdir().unwrap();
    symlink("/bin/sh", tools.path().join("sh")).unwrap();
    let case = Case::shell("echo $0; false; echo unreachable");
    let exec = ProcessExec::new(Some(tools.path().as_os_str()), LONG);
    let mut tail = Tail::new(100);
    let finished = exec
        .run(&case.command, &mut tail, &CancellationToken::new())
        .await;
    assert_eq!(finished.ending, Ending::Exited(1));
    assert_eq!(tail.finish().bytes, b"sh\n");
}

#[tokio::test]
async fn without_any_shell_the_tool_is_missing() {
    let case = Case::shell("true");
    let exec = ProcessExec::new(Some(OsStr::new("/nowhere")), LONG);
    let mut tail = Tail::new(100);
    let finished = exec
        .run(&case.command, &mut tail, &CancellationToken::new())
        .await;
    let Ending::NotStarted(reason) = finished.ending else {
        panic!("started: {finished:?}");
    };
    assert_eq!(reason.kind, NotStartedKind::ToolMissing);
}
