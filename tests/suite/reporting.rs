//! What a gate looks like on a commit: check runs, annotations, summary, outputs, artifact.

use serde_json::json;
use tollgate::domain::ids::Sha256Digest;

use crate::fake_github::{FakeGitHub, Token};
use crate::jobs::{Job, posted};
use crate::project::Project;

const TESTED: &str = r#"
pipeline:
  test:
    checks:
      pytest: { run: "cat cases.xml > report.xml", results: { junit: report.xml } }
"#;

/// A JUnit file in which the last `failed` of `total` cases failed, each at a line of its own.
fn junit(total: usize, failed: usize) -> String {
    let mut text = String::from("<testsuite name='shop'>\n");
    for case in 0..total {
        let place = format!(
            "name='case{case}' classname='shop' file='tests/test_shop.py' line='{}'",
            case + 1
        );
        if case >= total - failed {
            text.push_str(&format!(
                "<testcase {place}><failure message='no {case}'/></testcase>\n"
            ));
        } else {
            text.push_str(&format!("<testcase {place}/>\n"));
        }
    }
    text + "</testsuite>\n"
}

/// A repository whose tests end so, with a run 77 for its head.
fn scene(total: usize, failed: usize) -> (FakeGitHub, Project) {
    let github = FakeGitHub::start();
    let project = Project::new(TESTED);
    project.write("cases.xml", &junit(total, failed));
    project.commit("cases");
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    (github, project)
}

#[test]
fn a_gate_is_one_check_run_with_totals_and_annotations() {
    let (github, project) = scene(31, 2);
    let acted = Job::new(&github, &project, 77).uses("gate: test");
    acted.expect(1);
    let runs = github.check_runs();
    assert_eq!(posted(&github), "tollgate / test=failure");
    assert_eq!(
        runs[0].title.as_deref(),
        Some("31 tests: 29 passed, 2 failed")
    );
    assert_eq!(runs[0].head_sha, project.head());
    let places: Vec<_> = runs[0]
        .annotations
        .iter()
        .map(|annotation| {
            (
                annotation["path"].as_str().unwrap(),
                annotation["start_line"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [("tests/test_shop.py", 30), ("tests/test_shop.py", 31)]
    );
    assert!(
        runs[0]
            .annotations
            .iter()
            .all(|annotation| annotation["annotation_level"] == "failure")
    );
}

#[test]
fn reporting_a_gate_takes_three_calls() {
    let (github, project) = scene(31, 2);
    let acted = Job::new(&github, &project, 77).uses("gate: test");
    acted.expect(1).says("3 calls");
    assert_eq!(
        github.calls(),
        3,
        "a look before, a look after, and the check run"
    );
}

#[test]
fn outputs_say_how_it_ended_and_where_the_proof_lies() {
    let (github, project) = scene(31, 2);
    let job = Job::new(&github, &project, 77);
    let acted = job.uses("gate: test");
    let output = |name: &str| acted.output(name).unwrap_or_default();
    assert_eq!(
        (output("status"), output("failed-gate")),
        ("failed".to_owned(), "test".to_owned())
    );
    assert_eq!(
        (output("tests"), output("tests-failed")),
        ("31".to_owned(), "2".to_owned())
    );
    let report = output("report");
    assert!(job.checkout.read(&report).contains("case30"), "{report}");
    let manifest = report.replace("summary.md", "manifest.json");
    let digest = Sha256Digest::of(job.checkout.read(&manifest).as_bytes()).to_string();
    assert_eq!(output("manifest-sha256"), digest);
    let external_id = github.check_runs()[0].external_id.clone().unwrap();
    let release = output("release-id");
    assert_eq!(
        external_id,
        format!("tollgate:v1:{release}:test:77.1:{digest}")
    );
    let artifact = &github.artifacts()[0];
    assert_eq!(output("artifact-id"), artifact.id.to_string());
    assert!(artifact.name.ends_with(&digest), "{}", artifact.name);
}

#[test]
fn more_annotations_than_a_request_takes_are_added() {
    let (github, project) = scene(130, 120);
    Job::new(&github, &project, 77)
        .uses("gate: test, annotations: 110")
        .expect(1);
    let runs = github.check_runs();
    assert_eq!(runs[0].annotations.len(), 110);
    let writes = github
        .journal()
        .into_iter()
        .filter(|call| call.method != "GET" && call.path.contains("check-runs"));
    let methods: Vec<_> = writes.map(|call| call.method.to_string()).collect();
    assert_eq!(methods, ["POST", "PATCH", "PATCH"]);
}

#[test]
fn annotations_can_be_left_out() {
    let (github, project) = scene(5, 5);
    Job::new(&github, &project, 77)
        .uses("gate: test, annotations: 0")
        .expect(1);
    assert_eq!(github.check_runs()[0].annotations.len(), 0);
}

#[test]
fn each_event_is_about_its_commit() {
    let (github, project) = scene(1, 0);
    let own = project.head();
    let other = "2".repeat(40);
    github.commit(&other, "bob");
    let repo = json!({"id": github.look().id});
    let pull = json!({"number": 12, "pull_request": {"head": {"sha": other, "repo": repo}}, "repository": repo});
    for (event, payload, expect) in [
        ("push", json!({}), &own),
        ("workflow_dispatch", json!({}), &own),
        ("schedule", json!({}), &own),
        ("release", json!({}), &own),
        ("pull_request", pull.clone(), &other),
        ("pull_request_target", pull, &other),
        (
            "merge_group",
            json!({"merge_group": {"head_sha": other}}),
            &other,
        ),
        (
            "workflow_run",
            json!({"workflow_run": {"head_sha": other}}),
            &other,
        ),
    ] {
        github.change(|repository| repository.check_runs.clear());
        Job::new(&github, &project, 77)
            .event(event, payload)
            .uses("gate: test")
            .expect(0);
        assert_eq!(&github.check_runs()[0].head_sha, expect, "{event}");
    }
}

#[test]
fn a_second_step_posts_nothing_twice() {
    let (github, project) = scene(3, 0);
    let job = Job::new(&github, &project, 77);
    job.uses("gate: test").expect(0);
    job.uses("command: publish").expect(0);
    job.uses("gate: test").expect(0);
    assert_eq!(posted(&github), "tollgate / test=success");
}

#[test]
fn a_gate_can_be_seen_while_it_runs() {
    let (github, project) = scene(3, 0);
    Job::new(&github, &project, 77)
        .uses("gate: test, checks: live")
        .expect(0);
    assert_eq!(posted(&github), "tollgate / test=success");
    let writes = github
        .journal()
        .into_iter()
        .filter(|call| call.method != "GET" && call.path.contains("check-runs"));
    let methods: Vec<_> = writes.map(|call| call.method.to_string()).collect();
    assert_eq!(methods, ["POST", "PATCH"]);
}

#[test]
fn check_runs_can_be_left_out() {
    let (github, project) = scene(3, 0);
    Job::new(&github, &project, 77)
        .uses("gate: test, checks: off")
        .expect(0);
    assert_eq!(posted(&github), "");
}

#[test]
fn without_the_artifact_service_the_files_stay_and_that_is_said() {
    let (github, project) = scene(3, 0);
    let job = Job::new(&github, &project, 77).with("ACTIONS_RESULTS_URL", "");
    let acted = job.uses("gate: test");
    acted.expect(0).says("actions/upload-artifact");
    assert!(acted.step.summary().contains("actions/upload-artifact"));
    assert_eq!(github.artifacts().len(), 0);
    let ghes = Job::new(&github, &project, 77).with("GITHUB_SERVER_URL", "https://git.example");
    ghes.uses("gate: test, checks: off")
        .expect(0)
        .says("no artifact service");
}

#[test]
fn the_summary_stays_below_what_github_takes() {
    let (github, project) = scene(9000, 9000);
    let acted = Job::new(&github, &project, 77).uses("gate: test");
    acted.expect(1);
    let summary = acted.step.summary();
    assert!(
        summary.len() < 1024 * 1024 && summary.contains("test"),
        "{}",
        summary.len()
    );
    let run = &github.check_runs()[0];
    assert!(run.summary.as_ref().unwrap().len() <= 65_535);
}

#[test]
fn a_token_that_may_only_read_falls_back_and_says_so() {
    let (github, project) = scene(3, 1);
    let token = github.token(Token::read_only());
    let acted = Job::new(&github, &project, 77)
        .token(&token)
        .uses("gate: test");
    acted
        .expect(1)
        .says("may not write check runs")
        .says("::error");
    assert!(acted.step.summary().contains("No check run was written"));
}

#[test]
fn inputs_that_make_no_sense_run_nothing() {
    let (github, project) = scene(3, 0);
    for (inputs, expect) in [
        ("command: runn", "`command: runn` is none of"),
        ("gate: tset", "did you mean test?"),
        ("gate: test, annotations: many", "`annotations: many`"),
        (
            "command: record, check: test/pytest",
            "needs the input `outcome`",
        ),
        ("gate: test, args: --nope", "--nope"),
    ] {
        Job::new(&github, &project, 77)
            .uses(inputs)
            .expect(2)
            .says(expect);
    }
    assert_eq!(github.journal().len(), 0, "{:?}", github.journal());
}

#[test]
fn results_may_lie_elsewhere_than_the_policy_says() {
    let (github, project) = scene(3, 0);
    let job = Job::new(&github, &project, 77);
    job.checkout.write("elsewhere.xml", &junit(7, 0));
    let acted =
        job.uses("command: record, check: test/pytest, outcome: success, junit: elsewhere.xml");
    acted.expect(0);
    assert_eq!(acted.output("tests").as_deref(), Some("7"));
}
