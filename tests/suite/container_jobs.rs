//! Jobs in the real container on the fake GitHub: order over six of them, cancelling, tokens that
//! may only read, and what a container leaves to steps on the host.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::Signal;

use crate::fake_github::{self, FakeGitHub, Service, Token};
use crate::given_workflows::pushed;
use crate::jobs::posted;
use crate::project::Project;
use crate::runner::{Outcome, Runner};
use crate::workflow::Run;

const SIX: &str = ".github/workflows/six.yml";
const STAGES: [&str; 6] = ["lint", "test", "contract", "build", "push", "tag"];

/// The user of GitHub's machines: steps on the host are his, containers are root's.
const RUNNER_USER: u32 = 1001;

fn six() -> Project {
    let project = Project::empty();
    let cases = "<testsuite><testcase name='a'/><testcase name='b'/></testsuite>\n";
    for (path, text) in [
        (SIX, include_str!("../fixtures/workflows/six.yml")),
        (
            ".github/tollgate.yml",
            include_str!("../fixtures/workflows/six-policy.yml"),
        ),
        ("README.md", "The shop.\n"),
        ("package.json", r#"{"dependencies": {"next": "16.0.1"}}"#),
        ("cases.xml", cases),
    ] {
        project.write(path, text);
    }
    project.commit("start");
    project
}

/// How many requests a job made, by what they were for.
fn counted(calls: &[fake_github::Call]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for call in calls.iter().filter(|call| call.service == Service::Rest) {
        let path = &call.path;
        let purpose = if path.contains("check-runs") {
            "reporting"
        } else if path.contains("/artifacts") {
            "importing"
        } else if path.contains("/git/") {
            "tagging"
        } else {
            "other"
        };
        *counts.entry(purpose).or_default() += 1;
    }
    counts
}

#[test]
fn six_jobs_share_nothing_but_github() {
    let project = six();
    let github = pushed(&project);
    let mut run = Run::of(&github, &project, SIX, 77);
    let expect = STAGES.map(|stage| format!("{stage}=success")).join(" ");
    assert_eq!(run.go(), expect, "{}", run.log());
    let expect = STAGES.map(|stage| format!("tollgate / {stage}=success"));
    assert_eq!(posted(&github), expect.join(" "));
    let check_runs = github.check_runs();
    assert!(check_runs.iter().all(|one| one.head_sha == project.head()));
    assert!(github.look().refs.contains_key("refs/tags/v1.4.0"));
    assert_eq!(github.artifacts().len(), 6);
    let mut workspaces: Vec<_> = STAGES
        .iter()
        .map(|stage| run.job(stage).runner.as_ref().unwrap().workspace())
        .collect();
    workspaces.dedup();
    assert_eq!(workspaces.len(), 6);
}

/// Each job alone, so that its requests can be told from those of the others.
#[test]
fn a_gate_costs_at_most_four_calls_beside_its_imports() {
    let project = six();
    let github = pushed(&project);
    let mut run = Run::of(&github, &project, SIX, 77);
    let mut before = 0;
    for (number, stage) in STAGES.iter().enumerate() {
        run.go_one();
        let journal = github.journal();
        let counts = counted(&journal[before..]);
        before = journal.len();
        let count = |purpose| counts.get(purpose).copied().unwrap_or_default();
        println!("{stage}: {counts:?}");
        assert!(count("reporting") <= 4, "{stage}: {counts:?}");
        // One list a workflow run, and one download an artifact.
        let imports = if number == 0 { 0 } else { 1 + number };
        assert_eq!(count("importing"), imports, "{stage}: {counts:?}");
        assert_eq!(count("other"), 0, "{stage}: {counts:?}");
        let tagging = if *stage == "tag" { 3 } else { 0 };
        assert_eq!(count("tagging"), tagging, "{stage}: {counts:?}");
        let told: usize = counts.values().sum();
        let log = run.job(stage).log();
        assert!(
            log.contains(&format!("GitHub: {told} calls")),
            "{told}: {log}"
        );
    }
}

#[test]
fn a_job_out_of_turn_is_refused() {
    let project = six();
    let text = include_str!("../fixtures/workflows/six.yml");
    let (head, jobs) = text.split_once("  lint:\n").unwrap();
    let (_, others) = jobs.split_once("  test:\n").unwrap();
    let others = others.replace("    needs: lint\n", "");
    project.write(SIX, &format!("{head}  test:\n{others}"));
    project.commit("a workflow without its first job");
    let github = pushed(&project);
    let mut run = Run::of(&github, &project, SIX, 77);
    run.go_one();
    let judged = run.job("test").step("record");
    judged.expect(3).says("lint is pending");
    assert_eq!(posted(&github), "tollgate / test=action_required");
}

/// A job of a run on the fake, after its checkout.
fn job(github: &FakeGitHub, project: &Project, token: Token) -> Runner {
    let given = github.step(project, 77, 1);
    let given = given.with("GITHUB_TOKEN", &github.token(token));
    let mut runner = Runner::new(&project.head());
    runner.belongs_to(&given);
    runner.check_out(project);
    runner
}

/// Reads a named pipe of the runner, so that it goes on until it is ended.
const WAITING: &str = r#"
pipeline:
  test:
    checks:
      waiting: { run: [/tollgate, -C, ., --policy, /github/runner_temp/pipe, policy, check] }
"#;

#[test]
fn a_job_that_is_cancelled_says_so_on_the_commit() {
    let project = Project::new(WAITING);
    let github = pushed(&project);
    let runner = job(&github, &project, Token::workflow());
    let pipe = runner.temp().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let running = runner.uses(&[("gate", "test")]).start();

    let (sender, opened) = channel();
    std::thread::spawn(move || sender.send(fs::OpenOptions::new().write(true).open(pipe)));
    let reader = opened.recv_timeout(Duration::from_mins(1));
    let held_open = reader.expect("the check reads the pipe").unwrap();
    let (outcome, last) = running.cancel();
    assert_eq!(last, Signal::INT, "the first signal was enough");
    outcome.expect(130).says("interrupted");
    assert_eq!(posted(&github), "tollgate / test=cancelled");
    drop(held_open);
}

const TWO: &str = r#"
pipeline:
  lint: { checks: { papers: { files: { exist: [README.md] } } } }
  test: { checks: { more: { files: { exist: [README.md] } } } }
"#;

/// Runs both gates in a job each, in a run whose token may only read.
fn read_only(change: impl FnOnce(&FakeGitHub)) -> (FakeGitHub, Project, [Outcome; 2]) {
    let project = Project::new(TWO);
    project.write("README.md", "The shop.\n");
    project.commit("papers");
    let github = FakeGitHub::start();
    github.commit(&project.head(), "mallory");
    github.workflow_run(77, "pull_request", &project.head(), "mallory");
    change(&github);
    let gate = |gate| {
        let runner = job(&github, &project, Token::read_only());
        runner.uses(&[("gate", gate)]).run()
    };
    let outcomes = [gate("lint"), gate("test")];
    (github, project, outcomes)
}

#[test]
fn a_fork_and_dependabot_are_told_without_a_check_run() {
    let fork = |github: &FakeGitHub| {
        github.change_run(77, |run| run.head_repository = "mallory/shop".to_owned());
    };
    let dependabot = |github: &FakeGitHub| {
        github.change_run(77, |run| run.actor = "dependabot[bot]".to_owned());
    };
    for (who, (github, _project, [lint, test])) in [
        ("fork", read_only(fork)),
        ("Dependabot", read_only(dependabot)),
    ] {
        for outcome in [&lint, &test] {
            outcome.expect(0).says("may not write check runs");
            let summary = outcome.summary.as_deref().unwrap();
            assert!(
                summary.contains("No check run was written"),
                "{who}: {summary}"
            );
            assert_eq!(outcome.outputs["status"], "passed", "{who}");
        }
        test.says("results of an earlier job were brought in");
        assert_eq!(posted(&github), "", "{who}");
        assert_eq!(github.artifacts().len(), 2, "{who}");
    }
}

/// A step on the host goes on with what a container left, as the machine's own user where the tests
/// can be root and he.
#[test]
fn a_host_step_goes_on_after_a_container() {
    let project = Project::new(TWO);
    project.write("README.md", "The shop.\n");
    project.commit("papers");
    let github = pushed(&project);
    let mut runner = job(&github, &project, Token::workflow());
    if rustix::process::geteuid().is_root() {
        runner.give_to(RUNNER_USER);
    }
    let owner = fs::metadata(runner.workspace()).unwrap().uid();
    runner.uses(&[("command", "install")]).run().expect(0);
    runner.uses(&[("gate", "lint")]).run().expect(0);
    for left in [".tollgate", ".tollgate/ledger.db", ".tollgate/runs"] {
        let left = runner.workspace().join(left);
        assert_eq!(fs::metadata(&left).unwrap().uid(), owner, "{left:?}");
    }
    let status = runner.runs(r#""$RUNNER_TEMP/tollgate" status"#).run();
    status.expect(0).says("lint");
    let run = runner
        .runs(r#""$RUNNER_TEMP/tollgate" run --only test"#)
        .run();
    run.expect(0);
    runner.uses(&[("command", "publish")]).run().expect(0);
    assert_eq!(
        posted(&github),
        "tollgate / lint=success tollgate / test=success"
    );
    runner.runs("rm -r .tollgate").run().expect(0);
}
