//! Journeys and faults: judged from the JUnit files of other checks, in one run, by `record`, and
//! across jobs that share nothing but GitHub.

use std::fs;

use serde_json::Value;

use crate::fake_github::FakeGitHub;
use crate::jobs::{Acted, Job, posted};
use crate::project::{Project, check, codes};

/// `e2e` brings what `made/e2e.xml` holds; `table` judges it.
const ONE_GATE: &str = r#"
gates:
  G1:
    title: Core journeys
    checks:
      e2e: { run: "mkdir -p out; cp made/e2e.xml out/e2e.xml", results: { junit: out/e2e.xml } }
      table: { journeys: { all: true, faults: 1 } }
journeys:
  order: { title: Chat to order, tests: ["*order*"], faults: { double-click: ["*order*double*"], timeout: ["*order*timeout*"] } }
  pay: { tests: ["*pay*"], faults: { twice: ["*pay*twice*"] } }
"#;

/// `faults` of G2 judges what the stage `test` ran.
const TWO_GATES: &str = r#"
pipeline:
  test: { checks: { e2e: { run: "touch executed", results: { junit: out/*.xml }, require: { failed: 1 } } } }
gates:
  G2: { requires: [test], checks: { faults: { journeys: { faults: 1, from: [test/e2e] } } } }
journeys:
  order: { tests: ["*order*"], faults: { double-click: ["*order*double*"] } }
"#;

const GOOD: &str = "order | order_double | pay | pay_twice";

fn project(policy: &str) -> Project {
    let project = Project::new(policy);
    project.write(".gitignore", "made/\nout/\n");
    project.commit("ignore");
    project
}

/// A report with cases such as `order | order_double failure`.
fn junit(cases: &str) -> String {
    let case = |line: &str| {
        let (name, inside) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let inside = match inside {
            "" => String::new(),
            element => format!("<{element}/>"),
        };
        format!("<testcase classname=\"e2e\" name=\"{name}\">{inside}</testcase>")
    };
    let cases: String = cases.split('|').map(case).collect();
    format!("<testsuites><testsuite name=\"s\">{cases}</testsuite></testsuites>")
}

/// Runs G1 with these cases, and compares the exit code, the status of `table` and its reasons.
#[track_caller]
fn ran(project: &Project, cases: &str, code: i32, status: &str, reasons: &[&str]) -> Value {
    project.write("made/e2e.xml", &junit(cases));
    let outcome = project.tollgate("run G1");
    outcome.expect(code);
    let document = project.status();
    let table = check(&document, "G1/table").clone();
    let found = (table["status"].as_str().unwrap(), codes(&table));
    assert_eq!(found, (status, reasons.to_vec()), "{}", outcome.all());
    table
}

/// `order=passed(double-click=passed timeout=missing) …` of a check in JSON.
fn journeys(check: &Value) -> String {
    let rows = check["journeys"].as_array().unwrap().iter();
    let word = |it: &Value| {
        format!(
            "{}={}",
            it["id"].as_str().unwrap(),
            it["status"].as_str().unwrap()
        )
    };
    let rows = rows.map(|row| {
        let faults = row["faults"].as_array().unwrap().iter();
        let faults: Vec<String> = faults.map(word).collect();
        format!("{}({})", word(row), faults.join(" "))
    });
    rows.collect::<Vec<_>>().join(" ")
}

#[test]
fn journeys_and_faults_are_judged_from_the_tests_of_the_gate() {
    let project = project(ONE_GATE);
    let odd = ["pattern_unmatched"];
    let table = ran(&project, GOOD, 0, "passed", &odd);
    assert_eq!(
        journeys(&table),
        "order=passed(double-click=passed timeout=missing) pay=passed(twice=passed)"
    );
    assert_eq!(table["journeys"][0]["title"], "Chat to order");
    assert_eq!(table["journeys"][0]["tests"]["passed"], 2);
    assert_eq!(table["journeys"][0]["faults"][0]["tests"]["total"], 1);
    let tests = check(&project.status(), "G1/e2e").clone();
    assert_eq!(
        tests.get("journeys"),
        None,
        "the table stands where it is judged"
    );
}

#[test]
fn failures_skips_and_missing_tests_do_not_pass() {
    for (cases, reasons) in [
        (
            "order failure | order_double | pay | pay_twice",
            &["journey_failed", "pattern_unmatched"][..],
        ),
        (
            "order skipped | order_double | pay | pay_twice",
            &["journey_skipped", "pattern_unmatched"],
        ),
        (
            "order | order_double | login",
            &["journey_untested", "fault_untested", "pattern_unmatched"],
        ),
        ("order | pay | pay_twice", &["fault_untested"]),
        (
            "order | order_double failure | order_timeout | pay | pay_twice",
            &["journey_failed", "fault_failed"],
        ),
    ] {
        ran(&project(ONE_GATE), cases, 1, "failed", reasons);
    }
}

#[test]
fn the_table_is_told_though_the_tests_failed_and_everywhere() {
    let project = project(ONE_GATE);
    project.write(
        "made/e2e.xml",
        &junit("order failure | order_double | pay | pay_twice"),
    );
    let outcome = project.tollgate("run G1");
    outcome
        .expect(1)
        .says("the journey order failed: 1 of 2 tests failed: e2e › order (G1/e2e)")
        .says("Journeys [G1/table]")
        .says("✗ 1 of 2 failed")
        .says("○ no test");
    assert_eq!(check(&project.status(), "G1/e2e")["status"], "failed");
    let summary = fs::read_to_string(project.newest_run().join("summary.md")).unwrap();
    assert!(summary.contains(
        "## Journeys\n\nG1/table\n\n| Journey | Tests | double-click | timeout | twice |"
    ));
    assert!(
        summary.contains(
            "| **order**<br>Chat to order | ✗ 1 of 2 failed | ✓ 1 passed | ○ no test | · |"
        )
    );
    project.tollgate("status").expect(0).says("✗ 1 of 2 failed");
}

#[test]
fn a_test_that_passed_in_a_retry_is_flaky_in_its_journey() {
    let policy = ONE_GATE.replace(
        "cp made/e2e.xml out/e2e.xml\"",
        "cp made/e2e.xml out/e2e.xml; cp made/next.xml made/e2e.xml\", retries: 1",
    );
    let project = project(&policy);
    project.write("made/next.xml", &junit(GOOD));
    let table = ran(
        &project,
        "order failure | order_double | pay | pay_twice",
        0,
        "passed",
        &["pattern_unmatched"],
    );
    assert_eq!(table["journeys"][0]["tests"]["flaky"], 1);
    project.tollgate("status").says("✓ 2 passed, 1 flaky");
}

#[test]
fn several_files_and_checks_are_merged() {
    let policy = ONE_GATE.replace(
        "      table:",
        "      api: { run: \"mkdir -p api; cp made/api-*.xml api\", results: { junit: api/*.xml } }\n      table:",
    );
    let project = project(&policy);
    project.write("made/api-1.xml", &junit("order | pay_twice"));
    project.write("made/api-2.xml", &junit("order_timeout | order_double"));
    let table = ran(&project, "order | pay", 0, "passed", &[]);
    assert_eq!(table["journeys"][0]["tests"]["passed"], 4);
    project.commit("a change");
    project.write(
        "made/api-2.xml",
        &junit("order_timeout failure | order_double"),
    );
    let reasons = ["journey_failed", "fault_failed"];
    ran(&project, "order | pay", 1, "failed", &reasons);
}

#[test]
fn what_could_not_be_counted_is_errored() {
    let project = project(ONE_GATE);
    project.write("made/e2e.xml", "<testsuites><testsuite");
    project
        .tollgate("run G1")
        .expect(1)
        .says("`G1/e2e` is errored");
    let status = project.status();
    assert_eq!(check(&status, "G1/table")["status"], "errored");
    assert_eq!(codes(check(&status, "G1/table")), ["journeys_unmeasured"]);
}

#[test]
fn a_runner_that_broke_off_is_not_taken_for_complete() {
    let policy = ONE_GATE.replace("out/e2e.xml\"", "out/e2e.xml; exit 3\"");
    ran(
        &project(&policy),
        GOOD,
        1,
        "errored",
        &["journeys_unmeasured"],
    );
}

#[test]
fn record_judges_what_the_ledger_knows_and_executes_nothing() {
    let project = project(TWO_GATES);
    let record = |check: &str, outcome: &str| {
        project.tollgate(&format!("record {check} --outcome {outcome}"))
    };
    record("G2/faults", "success").expect(3).says("test");
    project.write("out/a.xml", &junit("order | order_double failure"));
    record("test/e2e", "success").expect(0);
    record("G2/faults", "success")
        .expect(1)
        .says("0 of the faults of the journey order passed, at least 1 must: double-click: 1 of 1 test failed");
    project.write("out/a.xml", &junit("order | order_double"));
    record("test/e2e", "success").expect(0);
    record("G2/faults", "success").expect(0);
    let status = project.status();
    assert_eq!(
        journeys(check(&status, "G2/faults")),
        "order=passed(double-click=passed)"
    );
    record("G2/faults", "failure")
        .expect(1)
        .says("the step failed");
    record("G2/faults", "skipped").expect(1);
    assert!(!project.exists("executed"));
}

#[test]
fn a_recorded_pass_does_not_hide_newer_tests() {
    let project = project(TWO_GATES);
    project.write("out/a.xml", &junit("order | order_double"));
    for check in ["test/e2e", "G2/faults"] {
        project
            .tollgate(&format!("record {check} --outcome success"))
            .expect(0);
    }
    assert_eq!(project.statuses(), "test=passed G2=passed");
    project.write("out/a.xml", &junit("order | order_double failure"));
    project
        .tollgate("record test/e2e --outcome success")
        .expect(0); // one may fail
    assert_eq!(project.statuses(), "test=passed G2=failed");
    let status = project.status();
    assert_eq!(codes(check(&status, "G2/faults")), ["fault_failed"]);
    assert_eq!(
        journeys(check(&status, "G2/faults")),
        "order=failed(double-click=failed)"
    );
}

#[test]
fn other_patterns_ask_for_the_tests_again() {
    let project = project(TWO_GATES);
    project.write("out/a.xml", &junit("order | order_double"));
    project
        .tollgate("record test/e2e --outcome success")
        .expect(0);
    project
        .tollgate("record G2/faults --outcome success")
        .expect(0);
    let policy = project.read(".github/tollgate.yml");
    let relabelled = policy.replace("*order*double*", "*double*");
    fs::write(project.path("other.yml"), relabelled).unwrap();
    fs::write(project.path(".git/info/exclude"), "other.yml\n").unwrap();
    let with = |arguments: &str| project.tollgate(&format!("{arguments} --policy other.yml"));
    with("status")
        .expect(0)
        .says("faults has a result of another definition");
    with("record G2/faults --outcome success")
        .expect(1)
        .says("`test/e2e` counted its tests for other journeys than the policy has now")
        .says("Run or record `test/e2e` again");
    with("record test/e2e --outcome success").expect(0);
    with("record G2/faults --outcome success").expect(0);
}

#[test]
fn a_dirty_tree_judges_what_its_own_run_made() {
    let project = project(ONE_GATE);
    project.write("changed", "");
    project.write("made/e2e.xml", &junit(GOOD));
    project.tollgate("run G1").expect(0);
    let again = project.tollgate("record G1/table --outcome success");
    again.expect(1).says("`G1/e2e` has no result that counts");
}

fn scene(policy: &str) -> (FakeGitHub, Project) {
    let github = FakeGitHub::start();
    let project = project(policy);
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    (github, project)
}

/// Records a check in a job of its own, in which a tool wrote these cases.
fn job(github: &FakeGitHub, project: &Project, check: &str, cases: &str) -> Acted {
    let job = Job::new(github, project, 77);
    if !cases.is_empty() {
        job.checkout.write("out/a.xml", &junit(cases));
    }
    job.uses(&format!(
        "command: record, check: {check}, outcome: success"
    ))
}

#[test]
fn a_later_job_judges_without_the_files() {
    let (github, project) = scene(TWO_GATES);
    job(&github, &project, "test/e2e", "order | order_double").expect(0);
    job(&github, &project, "G2/faults", "").expect(0);
    assert_eq!(
        posted(&github),
        "tollgate / test=success tollgate / G2=success"
    );
    let summary = github.check_runs()[1].summary.clone().unwrap_or_default();
    let head = "## Journeys\n\n| Journey | Tests | double-click |\n|---|---|---|";
    assert!(summary.contains(head), "{summary}");
    assert!(
        summary.contains("| **order** | ✓ 2 passed | ✓ 1 passed |"),
        "{summary}"
    );
}

#[test]
fn the_jobs_of_a_matrix_are_judged_together() {
    let (github, project) = scene(TWO_GATES);
    job(&github, &project, "test/e2e", "order").expect(0);
    job(&github, &project, "test/e2e", "order_double").expect(0);
    job(&github, &project, "G2/faults", "").expect(0);
    let summary = github
        .check_runs()
        .pop()
        .unwrap()
        .summary
        .unwrap_or_default();
    assert!(
        summary.contains("| **order** | ✓ 2 passed | ✓ 1 passed |"),
        "{summary}"
    );
}

#[test]
fn a_job_that_failed_is_told_with_its_table() {
    let (github, project) = scene(ONE_GATE);
    let job = Job::new(&github, &project, 77);
    job.checkout.write(
        "made/e2e.xml",
        &junit("order failure | order_double | pay skipped"),
    );
    job.uses("gate: G1").expect(1);
    assert_eq!(posted(&github), "tollgate / G1=failure");
    let summary = github.check_runs()[0].summary.clone().unwrap_or_default();
    assert!(
        summary.contains("| **pay** | – 1 of 1 skipped | · | · | ○ no test |"),
        "{summary}"
    );
}
