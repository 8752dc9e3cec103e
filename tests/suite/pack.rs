//! `tollgate ledger export` and `tollgate verify`: a release in one file, judged again where nothing
//! else is.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
  test: { checks: { pytest: { run: "cp good.xml out.xml", results: { junit: out.xml } } } }
gates:
  G1:
    requires: test
    checks: { mail: { run: "false" } }
  G2:
    requires: test
    checks: { uat: { title: Acceptance, manual: Buy something } }
environments:
  production: { gates: [G1, G2], approvals: { from: ["user:bob"] } }
waivers: { longest: 14d, from: ["user:mia"] }
"#;

const JUNIT: &str = r#"<testsuite name="s"><testcase classname="c" name="a"/></testsuite>"#;

/// A release that people signed off, waived and approved, packed into `release.pack`.
fn packed() -> Project {
    let project = Project::new(POLICY);
    project.write("good.xml", JUNIT);
    project.write(".gitignore", ".tollgate/\nout.xml\n*.pack\n");
    project.commit("tests");
    project.tollgate("run lint test G1").expect(1);
    project
        .tollgate("sign-off G2/uat --by carol --result passed")
        .expect(0);
    project
        .tollgate("waive G1 --by mia --reason outage --expires 7d")
        .expect(0);
    project.tollgate("approve production --by bob").expect(0);
    project.tollgate("ledger export -o release.pack").expect(0);
    project
}

/// Runs the command in a folder with nothing but a pack, and no environment to speak of.
fn elsewhere(pack: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("release.pack"), pack).unwrap();
    alone(folder.path(), arguments)
}

fn alone(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code(),
        text + &String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_pack_is_judged_again_with_nothing_else_at_hand() {
    let project = packed();
    let pack = project.read("release.pack");
    let (code, text) = elsewhere(&pack, &["verify", "release.pack"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("release.pack is sound: "), "{text}");
    let (code, text) = elsewhere(&pack, &["verify", "release.pack", "--format", "json"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let here = project.tollgate("status --format json").json();
    assert_eq!((code, &document["sound"]), (Some(0), &Value::Bool(true)));
    assert_eq!(document["verdict"]["gates"], here["gates"]);
    assert_eq!(document["verdict"]["environments"], here["environments"]);
    assert_eq!(document["verdict"]["environments"][0]["eligible"], true);
    assert_eq!(document["manifests"].as_array().unwrap().len(), 2);
}

#[test]
fn what_was_tampered_with_is_named_and_exits_1() {
    let pack = packed().read("release.pack");
    let check = |from: &str, to: &str, item: &str| {
        let altered = pack.replacen(from, to, 1);
        assert_ne!(altered, pack, "{from}");
        let (code, text) = elsewhere(&altered, &["verify", "release.pack"]);
        assert_eq!(code, Some(1), "{text}");
        assert!(
            text.contains("is NOT sound") && text.contains(item),
            "{text}"
        );
        let (_, text) = elsewhere(&altered, &["verify", "release.pack", "--format", "json"]);
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["sound"], false);
        let named = document["tampered"]["item"].as_str().unwrap();
        assert!(named.contains(item), "{named}");
    };
    check("\"by\":\"bob\"", "\"by\":\"eve\"", "approval_recorded");
    check(
        "\"reason\":\"outage\"",
        "\"reason\":\"budget\"",
        "exception_granted",
    );
    check("longest: 14d", "longest: 99d", "policy");
    check("\"eligible\":true", "\"eligible\":false", "verdict");
    check("\"dirty\":false", "\"dirty\":true", "release");
}

#[test]
fn a_file_that_is_no_pack_is_said_to_be_none() {
    let (code, text) = elsewhere("{\"a\":1}\n", &["verify", "release.pack"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("not a pack"), "{text}");
    let (code, text) = elsewhere("", &["verify", "nowhere.pack"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("nowhere.pack cannot be read"), "{text}");
}

#[test]
fn a_policy_with_a_secret_in_it_does_not_travel() {
    let policy = POLICY.replace("Buy something", "Use postgres://me:hunter22@db/x");
    let project = Project::new(&policy);
    project.tollgate("run lint").expect(0);
    let told = project.tollgate("ledger export -o release.pack");
    told.expect(0).says("holds a secret");
    let pack = project.read("release.pack");
    assert!(!pack.contains("hunter22"));
    let (code, text) = elsewhere(&pack, &["verify", "release.pack"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("nothing was judged"), "{text}");
}

#[test]
fn an_import_takes_a_pack_with_all_its_parts() {
    let project = packed();
    let to = "--ledger sqlite:other.db";
    project
        .tollgate(&format!("ledger import release.pack {to}"))
        .expect(0);
    let here = project.tollgate("status --format json").json();
    let there = project
        .tollgate(&format!("status --format json {to}"))
        .json();
    assert_eq!(here, there);
}
