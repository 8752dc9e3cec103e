//! The summary: what was judged, the checks, the tests that failed, the evidence, what to do next.

use crate::domain::check_run::{CheckRunState, Conclusion};
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::ids::CheckRef;
use crate::domain::quality::tests::{CaseOutcome, TestTally};
use crate::domain::status::CheckStatus;
use crate::render::chronicle::CaseOfCheck;
use crate::render::markdown::Document;
use crate::render::markdown::escape::{inline, opening, sentence};
use crate::render::markdown::sections::failing_test;
use crate::render::totals::Totals;
use crate::render::{clean, next, status, words};

use super::tables::fitting;
use super::{View, tables, title};

/// The most bytes of the failing tests with their messages.
const BYTES_OF_FAILURES: usize = 24_000;

/// The most bytes of the reasons of a gate.
const BYTES_OF_REASONS: usize = 4_000;

/// The longest text that is quoted on one line, in bytes.
const LONGEST_QUOTE: usize = 300;

/// How many checks are named in the next steps.
const NAMED_CHECKS: usize = 3;

pub(super) fn of(view: &View<'_>) -> Document {
    let mut document = Document::default();
    document.push(head(view));
    notes(view, &mut document);
    document.section(
        &format!("Why it is {}", view.gate.status),
        own_reasons(view.gate),
    );
    document.section("Checks", tables::checks(view.gate));
    document.section("Journeys", tables::journeys(view.gate));
    document.section("Failing tests", failing_tests(view.gate));
    document.section("Evidence", tables::evidence(view.gate));
    document.section("Next", [next_steps(view)]);
    document
}

fn head(view: &View<'_>) -> String {
    let gate = view.gate;
    let word = match view.state {
        CheckRunState::Completed(Conclusion::Cancelled) => "! cancelled".to_owned(),
        _ => format!("{} {}", words::gate_sign(gate.status), gate.status),
    };
    let mut facts = vec![format!("**{word}: {}**", inline(gate.id.as_str()))];
    facts.push(inline(&clean::cut(&status::nature(gate), LONGEST_QUOTE)));
    facts.push(title::passed(gate));
    facts.push(format!("commit `{}`", view.occasion.judged));
    facts.retain(|fact| !fact.is_empty());
    facts.join(" · ")
}

/// What a reader could be misled about.
fn notes(view: &View<'_>, document: &mut Document) {
    let occasion = view.occasion;
    if *occasion.judged != occasion.head_sha {
        document.push(format!(
            "> **Another commit was judged than the one this stands on**: `{}` was judged, and \
             this check run stands on `{}`.",
            occasion.judged, occasion.head_sha
        ));
    }
    if let Some(why) = occasion.dirty {
        document.push(format!(
            "> **The work tree differed from the commit** ({}): the results count for their own \
             run only.",
            inline(&clean::cut(why, LONGEST_QUOTE))
        ));
    }
    let hidden = view.remarks.hidden.len();
    if hidden > 0 {
        let all = hidden + view.remarks.shown.len();
        document.push(format!(
            "> Not shown as annotations: {} of {}. They are listed below; annotations.json of the \
             run has all.",
            words::grouped(hidden as u64),
            words::count(all as u64, "remark", "remarks"),
        ));
    }
}

/// The reasons of the gate that are not those of a check: these stand in the table.
fn own_reasons(gate: &GateVerdict) -> Vec<String> {
    let own = gate.reasons.iter().filter(|reason| reason.check.is_none());
    let reasons = own.map(words::reason);
    let items = reasons.map(|reason| format!("- {}", opening(&clean::cut(&reason, LONGEST_QUOTE))));
    let (mut items, left) = fitting(items, BYTES_OF_REASONS);
    if left > 0 {
        items.push(format!("- … and {} more", words::grouped(left as u64)));
    }
    match items.is_empty() {
        true => Vec::new(),
        false => vec![items.join("\n")],
    }
}

/// The failing cases that are known with their messages, those of checks that did not pass first.
pub(super) fn failing_cases(gate: &GateVerdict) -> Vec<CaseOfCheck<'_>> {
    cases(gate, &[CaseOutcome::Failed, CaseOutcome::Error])
}

/// The cases with one of the outcomes that are known by name.
pub(super) fn cases<'a>(gate: &'a GateVerdict, outcomes: &[CaseOutcome]) -> Vec<CaseOfCheck<'a>> {
    let mut checks: Vec<_> = gate.checks.iter().collect();
    checks.sort_by_key(|check| check.status == CheckStatus::Passed);
    let mut found = Vec::new();
    for check in checks {
        let name = CheckRef::new(gate.id.clone(), check.id.clone());
        let cases = check.fact.iter().flat_map(|fact| &fact.report.cases);
        let wanted = cases.filter(|case| outcomes.contains(&case.outcome));
        found.extend(wanted.map(|case| CaseOfCheck {
            check: name.clone(),
            case,
        }));
    }
    found
}

fn failing_tests(gate: &GateVerdict) -> Vec<String> {
    let known = failing_cases(gate);
    let (mut blocks, left) = fitting(known.iter().map(failing_test), BYTES_OF_FAILURES);
    let counted = Totals::of_gate(gate).tests.map_or(0, TestTally::not_passed);
    let unknown = counted.saturating_sub(known.len() as u64);
    let more = unknown + left as u64;
    if more > 0 {
        blocks.push(format!(
            "… and {} more; the JUnit files of the evidence have all.",
            words::grouped(more)
        ));
    }
    blocks
}

fn next_steps(view: &View<'_>) -> String {
    let gate = view.gate;
    let mut steps = match view.state {
        CheckRunState::Completed(Conclusion::Success) => Vec::new(),
        CheckRunState::Completed(Conclusion::Neutral) => vec![mend_in_time(gate)],
        CheckRunState::Completed(Conclusion::Failure) => mend(gate),
        CheckRunState::Completed(Conclusion::ActionRequired) => vec![format!(
            "Bring what {} waits for to pass; then record or run {} again.",
            gate.id, gate.id
        )],
        CheckRunState::Completed(Conclusion::Cancelled) => {
            vec!["Run the workflow again: what passed for this commit is not run again.".to_owned()]
        }
        CheckRunState::InProgress => vec![still_to_come(gate)],
    };
    let whole_is_in = view.occasion.whole_is_in.replace('`', "'");
    steps.push(format!("The whole record is in {whole_is_in}."));
    let items = steps.iter().enumerate();
    let items: Vec<_> = items
        .map(|(index, step)| format!("{}. {}", index + 1, sentence(step)))
        .collect();
    items.join("\n")
}

fn mend_in_time(gate: &GateVerdict) -> String {
    match &gate.waiver {
        Some(waiver) => format!(
            "Mend {} before {:.0}, when its waiver expires.",
            waiver.scope(),
            waiver.expires_at
        ),
        None => "Mend what was waived before its waiver expires.".to_owned(),
    }
}

fn mend(gate: &GateVerdict) -> Vec<String> {
    let is_bad =
        |check: &&CheckVerdict| !matches!(check.status, CheckStatus::Passed | CheckStatus::Pending);
    let bad: Vec<_> = gate.checks.iter().filter(is_bad).collect();
    let named = bad.iter().take(NAMED_CHECKS).map(|check| {
        let name = CheckRef::new(gate.id.clone(), check.id.clone());
        let code = check.reasons.first().map(|reason| reason.code);
        format!("{}.", next::mending(&name, code))
    });
    let mut steps: Vec<_> = named.collect();
    let more = bad.len().saturating_sub(NAMED_CHECKS);
    if more > 0 {
        steps.push(format!(
            "Then the other {} that did not pass.",
            words::count(more as u64, "check", "checks")
        ));
    }
    steps.push(format!(
        "`tollgate run {}` shows the same on your machine.",
        gate.id
    ));
    steps
}

fn still_to_come(gate: &GateVerdict) -> String {
    let pending = gate
        .checks
        .iter()
        .filter(|check| check.status == CheckStatus::Pending);
    let names: Vec<_> = pending.map(|check| check.id.as_str()).collect();
    match names.as_slice() {
        [] => format!("Results of {} are still to come.", gate.id),
        names if names.len() > NAMED_CHECKS => format!(
            "Results of {} are still to come, of {} first.",
            words::count(names.len() as u64, "check", "checks"),
            names[..NAMED_CHECKS].join(", ")
        ),
        names => format!("Results of {} are still to come.", names.join(", ")),
    }
}
