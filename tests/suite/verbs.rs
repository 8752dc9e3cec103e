//! The verbs that Tollgate itself performs.

use crate::project::{Project, check, codes};

fn project(check: &str) -> Project {
    Project::new(&format!(
        "pipeline:\n  lint: {{ checks: {{ it: {{ {check} }} }} }}\n"
    ))
}

#[track_caller]
fn expect(project: &Project, code: i32, status: &str, reasons: &[&str]) {
    project.commit("ready");
    let outcome = project.tollgate("run");
    outcome.expect(code);
    let document = project.status();
    let it = check(&document, "lint/it");
    assert_eq!(
        (it["status"].as_str().unwrap(), codes(it)),
        (status, reasons.to_vec()),
        "{}",
        outcome.all()
    );
}

#[test]
fn files_exist_match_and_are_clean() {
    let rule = r#"files: { exist: [README.md], match: { "app/*.py": "^import" }, forbid: { "**/*.py": "TODO" } }"#;
    let good = project(rule);
    good.write("README.md", "x");
    good.write("app/a.py", "import os\n");
    expect(&good, 0, "passed", &[]);
    good.write("app/b.py", "x = 1\n# TODO\n");
    expect(&good, 1, "failed", &["file_mismatch", "file_forbidden"]);
    let reasons = check(&good.status(), "lint/it")["reasons"].clone();
    assert_eq!(
        (&reasons[1]["file"], &reasons[1]["line"]),
        (&"app/b.py".into(), &2.into())
    );
    let empty = project(rule);
    expect(&empty, 1, "failed", &["file_missing", "file_missing"]);
}

#[test]
fn variables_are_set_as_they_must_be() {
    let project = project(
        r#"variables: { present: [APP_URL], absent: [TEST_KEY], matches: { PAY_URL: "https://.*" }, hardcoded: { in: "app/*.py", pattern: "sk_live_[a-z]+" } }"#,
    );
    project.write("app/a.py", "x = 1\nkey = 'sk_live_abc'\n");
    project.commit("ready");
    let outcome = project
        .call("run")
        .env("TEST_KEY", "x-key")
        .env("PAY_URL", "http://p")
        .run();
    outcome.expect(1);
    let status = project.status();
    let mut found = codes(check(&status, "lint/it"));
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "hardcoded_value",
            "variable_mismatch",
            "variable_missing",
            "variable_present"
        ]
    );
    assert!(
        !outcome.all().contains("sk_live_abc"),
        "the value is not shown"
    );
    project.write("app/a.py", "x = 1\n");
    project.commit("mended");
    project
        .call("run")
        .env("APP_URL", "u")
        .env("PAY_URL", "https://p")
        .run()
        .expect(0);
}

#[test]
fn versions_agree_in_every_place() {
    let project = project(r#"versions: { "npm:next": "16" }"#);
    project.write(
        "package.json",
        "{\n \"dependencies\": {\n  \"next\": \"16.1.0\"\n }\n}\n",
    );
    expect(&project, 0, "passed", &[]);
    project.write(
        "portal/package.json",
        "{\n \"dependencies\": {\n  \"next\": \"15.0.1\"\n }\n}\n",
    );
    expect(&project, 1, "failed", &["version_drift"]);
    let reasons = check(&project.status(), "lint/it")["reasons"].clone();
    assert_eq!(
        (&reasons[0]["file"], &reasons[0]["line"]),
        (&"portal/package.json".into(), &3.into())
    );
}

#[test]
fn a_running_tool_of_another_version_is_drift() {
    let project = project(r#"versions: { python: "2.1" }"#);
    project.write(".python-version", "2.1\n");
    expect(&project, 1, "failed", &["version_drift"]);
}

#[test]
fn a_tag_is_made_on_the_commit_once() {
    let project = project(r#"tag: { name: "v${TOLLGATE_VERSION}" }"#);
    project.tollgate("run --release-version 1.4.0").expect(0);
    assert_eq!(
        project.git(&["rev-parse", "v1.4.0^{commit}"]),
        project.head()
    );
    assert_eq!(
        project.git(&["cat-file", "-t", "v1.4.0"]),
        "tag",
        "it is annotated"
    );
    project
        .tollgate("run --force --release-version 1.4.0")
        .expect(0);
    assert_eq!(
        project.status()["release"]["version"],
        "1.4.0",
        "the tag on the commit is the version"
    );
    project.commit("next");
    project
        .tollgate("run --release-version 1.4.0")
        .expect(1)
        .says("v1.4.0");
    assert_eq!(
        codes(check(&project.status(), "lint/it")),
        ["tag_elsewhere"]
    );
}

#[test]
fn a_dirty_tree_is_never_tagged() {
    let project = project(r#"tag: { name: "v${TOLLGATE_VERSION}" }"#);
    project.write("uncommitted", "x");
    project
        .tollgate("run --release-version 1.4.0")
        .expect(1)
        .says("dirty_tree");
    assert_eq!(project.git(&["tag", "--list"]), "");
}

#[test]
fn a_version_that_is_used_must_be_known() {
    let project = project(r#"tag: { name: "v${TOLLGATE_VERSION}" }"#);
    project.tollgate("run").expect(2).says("--release-version");
    assert!(!project.exists(".tollgate/runs"), "nothing was run");
    project.git(&["tag", "v2.0.0"]);
    project.tollgate("run").expect(0);
}

#[test]
fn a_registry_that_does_not_answer_is_errored() {
    let project = Project::new(
        r#"
pipeline:
  build:
    checks:
      image: { run: "mkdir -p dist; echo sha256:$(printf 'a%.0s' $(seq 64)) > dist/d", results: { image-digest: dist/d } }
  push:
    checks:
      digest: { image: { reference: "127.0.0.1:9/shop:1", same-as: build/image }, timeout: 60s }
"#,
    );
    project.tollgate("run").expect(1);
    let status = project.status();
    assert_eq!(
        codes(check(&status, "push/digest")),
        ["registry_unreachable"]
    );
    assert_eq!(check(&status, "push/digest")["status"], "errored");
    let digest = format!("sha256:{}", "a".repeat(64));
    assert_eq!(
        check(&status, "build/image")["image_digest"],
        digest.as_str()
    );
}
