//! What is written is well-formed, and counts what the verdict counts.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::*;
use crate::domain::gate::Severity;
use crate::domain::run::Timed;
use crate::render::script::{self, Script};

#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
struct Counts {
    suites: usize,
    cases: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// Reads the XML with another library than the one that wrote it: counts elements, and gives the
/// text of all attributes and of all CDATA.
fn read(xml: &str) -> (Counts, String, String) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut counts, mut attributes, mut content) =
        (Counts::default(), String::new(), String::new());
    let mut depth = 0;
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Start(start) => {
                depth += 1;
                count(start, &mut counts, &mut attributes);
            }
            Event::Empty(start) => count(start, &mut counts, &mut attributes),
            Event::End(_) => depth -= 1,
            Event::CData(data) => content.push_str(data),
            Event::Text(text) => assert_eq!(text.trim(), ""),
            Event::Decl(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(depth, 0);
    let allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(
        xml.chars().all(allowed),
        "a character that XML does not allow"
    );
    (counts, attributes, content)
}

fn count(start: &BytesStart<'_>, counts: &mut Counts, attributes: &mut String) {
    match start.name().as_ref() {
        "testsuites" => {}
        "testsuite" => counts.suites += 1,
        "testcase" => counts.cases += 1,
        "failure" => counts.failures += 1,
        "error" => counts.errors += 1,
        "skipped" => counts.skipped += 1,
        other => panic!("{other:?}"),
    }
    for attribute in start.attributes() {
        let attribute = attribute.unwrap();
        attributes.push_str(&quick_xml::escape::unescape(&attribute.value).unwrap());
        attributes.push('\n');
    }
}

fn written(events: &[Timed]) -> String {
    report(&script::heard(events)).unwrap()
}

fn counts(events: &[Timed]) -> Counts {
    read(&written(events)).0
}

#[test]
fn a_failing_run() {
    let xml = written(&script::failing());
    insta::assert_snapshot!(xml.replace("><", ">\n<"));
    let expected = Counts {
        suites: 4,
        cases: 8,
        failures: 1,
        errors: 5,
        skipped: 0,
    };
    assert_eq!(read(&xml).0, expected);
}

#[test]
fn a_passing_run() {
    let expected = Counts {
        suites: 4,
        cases: 6,
        ..Counts::default()
    };
    assert_eq!(counts(&script::passing()), expected);
}

#[test]
fn an_interrupted_run_is_red_even_where_all_checks_passed() {
    let mut script = Script::new(script::stages(&["lint: ruff"]));
    script
        .start("lint")
        .begin("lint/ruff", 1)
        .end("lint/ruff", script::passed(5));
    let counts = counts(&script.finish(RunEnding::Interrupted));
    assert_eq!((counts.cases, counts.errors), (2, 1));
}

#[test]
fn a_run_without_an_end_is_red() {
    let events = script::passing();
    assert_eq!(counts(&events[..events.len() - 1]).errors, 1);
}

#[test]
fn a_blocked_gate_is_never_green() {
    let counts = counts(&script::only_push());
    assert_eq!((counts.suites, counts.cases, counts.errors), (1, 2, 2));
}

#[test]
fn a_skip_that_nothing_allows_is_a_failure() {
    let mut script = Script::new(script::stages(&["lint: ruff"]));
    let skipped = crate::domain::check::CheckResult::of(CheckStatus::Skipped, Vec::new());
    script.start("lint").end("lint/ruff", skipped);
    let counts = counts(&script.finish(RunEnding::Complete));
    assert_eq!((counts.failures, counts.skipped), (1, 0));
}

#[test]
fn what_an_advisory_gate_tolerates_is_skipped_with_its_reason() {
    let mut gates = script::stages(&["lint: ruff"]);
    gates[0].severity = Severity::Advisory;
    let mut script = Script::new(gates);
    let reason = Reason::new(ReasonCode::CommandFailed, "exit code 1");
    script.start("lint").end(
        "lint/ruff",
        script::not_passed(CheckStatus::Failed, 5, reason),
    );
    let xml = written(&script.finish(RunEnding::Complete));
    assert!(xml.contains("failed, tolerated: exit code 1"), "{xml}");
    let counts = read(&xml).0;
    assert_eq!((counts.failures, counts.errors, counts.skipped), (0, 0, 1));
}

#[test]
fn what_is_waived_is_skipped_and_never_green() {
    let told = script::release::on_its_way();
    let chronicle = |verdict| Chronicle::of_record(verdict, told.now);
    let xml = report(&chronicle(told.verdict())).unwrap();
    assert!(
        xml.contains("failed, waived: the mail server of staging did not answer"),
        "{xml}"
    );
    let mut verdict = told.verdict();
    let gate = &mut verdict.gates[5];
    gate.waiver.as_mut().unwrap().check = None;
    gate.checks.truncate(1);
    let xml = report(&chronicle(verdict)).unwrap();
    assert!(xml.contains("G1 passed"), "{xml}");
    assert_eq!(read(&xml).0.skipped, 2, "{xml}"); // and what G4 tolerates
}

#[test]
fn times_of_any_length_are_written() {
    let mut script = Script::new(script::stages(&["lint: ruff mypy"]));
    script
        .start("lint")
        .end("lint/ruff", script::passed(u64::MAX));
    let events = script
        .end("lint/mypy", script::passed(u64::MAX))
        .finish(RunEnding::Complete);
    assert_eq!(counts(&events).cases, 2);
}

/// A run in which checks say `text`, written and read again.
fn says(text: &str) {
    let mut script = Script::new(script::stages(&["lint: ruff mypy", "test: pytest"]));
    let reason = Reason::new(ReasonCode::CommandFailed, text).at(text, Some(1));
    let mut ruff = script::not_passed(CheckStatus::Failed, 1, reason.clone());
    ruff.tail = format!("head\n{text}");
    script.start("lint test").end("lint/ruff", ruff);
    let mypy = script::not_passed(CheckStatus::Errored, 1, reason);
    let events = script.end("lint/mypy", mypy).finish(RunEnding::Complete);
    let (counts, attributes, content) = read(&written(&events));
    let expected = Counts {
        suites: 2,
        cases: 4,
        failures: 1,
        errors: 3,
        skipped: 0,
    };
    assert_eq!(counts, expected, "{text:?}");
    assert!(attributes.contains(&attribute(text)), "{text:?}");
    let tail = characters(&clean::text(text.trim_end()));
    assert!(content.contains(tail.trim_end()), "{text:?}");
}

#[test]
fn text_that_xml_does_not_take() {
    for text in [
        "]]>",
        "a]]>b]]]]>>",
        "<![CDATA[",
        "</failure>",
        "\u{0}\u{1b}[31mx\u{8}",
        "\u{ffff}",
        "\"&'<>\r",
    ] {
        says(text);
    }
}

proptest! {
    #[test]
    fn any_text_is_well_formed_and_counts_stay(
        text in prop_oneof![any::<String>(), "[\\]\\[><!CDAT&;\"'\u{0}\u{1b}\r\n\u{fffe}x-]{0,30}"],
    ) {
        says(&text);
    }
}
