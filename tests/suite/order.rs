//! The order lint → test → contract → build → push → tag is enforced from the ledger.

use crate::project::{Project, check, codes, statuses};

/// Three stages that leave a mark each time they are run; `.fail/NAME` makes one fail.
const THREE: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "mkdir -p .marks; echo x >> .marks/lint; test ! -e fail-lint" } } }
  test: { checks: { pytest: { run: "echo x >> .marks/test; test ! -e fail-test" } } }
  push: { checks: { image: { run: "echo x >> .marks/push" } } }
"#;

fn three() -> Project {
    let project = Project::new(THREE);
    project.write(".gitignore", ".marks/\n");
    project.commit("ignore the marks");
    project
}

fn marks(project: &Project) -> [usize; 3] {
    ["lint", "test", "push"].map(|name| project.marks(name))
}

#[test]
fn a_pipeline_runs_in_order_and_passes() {
    let project = three();
    project.tollgate("run").expect(0);
    assert_eq!(marks(&project), [1, 1, 1]);
    assert_eq!(project.statuses(), "lint=passed test=passed push=passed");
    assert_eq!(project.status()["status"], "passed");
}

#[test]
fn everything_behind_a_failed_stage_stays_shut() {
    let project = three();
    project.write("fail-test", "");
    project.commit("break it");
    project.tollgate("run").expect(1);
    assert_eq!(marks(&project), [1, 1, 0]);
    let status = project.status();
    assert_eq!(statuses(&status), "lint=passed test=failed push=blocked");
    assert_eq!(codes(&status["gates"][1]), ["command_failed"]);
    assert_eq!(status["gates"][1]["reasons"][0]["check"], "pytest");
    assert_eq!(codes(&status["gates"][2]), ["gate_not_passed"]);
    assert_eq!(check(&status, "push/image")["status"], "pending");
}

#[test]
fn what_passed_for_the_commit_is_not_run_again() {
    let project = three();
    project.tollgate("run lint").expect(0);
    assert_eq!(marks(&project), [1, 0, 0]);
    project.tollgate("run").expect(0);
    assert_eq!(marks(&project), [1, 1, 1]);
    project.tollgate("run --force").expect(0);
    assert_eq!(marks(&project), [2, 2, 2]);
}

#[test]
fn a_failed_stage_is_run_again_and_the_ones_before_it_are_not() {
    let project = Project::new(
        r#"
pipeline:
  lint: { checks: { ruff: { run: "echo x >> .marks/lint" } } }
  test: { checks: { flaky: { run: "echo x >> .marks/test; test $(wc -l < .marks/test) -gt 1" } } }
"#,
    );
    project.write(".gitignore", ".marks/\n");
    project.commit("ignore");
    std::fs::create_dir(project.path(".marks")).unwrap();
    project.tollgate("run").expect(1);
    project.tollgate("run").expect(0);
    assert_eq!((project.marks("lint"), project.marks("test")), (1, 2));
}

#[test]
fn a_new_commit_starts_from_nothing() {
    let project = three();
    project.tollgate("run").expect(0);
    project.commit("next");
    assert_eq!(project.statuses(), "lint=pending test=blocked push=blocked");
    project.tollgate("run").expect(0);
    assert_eq!(marks(&project), [2, 2, 2]);
}

#[test]
fn only_runs_nothing_while_its_gate_is_blocked() {
    let project = three();
    project
        .tollgate("run --only push")
        .expect(3)
        .says("test")
        .says("lint");
    assert_eq!(marks(&project), [0, 0, 0]);
    project.tollgate("run test").expect(0);
    project.tollgate("run --only push").expect(0);
    assert_eq!(marks(&project), [1, 1, 1]);
}

#[test]
fn a_named_stage_brings_all_that_it_requires() {
    let project = three();
    project.tollgate("run test").expect(0);
    assert_eq!(marks(&project), [1, 1, 0]);
    assert_eq!(project.statuses(), "lint=passed test=passed push=pending");
}

#[test]
fn a_dirty_tree_counts_for_its_own_run_and_for_nothing_else() {
    let project = three();
    project.write("uncommitted.txt", "x");
    project.tollgate("run").expect(0);
    assert_eq!(marks(&project), [1, 1, 1]);
    let status = project.status();
    assert_eq!(statuses(&status), "lint=pending test=blocked push=blocked");
    assert_eq!(status["release"]["dirty"], true);
    assert_eq!(codes(check(&status, "lint/ruff")), ["dirty_tree"]);
    project.tollgate("run").expect(0);
    assert_eq!(marks(&project), [2, 2, 2], "a dirty tree never reuses");
    project.tollgate("run --only push").expect(3);
}

#[test]
fn results_and_evidence_are_no_dirt() {
    let project = Project::new(
        r#"
pipeline:
  test:
    checks:
      pytest:
        run: "echo '<testsuite><testcase name=\"a\"/></testsuite>' > report.xml; echo more > notes.txt"
        results: { junit: report.xml }
        evidence: notes.txt
"#,
    );
    project.tollgate("run").expect(0);
    assert_eq!(project.statuses(), "test=passed");
    assert_eq!(project.status()["release"]["dirty"], false);
}

#[test]
fn a_result_of_another_definition_does_not_count() {
    let project = three();
    project.tollgate("run").expect(0);
    let easier = THREE.replace("echo x >> .marks/test; test ! -e fail-test", "true");
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.yml");
    std::fs::write(&other, format!("version: 1\nproject: shop\n{easier}")).unwrap();
    let other = other.to_str().unwrap();
    let status = project
        .call("status --format json --policy")
        .arg(other)
        .run()
        .json();
    assert_eq!(statuses(&status), "lint=passed test=pending push=blocked");
    assert_eq!(codes(check(&status, "test/pytest")), ["definition_changed"]);
}

#[test]
fn a_tag_for_another_version_is_made_anew() {
    let project = Project::new(
        "pipeline: { tag: { checks: { t: { tag: { name: \"v${TOLLGATE_VERSION}\" } } } } }",
    );
    project.tollgate("run --release-version 1.0.0").expect(0);
    let other = project
        .tollgate("status --format json --release-version 2.0.0")
        .json();
    assert_eq!(statuses(&other), "tag=pending");
    project.tollgate("run --release-version 2.0.0").expect(0);
    assert_eq!(project.git(&["tag", "--list"]), "v1.0.0\nv2.0.0");
}

#[test]
fn gates_require_stages_and_gates() {
    let project = Project::new(
        r#"
pipeline:
  lint: { checks: { a: { run: "true" } } }
gates:
  G0: { title: Entry, checks: { a: { run: "true" } } }
  G1: { title: Core, requires: [lint, G0], checks: { a: { run: "true" } } }
  G4: { severity: advisory, tolerate: 1, checks: { a: { run: "false" }, b: { run: "true" } } }
"#,
    );
    project.tollgate("run").expect(0);
    assert_eq!(
        project.statuses(),
        "lint=passed G0=pending G1=blocked G4=pending"
    );
    project.tollgate("run G1").expect(0);
    project.tollgate("run G4").expect(0).says("tolerate");
    assert_eq!(
        project.statuses(),
        "lint=passed G0=passed G1=passed G4=passed"
    );
}

#[test]
fn needs_and_sequence_hold_within_a_gate() {
    let project = Project::new(
        r#"
pipeline:
  lint:
    sequential: true
    checks: { b: { run: "echo b >> order" }, a: { run: "echo a >> order" }, c: { run: "echo c >> order" } }
  push:
    checks:
      late: { run: "echo late >> order", needs: [early] }
      early: { run: "echo early >> order" }
      never: { run: "echo never >> order", needs: [bad] }
      bad: { run: "false" }
"#,
    );
    project.write(".gitignore", "order\n");
    project.commit("ignore");
    project.tollgate("run").expect(1);
    assert_eq!(project.read("order"), "b\na\nc\nearly\nlate\n");
    let status = project.status();
    assert_eq!(check(&status, "push/never")["status"], "skipped");
    assert_eq!(codes(check(&status, "push/never")), ["needs_not_passed"]);
}

#[test]
fn fail_fast_ends_a_stage_and_keep_going_does_not() {
    let policy = r#"
pipeline:
  lint: { sequential: true, checks: { bad: { run: "false" }, good: { run: "true" } } }
"#;
    let going = Project::new(policy);
    going.tollgate("run").expect(1);
    assert_eq!(check(&going.status(), "lint/good")["status"], "passed");
    let fast = Project::new(policy);
    fast.tollgate("run --fail-fast").expect(1);
    assert_eq!(check(&fast.status(), "lint/good")["status"], "pending");
}
