//! `tollgate record` judges what an earlier step produced; nothing is executed.

use crate::project::{Project, check, codes};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "touch executed" } } }
  test:
    checks:
      pytest: { run: "touch executed", results: { junit: "reports/*.xml" }, require: { skipped: 0 } }
"#;

fn project() -> Project {
    Project::new(POLICY)
}

const GREEN: &str = r#"<testsuite name="s"><testcase classname="c" name="a"/></testsuite>"#;
const RED: &str = r#"<testsuite name="s"><testcase classname="c" name="a"><failure message="no"/></testcase></testsuite>"#;

#[test]
fn an_outcome_becomes_a_result_and_nothing_is_executed() {
    for (outcome, code, status) in [
        ("success", 0, "passed"),
        ("failure", 1, "failed"),
        ("skipped", 1, "skipped"),
        ("cancelled", 1, "errored"),
    ] {
        let project = project();
        project
            .tollgate(&format!("record lint/ruff --outcome {outcome}"))
            .expect(code);
        assert_eq!(
            check(&project.status(), "lint/ruff")["status"],
            status,
            "{outcome}"
        );
        assert!(!project.exists("executed"));
    }
}

#[test]
fn the_files_of_the_step_are_judged() {
    let project = project();
    project
        .tollgate("record lint/ruff --outcome success")
        .expect(0);
    project.write("reports/a.xml", GREEN);
    project
        .tollgate("record test/pytest --outcome success")
        .expect(0);
    project.write("reports/a.xml", RED);
    project
        .tollgate("record test/pytest --outcome success")
        .expect(1)
        .says("1 of 1 tests failed");
    let status = project.status();
    assert_eq!(codes(check(&status, "test/pytest")), ["tests_failed"]);
    assert_eq!(check(&status, "test/pytest")["tests"]["failed"], 1);
}

#[test]
fn a_step_that_failed_is_not_saved_by_green_files() {
    let project = project();
    project
        .tollgate("record lint/ruff --outcome success")
        .expect(0);
    project.write("reports/a.xml", GREEN);
    project
        .tollgate("record test/pytest --outcome failure")
        .expect(1);
    assert_eq!(check(&project.status(), "test/pytest")["status"], "failed");
}

#[test]
fn a_missing_file_is_errored() {
    let project = project();
    project
        .tollgate("record lint/ruff --outcome success")
        .expect(0);
    project
        .tollgate("record test/pytest --outcome success")
        .expect(1)
        .says("reports/*.xml");
    let status = project.status();
    assert_eq!(check(&status, "test/pytest")["status"], "errored");
    assert_eq!(codes(check(&status, "test/pytest")), ["result_missing"]);
}

#[test]
fn a_result_out_of_order_is_kept_and_never_counts() {
    let project = project();
    project.write("reports/a.xml", GREEN);
    project
        .tollgate("record test/pytest --outcome success")
        .expect(3)
        .says("lint");
    project
        .tollgate("record lint/ruff --outcome success")
        .expect(0);
    let status = project.status();
    assert_eq!(check(&status, "test/pytest")["status"], "pending");
    assert_eq!(codes(check(&status, "test/pytest")), ["out_of_order"]);
    project
        .tollgate("record test/pytest --outcome success")
        .expect(0);
    assert_eq!(project.statuses(), "lint=passed test=passed");
}

#[test]
fn wrong_names_and_words_are_usage_errors() {
    let project = project();
    project
        .tollgate("record lint/rufff --outcome success")
        .expect(2)
        .says("ruff");
    project
        .tollgate("record lnt/ruff --outcome success")
        .expect(2)
        .says("lint");
    project
        .tollgate("record lint/ruff --outcome great")
        .expect(2);
    project.tollgate("record lint --outcome success").expect(2);
    project.tollgate("record lint/ruff").expect(2);
}
