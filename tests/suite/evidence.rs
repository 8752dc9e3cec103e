//! What a run leaves in the evidence directory.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::project::{Project, check};

fn project() -> Project {
    let project = Project::new(
        r#"
evidence: { retention: { default: 30d, junit: 400d } }
pipeline:
  test:
    checks:
      pytest:
        run: "echo hello; mkdir -p out; echo '<testsuite name=\"s\"><testcase name=\"a\"/></testsuite>' > 'out/a b ü.xml'; echo page > out/page.html"
        results: { junit: "out/*.xml" }
        evidence: { html: out/page.html }
      silent: { run: "true" }
  push: { checks: { no: { run: "false" } } }
"#,
    );
    project.tollgate("run").expect(1);
    project
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn the_manifest_names_every_file_with_its_digest() {
    let project = project();
    let run = project.newest_run();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(run.join("manifest.json")).unwrap()).unwrap();
    let files = manifest["files"].as_array().unwrap();
    let mut kinds: Vec<_> = files
        .iter()
        .map(|file| file["type"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["html", "junit", "log"]);
    for file in files {
        let bytes = std::fs::read(run.join(file["path"].as_str().unwrap())).unwrap();
        assert_eq!(file["sha256"], hex(&bytes).as_str());
        assert_eq!(file["size"], bytes.len());
        assert_eq!(
            file["retention_days"],
            if file["type"] == "junit" { 400 } else { 30 }
        );
    }
    assert_eq!(manifest["sha"], project.head().as_str());
}

#[test]
fn status_names_the_evidence_of_a_check() {
    let project = project();
    let status = project.status();
    let evidence = check(&status, "test/pytest")["evidence"]
        .as_array()
        .unwrap();
    let junit = evidence
        .iter()
        .find(|piece| piece["type"] == "junit")
        .unwrap();
    assert_eq!(junit["name"], "a b ü.xml");
    assert_eq!(junit["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(
        check(&status, "test/silent")["evidence"],
        serde_json::json!([])
    );
}

#[test]
fn log_summary_and_junit_are_written() {
    let project = project();
    let run = project.newest_run();
    let read = |name: &str| std::fs::read_to_string(run.join(name)).unwrap();
    for line in read("log.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for key in ["ts", "opId", "code", "duration_ms"] {
            assert!(!line[key].is_null(), "{key} in {line}");
        }
    }
    assert!(read("log.jsonl").contains("check_finished"));
    assert!(read("junit.xml").contains("testsuite"));
    let summary = read("summary.md");
    assert!(
        summary.contains("```mermaid") && summary.contains("push"),
        "{summary}"
    );
}

#[test]
fn a_declared_evidence_file_that_is_missing_is_errored() {
    let project = Project::new(
        "pipeline: { test: { checks: { it: { run: \"true\", evidence: [report.html] } } } }",
    );
    project.tollgate("run").expect(1).says("report.html");
    assert_eq!(
        check(&project.status(), "test/it")["reasons"][0]["code"],
        "evidence_missing"
    );
}

#[test]
fn the_evidence_directory_is_never_committed() {
    let project = project();
    assert_eq!(
        project.git(&["status", "--porcelain", "--", ".tollgate"]),
        ""
    );
}
