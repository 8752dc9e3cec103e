//! The workflows of docs/workflows, whole, on a small Python project with the real Ruff and pytest,
//! and the real image.

mod image;

use std::path::Path;

use crate::fake_github::FakeGitHub;
use crate::jobs::posted;
use crate::project::Project;
use crate::workflow::{Conclusion, Run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RUN: u64 = 77;

const ALL_GOOD: &str = "tollgate / lint=success tollgate / test=success tollgate / build=success";

/// A file that docs/workflows gives to users.
fn given(name: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join("docs/workflows").join(name)).unwrap()
}

/// What a Python project has. Its bank is out of order while the file `outage` is there.
fn write_shop(project: &Project) {
    let outage = project.path("outage").display().to_string();
    let tests = format!(
        "from pathlib import Path\n\nfrom shop.money import total\n\n\n\
         def test_a_total():\n    assert total([1, 2]) == 3\n\n\n\
         def test_the_bank_answers():\n    assert not Path({outage:?}).exists()\n"
    );
    for (path, text) in [
        ("shop/__init__.py", ""),
        (
            "shop/money.py",
            "def total(items):\n    return sum(items)\n",
        ),
        ("tests/test_money.py", &tests),
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\npythonpath = [\".\"]\n",
        ),
        (".gitignore", "__pycache__/\n"),
    ] {
        project.write(path, text);
    }
}

/// The tools of the example shop: Ruff, pytest and Node.
pub(crate) fn with_tools(run: Run<'_>) -> Run<'_> {
    let tools = Path::new(ROOT).join("target/demo");
    assert!(
        tools.join("python/bin/pytest").exists(),
        "target/demo lacks the tools of the example; run: scripts/shop-tools.sh target/demo"
    );
    let folder = |name: &str| tools.join(name).display().to_string();
    run.tools(&folder("bin")).tools(&folder("python/bin"))
}

/// The small project with one of the workflows, committed by alice and pushed by carol.
fn scene(workflow: &str) -> (FakeGitHub, Project) {
    let project = Project::empty();
    write_shop(&project);
    project.write(".github/tollgate.yml", &given("tollgate.yml"));
    project.write(&path(workflow), &given(workflow));
    project.commit("start");
    (pushed(&project), project)
}

fn path(workflow: &str) -> String {
    format!(".github/workflows/{workflow}")
}

/// A GitHub on which carol has pushed the project's head, which alice committed.
pub(crate) fn pushed(project: &Project) -> FakeGitHub {
    let github = FakeGitHub::start();
    github.commit(&project.head(), "alice");
    github.workflow_run(RUN, "push", &project.head(), "carol");
    github
}

fn run<'a>(github: &'a FakeGitHub, project: &'a Project, workflow: &str) -> Run<'a> {
    with_tools(Run::of(github, project, &path(workflow), RUN))
}

#[track_caller]
fn expect(run: &mut Run<'_>, results: &str) {
    let found = run.go();
    assert_eq!(found, results, "{}", run.log());
}

const BEFORE_PRODUCTION: &str = "lint=success test=success build=success production=waiting";
const TO_PRODUCTION: &str = "lint=success test=success build=success production=success";
const NOT_TO_PRODUCTION: &str = "lint=success test=success build=success production=failure";

#[test]
fn record_reports_each_gate_and_enters_production_when_bob_approves() {
    let (github, project) = scene("record.yml");
    github.environment("production", &["alice", "bob"]);
    let mut run = run(&github, &project, "record.yml");
    expect(&mut run, BEFORE_PRODUCTION);
    assert_eq!(posted(&github), ALL_GOOD);
    assert_eq!(github.artifacts().len(), 3, "one a gate");
    let title = github.check_runs()[1].title.clone();
    assert_eq!(title.as_deref(), Some("2 tests: 2 passed"));
    github.approve(RUN, "production", "bob", "go");
    expect(&mut run, TO_PRODUCTION);
    let production = run.job("production");
    let promoted = production.step("promote");
    promoted.expect(0).says("bob approved: go");
    assert_eq!(promoted.outputs["eligible"], "true");
    production.step("echo").says("here the deployment begins");
    assert_eq!(posted(&github), ALL_GOOD);
}

#[track_caller]
fn is_stopped(run: &mut Run<'_>, why: &str) {
    expect(run, NOT_TO_PRODUCTION);
    let production = run.job("production");
    let promoted = production.step("promote");
    promoted.expect(3).says(why);
    assert_eq!(promoted.outputs["eligible"], "false");
    assert_eq!(production.find("echo").outcome, Conclusion::Skipped);
}

/// GitHub lets every job into an environment that nobody has set up.
#[test]
fn record_stops_before_an_environment_that_github_made() {
    let (github, project) = scene("record.yml");
    let mut run = run(&github, &project, "record.yml");
    is_stopped(&mut run, "reviewers");
}

#[test]
fn record_stops_where_an_administrator_let_it_in() {
    let (github, project) = scene("record.yml");
    github.environment("production", &["alice", "bob"]);
    let mut run = run(&github, &project, "record.yml");
    run.bypass("production");
    is_stopped(&mut run, "approval_missing");
}

#[test]
fn record_stops_where_only_the_author_approved() {
    let (github, project) = scene("record.yml");
    github.environment("production", &["alice", "bob"]);
    let mut run = run(&github, &project, "record.yml");
    expect(&mut run, BEFORE_PRODUCTION);
    github.approve(RUN, "production", "alice", "mine");
    is_stopped(&mut run, "self_approval");
}

/// A failing test stops what comes after it, and running the failed jobs again heals it.
fn fails_and_heals(workflow: &str, more: (&str, &str)) {
    let (github, project) = scene(workflow);
    github.environment("production", &["bob"]);
    project.write("outage", "");
    let mut run = run(&github, &project, workflow);
    expect(
        &mut run,
        &format!("lint=success test=failure build=skipped{}", more.0),
    );
    let failed = "tollgate / lint=success tollgate / test=failure";
    assert_eq!(posted(&github), failed);
    let test = &github.check_runs()[1];
    assert_eq!(test.title.as_deref(), Some("2 tests: 1 passed, 1 failed"));
    assert_eq!(test.annotations[0]["path"], "tests/test_money.py");
    std::fs::remove_file(project.path("outage")).unwrap();
    let healed = run.rerun_failed("carol");
    let good = format!("lint=success test=success build=success{}", more.1);
    assert_eq!(healed, good, "{}", run.log());
    let all = format!("{failed} tollgate / test=success tollgate / build=success");
    assert_eq!(posted(&github), all);
}

#[test]
fn record_stops_at_a_failing_test_and_heals() {
    fails_and_heals("record.yml", (" production=skipped", " production=waiting"));
}

#[test]
fn install_runs_and_reports_each_gate() {
    let (github, project) = scene("install.yml");
    let mut run = run(&github, &project, "install.yml");
    expect(&mut run, "lint=success test=success build=success");
    assert_eq!(posted(&github), ALL_GOOD);
    assert_eq!(github.artifacts().len(), 3, "one a gate");
    let runner = run.job("build").runner.as_ref().unwrap();
    assert!(runner.workspace().join("shop.tar").is_file());
}

#[test]
fn install_stops_at_a_failing_test_and_heals() {
    fails_and_heals("install.yml", ("", ""));
}

/// A pull request from a branch that carol pushed: checked out is its test merge. Gives the run's
/// GitHub, the project with the merge, and the head of the pull request.
fn pull_request(workflow: &str) -> (FakeGitHub, Project, String) {
    let (_, project) = scene(workflow);
    project.git(&["checkout", "--quiet", "-b", "feature"]);
    project.write("README.md", "The shop.\n");
    project.commit("words");
    let head = project.head();
    project.git(&["checkout", "--quiet", "main"]);
    project.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "--message",
        "test merge",
        "feature",
    ]);
    let github = FakeGitHub::start();
    github.commit(&head, "carol");
    github.commit(&project.head(), "carol");
    github.workflow_run(RUN, "pull_request", &head, "carol");
    (github, project, head)
}

const PULL_REQUEST: &str = "lint=success test=success build=success";

#[test]
fn a_pull_request_is_told_on_its_head_and_goes_no_further() {
    let (github, project, head) = pull_request("record.yml");
    let mut run = run(&github, &project, "record.yml");
    expect(&mut run, &format!("{PULL_REQUEST} production=skipped"));
    assert_eq!(posted(&github), ALL_GOOD);
    let check_runs = github.check_runs();
    assert!(check_runs.iter().all(|one| one.head_sha == head));
    assert_ne!(head, project.head());
}

#[test]
fn a_pull_request_of_a_fork_is_gated_without_check_runs() {
    for workflow in ["record.yml", "install.yml"] {
        let (github, project, _) = pull_request(workflow);
        github.change_run(RUN, |run| run.head_repository = "carol/shop".to_owned());
        project.write("outage", "");
        let mut run = run(&github, &project, workflow);
        let found = run.go();
        let expect = "lint=success test=failure build=skipped";
        assert!(found.starts_with(expect), "{found}\n{}", run.log());
        std::fs::remove_file(project.path("outage")).unwrap();
        let healed = run.rerun_failed("carol");
        assert!(healed.starts_with(PULL_REQUEST), "{healed}\n{}", run.log());
        assert!(run.job("build").log().contains("may not write check runs"));
        assert_eq!(posted(&github), "", "{workflow}");
    }
}

/// What a workflow lacks in `permissions:` it lacks here too.
#[test]
fn a_workflow_with_too_few_permissions_fails() {
    let (_github, project) = scene("install.yml");
    let text = given("install.yml").replace("actions: read", "packages: read");
    project.write(&path("install.yml"), &text);
    project.commit("fewer permissions");
    let github = pushed(&project);
    let mut run = run(&github, &project, "install.yml");
    expect(&mut run, "lint=success test=failure build=skipped");
    assert!(
        run.job("test").log().contains("actions: read"),
        "{}",
        run.log()
    );
}

#[test]
fn doctor_finds_nothing_in_them() {
    for workflow in ["record.yml", "install.yml", "image.yml"] {
        let (_github, project) = scene(workflow);
        let path = format!(".github/workflows/{workflow}");
        let place = "OWNER/tollgate@0000000000000000000000000000000000000000";
        let filled_in = "acme/tollgate@1234567890123456789012345678901234567890";
        project.write(&path, &project.read(&path).replace(place, filled_in));
        let outcome = project.tollgate("doctor --offline");
        outcome.expect(0).says("0 errors, 0 warnings, 1 note");
    }
}
