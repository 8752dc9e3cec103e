//! `summary.md` of a run: what failed first, then everything else, down to the evidence.

mod document;
mod environments;
pub(in crate::render) mod escape;
mod reporting;
pub(in crate::render) mod sections;
mod timeline;

use super::chronicle::Chronicle;

pub use document::{Document, STEP_SUMMARY_BYTES};
pub use reporting::{ArtifactState, Posted, ReportedGate, Reporting, reporting};

/// The summary of a run, its most urgent parts first. Texts of checks are escaped.
pub fn summary(chronicle: &Chronicle) -> Document {
    let mut document = Document::default();
    sections::head(chronicle, &mut document);
    sections::failing_tests(chronicle, &mut document);
    sections::not_passed(chronicle, &mut document);
    sections::journeys(chronicle, &mut document);
    sections::gates(chronicle, &mut document);
    environments::environments(chronicle, &mut document);
    sections::flaky_tests(chronicle, &mut document);
    if let Some(timeline) = timeline::of_run(chronicle) {
        document.section("Timeline", [timeline]);
    }
    sections::evidence(chronicle, &mut document);
    sections::warnings(chronicle, &mut document);
    sections::next_steps(chronicle, &mut document);
    document
}

/// How a release stands, and whether it may go to an environment: what is missing first.
pub fn standing(chronicle: &Chronicle) -> Document {
    let mut document = Document::default();
    environments::environments(chronicle, &mut document);
    sections::not_passed(chronicle, &mut document);
    sections::gates(chronicle, &mut document);
    document
}

/// Why a step did not do its work, and what to do.
pub fn refusal(message: &str, hint: Option<&str>) -> Document {
    let mut document = Document::default();
    let said = [Some(message), hint].into_iter().flatten();
    document.section("Tollgate did not go on", said.map(escape::inline));
    document
}

/// Gates as their check runs show them: name, title and Markdown of each.
pub fn gates(shown: &[[&str; 3]]) -> Document {
    let mut document = Document::default();
    for [name, title, text] in shown {
        let title = format!("{} · {}", escape::inline(name), escape::inline(title));
        document.section(&title, [(*text).to_owned()]);
    }
    document
}

#[cfg(test)]
mod tests;
