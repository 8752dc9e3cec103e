//! Real processes under [`ProcessExec`]. After each run nothing of the command may be left.

use crate::domain::check::TokenAccess;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;

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

#[tokio::test]
async fn a_command_that_takes_too_long_is_ended() {
    let mut case = Case::shell("sleep 1000; echo unreachable");
    case.command.time_out = SHORT;
    let ran = case.run().await;
    assert_eq!(ran.ending, Ending::TimedOut);
    assert_eq!(ran.output, "");
}

#[tokio::test]
async fn a_cancelled_command_may_clean_up() {
    let script = "trap 'echo bye; exit 0' TERM; echo ready; sleep 1000 & wait";
    let ran = Case::shell(script).cancel_at("ready").run().await;
    assert_eq!(ran.ending, Ending::Cancelled);
    assert_eq!(ran.output, "ready\nbye\n");
}

#[tokio::test]
async fn a_grandchild_may_clean_up_although_its_parent_is_dead() {
    let script = r#"
        bash -c 'trap "echo cleaned; exit" TERM; echo ready; sleep 1000 & wait' &
        wait"#;
    let ran = Case::shell(script).cancel_at("ready").run().await;
    assert_eq!(ran.ending, Ending::Cancelled);
    assert_eq!(ran.output, "ready\ncleaned\n");
}

#[tokio::test]
async fn an_escaped_grandchild_may_clean_up_too() {
    let script = r#"
        setsid bash -c 'trap "echo cleaned; exit" TERM; echo ready; sleep 1000 & wait' &
        wait"#;
    let ran = Case::shell(script).cancel_at("ready").run().await;
    assert_eq!(ran.ending, Ending::Cancelled);
    assert_eq!(ran.output, "ready\ncleaned\n");
}

#[tokio::test]
async fn what_ignores_term_is_killed() {
    let stubborn = "trap '' TERM; echo ready; exec sleep 1000";
    for script in [
        stubborn.to_owned(),
        format!("bash -c \"{stubborn}\" & wait"),
        format!("setsid bash -c \"{stubborn}\" & wait"),
        format!("trap '' TERM; setsid --wait bash -c \"{stubborn}\""),
    ] {
        let case = Case::shell(&script).grace(SHORT).cancel_at("ready");
        assert_eq!(case.run().await.ending, Ending::Cancelled, "{script}");
    }
}

#[tokio::test]
async fn a_stopped_process_is_ended() {
    let script = "trap 'echo bye; exit' TERM; bash -c 'kill -STOP $PPID; echo ready' & wait";
    let ran = Case::shell(script).cancel_at("ready").run().await;
    assert_eq!(ran.ending, Ending::Cancelled);
    assert_eq!(ran.output, "ready\nbye\n");
}

#[tokio::test]
async fn what_is_left_in_the_background_is_killed() {
    for left in [
        "sleep 1000 & echo $!",
        "nohup sleep 1000 & echo $!",
        "set -m; sleep 1000 & echo $!",
        "mkfifo f; (bash -c 'trap \"\" TERM HUP; echo $$ >f; exec sleep 1000' &); cat f",
        "mkfifo f; setsid bash -c 'echo $$ >f; exec sleep 1000' & cat f",
        "mkfifo f; setsid bash -c 'setsid sleep 1000 & echo $$ >f; wait' & cat f",
        "mkfifo f; (setsid bash -c 'exec >f 2>&1; echo $$; exec sleep 1000' &); read pid <f; echo $pid",
    ] {
        let ran = Case::shell(left).run().await;
        assert_eq!(ran.ending, Ending::Exited(0), "{left}");
        assert!(!is_alive(&ran.output), "{left}: {}", ran.output);
    }
}

#[tokio::test]
async fn what_escapes_in_the_last_moment_is_killed() {
    for _ in 0..20 {
        let case = Case::shell("for i in 1 2 3; do setsid sleep 1000 & done; exit 7");
        assert_eq!(ending(case).await, Ending::Exited(7));
    }
}

#[tokio::test]
async fn an_orphan_without_a_mark_is_killed_when_nothing_else_runs() {
    let script = "mkfifo f; env -i setsid bash -c 'echo $$ >f; exec sleep 1000' & cat f";
    let orphan = output(Case::shell(script)).await;
    // Commands of other tests may have been running: the last one of all ends the orphan.
    for _ in 0..10_000 {
        if !is_alive(&orphan) {
            return;
        }
        assert_eq!(ending(Case::direct(["true"])).await, Ending::Exited(0));
    }
    panic!("{orphan} lives on");
}

#[tokio::test]
async fn the_orphans_of_a_running_command_are_left_alone() {
    let script = "mkfifo go f; (setsid bash -c 'echo $$ >f; exec sleep 1000' &)
        cat f; cat go";
    let mut case = Case::shell(script);
    let go = case.directory.path().join("go");
    case.command.environment.set("GO", &go);
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sink = FirstChunk(Some(sender));
    let (exec, cancellation) = (exec(LONG), CancellationToken::new());
    let first = exec.run(&case.command, &mut sink, &cancellation);
    let second = async {
        let orphan = receiver.await.unwrap();
        assert_eq!(ending(Case::direct(["true"])).await, Ending::Exited(0));
        assert!(is_alive(&orphan));
        tokio::fs::write(go, "").await.unwrap();
        orphan
    };
    let (finished, orphan) = tokio::join!(first, second);
    assert_eq!(finished.ending, Ending::Exited(0));
    assert!(!is_alive(&orphan));
}

struct FirstChunk(Option<tokio::sync::oneshot::Sender<String>>);

impl OutputSink for FirstChunk {
    fn chunk(&mut self, bytes: &[u8]) {
        if let Some(sender) = self.0.take() {
            sender
                .send(String::from_utf8(bytes.to_vec()).unwrap())
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_commands_side_by_side_keep_their_codes_and_leave_nothing() {
    let runs = (0..40).map(|number| {
        let script = format!("setsid sleep 1000 & sleep 1000 & (true &); exit {number}");
        tokio::spawn(async move { (number, ending(Case::shell(&script)).await) })
    });
    for run in futures_util::future::join_all(runs).await {
        let (number, ending) = run.unwrap();
        assert_eq!(ending, Ending::Exited(number));
    }
}

#[tokio::test]
async fn a_cancelled_command_is_not_even_started() {
    let case = Case::shell("touch started");
    let cancellation = CancellationToken::new();
    cancellation.cancel();
    let finished = exec(LONG)
        .run(&case.command, &mut Tail::new(1), &cancellation)
        .await;
    assert_eq!(finished.ending, Ending::Cancelled);
    assert!(!case.directory.path().join("started").exists());
}

#[tokio::test]
async fn a_dropped_command_is_killed_at_once() {
    let script = "trap '' TERM; setsid sleep 1000 & sleep 1000 & echo ready; wait";
    let case = Case::shell(script);
    let (exec, cancellation) = (exec(LONG), CancellationToken::new());
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sink = FirstChunk(Some(sender));
    tokio::select! {
        finished = exec.run(&case.command, &mut sink, &cancellation) => panic!("{finished:?}"),
        ready = receiver => assert_eq!(ready.unwrap(), "ready\n"),
    }
    assert_eq!(case.living(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn standard_input_is_empty() {
    let ran = Case::direct(["cat"]).run().await;
    assert_eq!(ran.ending, Ending::Exited(0));
    assert_eq!(ran.output, "");
}

#[tokio::test]
async fn both_outputs_keep_their_order() {
    let script = "for i in {1..200}; do echo out $i; echo err $i >&2; done";
    let expected: String = (1..=200).map(|i| format!("out {i}\nerr {i}\n")).collect();
    assert_eq!(output(Case::shell(script)).await, expected);
}

#[tokio::test]
async fn the_last_output_is_not_lost() {
    for _ in 0..20 {
        let script = "sleep 1000 & head -c 60000 /dev/zero; printf end";
        let output = output(Case::shell(script)).await;
        assert_eq!(output.len(), 60003);
        assert!(output.ends_with("end"));
    }
}

#[tokio::test]
async fn a_flood_of_output_passes_through_in_small_chunks() {
    #[derive(Default)]
    struct Count {
        bytes: usize,
        largest: usize,
    }
    impl OutputSink for Count {
        fn chunk(&mut self, bytes: &[u8]) {
            self.bytes += bytes.len();
            self.largest = self.largest.max(bytes.len());
        }
    }
    let case = Case::direct(["head", "-c", "100000000", "/dev/zero"]);
    let mut count = Count::default();
    let finished = exec(LONG)
        .run(&case.command, &mut count, &CancellationToken::new())
        .await;
    assert_eq!(finished.ending, Ending::Exited(0));
    assert_eq!(count.bytes, 100_000_000);
    assert!(count.largest <= 64 * 1024);
}

#[tokio::test]
async fn a_flood_that_never_ends_is_ended() {
    let mut case = Case::shell("yes & yes & wait").grace(SHORT);
    case.command.time_out = SHORT;
    let mut tail = Tail::new(1000);
    let finished = exec(SHORT)
        .run(&case.command, &mut tail, &CancellationToken::new())
        .await;
    assert_eq!(finished.ending, Ending::TimedOut);
    assert_eq!(tail.finish().bytes.len(), 1000);
    assert_eq!(case.living(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn any_bytes_are_passed_on() {
    let case = Case::shell(r"printf '\377\000\376\r\n'");
    let mut tail = Tail::new(100);
    exec(LONG)
        .run(&case.command, &mut tail, &CancellationToken::new())
        .await;
    assert_eq!(tail.finish().bytes, b"\xff\x00\xfe\r\n");
}

#[tokio::test]
async fn paths_may_hold_spaces_and_any_letters() {
    let mut case = Case::direct(["./rún me 日本.sh", "ä b", "*"]);
    let directory = case.directory.path().join("a b/ü 語");
    fs::create_dir_all(&directory).unwrap();
    case.command.directory = directory.clone();
    let case = case.file(
        "a b/ü 語/rún me 日本.sh",
        "#!/bin/sh\npwd\nprintf '%s|' \"$@\"\n",
        "755",
    );
    let expected = format!("{}\nä b|*|", directory.canonicalize().unwrap().display());
    assert_eq!(output(case).await, expected);
}

#[tokio::test]
async fn only_the_given_variables_are_seen() {
    let parent = [("PATH", "/usr/bin:/bin"), ("GITHUB_TOKEN", "secret")]
        .map(|(name, value)| (name.into(), value.into()));
    let mut case = Case::direct(["env"]);
    case.command.environment =
        Environment::scrubbed(parent, [("EXTRA", "ü")], TokenAccess::Withheld);
    case.command.environment.set("TEST_CASE", "only variables");
    case.command.environment.set("TOLLGATE_PROCESS", "1.1");
    let output = output(case).await;
    let variables: Vec<_> = output.lines().collect();
    let [extra, path, test, process] = variables.as_slice() else {
        panic!("{output}");
    };
    assert_eq!(
        [*extra, *path, *test],
        ["EXTRA=ü", "PATH=/usr/bin:/bin", "TEST_CASE=only variables"]
    );
    assert!(process.starts_with("TOLLGATE_PROCESS=1.1/"));
}

#[tokio::test]
async fn protected_memory_is_closed_to_children_but_not_to_ourselves() {
    protect_own_memory().unwrap();
    assert_eq!(
        rustix::process::dumpable_behavior().unwrap(),
        rustix::process::DumpableBehavior::NotDumpable
    );
    let script = "mkfifo f; setsid bash -c 'echo $$ >f; exec sleep 1000' & cat f";
    let ran = Case::shell(script).run().await;
    assert!(!is_alive(&ran.output));
    if !rustix::process::geteuid().is_root() {
        let script = "cat /proc/$PPID/environ || echo refused";
        assert!(output(Case::shell(script)).await.ends_with("refused\n"));
    }
}
