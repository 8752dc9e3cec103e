//! Jobs that end at the same time: each has looked before the other told anything. What stands on
//! the commit in the end is never better than what both know together.

use std::thread;

use crate::fake_github::{FakeGitHub, Fault};
use crate::jobs::{Acted, Job, posted};
use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  lint:  { checks: { a: { run: "true" }, b: { run: "true" } } }
  test:  { checks: { unit: { run: "true" } } }
"#;

fn scene() -> (FakeGitHub, Project) {
    let github = FakeGitHub::start();
    let project = Project::new(POLICY);
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    (github, project)
}

fn record(github: &FakeGitHub, project: &Project, said: &str) -> Acted {
    let (check, outcome) = said.split_once(' ').unwrap();
    let inputs = format!("command: record, check: {check}, outcome: {outcome}");
    Job::new(github, project, 77).uses(&inputs)
}

/// Two jobs of which the first has looked for the last time when the second begins, and tells after
/// the second has told.
fn side_by_side(github: &FakeGitHub, project: &Project, first: &str, second: &str) -> [Acted; 2] {
    let (fault, held) = Fault::held();
    github.fail("POST", "/repos/acme/shop/check-runs", fault, 1);
    thread::scope(|scope| {
        let first = scope.spawn(|| record(github, project, first));
        held.wait();
        let second = record(github, project, second);
        held.let_go();
        [first.join().unwrap(), second]
    })
}

#[test]
fn a_pass_that_was_told_last_does_not_hide_a_failure_beside_it() {
    let (github, project) = scene();
    record(&github, &project, "lint/b success").expect(0);
    let jobs = ["lint/a success", "lint/a failure"];
    side_by_side(&github, &project, jobs[0], jobs[1]);
    let last = &github.check_runs()[2];
    assert_eq!(
        last.conclusion.as_deref(),
        Some("failure"),
        "{}",
        posted(&github)
    );
    Job::new(&github, &project, 77)
        .uses("gate: test")
        .expect(3)
        .says("lint is failed");
}

#[test]
fn a_failure_that_was_told_last_stays() {
    let (github, project) = scene();
    record(&github, &project, "lint/b success").expect(0);
    let jobs = ["lint/a failure", "lint/a success"];
    let [failed, _] = side_by_side(&github, &project, jobs[0], jobs[1]);
    failed.expect(1);
    assert!(posted(&github).ends_with("tollgate / lint=failure"));
}

#[test]
fn of_two_that_left_a_gate_open_the_last_decides_it() {
    let (github, project) = scene();
    let jobs = ["lint/a success", "lint/b success"];
    side_by_side(&github, &project, jobs[0], jobs[1]);
    assert_eq!(posted(&github), "tollgate / lint=? tollgate / lint=success");
    Job::new(&github, &project, 77).uses("gate: test").expect(0);
}

#[test]
fn what_cannot_be_had_makes_a_pass_doubtful() {
    let (github, project) = scene();
    record(&github, &project, "lint/b success").expect(0);
    let download = "/repos/acme/shop/actions/artifacts/*/zip";
    let (fault, held) = Fault::held();
    github.fail("POST", "/repos/acme/shop/check-runs", fault, 1);
    thread::scope(|scope| {
        let first = scope.spawn(|| record(&github, &project, "lint/a success"));
        held.wait();
        record(&github, &project, "lint/a failure");
        github.fail("GET", download, Fault::status(404), 1);
        held.let_go();
        first.join().unwrap()
    });
    let last = &github.check_runs()[2];
    assert_eq!(last.conclusion.as_deref(), Some("action_required"));
}

#[test]
fn telling_of_a_pass_takes_four_calls() {
    let (github, project) = scene();
    let acted = Job::new(&github, &project, 77).uses("gate: lint");
    acted.expect(0).says("4 calls");
    assert_eq!(
        github.calls(),
        4,
        "a look before, one after, the check run, and a last look"
    );
}
