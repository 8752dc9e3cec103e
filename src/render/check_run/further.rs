//! The further text, below the summary: every reason, flaky tests, and the remarks that are no
//! annotations.

use crate::domain::annotation::Annotation;
use crate::domain::gate::verdict::CheckVerdict;
use crate::domain::quality::tests::CaseOutcome;
use crate::domain::status::CheckStatus;
use crate::render::markdown::Document;
use crate::render::markdown::escape::{inline, opening};
use crate::render::{clean, words};

use super::{View, summary};

/// The longest item of a list, in bytes, before it is escaped.
const LONGEST_ITEM: usize = 500;

/// How many items stand in one block. The text is cut between blocks.
const ITEMS_A_BLOCK: usize = 20;

pub(super) fn of(view: &View<'_>) -> Document {
    let mut document = Document::default();
    document.section("What did not pass", not_passed(view));
    document.section("Failing tests without a place", failing_without_place(view));
    document.section("Flaky tests: failed, then passed", flaky(view));
    document.section("Remarks that are no annotations", remarks(view));
    document
}

fn not_passed(view: &View<'_>) -> Vec<String> {
    let is_bad =
        |check: &&CheckVerdict| !matches!(check.status, CheckStatus::Passed | CheckStatus::Pending);
    let bad = view.gate.checks.iter().filter(is_bad);
    bad.flat_map(|check| reasons(view, check)).collect()
}

fn reasons(view: &View<'_>, check: &CheckVerdict) -> Vec<String> {
    let sign = words::check_sign(check.status);
    let name = inline(&format!("{}/{}", view.gate.id, check.id));
    let excuse = words::excuse(view.gate, check);
    let mut blocks = vec![format!("{sign} **{name}** {}{excuse}", check.status)];
    blocks.extend(list(check.reasons.iter().map(words::reason)));
    blocks
}

/// Tests that no annotation shows, since nothing says where they stand.
fn failing_without_place(view: &View<'_>) -> Vec<String> {
    let failing = summary::failing_cases(view.gate).into_iter();
    let without = failing.filter(|found| found.case.location.is_none());
    list(without.map(|found| format!("{} ({})", found.case.title(), found.check)))
}

fn flaky(view: &View<'_>) -> Vec<String> {
    let flaky = summary::cases(view.gate, &[CaseOutcome::Flaky]).into_iter();
    list(flaky.map(|found| format!("{} ({})", found.case.title(), found.check)))
}

fn remarks(view: &View<'_>) -> Vec<String> {
    let line = |remark: &Annotation| {
        let (first, _) = clean::first_line(&remark.message);
        let (level, place) = (remark.level.as_str(), &remark.location);
        format!("{level} at {place}: {} · {first}", remark.title)
    };
    list(view.remarks.hidden.iter().map(line))
}

fn list(items: impl Iterator<Item = String>) -> Vec<String> {
    let items: Vec<_> = items
        .map(|item| {
            format!(
                "- {}",
                opening(&clean::cut(&clean::line(&item), LONGEST_ITEM))
            )
        })
        .collect();
    let blocks = items.chunks(ITEMS_A_BLOCK);
    blocks.map(|block| block.join("\n")).collect()
}
