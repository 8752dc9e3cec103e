//! `tollgate ledger`: verify, log, export, import.

use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  lint: { checks: { a: { run: "true" }, b: { run: "true" } } }
  test: { checks: { c: { run: "echo hello" } } }
"#;

fn ran() -> Project {
    let project = Project::new(POLICY);
    project.tollgate("run").expect(0);
    project
}

#[test]
fn a_fresh_ledger_verifies_and_tells_its_events() {
    let project = ran();
    project.tollgate("ledger verify").expect(0);
    let log = project.tollgate("ledger log --format json");
    log.expect(0);
    let kinds: Vec<_> = log
        .stdout
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["event"]["event_type"].clone()
        })
        .collect();
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == "check_reported")
            .count(),
        3
    );
    assert_eq!(kinds[0], "release_created");
    project
        .tollgate("ledger log")
        .expect(0)
        .says("check_reported");
}

#[test]
fn an_altered_event_is_found_and_named() {
    let project = ran();
    let path = project.path(".tollgate/ledger.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes
        .windows(8)
        .position(|window| window == b"\"passed\"")
        .unwrap();
    bytes[place + 1] = b'q';
    std::fs::write(&path, bytes).unwrap();
    project.tollgate("ledger verify").expect(1).says("event");
}

#[test]
fn a_pack_brings_events_to_another_ledger_once() {
    let project = ran();
    project.tollgate("ledger export -o pack.jsonl").expect(0);
    project.git(&["clean", "-n"]);
    let other = "--ledger sqlite:other.db";
    project
        .tollgate(&format!("ledger import pack.jsonl {other}"))
        .expect(0);
    project
        .tollgate(&format!("ledger import pack.jsonl {other}"))
        .expect(0);
    project
        .tollgate(&format!("ledger verify {other}"))
        .expect(0);
    let count = |ledger: &str| {
        project
            .tollgate(&format!("ledger log --format json {ledger}"))
            .stdout
            .lines()
            .count()
    };
    assert_eq!(count(other), count(""));
    let status = project
        .tollgate(&format!("status --format json {other}"))
        .json();
    assert_eq!(status["gates"][1]["status"], "passed");
}

#[test]
fn a_tampered_pack_is_refused_whole() {
    let project = ran();
    project.tollgate("ledger export -o pack.jsonl").expect(0);
    let pack = project
        .read("pack.jsonl")
        .replacen("\"passed\"", "\"failed\"", 1);
    project.write("pack.jsonl", &pack);
    project
        .tollgate("ledger import pack.jsonl --ledger sqlite:other.db")
        .expect(1);
    let log = project.tollgate("ledger log --all --format json --ledger sqlite:other.db");
    assert_eq!(log.stdout, "");
}

#[test]
fn a_ledger_by_itself_needs_no_project() {
    let project = ran();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::copy(
        project.path(".tollgate/ledger.db"),
        elsewhere.path().join("copy.db"),
    )
    .unwrap();
    let call = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"));
        let output = command
            .args(arguments)
            .current_dir(elsewhere.path())
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    assert_eq!(
        call(&["ledger", "verify", "--ledger", "sqlite:copy.db"]).0,
        Some(0)
    );
    let (code, log) = call(&["ledger", "log", "--all", "--ledger", "sqlite:copy.db"]);
    assert_eq!((code, log.lines().count() > 3), (Some(0), true), "{log}");
}

#[test]
fn status_never_makes_a_ledger() {
    let project = Project::new(POLICY);
    project.tollgate("status").expect(0);
    assert!(!project.exists(".tollgate"));
}
