//! `tollgate why` and `tollgate what-if`: the way that is told leads there when it is gone, and what
//! would be is judged from the same facts.

use serde_json::Value;

use crate::project::{Project, codes};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
  test: { checks: { pytest: { run: "test -e mended" } } }
gates:
  G1: { requires: test, checks: { uat: { manual: Buy something, only: [staging] } } }
  G2:
    severity: absolute
    requires: G1
    evidence: [rollback-plan]
    approvals: { from: [qa] }
    checks: { money: { run: "true" } }
  G3: { requires: test, checks: { mail: { run: "false" } } }
environments:
  staging: { gates: [test] }
  production: { gates: [G1, G2, G3], after: [staging], approvals: { from: ["user:bob"] } }
waivers: { longest: 14d, from: ["user:mia"] }
"#;

fn project() -> Project {
    let project = Project::new(POLICY);
    project.write(".gitignore", ".tollgate/\n");
    project.write("plan.md", "# Back\n");
    project.commit("plan");
    project
}

fn why(project: &Project) -> Value {
    project.tollgate("why production --format json").json()
}

/// A command as it is told, with what people put in its place.
fn filled_in(command: &str) -> String {
    let command = command.strip_prefix("tollgate ").unwrap();
    let by = match command.starts_with("approve production") {
        true => "bob",
        false => "robin",
    };
    command.replace("NAME", by).replace("FILE", "plan.md")
}

#[test]
fn the_way_that_is_told_leads_into_production() {
    let project = project();
    project.tollgate("run lint test").expect(1);
    let told = why(&project);
    assert_eq!(told["schema"], "tollgate.why/v1");
    assert_eq!(told["blockers"][0]["gate"], "test");
    assert_eq!(codes(&told["blockers"][0]), ["command_failed"]);
    project
        .tollgate("why production")
        .expect(3)
        .says("test/pytest");
    project.write("mended", "");
    project.commit("mend the tests");
    project.tollgate("run G3").expect(1);
    project
        .tollgate("waive G3 --by mia --reason outage --expires 7d")
        .expect(0);
    let mut taken = Vec::new();
    while let Some(command) = why(&project)["steps"][0]["command"].as_str() {
        assert!(taken.len() < 12, "{taken:?}");
        let line = filled_in(command);
        taken.push(line.clone());
        let code = project.tollgate(&line).code;
        let waits_for_people = line.starts_with("run ") && code == Some(3);
        assert!(code == Some(0) || waits_for_people, "{line}: {code:?}");
        if line.starts_with("promote") {
            break;
        }
    }
    let told = why(&project);
    assert_eq!(told["eligible"], true, "{taken:?}");
    assert!(
        taken
            .iter()
            .any(|line| line.starts_with("deployed staging"))
    );
    assert!(taken.iter().any(|line| line.starts_with("sign-off G1/uat")));
    assert!(
        taken.contains(&"approve production --by bob".to_owned()),
        "{taken:?}"
    );
    project.tollgate("promote production").expect(0);
    project.tollgate("why production").expect(0);
}

#[test]
fn an_environment_that_is_not_there_is_refused() {
    project()
        .tollgate("why moon")
        .expect(2)
        .says("moon")
        .says("production");
}

#[test]
fn a_waiver_that_ends_shuts_the_gate_again() {
    let project = project();
    project.write("mended", "");
    project.commit("mend");
    project.tollgate("run test G3").expect(1);
    project
        .tollgate("waive G3 --by mia --reason outage --expires 7d")
        .expect(0);
    let told = project
        .tollgate("what-if --at 2099-12-01 --format json")
        .json();
    assert_eq!(told["schema"], "tollgate.what-if/v1");
    let changes = told["changes"].as_array().unwrap();
    let changed = |kind: &str, id: &str| {
        let mut changes = changes.iter();
        changes
            .find(|it| it["kind"] == kind && it["id"] == id)
            .cloned()
    };
    let gate = changed("gate", "G3").unwrap();
    assert_eq!(
        (&gate["from"], &gate["to"]),
        (&"waived".into(), &"failed".into())
    );
    assert_eq!(changed("gate", "test"), None);
    let size = || {
        std::fs::metadata(project.path(".tollgate/ledger.db"))
            .unwrap()
            .len()
    };
    let before = size();
    project
        .tollgate("what-if --at 2099-12-01 --exit-code")
        .expect(1)
        .says("G3");
    assert_eq!(size(), before);
}

#[test]
fn another_policy_is_judged_by_the_same_facts() {
    let project = project();
    project.write("mended", "");
    project.commit("mend");
    project.tollgate("run G3").expect(1);
    project.write(
        "new.yml",
        &format!(
            "version: 1\nproject: shop\n{}",
            POLICY.replace("G3: { requires", "G3: { severity: advisory, requires")
        ),
    );
    let told = project
        .tollgate("what-if --policy new.yml --format json")
        .json();
    let gates = told["then"]["gates"].as_array().unwrap();
    let g3 = gates.iter().find(|gate| gate["id"] == "G3").unwrap();
    assert_eq!(g3["severity"], "advisory");
    project.write("new.yml", "pipeline: [");
    project
        .tollgate("what-if --policy new.yml")
        .expect(2)
        .says("new.yml:2");
    project.tollgate("what-if").expect(2).says("--at");
}
