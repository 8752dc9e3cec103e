//! `tollgate policy check|show|schema`, and what a wrong policy says.

use crate::project::Project;

#[test]
fn a_good_policy_is_good() {
    let project = Project::new("pipeline: { lint: { checks: { a: { run: \"true\" } } } }");
    project.tollgate("policy check").expect(0);
    project
        .tollgate("policy show")
        .expect(0)
        .says("timeout")
        .says("30m");
}

#[test]
fn every_mistake_is_shown_at_once_with_its_place() {
    let project = Project::new(
        r#"pipeline:
  tset: { checks: { a: { run: "true", timeuot: 10m } } }
  lint: { checks: { b: { needs: [c], run: "true" } } }
gates:
  G1: { requires: [G9], checks: { a: { run: "true" } } }
"#,
    );
    for command in ["policy check", "run", "status"] {
        let outcome = project.tollgate(command);
        outcome.expect(2);
        outcome
            .says(".github/tollgate.yml:4:")
            .says("timeuot")
            .says("timeout");
        outcome.says("needs: [c]").says("G9");
        assert!(!project.exists(".tollgate"), "nothing is run");
    }
}

#[test]
fn each_mistake_is_an_annotation_at_its_line_in_github_actions() {
    let project = Project::new("pipeline:\n  lint: { checks: { a: { rnu: x } } }\n");
    let outcome = project.tollgate("run --format github");
    outcome
        .expect(2)
        .says("::error file=.github/tollgate.yml,line=4,");
}

#[test]
fn stages_stand_in_the_mandated_order() {
    let project = Project::new(
        "pipeline:\n  test: { checks: { a: { run: \"true\" } } }\n  lint: { checks: { a: { run: \"true\" } } }\n",
    );
    project
        .tollgate("policy check")
        .expect(2)
        .says("tollgate.yml:5")
        .says("4");
}

#[test]
fn an_undefined_variable_is_an_error_and_never_empty() {
    let project = Project::new(
        "pipeline: { lint: { checks: { a: { run: \"true\", env: { URL: \"${NO_SUCH_VARIABLE}\" } } } } }",
    );
    project
        .tollgate("policy check")
        .expect(2)
        .says("NO_SUCH_VARIABLE");
    project.tollgate("run").expect(2).says("NO_SUCH_VARIABLE");
    project
        .call("run")
        .env("NO_SUCH_VARIABLE", "x")
        .run()
        .expect(0);
}

#[test]
fn variables_are_expanded_outside_of_run_only() {
    let project = Project::new(
        r#"
pipeline:
  lint:
    checks:
      a:
        run: 'test "$A-$B-$TOLLGATE_GATE/$TOLLGATE_CHECK" = "x-\${HOME}-lint/a"'
        env: { A: "${VALUE}", B: "$${HOME}" }
"#,
    );
    project.call("run").env("VALUE", "x").run().expect(0);
}

#[test]
fn the_schema_is_printed() {
    let project = Project::empty();
    let outcome = project.tollgate("policy schema");
    outcome.expect(0);
    assert_eq!(outcome.json()["type"], "object");
}

#[test]
fn a_policy_that_is_not_there_is_a_usage_error() {
    let project = Project::empty();
    project.commit("start");
    project
        .tollgate("run")
        .expect(2)
        .says(".github/tollgate.yml");
    project
        .tollgate("run --policy nowhere.yml")
        .expect(2)
        .says("nowhere.yml");
}

#[test]
fn the_second_name_and_another_path_are_read() {
    let project = Project::empty();
    let policy =
        "version: 1\nproject: p\npipeline: { lint: { checks: { a: { run: \"true\" } } } }\n";
    project.write(".github/tollgate.yaml", policy);
    project.write("other place/my policy.yml", &policy.replace("lint", "test"));
    project.commit("start");
    assert_eq!(project.statuses(), "lint=pending");
    let other = project
        .call("status --format json --policy")
        .arg("other place/my policy.yml")
        .run();
    assert_eq!(other.json()["gates"][0]["id"], "test");
}
