//! The sections of a summary.

use std::time::Duration;

use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::ids::{CheckRef, Sha256Digest};
use crate::domain::quality::tests::CaseOutcome;
use crate::domain::run::Tree;
use crate::domain::status::{CheckStatus, GateStatus};
use crate::render::chronicle::{CaseOfCheck, Chronicle};
use crate::render::totals::Totals;
use crate::render::{block, clean, journeys, next, telling, words};

use super::document::Document;
use super::escape::{fence, html, inline, opening, sentence};

/// How many failing tests are shown with their messages.
const SHOWN_FAILURES: usize = 100;

/// How many flaky tests and warnings are listed.
const LISTED: usize = 50;

/// How many files of evidence are listed.
const LISTED_FILES: usize = 300;

/// The verdict, the release and the totals.
pub(super) fn head(chronicle: &Chronicle, document: &mut Document) {
    let project = chronicle
        .start
        .as_ref()
        .map_or("", |start| start.project.as_str());
    let outcome = inline(&block::outcome(chronicle));
    document.push(format!("# {outcome} · {}", inline(project)));
    let mut facts = Vec::new();
    if let Some(start) = &chronicle.start {
        let release = &start.release;
        let version = release.version.as_deref().map(inline).unwrap_or_default();
        facts.push(format!(
            "**{}** {version}",
            inline(release.repository.as_str())
        ));
        facts.push(format!("commit `{}`", release.sha));
        facts.push(format!("run `{}`", start.run));
    }
    if let Some(end) = &chronicle.end {
        facts.push(words::duration(end.duration));
    }
    facts.push(Totals::of_gates(chronicle.verdicts()).to_string());
    facts.retain(|fact| !fact.is_empty());
    if !facts.is_empty() {
        document.push(facts.join(" · "));
    }
    if let Some(Tree::Dirty(why)) = chronicle.start.as_ref().map(|start| &start.tree) {
        document.push(format!(
            "> **The work tree differs from the commit** ({}): results count for this run only.",
            inline(why)
        ));
    }
}

/// Failing tests with their messages, folded.
pub(super) fn failing_tests(chronicle: &Chronicle, document: &mut Document) {
    let cases = chronicle.cases(&[CaseOutcome::Failed, CaseOutcome::Error]);
    let mut blocks: Vec<_> = cases
        .iter()
        .take(SHOWN_FAILURES)
        .map(failing_test)
        .collect();
    if cases.len() > SHOWN_FAILURES {
        let more = cases.len() - SHOWN_FAILURES;
        blocks.push(format!(
            "… and {more} more; the JUnit files of the evidence have all."
        ));
    }
    document.section("Failing tests", blocks);
}

pub(in crate::render) fn failing_test(failing: &CaseOfCheck<'_>) -> String {
    let CaseOfCheck { check, case } = failing;
    let sign = words::case_sign(case.outcome);
    let (first, _) = clean::first_line(&case.message);
    let first = if first.is_empty() {
        String::new()
    } else {
        format!(": {}", html(&first))
    };
    let place = case
        .location
        .as_ref()
        .map(|place| format!(" · {}", inline(&place.to_string())));
    let message = match case.message.trim() {
        "" => "No message was given.".to_owned(),
        _ => fence(&case.message),
    };
    format!(
        "<details><summary>{sign} <b>{}</b>{first}</summary>\n\n{}{}\n\n{message}\n\n</details>",
        html(&case.title()),
        opening(&check.to_string()),
        place.unwrap_or_default(),
    )
}

/// Tests that failed and then passed.
pub(super) fn flaky_tests(chronicle: &Chronicle, document: &mut Document) {
    let cases = chronicle.cases(&[CaseOutcome::Flaky]);
    let items: Vec<_> = cases
        .iter()
        .map(|CaseOfCheck { check, case }| {
            format!(
                "- ≈ {} ({})",
                inline(&case.title()),
                inline(&check.to_string())
            )
        })
        .collect();
    document.section("Flaky tests: failed, then passed", list(items));
}

/// A list of at most [`LISTED`] items, with the count of the others; `None` for no items.
fn list(mut items: Vec<String>) -> Option<String> {
    let more = items.len().saturating_sub(LISTED);
    items.truncate(LISTED);
    if more > 0 {
        items.push(format!("- … and {more} more"));
    }
    (!items.is_empty()).then(|| items.join("\n"))
}

/// Checks that did not pass with their reasons, and their last lines where nothing else explains.
pub(super) fn not_passed(chronicle: &Chronicle, document: &mut Document) {
    let mut blocks = Vec::new();
    for (gate, check) in chronicle.check_verdicts() {
        let shown = !matches!(check.status, CheckStatus::Passed | CheckStatus::Pending)
            && gate.status != GateStatus::Blocked;
        if shown {
            blocks.push(why_not_passed(gate, check));
            blocks.extend(last_lines(chronicle, gate, check));
        }
    }
    document.section("What did not pass", blocks);
}

fn why_not_passed(gate: &GateVerdict, check: &CheckVerdict) -> String {
    let sign = words::check_sign(check.status);
    let name = inline(&format!("{}/{}", gate.id, check.id));
    let excuse = words::excuse(gate, check);
    let mut lines = vec![format!("{sign} **{name}** {}{excuse}", check.status)];
    let reasons = check.reasons.iter().map(words::reason);
    lines.extend(reasons.map(|reason| format!("- {}", opening(&reason))));
    lines.join("\n")
}

fn last_lines(chronicle: &Chronicle, gate: &GateVerdict, check: &CheckVerdict) -> Option<String> {
    let name = CheckRef::new(gate.id.clone(), check.id.clone());
    let result = chronicle.check(&name)?.result.as_ref()?;
    if !result.cases.is_empty() {
        return None;
    }
    let lines = telling::tail(result);
    let name = html(&name.to_string());
    (!lines.is_empty()).then(|| {
        let quoted = fence(&lines.join("\n"));
        format!("<details><summary>Last lines of {name}</summary>\n\n{quoted}\n\n</details>")
    })
}

/// The tables of journeys and faults, each with the check that judged it.
pub(super) fn journeys(chronicle: &Chronicle, document: &mut Document) {
    let gates = chronicle.verdicts().into_iter();
    let tables = gates.flat_map(journeys::of_gate).map(|(check, table)| {
        let (head, rows) = journeys::markdown(table);
        let check = opening(&check.to_string());
        format!("{check}\n\n{head}\n{}", rows.join("\n"))
    });
    document.section("Journeys", tables);
}

/// A table of gates and their checks.
pub(super) fn gates(chronicle: &Chronicle, document: &mut Document) {
    let gates = chronicle.verdicts();
    if gates.is_empty() {
        return;
    }
    let mut rows = vec![
        "| Stage or gate | Check | Status | Time | Result |".to_owned(),
        "|---|---|---|---:|---|".to_owned(),
    ];
    for gate in gates {
        let sign = words::gate_sign(gate.status);
        rows.push(row(&[
            format!("**{}**", inline(gate.id.as_str())),
            String::new(),
            format!("{sign} {}", gate.status),
            block::time(chronicle, &gate.id),
            inline(&block::details(chronicle, gate)),
        ]));
        rows.extend(gate.checks.iter().map(|check| check_row(gate, check)));
    }
    document.section("Stages and gates", [rows.join("\n")]);
}

fn check_row(gate: &GateVerdict, check: &CheckVerdict) -> String {
    let report = check.fact.as_ref().map(|fact| &fact.report);
    let time = report.map(|report| words::duration(Duration::from_millis(report.duration_ms)));
    let tried = report.map_or(0, |report| report.attempt);
    let mut result = vec![Totals::of_check(check).to_string()];
    if tried > 1 {
        result.push(format!("{tried} attempts"));
    }
    if check.title != check.id.as_str() {
        result.push(inline(&check.title));
    }
    result.retain(|part| !part.is_empty());
    row(&[
        String::new(),
        inline(check.id.as_str()),
        words::check_standing(gate, check),
        time.unwrap_or_default(),
        result.join(" · "),
    ])
}

pub(in crate::render) fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// A table of the evidence: that of this run, and that of checks which had passed before.
pub(super) fn evidence(chronicle: &Chronicle, document: &mut Document) {
    let mut rows = Vec::new();
    for (gate, verdict) in chronicle.check_verdicts() {
        let check = CheckRef::new(gate.id.clone(), verdict.id.clone());
        let now = chronicle
            .check(&check)
            .and_then(|story| story.result.as_ref());
        match now {
            Some(result) => rows.extend(
                result
                    .evidence
                    .iter()
                    .map(|file| file_row(&check, &file.kind, &file.name, (file.size, file.sha256))),
            ),
            None => rows.extend(
                verdict
                    .evidence
                    .iter()
                    .map(|file| file_row(&check, &file.kind, &file.name, (file.size, file.sha256))),
            ),
        }
    }
    if rows.is_empty() {
        return;
    }
    let more = rows.len().saturating_sub(LISTED_FILES);
    rows.truncate(LISTED_FILES);
    let head = "| Check | Type | File | Size | SHA-256 |\n|---|---|---|---:|---|";
    let mut blocks = vec![format!("{head}\n{}", rows.join("\n"))];
    if more > 0 {
        blocks.push(format!("… and {more} more in manifest.json."));
    }
    blocks.extend(
        chronicle
            .folder()
            .map(|folder| format!("The files lie in {}.", inline(folder))),
    );
    document.section("Evidence", blocks);
}

pub(in crate::render) fn file_row(
    check: &CheckRef,
    kind: &str,
    name: &str,
    content: (u64, Sha256Digest),
) -> String {
    let (size, sha256) = content;
    let check = inline(&check.to_string());
    row(&[
        check,
        inline(kind),
        inline(name),
        words::size(size),
        format!("`{sha256}`"),
    ])
}

/// What was odd.
pub(super) fn warnings(chronicle: &Chronicle, document: &mut Document) {
    let items = chronicle
        .warnings
        .iter()
        .map(|warning| format!("- {}", opening(warning)));
    document.section("Warnings", list(items.collect()));
}

/// What to do next.
pub(super) fn next_steps(chronicle: &Chronicle, document: &mut Document) {
    let steps = next::steps(chronicle);
    let items = steps.iter().enumerate();
    let items: Vec<_> = items
        .map(|(index, step)| format!("{}. {}", index + 1, sentence(step)))
        .collect();
    document.section("Next", [items.join("\n")]);
}
