//! Scripted runs in a log, and a model of the runner that reads it.

use proptest::prelude::*;

use super::*;
use crate::domain::quality::findings::{Finding, Level};
use crate::domain::quality::tests::CaseOutcome;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::RunEnding;
use crate::domain::status::CheckStatus;
use crate::render::script::{self, Script};

fn counted() -> Tokens {
    let mut number = 0;
    Box::new(move || {
        number += 1;
        format!("token-{number}")
    })
}

fn log(events: &[Timed]) -> String {
    log_in("", events)
}

fn log_in(directory: &str, events: &[Timed]) -> String {
    let mut out = Vec::new();
    let mut github = Github::new(&mut out, counted()).in_directory(directory);
    for event in events {
        github.hear(event).unwrap();
    }
    String::from_utf8(out).unwrap()
}

/// The commands that a line would be read as, had nothing stopped the reading: the runner's own
/// rules, with characters that it may pass over taken out first.
fn command_of(line: &str) -> Option<String> {
    let line: String = line
        .chars()
        .filter(|c| {
            !c.is_control() && !"\u{ad}\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}".contains(*c)
        })
        .collect();
    let name = |info: &str| info.split(' ').next().unwrap().to_lowercase();
    if let Some(rest) = line.trim_start().strip_prefix("::")
        && let Some((info, _)) = rest.split_once("::")
    {
        return Some(name(info));
    }
    let (_, rest) = line.split_once("##[")?;
    rest.split_once(']').map(|(info, _)| name(info))
}

/// The lines of a log as the runner splits them.
fn runner_lines(log: &str) -> impl Iterator<Item = &str> {
    log.split(['\n', '\r'])
}

/// What the runner does on reading the log: the commands that are heard, in order. Fails the test
/// when a group is opened in another, or when the reading stays stopped.
fn heard(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut grouped = false;
    let mut commands = Vec::new();
    for line in runner_lines(log) {
        let Some(command) = command_of(line) else {
            continue;
        };
        if let Some(token) = &stopped {
            assert_eq!(command, *token, "a command inside a check's output: {line}");
            stopped = None;
            continue;
        }
        match command.as_str() {
            "stop-commands" => stopped = line.strip_prefix("::stop-commands::").map(str::to_owned),
            "group" => assert!(!std::mem::replace(&mut grouped, true), "a group in a group"),
            "endgroup" => assert!(std::mem::replace(&mut grouped, false), "no group to end"),
            other => commands.push(other.to_owned()),
        }
    }
    assert!(stopped.is_none() && !grouped);
    commands
}

#[test]
fn a_failing_run() {
    let log = log(&script::failing());
    assert_eq!(
        heard(&log),
        ["error", "error", "error", "warning", "warning"]
    );
    insta::assert_snapshot!(log);
}

#[test]
fn a_passing_run() {
    insta::assert_snapshot!(log(&script::passing()));
}

#[test]
fn an_interrupted_run() {
    insta::assert_snapshot!(log(&script::interrupted()));
}

#[test]
fn a_failure_that_is_tolerated_is_a_warning() {
    assert_eq!(heard(&log(&script::advisory())), ["warning"]);
}

#[test]
fn a_blocked_gate_is_an_error_where_nothing_else_is() {
    let log = log(&script::only_push());
    assert!(log.contains("::error title=push blocked::build is blocked, and push requires it\n"));
}

#[test]
fn the_longest_running_check_streams_and_others_wait() {
    let mut script = Script::new(script::stages(&["test: slow quick"]));
    script
        .start("test")
        .begin("test/slow", 1)
        .begin("test/quick", 1);
    script
        .output("test/slow", "one\n")
        .output("test/quick", "held\n")
        .output("test/slow", "two\n");
    script
        .end("test/quick", script::passed(5))
        .output("test/slow", "three");
    script.end("test/slow", script::passed(9));
    let events = script.finish(RunEnding::Complete);
    let log = log(&events);
    let output: Vec<_> = log.lines().skip(2).take(20).collect();
    assert_eq!(
        output,
        [
            "::group::test/slow",
            "::stop-commands::token-1",
            "one",
            "two",
            "::token-1::",
            "::endgroup::",
            "::group::test/quick",
            "::stop-commands::token-2",
            "held",
            "::token-2::",
            "::endgroup::",
            "  ✓ test/quick passed in 5 ms",
            "::group::test/slow (continued)",
            "::stop-commands::token-3",
            "three",
            "::token-3::",
            "::endgroup::",
            "  ✓ test/slow passed in 9 ms",
            "",
            "✓ passed · 0 ms",
        ]
    );
}

#[test]
fn the_floor_is_handed_on() {
    let mut script = Script::new(script::stages(&["test: first second"]));
    script
        .start("test")
        .begin("test/first", 1)
        .begin("test/second", 1);
    script
        .output("test/second", "held\n")
        .end("test/first", script::passed(5));
    let mut out = Vec::new();
    let mut github = Github::new(&mut out, counted());
    for event in &script.finish(RunEnding::Complete)[..5] {
        github.hear(event).unwrap();
    }
    let log = String::from_utf8(out).unwrap();
    assert!(
        log.ends_with("::group::test/second\n::stop-commands::token-1\nheld\n"),
        "{log}"
    );
}

#[test]
fn what_was_printed_by_a_check_without_an_end_is_shown() {
    let mut script = Script::new(script::stages(&["test: first second"]));
    script
        .start("test")
        .begin("test/first", 1)
        .begin("test/second", 1);
    script.output("test/second", "held, no line end");
    let log = log(&script.finish(RunEnding::Interrupted));
    assert!(log.contains("\nheld, no line end\n"));
    assert_eq!(heard(&log), Vec::<String>::new());
}

#[test]
fn held_output_is_bounded() {
    let mut script = Script::new(script::stages(&["test: first second"]));
    script
        .start("test")
        .begin("test/first", 1)
        .begin("test/second", 1);
    for number in 0..20_000 {
        script.output(
            "test/second",
            &format!("a line of some length with its number {number}\n"),
        );
    }
    let events = script
        .end("test/second", script::passed(5))
        .finish(RunEnding::Complete);
    let log = log(&events);
    assert!(log.len() < 300 * 1024);
    assert!(log.contains("earlier lines are left out here") && log.contains("number 19999\n"));
}

#[test]
fn ten_of_a_kind_and_the_count_of_the_others() {
    let mut script = Script::new(script::stages(&["test: pytest"]));
    let mut result = script::failing_pytest();
    let case = |number| script::case(&format!("test_{number}"), CaseOutcome::Failed, "no");
    result.cases = (0..14).map(case).collect();
    result.cases[0].location = None;
    script
        .start("test")
        .begin("test/pytest", 1)
        .end("test/pytest", result)
        .warn("odd");
    let log = log(&script.finish(RunEnding::Complete));
    let commands = heard(&log);
    assert_eq!(
        commands
            .iter()
            .filter(|command| *command == "error")
            .count(),
        10
    );
    assert!(log.contains("::notice title=tollgate::4 more errors: see .tollgate/runs/"));
    assert!(
        !log.contains("::error title=test/pytest%3A tests.test_orders › test_0"),
        "no place"
    );
}

#[test]
fn findings_of_a_passing_check_are_warnings_and_notes_are_none() {
    let mut script = Script::new(script::stages(&["lint: eslint"]));
    let mut result = script::passed(1);
    for level in [Level::Error, Level::Note] {
        result.findings.push(Finding {
            level,
            rule: String::new(),
            message: "odd".to_owned(),
            location: None,
        });
    }
    script
        .start("lint")
        .begin("lint/eslint", 1)
        .end("lint/eslint", result);
    let log = log(&script.finish(RunEnding::Complete));
    assert!(log.contains("::warning title=lint/eslint%3A finding::odd\n"));
    assert_eq!(heard(&log), ["warning"]);
}

#[test]
fn places_are_those_of_the_repository() {
    let mut script = Script::new(script::stages(&["lint: stack"]));
    let drift = Reason::new(ReasonCode::VersionDrift, "python is 3.11").at("Dockerfile", Some(3));
    script.start("lint").begin("lint/stack", 1);
    script.end(
        "lint/stack",
        script::not_passed(CheckStatus::Failed, 1, drift),
    );
    let events = script.finish(RunEnding::Complete);
    let expected = "line=3,title=lint/stack failed (version_drift)::python is 3.11\n";
    assert!(log(&events).contains(&format!("::error file=Dockerfile,{expected}")));
    assert!(
        log_in("services/api", &events)
            .contains(&format!("file=services/api/Dockerfile,{expected}"))
    );
    assert!(log_in(".", &events).contains(&format!("::error file=Dockerfile,{expected}")));
}

#[test]
fn the_tail_of_a_check_that_says_nothing_else_is_shown_unfolded() {
    let mut script = Script::new(script::stages(&["lint: ruff"]));
    let reason = Reason::new(ReasonCode::CommandFailed, "exit code 1");
    let mut result = script::not_passed(CheckStatus::Failed, 1, reason);
    result.tail = "E501 line too long\n::error::x\n".to_owned();
    script
        .start("lint")
        .begin("lint/ruff", 1)
        .end("lint/ruff", result);
    let log = log(&script.finish(RunEnding::Complete));
    assert!(
        log.contains("::stop-commands::token-1\nE501 line too long\n\\::error::x\n::token-1::\n"),
        "{log}"
    );
}

#[test]
fn secrets_are_masked_whole() {
    let mut out = Vec::new();
    let mut github = Github::new(&mut out, counted());
    for secret in ["s3cret", "", "two\nlines%"] {
        github.mask(secret).unwrap();
    }
    let log = String::from_utf8(out).unwrap();
    assert_eq!(log, "::add-mask::s3cret\n::add-mask::two%0Alines%25\n");
}

/// Text that tries: commands in all forms, hidden ones too, among other things.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("::error::x"),
        Just("::"),
        Just(":"),
        Just("##[error]x"),
        Just("##["),
        Just("#"),
        Just("["),
        Just("]"),
        Just("::add-mask::a"),
        Just("::stop-commands::t\n"),
        Just("\n"),
        Just("\r"),
        Just("\r\n"),
        Just(" "),
        Just("\u{a0}"),
        Just("\u{85}"),
        Just("\u{ad}"),
        Just("\u{200b}"),
        Just("\u{feff}"),
        Just("\u{1b}[31m"),
        Just("\u{1b}"),
        Just("::endgroup::"),
        Just("%0A::error::x"),
        Just("::token-1::"),
        Just("::token-2::"),
        Just("text"),
        Just("\u{2028}"),
    ];
    prop_oneof![
        proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat()),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn nothing_a_check_says_becomes_a_command(
        pieces in proptest::collection::vec((0..2, hostile()), 1..6),
        text in hostile(),
    ) {
        let mut script = Script::new(script::stages(&["lint: ruff mypy"]));
        script.start("lint").open("lint").begin("lint/ruff", 1).begin("lint/mypy", 1);
        for (who, piece) in &pieces {
            script.output(["lint/ruff", "lint/mypy"][*who as usize], piece);
        }
        let reason = Reason::new(ReasonCode::CommandFailed, &text).at(&text, Some(1));
        let mut ruff = script::not_passed(CheckStatus::Failed, 1, reason.clone());
        ruff.tail.clone_from(&text);
        let mut mypy = script::failing_pytest();
        mypy.reasons = vec![reason.clone()];
        mypy.cases[0].name.clone_from(&text);
        mypy.cases[0].class.clone_from(&text);
        mypy.cases[1].message.clone_from(&text);
        script.retry("lint/ruff", 1, reason).end("lint/ruff", ruff).end("lint/mypy", mypy);
        script.warn(&text).close("lint", 1);
        let log = log(&script.finish(RunEnding::Complete));
        // Two reasons and two cases; one warning. `heard` fails on any command in between.
        prop_assert_eq!(heard(&log), ["error", "error", "error", "error", "warning"]);
        let token = |name: &str| name.starts_with("token-");
        for line in runner_lines(&log) {
            if let Some(name) = command_of(line) {
                let ours = ["group", "endgroup", "stop-commands", "error", "warning"];
                prop_assert!(token(&name) || ours.contains(&name.as_str()), "{}", line);
                prop_assert!(line.starts_with("::"), "{}", line);
            }
        }
    }
}
