//! Check runs of scripted gates.

mod limits;
mod titles;

use super::*;
use crate::domain::annotation::{self, AnnotationLevel};
use crate::domain::check::CheckResult;
use crate::domain::check_run::Conclusion;
use crate::domain::gate::verdict::Verdict;
use crate::domain::quality::coverage::UncoveredLines;
use crate::domain::reason::{Location, Reason, ReasonCode};
use crate::domain::run::Timed;
use crate::domain::status::{CheckStatus, GateStatus};
use crate::render::script::{self, Script};

fn occasion(judged: &CommitSha) -> Occasion<'_> {
    Occasion {
        project: None,
        head_sha: judged.clone(),
        judged,
        release: script::release().id(),
        run: 77,
        attempt: 2,
        manifest: Sha256Digest::of(b"manifest"),
        annotations: 50,
        ended: Ending::Complete,
        dirty: None,
        whole_is_in: "summary.md of the artifact tollgate-test",
        directory: "",
    }
}

fn judged() -> CommitSha {
    script::release().sha
}

/// The verdict at the end of a run, and the remarks of its results.
fn told(events: &[Timed]) -> (Verdict, Vec<Annotation>) {
    let chronicle = script::heard(events);
    let remarks = chronicle.checks.iter().flat_map(|story| {
        let result = story.result.as_deref();
        result.map_or(Vec::new(), |result| {
            annotation::of_result(&story.check, result)
        })
    });
    let remarks = remarks.collect();
    (chronicle.end.unwrap().verdict.clone(), remarks)
}

fn gate(verdict: &Verdict, id: &str) -> GateVerdict {
    verdict.gate(&id.parse().unwrap()).unwrap().clone()
}

/// One gate `test` in which the checks ended like this.
fn tested(results: &[(&str, CheckResult)]) -> (GateVerdict, Vec<Annotation>) {
    let names: Vec<_> = results.iter().map(|(name, _)| *name).collect();
    let mut script = Script::new(script::stages(&[&format!("test: {}", names.join(" "))]));
    let mut remarks = Vec::new();
    for (name, result) in results {
        let check = format!("test/{name}").parse().unwrap();
        remarks.extend(annotation::of_result(&check, result));
        if result.status != CheckStatus::Pending {
            script.record(&check, result);
        }
    }
    (gate(&script.verdict(), "test"), remarks)
}

/// What a reader sees, in one text.
fn shown(run: &CheckRun) -> String {
    let mut text = format!(
        "{}\n{:?}\n{}\n{}\n\n== summary\n{}",
        run.name,
        run.state,
        run.title,
        run.external_id.as_ref().unwrap(),
        run.summary
    );
    if let Some(further) = &run.text {
        text.push_str(&format!("\n== text\n{further}"));
    }
    text.push_str("\n== annotations\n");
    for it in &run.annotations {
        let end = it.end_line.map_or(String::new(), |end| format!("-{end}"));
        let (level, place) = (it.level.as_str(), &it.location);
        text.push_str(&format!(
            "{level} {place}{end} [{}] {:?}\n",
            it.title, it.message
        ));
    }
    text
}

fn failing_with_everything() -> (GateVerdict, Vec<Annotation>) {
    let mut pytest = script::failing_pytest();
    pytest.uncovered = vec![UncoveredLines {
        file: "src/orders.py".to_owned(),
        from: 7,
        to: 12,
        lines: 5,
    }];
    pytest.cases[1].location = None;
    let drift = Reason::new(
        ReasonCode::VersionDrift,
        "python is 3.11, and the policy says 3.12",
    );
    let stack = script::not_passed(CheckStatus::Failed, 20, drift.at("Dockerfile", Some(1)));
    tested(&[
        ("unit", script::passed(90)),
        ("pytest", pytest),
        ("stack", stack),
    ])
}

#[test]
fn a_failing_gate() {
    let (gate, remarks) = failing_with_everything();
    let judged = judged();
    let run = check_run(
        &gate,
        &remarks,
        &Occasion {
            project: Some("shop"),
            head_sha: "f".repeat(40).parse().unwrap(),
            dirty: Some("2 files changed, first src/app.py"),
            annotations: 2,
            directory: "services/api",
            ..occasion(&judged)
        },
    );
    insta::assert_snapshot!(shown(&run));
}

#[test]
fn a_passing_gate_with_a_flaky_test() {
    let (verdict, remarks) = told(&script::passing());
    let judged = judged();
    let run = check_run(&gate(&verdict, "test"), &remarks, &occasion(&judged));
    insta::assert_snapshot!(shown(&run));
}

#[test]
fn a_blocked_gate() {
    let (verdict, remarks) = told(&script::failing());
    let judged = judged();
    let run = check_run(&gate(&verdict, "build"), &remarks, &occasion(&judged));
    insta::assert_snapshot!(shown(&run));
}

#[test]
fn only_the_remarks_of_the_gate_are_shown() {
    let (verdict, remarks) = told(&script::failing());
    let judged = judged();
    let files = |id: &str| {
        let run = check_run(&gate(&verdict, id), &remarks, &occasion(&judged));
        let files = run.annotations.into_iter().map(|it| it.location.file);
        files.collect::<Vec<_>>()
    };
    assert_eq!(files("lint"), ["portal/cart.js"]);
    assert_eq!(files("test"), ["tests/test_orders.py"; 2]);
    assert_eq!(files("push"), [""; 0]);
}

#[test]
fn names() {
    let (gate, _) = tested(&[("ruff", script::passed(1))]);
    for (project, expected) in [
        (None, "tollgate / test"),
        (Some(""), "tollgate / test"),
        (Some("shop"), "tollgate / shop / test"),
        (Some(" two\nlines "), "tollgate / two␊lines / test"),
    ] {
        assert_eq!(name(&gate.id, project), expected);
    }
}

#[test]
fn the_external_id_is_read_back() {
    let (gate, remarks) = failing_with_everything();
    let judged = judged();
    let run = check_run(&gate, &remarks, &occasion(&judged));
    let written = run.external_id.unwrap();
    let read: ExternalId = written.parse().unwrap();
    assert_eq!(read.to_string(), written);
    assert_eq!(
        (read.run, read.attempt, read.gate.as_str()),
        (77, 2, "test")
    );
}

#[test]
fn no_annotations_may_be_wanted_and_then_all_are_listed() {
    let (gate, remarks) = failing_with_everything();
    let judged = judged();
    let none = Occasion {
        annotations: 0,
        ..occasion(&judged)
    };
    let run = check_run(&gate, &remarks, &none);
    assert_eq!(run.annotations, []);
    assert!(
        run.summary
            .contains("> Not shown as annotations: 3 of 3 remarks."),
        "{}",
        run.summary
    );
    assert!(run.text.unwrap().contains("failure at Dockerfile:1"));
}

#[test]
fn what_lies_outside_of_the_repository_is_listed_and_not_annotated() {
    let (gate, mut remarks) = failing_with_everything();
    remarks[0].location.file = "/usr/lib/python3/unittest.py".to_owned();
    remarks[1].location.file = "../../elsewhere.py".to_owned();
    let judged = judged();
    let run = check_run(&gate, &remarks, &occasion(&judged));
    assert_eq!(run.annotations.len(), 1);
    let text = run.text.unwrap();
    for listed in ["/usr/lib/python3/unittest.py", "elsewhere.py"] {
        assert!(text.contains(listed), "{text}");
    }
}

#[test]
fn what_a_check_says_is_no_markup_and_calls_nobody() {
    let evil = "![x](http://e.org/x.png) <img src=x> [a](b) @acme/team </details> | `";
    let mut pytest = script::failing_pytest();
    pytest.reasons = vec![Reason::new(ReasonCode::TestsFailed, evil).at(evil, Some(1))];
    for case in &mut pytest.cases {
        (case.name, case.class, case.message) = (evil.to_owned(), evil.to_owned(), evil.to_owned());
    }
    pytest.cases[1].location = None;
    pytest.evidence[0].name = evil.to_owned();
    let (gate, remarks) = tested(&[("pytest", pytest)]);
    let judged = judged();
    let run = check_run(
        &gate,
        &remarks,
        &Occasion {
            dirty: Some(evil),
            whole_is_in: evil,
            annotations: 0,
            ..occasion(&judged)
        },
    );
    for markdown in [run.summary.as_str(), run.text.as_deref().unwrap()] {
        limits::assert_harmless(markdown);
    }
}
