//! Order across jobs and workflows that share nothing but GitHub.

use serde_json::json;

use crate::fake_github::{FakeGitHub, Fault, Level, Permission, Token};
use crate::jobs::{Job, posted};
use crate::project::Project;

const SIX: &str = r#"
pipeline:
  lint:     { checks: { ruff: { run: "true" } } }
  test:     { checks: { pytest: { run: "true" } } }
  contract: { checks: { redocly: { run: "true" } } }
  build:    { checks: { image: { run: "true" } } }
  push:     { checks: { registry: { run: "true" } } }
  tag:      { checks: { tag: { tag: { name: v1.4.0 } } } }
"#;

const SHARDS: &str = r#"
pipeline:
  lint:  { checks: { a: { run: "true" }, b: { run: "true" } } }
  test:  { checks: { unit: { run: "true" } } }
"#;

/// A repository with one commit by alice and a run 77 for it.
fn scene(policy: &str) -> (FakeGitHub, Project) {
    let github = FakeGitHub::start();
    let project = Project::new(policy);
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    (github, project)
}

fn gate(github: &FakeGitHub, project: &Project, gate: &str) -> crate::jobs::Acted {
    Job::new(github, project, 77).uses(&format!("gate: {gate}"))
}

#[test]
fn six_jobs_hand_over_to_each_other() {
    let (github, project) = scene(SIX);
    for stage in ["lint", "test", "contract", "build", "push", "tag"] {
        gate(&github, &project, stage).expect(0);
    }
    let all = "tollgate / lint=success tollgate / test=success tollgate / contract=success \
               tollgate / build=success tollgate / push=success tollgate / tag=success";
    assert_eq!(posted(&github), all);
    for run in github.check_runs() {
        assert_eq!(run.head_sha, project.head());
    }
}

#[test]
fn a_job_before_its_turn_is_refused() {
    let (github, project) = scene(SIX);
    let early = gate(&github, &project, "test");
    early.expect(3).says("lint is pending");
    assert_eq!(posted(&github), "tollgate / test=action_required");
    assert_eq!(early.output("status").as_deref(), Some("blocked"));
    assert_eq!(early.output("failed-gate").as_deref(), Some("test"));
}

#[test]
fn a_job_after_a_skipped_one_is_refused() {
    let (github, project) = scene(SIX);
    Job::new(&github, &project, 77)
        .uses("command: record, check: lint/ruff, outcome: skipped")
        .expect(1);
    gate(&github, &project, "test")
        .expect(3)
        .says("lint is failed");
    assert_eq!(
        posted(&github),
        "tollgate / lint=failure tollgate / test=action_required"
    );
}

#[test]
fn a_failed_job_is_run_again_in_the_next_attempt() {
    let (github, project) = scene(SIX);
    let record = |attempt, outcome: &str| {
        let inputs = format!("command: record, check: lint/ruff, outcome: {outcome}");
        Job::new(&github, &project, 77)
            .attempt(attempt)
            .uses(&inputs)
            .outcome
            .code
    };
    assert_eq!(record(1, "failure"), Some(1));
    gate(&github, &project, "test").expect(3);
    github.rerun(77, "alice");
    assert_eq!(record(2, "success"), Some(0));
    Job::new(&github, &project, 77)
        .attempt(2)
        .uses("gate: test")
        .expect(0);
}

#[test]
fn an_artifact_that_was_changed_is_refused() {
    let (github, project) = scene(SIX);
    gate(&github, &project, "lint").expect(0);
    let name = github.artifacts()[0].name.clone();
    github.change_artifact(&name, |artifact| {
        let middle = artifact.bytes.len() / 2;
        artifact.bytes[middle] ^= 1;
    });
    gate(&github, &project, "test")
        .expect(3)
        .says("lint is not proven");
}

#[test]
fn an_artifact_that_was_replaced_whole_is_refused() {
    let (github, project) = scene(SIX);
    gate(&github, &project, "lint").expect(0);
    let other = Project::new(SIX);
    let theirs = FakeGitHub::start();
    theirs.commit(&other.head(), "mallory");
    theirs.workflow_run(77, "push", &other.head(), "mallory");
    gate(&theirs, &other, "lint").expect(0);
    let foreign = theirs.artifacts()[0].bytes.clone();
    let name = github.artifacts()[0].name.clone();
    github.change_artifact(&name, |artifact| {
        artifact.digest = None; // as old uploads have none
        artifact.bytes = foreign;
    });
    gate(&github, &project, "test")
        .expect(3)
        .says("it holds no manifest.json with the SHA-256");
}

#[test]
fn a_check_run_of_another_app_proves_nothing() {
    let (github, project) = scene(SIX);
    gate(&github, &project, "lint").expect(0);
    github.change(|repository| {
        for run in &mut repository.check_runs {
            (run.app, run.app_slug) = (999, "evil".to_owned());
        }
    });
    gate(&github, &project, "test")
        .expect(3)
        .says("was made by evil, not by github-actions");
}

#[test]
fn proof_on_another_commit_does_not_count() {
    let (github, project) = scene(SIX);
    gate(&github, &project, "lint").expect(0);
    project.commit("next");
    github.commit(&project.head(), "alice");
    github.workflow_run(78, "push", &project.head(), "alice");
    Job::new(&github, &project, 78).uses("gate: test").expect(3);
}

#[test]
fn a_gate_whose_jobs_run_side_by_side_is_told_by_the_next() {
    let (github, project) = scene(SHARDS);
    let record = |check: &str| {
        let inputs = format!("command: record, check: lint/{check}, outcome: success");
        Job::new(&github, &project, 77).uses(&inputs)
    };
    record("a").expect(0);
    assert_eq!(posted(&github), "tollgate / lint=?");
    // Side by side: this one began before the other had told anything.
    github.change(|repository| repository.check_runs[0].name = "hidden".to_owned());
    record("b").expect(0);
    github.change(|repository| repository.check_runs[0].name = "tollgate / lint".to_owned());
    assert_eq!(posted(&github), "tollgate / lint=? tollgate / lint=?");
    gate(&github, &project, "test").expect(0);
    assert_eq!(
        posted(&github),
        "tollgate / lint=? tollgate / lint=? tollgate / lint=success tollgate / test=success"
    );
}

#[test]
fn a_tag_days_later_goes_on_where_the_branch_ended() {
    let (github, project) = scene(SIX);
    for stage in ["lint", "test", "contract", "build", "push"] {
        gate(&github, &project, stage).expect(0);
    }
    github.workflow_run(90, "push", &project.head(), "bob");
    let late = Job::new(&github, &project, 90)
        .with("GITHUB_REF_TYPE", "tag")
        .with("GITHUB_REF_NAME", "v1.4.0")
        .uses("gate: tag");
    late.expect(0);
    assert!(posted(&github).ends_with("tollgate / tag=success"));
}

#[test]
fn an_artifact_that_is_gone_is_made_again_by_running_its_job_again() {
    let (github, project) = scene(SIX);
    gate(&github, &project, "lint").expect(0);
    let name = github.artifacts()[0].name.clone();
    github.change_artifact(&name, |artifact| artifact.is_expired = true);
    gate(&github, &project, "test")
        .expect(3)
        .says("it has expired");
    github.rerun(77, "alice");
    Job::new(&github, &project, 77)
        .attempt(2)
        .uses("gate: lint")
        .expect(0);
    Job::new(&github, &project, 77)
        .attempt(2)
        .uses("gate: test")
        .expect(0);
}

#[test]
fn a_missing_permission_is_named() {
    let (github, project) = scene(SIX);
    gate(&github, &project, "lint").expect(0);
    let token = github.token(Token::workflow().without(Permission::Actions));
    Job::new(&github, &project, 77)
        .token(&token)
        .uses("gate: test")
        .expect(3)
        .says("actions: read");
}

#[test]
fn a_fork_takes_over_within_its_run_and_writes_nothing() {
    let (github, project) = scene(SIX);
    github.workflow_run(80, "pull_request", &project.head(), "mallory");
    github.change_run(80, |run| run.head_repository = "mallory/shop".to_owned());
    let token = github.token(Token::read_only());
    let job = || Job::new(&github, &project, 80).token(&token);
    job()
        .uses("gate: lint")
        .expect(0)
        .says("this token may not write check runs");
    assert_eq!(posted(&github), "");
    job().uses("gate: test").expect(0);
    job().uses("gate: build").expect(3);
    // Nothing of it counts for the repository's own runs.
    gate(&github, &project, "test").expect(3);
}

#[test]
fn when_nothing_can_be_looked_up_nothing_opens() {
    let (github, project) = scene(SIX);
    gate(&github, &project, "lint").expect(0);
    github.fail(
        "GET",
        "/repos/acme/shop/commits/*/check-runs*",
        Fault::status(403),
        99,
    );
    gate(&github, &project, "test")
        .expect(3)
        .says("checks: read");
}

/// Records a check with an outcome, in a job of its own.
fn record(github: &FakeGitHub, project: &Project, run: u64, said: &str) -> crate::jobs::Acted {
    let (check, outcome) = said.split_once(' ').unwrap();
    let inputs = format!("command: record, check: {check}, outcome: {outcome}");
    Job::new(github, project, run).uses(&inputs)
}

#[test]
fn of_the_jobs_of_a_matrix_the_worst_counts() {
    let (github, project) = scene(SIX);
    record(&github, &project, 77, "lint/ruff failure").expect(1);
    record(&github, &project, 77, "lint/ruff success");
    gate(&github, &project, "test")
        .expect(3)
        .says("lint is failed");
}

#[test]
fn a_job_of_a_matrix_runs_its_own_checks() {
    let (github, project) = scene(SIX);
    gate(&github, &project, "lint").expect(0);
    let beside = gate(&github, &project, "lint");
    beside.expect(0);
    assert!(!beside.outcome.all().contains("passed before"));
}

#[test]
fn an_older_pass_does_not_hide_a_newer_failure_that_was_not_uploaded() {
    let (github, project) = scene(SHARDS);
    record(&github, &project, 77, "lint/a success").expect(0);
    record(&github, &project, 77, "lint/b success").expect(0);
    github.workflow_run(78, "push", &project.head(), "alice");
    Job::new(&github, &project, 78)
        .uses("command: record, check: lint/a, outcome: failure, artifact: off")
        .expect(1);
    github.workflow_run(79, "push", &project.head(), "alice");
    let later = record(&github, &project, 79, "lint/b success");
    later.expect(3).says("newer results of lint");
    let test = Job::new(&github, &project, 79).uses("gate: test");
    test.expect(3).says("lint is not proven");
}

#[test]
fn a_failure_that_could_not_be_posted_is_not_forgotten() {
    let (github, project) = scene(SIX);
    record(&github, &project, 77, "lint/ruff success").expect(0);
    github.rerun(77, "alice");
    github.fail(
        "POST",
        "/repos/acme/shop/check-runs",
        Fault::status(502),
        99,
    );
    Job::new(&github, &project, 77)
        .attempt(2)
        .uses("command: record, check: lint/ruff, outcome: failure")
        .expect(4);
    github.heal();
    github.workflow_run(78, "push", &project.head(), "alice");
    let test = Job::new(&github, &project, 78).uses("gate: test");
    test.expect(3).says("no check run binds the results");
}

#[test]
fn one_project_of_a_repository_opens_nothing_for_another() {
    let github = FakeGitHub::start();
    let project = Project::empty();
    for name in ["api", "web"] {
        let policy = format!("version: 1\nproject: {name}\n{SIX}");
        project.write(&format!("{name}/.github/tollgate.yml"), &policy);
    }
    project.commit("two projects");
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    let job = |inputs: &str| Job::new(&github, &project, 77).uses(inputs);
    job("gate: lint, working-directory: api").expect(0);
    job("gate: test, working-directory: web").expect(3);
    job("gate: test, working-directory: api").expect(0);
    assert_eq!(
        posted(&github),
        "tollgate / api / lint=success tollgate / web / test=action_required \
         tollgate / api / test=success"
    );
}

#[test]
fn a_tree_that_is_not_the_commit_satisfies_nobody() {
    let (github, project) = scene(SIX);
    let job = Job::new(&github, &project, 77);
    job.checkout.write("changed", "");
    job.uses("gate: lint").expect(0);
    assert_eq!(posted(&github), "tollgate / lint=action_required");
}

#[test]
fn a_workspace_that_is_kept_needs_no_download() {
    let (github, project) = scene(SIX);
    let job = Job::new(&github, &project, 77);
    job.uses("gate: lint").expect(0);
    let before = github.journal().len();
    job.uses("gate: test").expect(0);
    let after = github.journal();
    let downloads = after[before..]
        .iter()
        .filter(|call| call.line().contains("/zip"));
    assert_eq!(downloads.count(), 0);
    let _ = (json!({}), Level::Read);
}
