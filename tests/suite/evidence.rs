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

#[test]
fn remarks_at_lines_of_the_project_are_kept_for_check_runs() {
    let project = Project::new(
        r#"
pipeline:
  test:
    checks:
      it:
        run: "cp -r made/. ."
        results: { junit: out/a.xml, coverage: out/cov.xml, sarif: out/a.sarif }
        require: { line-coverage: 90% }
"#,
    );
    project.write("made/out/a.xml", "<testsuite><testcase name='t' file='tests/t.py' line='4'><failure message='no'/></testcase></testsuite>");
    let source = project.path("app");
    project.write(
        "made/out/cov.xml",
        &format!(
            "<coverage><sources><source>{}</source></sources><packages><class filename='a.py'>\
             <line number='1' hits='1'/><line number='2' hits='0'/><line number='3' hits='0'/>\
             </class></packages></coverage>",
            source.display()
        ),
    );
    project.write(
        "made/out/a.sarif",
        r#"{"version": "2.1.0", "runs": [{"results": [{"ruleId": "E1", "level": "error", "message": {"text": "alice@example.org"},
           "locations": [{"physicalLocation": {"artifactLocation": {"uri": "app/a.py"}, "region": {"startLine": 2}}}]}]}]}"#,
    );
    project.write("app/a.py", "a\nb\nc\n");
    project.write(".gitignore", "made/\nout/\n");
    project.commit("project");
    project.tollgate("run").expect(1);
    let bytes = std::fs::read(project.newest_run().join("annotations.json")).unwrap();
    let file: Value = serde_json::from_slice(&bytes).unwrap();
    let remarks: Vec<_> = file["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let place = &it["location"];
            let end = it["end_line"].as_u64().unwrap_or(0);
            format!(
                "{} {}:{}-{end} {}",
                it["level"], place["file"], place["line"], it["message"]
            )
        })
        .collect();
    assert_eq!(
        remarks,
        [
            r#""failure" "app/a.py":2-0 "[masked:email]""#,
            r#""failure" "tests/t.py":4-0 "t failed\nno""#,
            r#""warning" "app/a.py":2-3 "no test runs the lines 2 to 3""#,
        ]
    );
}
