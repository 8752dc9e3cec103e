//! `tollgate validate`: readiness, regression, report, and the record of such runs.

use serde_json::Value;

use crate::fake_github::FakeGitHub;
use crate::jobs::Job;
use crate::project::{Outcome, Project};

const POLICY: &str = r#"
pipeline: { lint: { checks: { a: { run: "true" } } } }
gates:
  G0:
    requires: lint
    checks:
      tables:  { run: "echo schema >> .tollgate/order; test ! -f no-tables", group: schema }
      buckets: { run: "echo storage >> .tollgate/order", group: storage }
      roles:   { run: "echo permission >> .tollgate/order", group: permission }
      unit:    { run: "echo unit >> .tollgate/order" }
  G1:
    requires: G0
    checks:
      e2e:
        run: "echo regression >> .tollgate/order; mkdir -p reports; cp cases.xml reports/e2e.xml"
        group: regression
        critical: true
        results: { junit: reports/e2e.xml }
environments: { staging: { gates: [G0, G1] }, empty: { gates: [lint] } }
"#;

const GREEN: &str = r#"<testsuite name="e2e"><testcase classname="e2e" name="order"/></testsuite>"#;

const SKIPPED: &str = r#"<testsuite name="e2e"><testcase classname="e2e" name="order"><skipped/></testcase></testsuite>"#;

fn project(cases: &str) -> Project {
    let project = Project::new(POLICY);
    project.write("cases.xml", cases);
    project.commit("cases");
    project.tollgate("run lint G0").expect(0);
    std::fs::remove_file(project.path(".tollgate/order")).unwrap();
    project
}

fn json(project: &Project, arguments: &str) -> Value {
    project
        .tollgate(&format!("{arguments} --format json"))
        .json()
}

fn id(outcome: &Outcome) -> String {
    outcome.json()["validation"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn readiness_comes_first_and_everything_is_reported() {
    let project = project(GREEN);
    let validated = project.tollgate("validate staging");
    validated
        .expect(0)
        .says("of staging: passed")
        .says("validation.md");
    let order = project.read(".tollgate/order");
    let last = order.lines().last();
    assert_eq!(
        (order.lines().count(), last),
        (4, Some("regression")),
        "{order}"
    );
    let report = std::fs::read_to_string(project.newest_run().join("validation.md")).unwrap();
    for part in [
        "## schema",
        "## storage",
        "## permission",
        "## regression",
        "G1/e2e",
        &project.head(),
    ] {
        assert!(report.contains(part), "{part} in {report}");
    }
    assert!(
        !order.contains("unit"),
        "only checks with a group of a validation are performed"
    );
}

#[test]
fn a_failing_check_blocks_and_the_way_back_is_told() {
    let project = project(GREEN);
    project.write("no-tables", "");
    project.commit("break it");
    project.tollgate("run lint").expect(0);
    let validated = project.tollgate("validate staging");
    validated
        .expect(1)
        .says("G0/tables (schema) failed")
        .says("no rollback plan");
    project.write("plan.md", "Switch the feature off");
    project
        .tollgate("evidence add rollback-plan plan.md")
        .expect(0);
    std::fs::remove_file(project.path("plan.md")).unwrap();
    project
        .tollgate("validate staging")
        .expect(1)
        .says("Follow plan.md");
}

#[test]
fn a_skip_in_a_critical_scenario_blocks() {
    let project = project(SKIPPED);
    let validated = project.tollgate("validate staging --format json");
    let document = validated.expect(1).json();
    assert_eq!(document["blocking"], serde_json::json!(["G1/e2e"]));
    let id = id(&validated);
    let finalize = format!("validate --finalize {id} --by carol");
    project
        .tollgate(&finalize)
        .expect(3)
        .says("G1/e2e is failed");
}

#[test]
fn runs_are_listed_shown_and_finalised_once() {
    let project = project(GREEN);
    project
        .tollgate("validate --list")
        .expect(0)
        .says("not validated yet");
    let first = id(&project.tollgate("validate staging --format json"));
    let second = id(&project.tollgate("validate staging --format json"));
    let list = json(&project, "validate --list");
    let ids: Vec<&str> = list["validations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [&first, &second]);
    let finalize = format!("validate --finalize {second} --by carol");
    project
        .tollgate(&finalize)
        .expect(0)
        .says("finalised by carol");
    project
        .tollgate(&finalize)
        .expect(3)
        .says("that is done once");
    let shown = json(&project, &format!("validate --show {second}"));
    assert_eq!(shown["validation"]["finalized"]["by"], "carol");
    assert_eq!(shown["validation"]["environment"], "staging");
    project
        .tollgate("validate --show nothing")
        .expect(2)
        .says(&first);
    project.tollgate("ledger verify").expect(0);
}

#[test]
fn a_blocked_gate_stays_shut_and_its_checks_are_missing() {
    let project = Project::new(POLICY);
    let validated = project.tollgate("validate staging");
    validated
        .expect(3)
        .says("lint is pending")
        .says("4 checks are in the way");
    assert!(!project.exists(".tollgate/order"));
}

#[test]
fn what_takes_too_long_is_ended_with_the_reason() {
    let project = Project::new(&format!(
        "{}\nbudgets: {{ readiness: 50ms }}",
        POLICY.replace("echo schema >> .tollgate/order;", "sleep 60;")
    ));
    project.tollgate("run lint").expect(0);
    project
        .tollgate("validate staging")
        .expect(1)
        .says("budgets.readiness");
}

#[test]
fn an_environment_without_such_checks_is_a_usage_error() {
    let project = project(GREEN);
    project.tollgate("validate empty").expect(2).says("group");
    project.tollgate("validate nowhere").expect(2);
    project.tollgate("validate").expect(2);
}

#[test]
fn a_job_validates_what_earlier_jobs_left() {
    let github = FakeGitHub::start();
    let project = Project::new(POLICY);
    project.write("cases.xml", GREEN);
    project.commit("cases");
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    let job = |inputs: &str| Job::new(&github, &project, 77).uses(inputs);
    job("gate: lint").expect(0);
    job("gate: G0").expect(0);
    job("command: validate, environment: staging")
        .expect(0)
        .says("of staging: passed");
    job("command: validate, environment: stagin")
        .expect(2)
        .says("did you mean staging?");
    job("command: validate").expect(2).says("environment");
}
