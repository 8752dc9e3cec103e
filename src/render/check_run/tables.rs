//! Tables of a gate's checks and of its evidence, each in a bounded number of bytes.

use std::time::Duration;

use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::ids::CheckRef;
use crate::domain::quality::findings::FindingTally;
use crate::domain::status::CheckStatus;
use crate::render::markdown::escape::inline;
use crate::render::markdown::sections::{file_row, row};
use crate::render::totals::{self, Totals};
use crate::render::{clean, journeys, words};

/// The most bytes of the table of checks.
const BYTES_OF_CHECKS: usize = 16_000;

/// The most bytes of a table of journeys.
const BYTES_OF_JOURNEYS: usize = 8_000;

/// The most bytes of the table of evidence.
const BYTES_OF_EVIDENCE: usize = 12_000;

/// How many reasons of a check stand in the table, and how long each may be, in bytes.
const REASONS: usize = 3;
const LONGEST_REASON: usize = 300;

/// The items that fit into so many bytes, and how many do not.
pub(super) fn fitting(
    items: impl IntoIterator<Item = String>,
    most: usize,
) -> (Vec<String>, usize) {
    let (mut taken, mut bytes, mut left) = (Vec::new(), 0, 0);
    for item in items {
        if bytes + item.len() < most {
            bytes += item.len() + 1;
            taken.push(item);
        } else {
            left += 1;
        }
    }
    (taken, left)
}

/// Status, time, tests, coverage and reasons of each check; those that did not pass come first.
pub(super) fn checks(gate: &GateVerdict) -> Vec<String> {
    let mut checks: Vec<_> = gate.checks.iter().collect();
    checks.sort_by_key(|check| is_good(check));
    let head = "| Check | Status | Time | Tests | Coverage | Reasons |\n|---|---|---:|---|---|---|";
    let rows = checks.into_iter().map(|check| check_row(gate, check));
    table(head, rows, BYTES_OF_CHECKS)
}

/// The tables of journeys and faults; where there are several, each with the check that judged it.
pub(super) fn journeys(gate: &GateVerdict) -> Vec<String> {
    let tables = journeys::of_gate(gate);
    let is_one = tables.len() == 1;
    let mut blocks = Vec::new();
    for (check, shown) in &tables {
        let (head, rows) = journeys::markdown(shown);
        blocks.extend((!is_one).then(|| inline(check.check.as_str())));
        blocks.extend(table(&head, rows.into_iter(), BYTES_OF_JOURNEYS));
    }
    blocks
}

fn is_good(check: &CheckVerdict) -> bool {
    matches!(check.status, CheckStatus::Passed | CheckStatus::Pending)
}

/// Every piece of evidence with its SHA-256.
pub(super) fn evidence(gate: &GateVerdict) -> Vec<String> {
    let rows = gate.checks.iter().flat_map(|check| {
        let name = CheckRef::new(gate.id.clone(), check.id.clone());
        check
            .evidence
            .iter()
            .map(move |file| file_row(&name, &file.kind, &file.name, (file.size, file.sha256)))
    });
    let head = "| Check | Type | File | Size | SHA-256 |\n|---|---|---|---:|---|";
    table(head, rows, BYTES_OF_EVIDENCE)
}

fn table(head: &str, rows: impl Iterator<Item = String>, most_bytes: usize) -> Vec<String> {
    let (rows, left) = fitting(rows, most_bytes);
    let mut blocks = Vec::new();
    if !rows.is_empty() {
        blocks.push(format!("{head}\n{}", rows.join("\n")));
    }
    if left > 0 {
        blocks.push(format!("… and {} more.", words::grouped(left as u64)));
    }
    blocks
}

fn check_row(gate: &GateVerdict, check: &CheckVerdict) -> String {
    let totals = Totals::of_check(check);
    row(&[
        format!("**{}**", inline(check.id.as_str())),
        words::check_standing(gate, check),
        time(check),
        totals.tests.map_or_else(String::new, totals::tests),
        totals.coverage.map_or_else(String::new, totals::coverage),
        remarks(check, &totals).join("<br>"),
    ])
}

/// `812 ms`, `812 ms in 2 attempts`.
fn time(check: &CheckVerdict) -> String {
    let Some(report) = check.fact.as_ref().map(|fact| &fact.report) else {
        return String::new();
    };
    let time = words::duration(Duration::from_millis(report.duration_ms));
    match report.attempt {
        0 | 1 => time,
        attempts => format!("{time} in {attempts} attempts"),
    }
}

/// The reasons, and what was measured besides tests and coverage.
fn remarks(check: &CheckVerdict, totals: &Totals) -> Vec<String> {
    let reasons = check.reasons.iter().take(REASONS).map(words::reason);
    let mut remarks: Vec<_> = reasons
        .map(|reason| inline(&clean::cut(&reason, LONGEST_REASON)))
        .collect();
    let more = check.reasons.len().saturating_sub(REASONS);
    if more > 0 {
        remarks.push(format!("and {} more", words::grouped(more as u64)));
    }
    let found = |tally: &FindingTally| *tally != FindingTally::default();
    remarks.extend(totals.findings.filter(found).map(totals::findings));
    remarks.extend(totals.latency.map(totals::latency));
    remarks
}
