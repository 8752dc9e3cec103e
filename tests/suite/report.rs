//! `tollgate report`: its forms, where they go, and the page in a real browser.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::browser::{Scheme, Window};
use crate::project::{Outcome, Project};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
  test: { checks: { pytest: { run: "cp good.xml out.xml", results: { junit: out.xml } } } }
gates:
  G1: { title: Core journeys, requires: test, checks: { mail: { run: "echo broken; false" } } }
  G2:
    title: Sign-off
    requires: test
    checks:
      uat: { title: Acceptance, manual: "Buy something, and see the money come back", only: [staging] }
      words: { manual: Read the texts }
  G3:
    severity: absolute
    requires: test
    evidence: [rollback-plan]
    approvals: { from: [qa] }
    checks: { money: { run: "true" } }
  a-gate-with-a-name-that-nobody-would-choose-but-that-is-as-long-as-the-name-of-a-gate-may-be-at-most:
    title: "เงื่อนไขการเข้าใช้งานระบบการชำระเงินและการอนุญาตของผู้ใช้ทั้งหมด"
    requires: test
    checks: { a-check-with-a-name-that-is-no-better-than-that-of-its-gate: { run: "true" } }
environments:
  staging: { gates: [test] }
  production: { gates: [G1, G2, G3], after: [staging], approvals: { from: ["user:bob"] } }
waivers: { longest: 14d, from: ["user:mia"] }
"#;

const JUNIT: &str = r#"<testsuite name="s"><testcase classname="c" name="a"/><testcase classname="c" name="b"/></testsuite>"#;

fn call(project: &Project, line: &str, last: &[&str]) -> Outcome {
    let call = project.call(line);
    let outcome = last.iter().fold(call, |call, it| call.arg(it)).run();
    outcome.expect(0);
    outcome
}

/// A release that went all the way: two of its gates by what people decided.
fn delivered() -> Project {
    let project = Project::new(POLICY);
    project.write("good.xml", JUNIT);
    project.write(".gitignore", ".tollgate/\nout.xml\nreports/\n");
    project.commit("tests");
    let long = "a-gate-with-a-name-that-nobody-would-choose-but-that-is-as-long-as-the-name-of-a-gate-may-be-at-most";
    project
        .tollgate(&format!("run lint test G1 G2 G3 {long}"))
        .expect(1);
    let plan = tempfile::tempdir().unwrap();
    let plan = plan.path().join("plan.md");
    fs::write(&plan, "# Rollback").unwrap();
    let deployed = |environment: &str| {
        let line = format!("deployed {environment} --status passed --by alice");
        call(&project, &line, &[]);
    };
    deployed("staging");
    call(
        &project,
        "waive G1/mail --by mia --expires 7d --reason",
        &["the mail server is <moved>"],
    );
    let sign = "sign-off G2/uat --by carol --result passed --environment staging --note";
    call(&project, sign, &["refund seen"]);
    call(&project, "sign-off G2/words --by dao --result passed", &[]);
    call(
        &project,
        "evidence add rollback-plan",
        &[plan.to_str().unwrap(), "--gate", "G3"],
    );
    call(&project, "approve G3 --by quinn --role qa", &[]);
    call(
        &project,
        "approve production --by bob --comment",
        &["after the peak"],
    );
    call(&project, "promote production", &[]);
    deployed("production");
    project
}

fn document(project: &Project) -> Value {
    call(project, "report --format json", &[]).json()
}

#[test]
fn the_record_of_a_release_is_told_in_every_form() {
    let project = delivered();
    let text = call(&project, "report", &[]).stdout;
    assert_eq!(text, call(&project, "report --format md", &[]).stdout);
    for part in [
        "## What keeps it back\n\nNothing.\n",
        "mail waived by mia until",
        "✓ **carol**: passed in staging",
        "✓ **bob**: approved",
        "| production | deployment | ✓ passed |",
        "| rollback-plan | G3 |",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let document = document(&project);
    assert_eq!(document["schema"], "tollgate.report/v1");
    assert_eq!(document["release"]["sha"], project.head());
    assert_eq!(document["status"], "waived");
    assert_eq!(document["waivers"][0]["state"], "active");
    assert_eq!(document["signoffs"].as_array().unwrap().len(), 2);
    assert_eq!(document["deployments"][1]["environment"], "production");
    let xml = call(&project, "report --format junit", &[]).stdout;
    assert!(
        xml.starts_with("<?xml") && xml.contains("failed, waived"),
        "{xml}"
    );
}

#[test]
fn the_whole_cycle_is_told_by_the_ledger_alone() {
    let project = delivered();
    call(&project, "ledger export -o release.pack", &[]);
    let pack = project.path("release.pack");
    let elsewhere = project.fresh_checkout();
    call(
        &elsewhere,
        "--ledger sqlite:copy.db ledger import",
        &[pack.to_str().unwrap()],
    );
    let mut here = document(&project);
    let name = here["release"]["repository"].as_str().unwrap().to_owned();
    let line = "--ledger sqlite:copy.db report --format json --repository";
    let mut there = call(&elsewhere, line, &[&name]).json();
    (here["as_of"], there["as_of"]) = (Value::Null, Value::Null);
    assert_eq!(here, there);
    let told: Vec<&str> = here["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    for event in [
        "release_created",
        "check_reported",
        "exception_granted",
        "gate_signoff",
        "evidence_recorded",
        "approval_recorded",
        "deployment_finished",
    ] {
        assert!(told.contains(&event), "{event} is not in {told:?}");
    }
}

#[test]
fn a_report_goes_to_a_file_whole_or_not_at_all() {
    let project = Project::new(POLICY);
    fs::create_dir(project.path("reports")).unwrap();
    let written = call(&project, "report --format html -o reports/r.html", &[]);
    assert_eq!(written.stdout, "");
    assert!(
        project
            .read("reports/r.html")
            .starts_with("<!doctype html>")
    );
    project
        .tollgate("report -o nowhere/r.md")
        .expect(4)
        .says("nowhere/r.md");
    project.call("report -o").arg("").run().expect(2);
}

#[test]
fn a_form_that_a_command_does_not_have_is_refused() {
    let project = Project::new(POLICY);
    for (line, says) in [
        ("report --format human", "md, html, json or junit"),
        ("report --format github", "md, html, json or junit"),
        ("report --format sarif", "md, html, json or junit"),
        ("status --format md", "for `tollgate report` only"),
        ("run --format html", "for `tollgate report` only"),
        (
            "doctor --offline --format junit",
            "for `tollgate report` only",
        ),
        ("status --format sarif", "for `tollgate doctor` only"),
    ] {
        project.tollgate(line).expect(2).says(says);
    }
}

/// The report of a project as a file.
fn page(project: &Project) -> PathBuf {
    call(project, "report --format html -o report.html", &[]);
    project.path("report.html")
}

#[test]
fn the_page_opens_from_disk_and_fetches_nothing() {
    let project = delivered();
    let page = page(&project);
    let window = Window::new(1280, 900, Scheme::Light);
    let calls = project.path("calls.html");
    fs::write(&calls, "<img src=\"http://elsewhere.invalid/x.png\">").unwrap();
    assert_eq!(window.visit(&calls).requests, 1, "a request would be seen");
    let visit = window.visit(&page);
    assert_eq!(visit.requests, 0);
    for part in [
        "What keeps it back",
        "mail waived by mia until",
        "the mail server is &lt;moved&gt;",
        "refund seen",
        "<svg class=\"picture\"",
        "deployment to production passed",
        "</html>",
    ] {
        assert!(visit.dom.contains(part), "{part} is not in:\n{}", visit.dom);
    }
}

/// What the page measures of itself in a frame of this width: the attributes of its body. Windows of
/// a browser have a least width, frames have none.
fn measured(page: &Path, width: u32, scheme: Scheme) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = fs::read_to_string(root.join("tests/report_page/measure.js")).unwrap();
    let text = fs::read_to_string(page).unwrap();
    let policy = text
        .find("<meta http-equiv=\"Content-Security-Policy\"")
        .unwrap();
    let end = policy + text[policy..].find('>').unwrap() + 1;
    let inner = format!("{}{}", &text[..policy], &text[end..]);
    let inner = inner.replace("</body>", &format!("<script>{script}</script></body>"));
    let inner = inner.replace('&', "&amp;").replace('"', "&quot;");
    let outer = format!(
        "<meta name=\"color-scheme\" content=\"light dark\">\
         <iframe style=\"width: {width}px; height: 900px; border: 0\" srcdoc=\"{inner}\" \
         onload=\"Object.assign(document.body.dataset, this.contentDocument.body.dataset)\"></iframe>"
    );
    let copy = page.with_file_name("measured.html");
    fs::write(&copy, outer).unwrap();
    let dom = Window::new(1400, 1000, scheme).visit(&copy).dom;
    let body = dom
        .split("<body")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    let value = |name: &str| {
        let rest = body.split(&format!("data-{name}=\"")).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no {name} in {body}"));
        rest.split('"').next().unwrap().to_owned()
    };
    json!({
        "width": value("width").parse::<u32>().unwrap(),
        "room": value("room").parse::<u32>().unwrap(),
        "texts": value("texts").parse::<u32>().unwrap(),
        "faint": value("faint"),
        "paper": value("paper"),
    })
}

#[test]
fn the_page_is_read_on_a_phone_and_on_a_desk_by_day_and_by_night() {
    let project = delivered();
    let page = page(&project);
    let mut papers = Vec::new();
    for (width, scheme) in [
        (390, Scheme::Light),
        (390, Scheme::Dark),
        (1280, Scheme::Light),
        (1280, Scheme::Dark),
    ] {
        let found = measured(&page, width, scheme);
        assert_eq!(found["faint"], "", "{width} {scheme:?}");
        assert!(found["room"].as_u64().unwrap() <= width.into()); // less a scroll bar
        assert_eq!(found["width"], found["room"], "{width}: nothing is cut off");
        assert!(found["texts"].as_u64().unwrap() > 100, "{found}");
        papers.push(found["paper"].as_str().unwrap().to_owned());
        let picture = Window::new(width, 900, scheme).picture(&page);
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000);
    }
    assert_ne!(papers[0], papers[1], "light and dark differ");
    assert_eq!(papers[..2], papers[2..]);
}
