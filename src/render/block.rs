//! The verdict at the end of a run: failing tests first, then what did not pass, the stages with
//! their signs, where the evidence lies, and what to do next.

use crate::domain::gate::verdict::GateVerdict;
use crate::domain::ids::{CheckRef, GateId};
use crate::domain::quality::tests::{CaseOutcome, TestCase};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::RunEnding;
use crate::domain::status::{CheckStatus, GateStatus};

use super::chronicle::{CaseOfCheck, Chronicle, GateCourse};
use super::paint::Paint;
use super::totals::Totals;
use super::{clean, environments, journeys, next, people, status, words};

/// How many failing tests are shown with their messages.
const SHOWN_FAILURES: usize = 20;

/// How many lines of a failing test's message are shown.
const MESSAGE_LINES: usize = 8;

/// How many flaky tests are named.
const SHOWN_FLAKY: usize = 10;

/// The lines of the block.
pub(super) fn lines(chronicle: &Chronicle, paint: Paint) -> Vec<String> {
    let sections = [
        failing_tests(chronicle, paint),
        flaky_tests(chronicle, paint),
        not_passed(chronicle, paint),
        journey_tables(chronicle, paint),
        gates(chronicle, paint),
        environments(chronicle, paint),
        whereabouts(chronicle, paint),
    ];
    let mut lines = vec![String::new(), headline(chronicle, paint)];
    for section in sections.into_iter().filter(|section| !section.is_empty()) {
        lines.push(String::new());
        lines.extend(section);
    }
    lines
}

/// `✗ failed: test`, in words, without colours.
pub(super) fn outcome(chronicle: &Chronicle) -> String {
    let status = chronicle.status();
    match chronicle.ending() {
        RunEnding::Interrupted => return "! interrupted".to_owned(),
        RunEnding::OutOfTime => return "! out of time".to_owned(),
        RunEnding::Complete => {}
    }
    if let Some(judged) = &chronicle.environment {
        let sign = words::gate_sign(status);
        return format!("{sign} {}: {}", environments::word(judged), judged.id);
    }
    standing(status, &chronicle.verdicts())
}

/// `✓ passed`, `~ waived: G1`, `✗ failed: test`: how gates stand together, and which make it so.
pub(super) fn standing(status: GateStatus, gates: &[&GateVerdict]) -> String {
    let counts = |gate: &&&GateVerdict| match status {
        GateStatus::Passed => false,
        GateStatus::Waived | GateStatus::Failed => gate.status == status,
        GateStatus::Blocked | GateStatus::Pending | GateStatus::Running => {
            !gate.status.lets_through()
        }
    };
    let ids: Vec<_> = gates
        .iter()
        .filter(counts)
        .map(|it| it.id.as_str())
        .collect();
    let sign = words::gate_sign(status);
    match ids.as_slice() {
        [] => format!("{sign} {status}"),
        ids => format!("{sign} {status}: {}", ids.join(", ")),
    }
}

fn headline(chronicle: &Chronicle, paint: Paint) -> String {
    let status = match chronicle.ending() {
        RunEnding::Complete => chronicle.status(),
        RunEnding::Interrupted | RunEnding::OutOfTime => GateStatus::Failed,
    };
    let mut line = paint.gate(status, &outcome(chronicle));
    if let Some(end) = &chronicle.end {
        line.push_str(&format!(" · {}", words::duration(end.duration)));
    }
    let totals = Totals::of_gates(chronicle.verdicts()).to_string();
    if !totals.is_empty() {
        line.push_str(&format!(" · {totals}"));
    }
    line
}

fn failing_tests(chronicle: &Chronicle, paint: Paint) -> Vec<String> {
    let cases = chronicle.cases(&[CaseOutcome::Failed, CaseOutcome::Error]);
    if cases.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![paint.strong("Failing tests")];
    for case in cases.iter().take(SHOWN_FAILURES) {
        lines.extend(failing_test(case, paint));
    }
    if cases.len() > SHOWN_FAILURES {
        let more = cases.len() - SHOWN_FAILURES;
        lines.push(format!("  … {more} more in summary.md"));
    }
    lines
}

fn failing_test(failing: &CaseOfCheck<'_>, paint: Paint) -> Vec<String> {
    let CaseOfCheck { check, case } = failing;
    let sign = paint.bad(words::case_sign(case.outcome));
    let place = paint.faint(&format!("{} [{check}]", place(case)));
    let mut lines = vec![format!(
        "  {sign} {} {}",
        clean::line(&case.title()),
        place.trim_start()
    )];
    let message = clean::text(case.message.trim_end());
    let mut rest = message.lines();
    lines.extend(
        rest.by_ref()
            .take(MESSAGE_LINES)
            .map(|line| format!("      {line}")),
    );
    let more = rest.count();
    if more > 0 {
        lines.push(format!(
            "      … {}",
            words::count(more as u64, "more line", "more lines")
        ));
    }
    lines
}

fn place(case: &TestCase) -> String {
    let place = case.location.as_ref();
    place.map_or_else(String::new, |place| clean::line(&place.to_string()))
}

fn flaky_tests(chronicle: &Chronicle, paint: Paint) -> Vec<String> {
    let cases = chronicle.cases(&[CaseOutcome::Flaky]);
    if cases.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![paint.strong("Flaky tests (failed, then passed)")];
    lines.extend(
        cases
            .iter()
            .take(SHOWN_FLAKY)
            .map(|CaseOfCheck { check, case }| {
                let sign = paint.odd(words::case_sign(case.outcome));
                let place = paint.faint(&format!("[{check}]"));
                format!("  {sign} {} {place}", clean::line(&case.title()))
            }),
    );
    if cases.len() > SHOWN_FLAKY {
        lines.push(format!(
            "  … {} more in summary.md",
            cases.len() - SHOWN_FLAKY
        ));
    }
    lines
}

/// Checks that did not pass with their reasons, tolerated ones among them.
fn not_passed(chronicle: &Chronicle, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for (gate, check) in chronicle.check_verdicts() {
        let shown = !matches!(check.status, CheckStatus::Passed | CheckStatus::Pending)
            && gate.status != GateStatus::Blocked;
        if !shown {
            continue;
        }
        let sign = paint.check(check.status, words::check_sign(check.status));
        let name = CheckRef::new(gate.id.clone(), check.id.clone());
        let status = paint.check(check.status, check.status.as_str());
        let excuse = words::excuse(gate, check);
        lines.push(format!("  {sign} {name} {status}{excuse}"));
        let reasons = check.reasons.iter().map(words::reason);
        lines.extend(reasons.map(|reason| format!("      {reason}")));
    }
    if !lines.is_empty() {
        lines.insert(0, paint.strong("Not passed"));
    }
    lines
}

/// The tables of journeys and faults, each with the check that judged it.
fn journey_tables(chronicle: &Chronicle, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    let gates = chronicle.verdicts().into_iter();
    for (check, table) in gates.flat_map(journeys::of_gate) {
        let place = paint.faint(&format!("[{check}]"));
        lines.push(format!("{} {place}", paint.strong("Journeys")));
        lines.extend(journeys::lines(table, "  ", paint));
    }
    lines
}

fn gates(chronicle: &Chronicle, paint: Paint) -> Vec<String> {
    let verdicts = chronicle.verdicts();
    let width = verdicts
        .iter()
        .map(|gate| gate.id.as_str().len())
        .max()
        .unwrap_or(0);
    let mut lines: Vec<_> = verdicts
        .iter()
        .map(|gate| {
            let sign = paint.gate(gate.status, words::gate_sign(gate.status));
            let status = status::gate_status(gate.status, paint);
            let time = format!("{:>12}", time(chronicle, &gate.id));
            let name = format!("  {sign} {:width$}", gate.id);
            status::joined(&[&name, &status, &time, &details(chronicle, gate)])
        })
        .collect();
    if !lines.is_empty() {
        lines.insert(0, paint.strong("Stages and gates"));
    }
    lines
}

/// The environments, unless the run was about one of them, which is told by then.
fn environments(chronicle: &Chronicle, paint: Paint) -> Vec<String> {
    match chronicle.environment {
        Some(_) => Vec::new(),
        None => environments::brief(chronicle.environments(), paint),
    }
}

/// How long a gate took in this run.
pub(super) fn time(chronicle: &Chronicle, gate: &GateId) -> String {
    match chronicle.gate(gate).map(|story| &story.course) {
        Some(GateCourse::Finished { duration, .. }) => words::duration(*duration),
        Some(GateCourse::Running | GateCourse::Reused | GateCourse::Blocked(_)) | None => {
            String::new()
        }
    }
}

/// What there is to say about a gate besides its status, clean, on one line.
pub(super) fn details(chronicle: &Chronicle, gate: &GateVerdict) -> String {
    let mut parts = Vec::new();
    let story = chronicle.gate(&gate.id);
    let is_reused = story.is_some_and(|story| matches!(story.course, GateCourse::Reused));
    if is_reused && gate.status == GateStatus::Passed {
        parts.push("passed before".to_owned());
    }
    let waits: Vec<_> = gate.reasons.iter().filter_map(waited_for).collect();
    if !waits.is_empty() {
        parts.push(format!("waits for {}", waits.join(", ")));
    }
    let tolerated = |reason: &&Reason| reason.code == ReasonCode::Tolerated;
    let tolerated = gate.reasons.iter().filter(tolerated).count();
    if tolerated > 0 {
        parts.push(format!("{tolerated} tolerated"));
    }
    parts.extend(gate.waiver.as_ref().map(people::waived));
    parts.push(Totals::of_gate(gate).to_string());
    parts.push(status::nature(gate));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn waited_for(reason: &Reason) -> Option<&str> {
    let gate = reason.gate.as_ref()?;
    (reason.code == ReasonCode::GateNotPassed).then_some(gate.as_str())
}

fn whereabouts(chronicle: &Chronicle, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(folder) = chronicle.folder().filter(|folder| !folder.is_empty()) {
        let results = chronicle
            .checks
            .iter()
            .filter_map(|story| story.result.as_ref());
        let files: usize = results.map(|result| result.evidence.len()).sum();
        let files = match files {
            0 => String::new(),
            files => {
                let files = words::count(files as u64, "file", "files");
                format!(" ({files}, with SHA-256 in manifest.json)")
            }
        };
        lines.push(format!(
            "{}  {}{files}",
            paint.strong("Evidence"),
            clean::line(folder)
        ));
    }
    for (index, step) in next::steps(chronicle).into_iter().enumerate() {
        let head = if index == 0 {
            paint.strong("Next")
        } else {
            "    ".to_owned()
        };
        lines.push(format!("{head}      {step}"));
    }
    lines
}
