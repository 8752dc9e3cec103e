//! The status document `tollgate.status/v1`.

use crate::project::{Project, statuses};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { a: { run: "true" } } }
  test: { checks: { b: { run: "false" } } }
"#;

#[test]
fn the_document_has_the_promised_shape() {
    let project = Project::new(POLICY);
    project.tollgate("run --repository Acme/Shop").expect(1);
    let status = project
        .tollgate("status --format json --repository acme/shop")
        .json();
    assert_eq!(status["schema"], "tollgate.status/v1");
    let release = &status["release"];
    let name = format!("tollgate:acme/shop@{}", project.head());
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes()).to_string();
    assert_eq!(release["id"], id.as_str());
    assert_eq!(release["repository"], "acme/shop");
    assert_eq!(release["sha"], project.head().as_str());
    assert_eq!(release["version"], serde_json::Value::Null);
    assert_eq!(release["dirty"], false);
    assert_eq!(status["status"], "failed");
    assert_eq!(status["environments"], serde_json::json!([]));
    let gate = &status["gates"][0];
    for (key, value) in [
        ("id", "lint"),
        ("kind", "stage"),
        ("severity", "blocking"),
        ("status", "passed"),
    ] {
        assert_eq!(gate[key], value, "{key}");
    }
    assert_eq!(gate["waiver"], serde_json::Value::Null);
    let check = &gate["checks"][0];
    assert_eq!((&check["id"], &check["attempts"]), (&"a".into(), &1.into()));
    assert!(check["duration_ms"].is_u64() && check["evidence"].is_array());
}

#[test]
fn run_prints_the_same_document_alone_on_standard_output() {
    let project = Project::new(POLICY);
    let outcome = project.tollgate("run --format json");
    outcome.expect(1);
    assert_eq!(statuses(&outcome.json()), "lint=passed test=failed");
}

#[test]
fn status_exits_by_the_verdict_when_asked() {
    let project = Project::new(POLICY);
    project.tollgate("status --exit-code").expect(3);
    project.tollgate("run").expect(1);
    project.tollgate("status --exit-code").expect(1);
    project
        .tollgate("status")
        .expect(0)
        .says("test")
        .says("failed");
}

#[test]
fn the_repository_comes_from_the_remote() {
    let project = Project::new(POLICY);
    project.git(&["remote", "add", "origin", "git@github.com:acme/shop.git"]);
    assert_eq!(project.status()["release"]["repository"], "acme/shop");
    let actions = project
        .call("status --format json")
        .env("GITHUB_REPOSITORY", "acme/other")
        .run();
    assert_eq!(actions.json()["release"]["repository"], "acme/other");
}

#[test]
fn the_version_comes_from_the_tag_on_the_commit() {
    let project = Project::new(POLICY);
    project.git(&["tag", "v1.2.3"]);
    project.git(&["tag", "not-a-version"]);
    assert_eq!(project.status()["release"]["version"], "1.2.3");
    let told = project
        .tollgate("status --format json --release-version 9.9.9")
        .json();
    assert_eq!(told["release"]["version"], "9.9.9");
}
