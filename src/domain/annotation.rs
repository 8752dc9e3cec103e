//! Remarks at lines of the project, for the people who look at a commit: what they are, and which
//! of them a result gives.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::domain::check::CheckResult;
use crate::domain::ids::{CheckId, CheckRef, GateId};
use crate::domain::quality::coverage::UncoveredLines;
use crate::domain::quality::findings::{Finding, Level};
use crate::domain::quality::tests::{CaseOutcome, TestCase};
use crate::domain::reason::{Location, Reason, ReasonCode};
use crate::domain::record::payload::CheckReported;
use crate::domain::status::CheckStatus;

/// The most remarks that a check or a gate gives, as many as a check run may be given.
pub const KEPT_ANNOTATIONS: usize = 1000;

/// A remark that belongs to a check. It is kept in `annotations.json` of a run's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// The stage or gate of the check.
    pub gate: GateId,
    /// The check.
    pub check: CheckId,
    /// How grave it is.
    pub level: AnnotationLevel,
    /// The file, and the line where one is known.
    pub location: Location,
    /// The last line of the range, where it is longer than one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// One line.
    pub title: String,
    /// What is wrong, masked.
    pub message: String,
}

/// How grave a remark is, the gravest first (the Checks API's `annotation_level`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnnotationLevel {
    /// The check is not passed because of it.
    Failure,
    /// A person should look at it.
    Warning,
    /// Good to know.
    Notice,
}

impl AnnotationLevel {
    /// The word of the Checks API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// The remarks of a result that was made now: its test cases, findings, reasons and uncovered
/// lines that have a place. At most [`KEPT_ANNOTATIONS`], the gravest first.
pub fn of_result(check: &CheckRef, result: &CheckResult) -> Vec<Annotation> {
    let mut all = of_cases(check, &result.cases);
    all.extend(of_reasons(check, result.status, &result.reasons));
    let findings = result.findings.iter();
    all.extend(findings.filter_map(|finding| of_finding(check, finding)));
    let level = level_of_uncovered(&result.reasons);
    let uncovered = result.uncovered.iter();
    all.extend(uncovered.map(|lines| of_uncovered(check, level, lines)));
    gravest(all)
}

/// The remarks of a result of which the ledger alone is known: its test cases and reasons that
/// have a place. At most [`KEPT_ANNOTATIONS`], the gravest first.
pub fn of_report(report: &CheckReported) -> Vec<Annotation> {
    let check = CheckRef::new(report.gate.clone(), report.check.clone());
    let mut all = of_cases(&check, &report.cases);
    all.extend(of_reasons(&check, report.status, &report.reasons));
    gravest(all)
}

/// The gravest first, then by file and line; of several with one place and one message, the
/// gravest.
pub fn in_order(mut annotations: Vec<Annotation>) -> Vec<Annotation> {
    annotations.sort_by(|one, two| rank(one).cmp(&rank(two)));
    let mut seen = HashSet::new();
    let is_new: Vec<bool> = annotations
        .iter()
        .map(|it| seen.insert((&it.location, it.end_line, it.message.as_str())))
        .collect();
    let mut is_new = is_new.into_iter();
    annotations.retain(|_| is_new.next().unwrap_or(true));
    annotations
}

/// The first [`KEPT_ANNOTATIONS`] of them in order.
pub fn gravest(annotations: Vec<Annotation>) -> Vec<Annotation> {
    let mut annotations = in_order(annotations);
    annotations.truncate(KEPT_ANNOTATIONS);
    annotations
}

fn rank(it: &Annotation) -> impl Ord {
    let what = (&it.gate, &it.check, &it.title, &it.message);
    (it.level, &it.location, it.end_line, what)
}

fn remark(check: &CheckRef, level: AnnotationLevel, location: Location) -> Annotation {
    Annotation {
        gate: check.gate.clone(),
        check: check.check.clone(),
        level,
        location,
        end_line: None,
        title: check.to_string(),
        message: String::new(),
    }
}

fn of_cases(check: &CheckRef, cases: &[TestCase]) -> Vec<Annotation> {
    let cases = cases.iter();
    cases.filter_map(|case| of_case(check, case)).collect()
}

fn of_case(check: &CheckRef, case: &TestCase) -> Option<Annotation> {
    let level = match case.outcome {
        CaseOutcome::Failed | CaseOutcome::Error => AnnotationLevel::Failure,
        CaseOutcome::Flaky => AnnotationLevel::Warning,
        CaseOutcome::Skipped => return None,
    };
    let name = one_line(&case.title());
    let happened = format!("{name} {}", case.outcome.in_words());
    Some(Annotation {
        title: format!("{check}: {name}"),
        message: match case.message.trim() {
            "" => happened,
            message => format!("{happened}\n{message}"),
        },
        ..remark(check, level, case.location.clone()?)
    })
}

fn of_finding(check: &CheckRef, finding: &Finding) -> Option<Annotation> {
    let level = match finding.level {
        Level::Error => AnnotationLevel::Failure,
        Level::Warning => AnnotationLevel::Warning,
        Level::Note | Level::None => AnnotationLevel::Notice,
    };
    let rule = match one_line(&finding.rule) {
        none if none.is_empty() => "finding".to_owned(),
        rule => rule,
    };
    Some(Annotation {
        message: match finding.message.trim() {
            "" => format!("{check} found {rule}"),
            message => message.to_owned(),
        },
        title: format!("{check}: {rule}"),
        ..remark(check, level, finding.location.clone()?)
    })
}

fn of_reasons(check: &CheckRef, status: CheckStatus, reasons: &[Reason]) -> Vec<Annotation> {
    let level = match status {
        CheckStatus::Passed => AnnotationLevel::Warning,
        _ => AnnotationLevel::Failure,
    };
    let placed = reasons.iter().filter_map(|reason| {
        Some(Annotation {
            title: format!("{check} {status} ({})", reason.code),
            message: reason.message.trim().to_owned(),
            ..remark(check, level, reason.location.clone()?)
        })
    });
    placed.collect()
}

fn level_of_uncovered(reasons: &[Reason]) -> AnnotationLevel {
    let is_low = |reason: &Reason| {
        matches!(
            reason.code,
            ReasonCode::LineCoverageLow | ReasonCode::BranchCoverageLow
        )
    };
    if reasons.iter().any(is_low) {
        AnnotationLevel::Warning
    } else {
        AnnotationLevel::Notice
    }
}

fn of_uncovered(check: &CheckRef, level: AnnotationLevel, lines: &UncoveredLines) -> Annotation {
    let UncoveredLines { file, from, to, .. } = lines;
    let location = Location {
        file: file.clone(),
        line: Some(*from),
    };
    Annotation {
        end_line: (to > from).then_some(*to),
        title: format!("{check}: not covered"),
        message: match to > from {
            true => format!("no test runs the lines {from} to {to}"),
            false => format!("no test runs line {from}"),
        },
        ..remark(check, level, location)
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
