//! Time-outs, orphans, signals and crashes.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::project::{Project, check, codes};

/// Waits until something holds; a minute is given up on.
#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_mins(1), "never: {what}");
        std::thread::yield_now();
    }
}

fn alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

fn pid_in(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

#[test]
fn a_check_that_takes_too_long_is_ended_with_all_that_it_started() {
    let project = Project::new(
        r#"
pipeline:
  test: { checks: { slow: { run: "(trap '' TERM; echo $BASHPID > pid; while :; do sleep 1; done) & wait", timeout: 1s } } }
"#,
    );
    project.write(".gitignore", "pid\n");
    project.commit("ignore");
    project.tollgate("run").expect(1);
    let status = project.status();
    assert_eq!(codes(check(&status, "test/slow")), ["timed_out"]);
    assert_eq!(check(&status, "test/slow")["status"], "errored");
    assert!(
        !alive(&pid_in(&project.path("pid"))),
        "the grandchild that ignores TERM is gone"
    );
}

#[test]
fn what_a_check_leaves_in_the_background_is_ended() {
    let project = Project::new(
        r#"
pipeline:
  test:
    checks:
      plain: { run: "sleep 1000 & echo $! > plain" }
      escaped: { run: "setsid sh -c 'echo $$ > escaped; exec sleep 1000' & while ! test -s escaped; do :; done" }
"#,
    );
    project.write(".gitignore", "plain\nescaped\n");
    project.commit("ignore");
    project.tollgate("run").expect(0);
    for name in ["plain", "escaped"] {
        assert!(!alive(&pid_in(&project.path(name))), "{name}");
    }
}

#[test]
fn a_missing_tool_is_errored() {
    let project = Project::new(
        r#"
pipeline:
  lint:
    checks:
      shell: { run: "no-such-tool --check" }
      direct: { run: [no-such-tool, --check] }
"#,
    );
    project.tollgate("run").expect(1).says("no-such-tool");
    let status = project.status();
    for name in ["lint/shell", "lint/direct"] {
        assert_eq!(codes(check(&status, name)), ["tool_missing"], "{name}");
        assert_eq!(check(&status, name)["status"], "errored", "{name}");
    }
}

const WAITING: &str = r#"
pipeline:
  lint: { checks: { quick: { run: "true" } } }
  test:
    sequential: true
    checks:
      waiting: { run: "echo $$ > started; sleep 1000" }
      later: { run: "touch later" }
  push: { checks: { never: { run: "touch never" } } }
"#;

fn waiting() -> Project {
    let project = Project::new(WAITING);
    project.write(".gitignore", "started\nlater\nnever\n");
    project.commit("ignore");
    project
}

fn started(project: &Project) -> bool {
    std::fs::read_to_string(project.path("started")).is_ok_and(|text| text.ends_with('\n'))
}

fn send(signal: &str, pid: u32) {
    let status = std::process::Command::new("kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_signal_ends_the_run_and_is_recorded() {
    for signal in ["-INT", "-TERM"] {
        let project = waiting();
        let mut run = project.call("run").start();
        eventually("the check starts", || started(&project));
        send(signal, run.id());
        assert_eq!(run.wait().unwrap().code(), Some(130), "{signal}");
        assert!(
            !alive(&pid_in(&project.path("started"))),
            "the check is gone"
        );
        let status = project.status();
        assert_eq!(codes(check(&status, "test/waiting")), ["cancelled"]);
        assert_eq!(check(&status, "test/waiting")["status"], "errored");
        assert_eq!(check(&status, "test/later")["status"], "pending");
        assert!(!project.exists("later") && !project.exists("never"));
        project.tollgate("ledger verify").expect(0);
    }
}

#[test]
fn after_a_crash_the_ledger_holds_and_the_next_run_goes_on() {
    let project = waiting();
    let mut run = project.call("run").start();
    eventually("the check starts", || started(&project));
    let pid = pid_in(&project.path("started"));
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(alive(&pid), "nobody could end it");
    project.tollgate("ledger verify").expect(0);
    assert_eq!(project.statuses(), "lint=passed test=pending push=blocked");
    std::fs::remove_file(project.path("started")).unwrap();
    let mut again = project.call("run").start();
    eventually("the check starts again", || started(&project));
    assert!(!alive(&pid), "the check of the killed run is gone");
    send("-TERM", again.id());
    assert_eq!(again.wait().unwrap().code(), Some(130));
}

#[test]
fn two_runs_at_once_lose_nothing() {
    let project = Project::new(
        r#"
pipeline:
  lint: { checks: { a: { run: "mkdir -p .marks; echo x >> .marks/lint; while ! test -e go; do sleep 0.01; done" } } }
"#,
    );
    project.write(".gitignore", ".marks/\ngo\n");
    project.commit("ignore");
    let mut first = project.call("run").start();
    eventually("the first run is going on", || project.marks("lint") == 1);
    let mut second = project.call("run").start();
    let mut said = BufReader::new(second.stdout.take().unwrap()).lines();
    let waiting = said.find_map(|line| line.ok().filter(|line| line.contains("another run")));
    assert!(waiting.unwrap().contains(&first.id().to_string()));
    project.write("go", "");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert!(
        said.all(|line| line.is_ok()),
        "its output is read to the end"
    );
    assert_eq!(second.wait().unwrap().code(), Some(0));
    assert_eq!(project.marks("lint"), 1, "the second run found it passed");
    project.tollgate("ledger verify").expect(0);
}

#[test]
fn a_run_that_waits_for_another_ends_at_once_when_told() {
    let project = waiting();
    let mut first = project.call("run").start();
    eventually("the check starts", || started(&project));
    let mut second = project.call("run").start();
    let mut said = BufReader::new(second.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("another run")));
    send("-TERM", second.id());
    assert_eq!(second.wait().unwrap().code(), Some(130));
    send("-TERM", first.id());
    assert_eq!(first.wait().unwrap().code(), Some(130));
    assert_eq!(
        codes(check(&project.status(), "test/waiting")),
        ["cancelled"]
    );
}

#[test]
fn the_pipeline_has_a_budget() {
    let project = Project::new(
        r#"
budgets: { pipeline: 1s }
pipeline:
  test: { checks: { slow: { run: "sleep 1000" } } }
  push: { checks: { never: { run: "touch never" } } }
"#,
    );
    project.tollgate("run").expect(1).says("budgets.pipeline");
    assert_eq!(
        codes(check(&project.status(), "test/slow")),
        ["budget_exceeded"]
    );
    assert!(!project.exists("never"));
}

/// The most memory that a run of one command took, in KiB.
fn peak_of(command: &str) -> u64 {
    let project = Project::new(&format!(
        "pipeline:\n  test: {{ checks: {{ it: {{ run: \"{command}\" }} }} }}\n"
    ));
    let script = format!(
        "'{}' run >/dev/null & while kill -0 $! 2>/dev/null; do grep VmHWM /proc/$!/status 2>/dev/null | tr -dc 0-9 > peak.new && test -s peak.new && mv peak.new peak; done; wait $!",
        env!("CARGO_BIN_EXE_tollgate")
    );
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(project.root())
        .status()
        .unwrap();
    assert!(status.success());
    project.read("peak").trim().parse().unwrap()
}

#[test]
fn a_hundred_megabytes_of_output_cost_little_memory() {
    let loud = peak_of(r"head -c 104857600 /dev/zero | tr '\\0' x | fold -w 99");
    let quiet = peak_of(r"head -c 1048576 /dev/zero | tr '\\0' x | fold -w 99");
    assert!(
        loud < quiet + 10 * 1024,
        "{loud} KiB at the peak, {quiet} KiB without the output"
    );
}
