//! `tollgate status` for people: the verdict tree as text.

use std::time::Duration;

use crate::domain::gate::verdict::{CheckVerdict, GateVerdict, Verdict};
use crate::domain::gate::{GateKind, Severity};
use crate::domain::quality::tests::{CaseOutcome, TestCase};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::release::Release;
use crate::domain::status::GateStatus;

use super::paint::Paint;
use super::totals::Totals;
use super::{clean, environments, journeys, people, words};

/// How many test cases of a check are named.
const NAMED_CASES: usize = 10;

/// The width of the longest status, `passed` and its like.
const STATUS_WIDTH: usize = 8;

/// A release and how it stands.
#[derive(Debug, Clone, Copy)]
pub struct StatusView<'a> {
    /// The release.
    pub release: &'a Release,
    /// Whether the work tree differs from the commit.
    pub dirty: bool,
    /// How it stands.
    pub verdict: &'a Verdict,
}

/// The verdict as a tree: gates, their checks, reasons, test cases. Ends with a line feed.
pub fn text(view: &StatusView<'_>, paint: Paint) -> String {
    let mut lines = vec![headline(view, paint), String::new()];
    let width = view
        .verdict
        .gates
        .iter()
        .map(|gate| gate.id.as_str().len())
        .max()
        .unwrap_or(0);
    for gate in &view.verdict.gates {
        lines.extend(gate_lines(gate, width, paint));
    }
    if view.verdict.gates.is_empty() {
        lines.push("The policy has no stage and no gate.".to_owned());
    }
    lines.extend(environments::all(view.verdict, paint));
    lines.extend(waivers(view.verdict, paint));
    lines.push(String::new());
    lines.join("\n")
}

/// `acme/shop 1.4.0 at 0123456789ab`.
pub(super) fn release_name(release: &Release) -> String {
    let version = release.version.as_deref().map(clean::line);
    let version = version.map_or_else(String::new, |version| format!(" {version}"));
    format!("{}{version} at {}", release.repository, release.sha.short())
}

fn headline(view: &StatusView<'_>, paint: Paint) -> String {
    let status = view.verdict.status;
    let word = format!("{} {status}", words::gate_sign(status));
    let tree = if view.dirty {
        " · the work tree differs from the commit"
    } else {
        ""
    };
    format!(
        "{} · {}{tree}",
        paint.strong(&release_name(view.release)),
        paint.gate(status, &word)
    )
}

fn gate_lines(gate: &GateVerdict, width: usize, paint: Paint) -> Vec<String> {
    let mut lines = vec![gate_line(gate, width, paint)];
    let own = |reason: &&Reason| reason.check.is_none() || reason.code == ReasonCode::Tolerated;
    lines.extend(
        gate.reasons
            .iter()
            .filter(own)
            .map(|reason| reason_line(reason, paint)),
    );
    let decisions = people::decisions(gate.approvals.as_ref());
    lines.extend(decisions.iter().map(|told| remark(told, paint)));
    let width = gate
        .checks
        .iter()
        .map(|check| check.id.as_str().len())
        .max()
        .unwrap_or(0);
    for check in &gate.checks {
        lines.push(check_line(gate, check, width, paint));
        lines.extend(
            check
                .reasons
                .iter()
                .map(|reason| reason_line(reason, paint)),
        );
        lines.extend(journey_lines(check, paint));
        let signoffs = check.signoffs.iter().map(people::signoff);
        lines.extend(signoffs.map(|told| remark(&told, paint)));
        lines.extend(case_lines(check));
    }
    lines
}

fn gate_line(gate: &GateVerdict, width: usize, paint: Paint) -> String {
    let sign = paint.gate(gate.status, words::gate_sign(gate.status));
    let id = filled(gate.id.as_str(), width, |id| paint.strong(id));
    joined(&[
        &format!("{sign} {id}"),
        &gate_status(gate.status, paint),
        &nature(gate),
    ])
}

/// What is special about a gate: its title, its severity.
pub(super) fn nature(gate: &GateVerdict) -> String {
    let mut parts = Vec::new();
    if gate.title != gate.id.as_str() {
        parts.push(clean::line(&gate.title));
    }
    match (gate.severity, gate.kind) {
        (Severity::Blocking, GateKind::Stage | GateKind::Gate) => {}
        (severity, GateKind::Stage | GateKind::Gate) => parts.push(severity.as_str().to_owned()),
    }
    parts.join(" · ")
}

fn check_line(gate: &GateVerdict, check: &CheckVerdict, width: usize, paint: Paint) -> String {
    let sign = paint.check(check.status, words::check_sign(check.status));
    let paint_status = |word: &str| paint.check(check.status, word);
    let word = format!("{}{}", check.status, words::excuse(gate, check));
    let status = filled(&word, STATUS_WIDTH, paint_status);
    let title = (check.title != check.id.as_str()).then(|| clean::line(&check.title));
    let mut details: Vec<String> = Vec::new();
    details.extend(took(check));
    details.extend(Some(Totals::of_check(check).to_string()).filter(|totals| !totals.is_empty()));
    details.extend(title);
    joined(&[
        &format!("  {sign} {:width$}", check.id),
        &status,
        &details.join(" · "),
    ])
}

/// How long a check took, and how often it was tried where that was more than once.
fn took(check: &CheckVerdict) -> Option<String> {
    let report = &check.fact.as_ref()?.report;
    let duration = words::duration(Duration::from_millis(report.duration_ms));
    Some(match report.attempt {
        0 | 1 => duration,
        attempts => format!("{duration} in {attempts} attempts"),
    })
}

fn reason_line(reason: &Reason, paint: Paint) -> String {
    remark(&words::reason(reason), paint)
}

fn remark(text: &str, paint: Paint) -> String {
    format!("      {}", paint.faint(text))
}

/// Every waiver, heard or not, with a heading; nothing where there are none.
fn waivers(verdict: &Verdict, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if !verdict.waivers.is_empty() {
        lines.extend([String::new(), paint.strong("Waivers")]);
    }
    for waiver in &verdict.waivers {
        lines.push(format!("  {}", people::waiver(waiver)));
        let note = waiver.note.iter();
        lines.extend(note.map(|note| reason_line(note, paint)));
    }
    lines
}

fn journey_lines(check: &CheckVerdict, paint: Paint) -> Vec<String> {
    journeys::of_check(check)
        .map_or_else(Vec::new, |table| journeys::lines(table, "        ", paint))
}

fn case_lines(check: &CheckVerdict) -> Vec<String> {
    let cases: &[TestCase] = check.fact.as_ref().map_or(&[], |fact| &fact.report.cases);
    let shown = |case: &&TestCase| case.outcome != CaseOutcome::Skipped;
    let mut lines: Vec<_> = cases
        .iter()
        .filter(shown)
        .take(NAMED_CASES)
        .map(case_line)
        .collect();
    let more = cases
        .iter()
        .filter(shown)
        .count()
        .saturating_sub(NAMED_CASES);
    if more > 0 {
        lines.push(format!("        … {more} more"));
    }
    lines
}

fn case_line(case: &TestCase) -> String {
    let place = case
        .location
        .as_ref()
        .map(|place| clean::line(&place.to_string()));
    let place = place.map_or_else(String::new, |place| format!("  {place}"));
    let flaky = if case.outcome == CaseOutcome::Flaky {
        " (flaky)"
    } else {
        ""
    };
    let sign = words::case_sign(case.outcome);
    format!(
        "        {sign} {}{flaky}{place}",
        clean::line(&case.title())
    )
}

/// A gate's status as a column.
pub(super) fn gate_status(status: GateStatus, paint: Paint) -> String {
    filled(status.as_str(), STATUS_WIDTH, |word| {
        paint.gate(status, word)
    })
}

/// A word, painted, with spaces behind it up to a width. The word is ASCII, as ids and statuses are.
fn filled(word: &str, width: usize, paint: impl Fn(&str) -> String) -> String {
    format!(
        "{}{}",
        paint(word),
        " ".repeat(width.saturating_sub(word.len()))
    )
}

/// Columns with two spaces between, without spaces at the end.
pub(super) fn joined(columns: &[&str]) -> String {
    columns.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::{RunEvent, Timed};
    use crate::render::paint::{ColorChoice, Surface};
    use crate::render::script;

    fn shown(events: &[Timed], paint: Paint) -> String {
        let Some(RunEvent::Finished(end)) = events.last().map(|event| &event.event) else {
            panic!("the script has no end");
        };
        let release = script::release();
        let view = StatusView {
            release: &release,
            dirty: false,
            verdict: &end.verdict,
        };
        text(&view, paint)
    }

    #[test]
    fn a_failing_release() {
        insta::assert_snapshot!(shown(&script::failing(), Paint::plain()));
    }

    #[test]
    fn a_passing_release() {
        insta::assert_snapshot!(shown(&script::passing(), Paint::plain()));
    }

    #[test]
    fn what_people_decided_is_told() {
        for (name, told) in [
            ("on_its_way", script::release::on_its_way()),
            ("delivered", script::release::delivered()),
        ] {
            let (release, verdict) = (script::release(), told.verdict());
            let view = StatusView {
                release: &release,
                dirty: false,
                verdict: &verdict,
            };
            insta::assert_snapshot!(name, text(&view, Paint::plain()));
        }
    }

    #[test]
    fn a_dirty_tree_and_gates_of_force_are_told() {
        let mut gates = script::stages(&["lint: ruff", "test: pytest"]);
        gates[1].severity = Severity::Advisory;
        gates[1].kind = GateKind::Gate;
        gates[1].title = "Kern\u{1b}[2J-Reisen ไทย".to_owned();
        let verdict = script::Script::new(gates).verdict();
        let release = script::release();
        let view = StatusView {
            release: &release,
            dirty: true,
            verdict: &verdict,
        };
        insta::assert_snapshot!(text(&view, Paint::plain()));
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let events = script::failing();
        let painted = shown(&events, ColorChoice::Always.paint(Surface::Plain));
        assert!(painted.contains("\u{1b}[31m"));
        assert_eq!(clean::text(&painted), shown(&events, Paint::plain()));
    }
}
