//! Summaries of scripted runs.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;
use crate::domain::quality::tests::CaseOutcome;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::{RunEnding, Timed};
use crate::domain::status::CheckStatus;
use crate::render::script::{self, Script};

fn shown(events: &[Timed]) -> String {
    summary(&script::heard(events)).whole()
}

#[test]
fn a_failing_run() {
    insta::assert_snapshot!(shown(&script::failing()));
}

#[test]
fn a_passing_run() {
    insta::assert_snapshot!(shown(&script::passing()));
}

#[test]
fn an_interrupted_run() {
    insta::assert_snapshot!(shown(&script::interrupted()));
}

#[test]
fn a_failure_that_is_tolerated() {
    insta::assert_snapshot!(shown(&script::advisory()));
}

#[test]
fn a_run_that_never_ended() {
    let events = script::failing();
    let text = shown(&events[..6]);
    assert!(text.starts_with("# ! interrupted · shop\n"), "{text}");
}

#[test]
fn failing_tests_come_first() {
    let text = shown(&script::failing());
    let headings: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("## "))
        .collect();
    assert_eq!(
        headings,
        [
            "## Failing tests",
            "## What did not pass",
            "## Stages and gates",
            "## Timeline",
            "## Evidence",
            "## Warnings",
            "## Next",
        ]
    );
}

#[test]
fn a_summary_too_long_for_a_step_is_cut_and_says_so() {
    let gates: Vec<_> = (0..40).map(|number| format!("g{number}: pytest")).collect();
    let gates: Vec<_> = gates.iter().map(String::as_str).collect();
    let plan: Vec<_> = (0..40).map(|number| format!("g{number}")).collect();
    let mut script = Script::new(script::stages(&gates));
    script.start(&plan.join(" ")).warn(&"long ".repeat(300_000));
    let document = summary(&script::heard(&script.finish(RunEnding::Complete)));
    assert!(document.whole().len() > 1_000_000);
    let cut = document.within(STEP_SUMMARY_BYTES, "summary.md in the artifact");
    assert!(cut.len() < 1_000_000 && cut.contains("## Stages and gates"));
    assert!(cut.ends_with("1 part is left out; the whole one is summary.md in the artifact.\n"));
}

/// How many blocks of each kind a reader sees, and every piece of HTML.
fn structure(markdown: &str) -> (Vec<String>, Vec<String>) {
    let mut blocks = Vec::new();
    let mut html = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => blocks.push(format!("{level}")),
            Event::Start(Tag::CodeBlock(_)) => blocks.push("code".to_owned()),
            Event::Start(Tag::Table(_)) => blocks.push("table".to_owned()),
            Event::Start(Tag::TableCell) => blocks.push("cell".to_owned()),
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis) => {
                blocks.push("markup".to_owned());
            }
            Event::Html(piece) | Event::InlineHtml(piece) => {
                let tags: Vec<_> = piece.match_indices('<').map(|(at, _)| at).collect();
                html.extend(tags.iter().map(|at| {
                    piece[*at..]
                        .chars()
                        .take_while(|c| *c != '>')
                        .collect::<String>()
                }));
            }
            _ => {}
        }
    }
    html.retain(|tag| tag != "<!-- --");
    (blocks, html)
}

/// A run in which every text that a check gives is the same.
fn run_saying(text: &str) -> Vec<Timed> {
    let mut script = Script::new(script::stages(&["test: pytest ruff"]));
    let reason = Reason::new(ReasonCode::TestsFailed, text).at(text, Some(1));
    let mut pytest = script::failing_pytest();
    pytest.reasons = vec![reason.clone()];
    pytest.cases[0].message = format!("m{text}");
    pytest.cases[0].name = text.to_owned();
    pytest.cases[1].outcome = CaseOutcome::Flaky;
    pytest.cases[1].class = text.to_owned();
    pytest.evidence[0].name = text.to_owned();
    let mut ruff = script::not_passed(CheckStatus::Failed, 1, reason);
    ruff.tail = format!("t{text}");
    script
        .start("test")
        .open("test")
        .begin("test/pytest", 1)
        .begin("test/ruff", 1);
    script
        .end("test/pytest", pytest)
        .end("test/ruff", ruff)
        .warn(text)
        .close("test", 1);
    script.finish(RunEnding::Complete)
}

proptest! {
    #[test]
    fn no_text_changes_the_structure(
        text in prop_oneof![any::<String>(), "[`*_<>|\\[\\]()#@&a/ \n~:.\"-]{0,30}"],
    ) {
        let plain = structure(&shown(&run_saying("plain")));
        prop_assert_eq!(structure(&shown(&run_saying(&text))), plain);
    }
}
