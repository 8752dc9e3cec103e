//! What result files say decides, whatever the exit code of the command claims.

use crate::project::{Project, check, codes};

/// A check that prints `file` with a heredoc-free shell and ends with `exit`.
fn project(results: &str, require: &str, exit: u8) -> Project {
    let project = Project::new(&format!(
        r#"
pipeline:
  test:
    checks:
      it: {{ run: "cp -r made/. . ; exit {exit}", results: {results}, require: {require} }}
"#
    ));
    project.write("made/kept", "");
    project.write(".gitignore", "made/\nkept\nout/\n");
    project.commit("ignore");
    project
}

#[track_caller]
fn expect(project: &Project, code: i32, status: &str, reasons: &[&str]) {
    let outcome = project.tollgate("run");
    outcome.expect(code);
    let document = project.status();
    let it = check(&document, "test/it");
    assert_eq!(
        (it["status"].as_str().unwrap(), codes(it)),
        (status, reasons.to_vec()),
        "{}",
        outcome.all()
    );
}

fn junit(cases: &str, require: &str, exit: u8) -> Project {
    let project = project("{ junit: out/*.xml }", require, exit);
    project.write(
        "made/out/a.xml",
        &format!("<testsuite name=\"s\">{cases}</testsuite>"),
    );
    project
}

const PASS: &str = "<testcase name=\"a\"/>";
const FAIL: &str = "<testcase name=\"b\"><failure message=\"expected 1, got 2\"/></testcase>";
const SKIP: &str = "<testcase name=\"c\"><skipped/></testcase>";

#[test]
fn tests_decide() {
    expect(&junit(PASS, "{}", 0), 0, "passed", &[]);
    expect(
        &junit(&[PASS, FAIL].concat(), "{}", 0),
        1,
        "failed",
        &["tests_failed"],
    );
    expect(&junit(PASS, "{}", 1), 1, "failed", &["command_failed"]);
    expect(&junit("", "{}", 0), 1, "failed", &["tests_too_few"]);
    expect(&junit(&[PASS, SKIP].concat(), "{}", 0), 0, "passed", &[]);
    expect(
        &junit(&[PASS, SKIP].concat(), "{ skipped: 0 }", 0),
        1,
        "failed",
        &["tests_skipped"],
    );
    expect(
        &junit(&[PASS, FAIL].concat(), "{ failed: 1 }", 0),
        0,
        "passed",
        &[],
    );
    expect(
        &junit(PASS, "{ tests: 2 }", 0),
        1,
        "failed",
        &["tests_too_few"],
    );
}

#[test]
fn a_failing_test_is_shown_with_its_message() {
    let project = junit(&[PASS, FAIL].concat(), "{}", 0);
    project.tollgate("run").expect(1).says("expected 1, got 2");
    let summary = std::fs::read_to_string(project.newest_run().join("summary.md")).unwrap();
    assert!(summary.contains("expected 1, got 2"), "{summary}");
}

#[test]
fn counters_without_cases_are_not_believed() {
    let project = project("{ junit: out/a.xml }", "{}", 0);
    project.write(
        "made/out/a.xml",
        r#"<testsuite name="s" tests="2" failures="1"><testcase name="a"/></testsuite>"#,
    );
    expect(&project, 1, "failed", &["counters_contradict"]);
}

#[test]
fn a_skip_in_a_critical_check_blocks() {
    let project = Project::new(
        r#"
pipeline:
  test:
    checks:
      it:
        run: "mkdir out; echo '<testsuite><testcase name=\"a\"/><testcase name=\"b\"><skipped/></testcase></testsuite>' > out/a.xml"
        critical: true
        results: { junit: out/a.xml }
"#,
    );
    expect(&project, 1, "failed", &["tests_skipped"]);
}

#[test]
fn files_that_are_missing_stale_or_broken_are_errored() {
    expect(
        &project("{ junit: out/*.xml }", "{}", 0),
        1,
        "errored",
        &["result_missing"],
    );
    let broken = project("{ junit: out/*.xml }", "{}", 0);
    broken.write("made/out/a.xml", "<testsuite><testcase name=\"a\">");
    expect(&broken, 1, "errored", &["result_unreadable"]);
    let status = broken.status();
    assert_eq!(check(&status, "test/it")["reasons"][0]["file"], "out/a.xml");
}

#[test]
fn one_stale_file_among_fresh_ones_is_errored() {
    let project = junit(PASS, "{}", 0);
    project.write("out/old.xml", &format!("<testsuite>{PASS}</testsuite>"));
    expect(&project, 1, "errored", &["result_stale"]);
}

#[test]
fn a_file_of_an_earlier_attempt_is_stale() {
    let project = Project::new(
        r#"
pipeline:
  test:
    checks:
      it:
        run: |
          test -e seen && exit 0
          touch seen; echo '<testsuite name="s"><testcase name="a"/></testsuite>' > a.xml; exit 139
        retries: 1
        results: { junit: a.xml }
"#,
    );
    project.write(".gitignore", "seen\n");
    project.commit("ignore");
    expect(&project, 1, "errored", &["result_stale"]);
}

#[test]
fn a_plain_name_is_a_file_of_the_root() {
    let project = junit_named("a.xml");
    project.write(
        "tests/fixtures/a.xml",
        "<testsuite><testcase name=\"x\"><failure/></testcase></testsuite>",
    );
    project.commit("a fixture of the same name");
    expect(&project, 0, "passed", &[]);
}

fn junit_named(name: &str) -> Project {
    let project = project(&format!("{{ junit: {name} }}"), "{}", 0);
    project.write(
        &format!("made/{name}"),
        &format!("<testsuite name=\"s\">{PASS}</testsuite>"),
    );
    project
}

#[test]
fn cases_of_two_browsers_are_two_cases() {
    let project = project("{ junit: out/a.xml }", "{}", 0);
    let suite = |browser: &str, inner: &str| {
        format!(
            "<testsuite name=\"a.spec.ts\" hostname=\"{browser}\"><testcase name=\"login\">{inner}</testcase></testsuite>"
        )
    };
    let both = [suite("chromium", "<failure/>"), suite("webkit", "")].concat();
    project.write(
        "made/out/a.xml",
        &format!("<testsuites>{both}</testsuites>"),
    );
    expect(&project, 1, "failed", &["tests_failed"]);
}

#[test]
fn coverage_is_counted_from_lines() {
    let lcov = |hit: u32| {
        let lines: String = (1..=10)
            .map(|line| format!("DA:{line},{}\n", u32::from(line <= hit)))
            .collect();
        format!("SF:a.js\n{lines}LF:10\nLH:10\nend_of_record\n")
    };
    for (hit, code, status, reasons) in [
        (7, 0, "passed", vec![]),
        (6, 1, "failed", vec!["line_coverage_low"]),
    ] {
        let project = project("{ coverage: out/lcov.info }", "{ line-coverage: 70% }", 0);
        project.write("made/out/lcov.info", &lcov(hit));
        expect(&project, code, status, &reasons);
        assert_eq!(
            check(&project.status(), "test/it")["coverage"]["lines"]["covered"],
            hit
        );
    }
}

#[test]
fn findings_are_held_to_their_level() {
    let sarif = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[
        {"ruleId":"r","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.py"},"region":{"startLine":3}}}]}]}]}"#;
    for (require, code, status) in [
        ("{ error: 0 }", 0, "passed"),
        ("{ warning: 0 }", 1, "failed"),
    ] {
        let project = project(
            "{ sarif: out/a.sarif }",
            &format!("{{ findings: {require} }}"),
            0,
        );
        project.write("made/out/a.sarif", sarif);
        let reasons: &[&str] = if code == 0 {
            &[]
        } else {
            &["findings_too_many"]
        };
        expect(&project, code, status, reasons);
    }
}

#[test]
fn latency_is_held_to_p95() {
    let k6 = r#"{"metrics":{"http_req_duration":{"avg":100,"p(95)":2500.5}}}"#;
    for (most, code, status) in [("3s", 0, "passed"), ("2s", 1, "failed")] {
        let project = project("{ latency: out/k6.json }", &format!("{{ p95: {most} }}"), 0);
        project.write("made/out/k6.json", k6);
        let reasons: &[&str] = if code == 0 { &[] } else { &["latency_high"] };
        expect(&project, code, status, reasons);
    }
}

#[test]
fn a_test_that_passes_at_the_second_attempt_is_flaky() {
    let project = Project::new(
        r#"
pipeline:
  test:
    checks:
      it:
        run: |
          mkdir -p out
          if test -e out/again
          then echo '<testsuite name="s"><testcase name="a"/></testsuite>' > out/a.xml
          else touch out/again; echo '<testsuite name="s"><testcase name="a"><failure/></testcase></testsuite>' > out/a.xml
          fi
        retries: 1
        results: { junit: out/a.xml }
"#,
    );
    project.write(".gitignore", "out/\n");
    project.commit("ignore");
    project.tollgate("run").expect(0).says("flaky");
    let status = project.status();
    let it = check(&status, "test/it");
    assert_eq!(
        (
            &it["attempts"],
            &it["tests"]["flaky"],
            &it["tests"]["total"]
        ),
        (&2.into(), &1.into(), &1.into())
    );
}
