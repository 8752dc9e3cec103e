//! What is worth an annotation. GitHub shows ten errors and ten warnings of a step, the first
//! ones; so the most useful come first, and the rest is counted.

use crate::domain::check::CheckResult;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::ids::CheckRef;
use crate::domain::quality::findings::{Finding, Level};
use crate::domain::quality::tests::CaseOutcome;
use crate::domain::reason::{Location, Reason, ReasonCode};
use crate::domain::status::{CheckStatus, GateStatus};
use crate::render::chronicle::{CaseOfCheck, Chronicle};
use crate::render::{clean, place, words};

use super::commands::{Annotation, Gravity, harmless};

/// How many annotations of one gravity the runner shows in a step.
const SHOWN: usize = 10;

/// The annotations of a run, errors first, at most [`SHOWN`] of each kind, then the count of the
/// others. `directory` is the project's root within the repository.
pub(super) fn of_run(chronicle: &Chronicle, directory: &str) -> Vec<Annotation> {
    let mut all = failing_cases(chronicle);
    all.extend(reasons(chronicle, Placed::Yes));
    all.extend(findings(chronicle));
    all.extend(reasons(chronicle, Placed::No));
    all.extend(promotion(chronicle));
    all.extend(flaky_cases(chronicle));
    all.extend(chronicle.warnings.iter().map(|warning| Annotation {
        gravity: Gravity::Warning,
        place: None,
        title: "tollgate".to_owned(),
        message: safe(warning),
    }));
    if !all
        .iter()
        .any(|annotation| annotation.gravity == Gravity::Error)
    {
        all.extend(blocked_gates(chronicle));
    }
    for annotation in &mut all {
        move_into(directory, annotation);
    }
    bounded(all, chronicle)
}

/// What keeps the release from the environment that the run was about.
fn promotion(chronicle: &Chronicle) -> Vec<Annotation> {
    let judged = chronicle.environment.iter();
    let missing = judged.flat_map(|it| it.reasons.iter().map(|reason| (&it.id, reason)));
    missing
        .map(|(id, reason)| Annotation {
            gravity: Gravity::Error,
            place: None,
            title: format!("tollgate: {id}"),
            message: safe(&words::reason(reason)),
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Placed {
    Yes,
    No,
}

fn bounded(all: Vec<Annotation>, chronicle: &Chronicle) -> Vec<Annotation> {
    let of = |gravity: Gravity| all.iter().filter(move |found| found.gravity == gravity);
    let mut shown: Vec<Annotation> = Vec::new();
    let mut more = Vec::new();
    for (gravity, one, many) in [
        (Gravity::Error, "more error", "more errors"),
        (Gravity::Warning, "more warning", "more warnings"),
    ] {
        shown.extend(of(gravity).take(SHOWN).cloned());
        let left = of(gravity).count().saturating_sub(SHOWN);
        if left > 0 {
            more.push(words::count(left as u64, one, many));
        }
    }
    if !more.is_empty() {
        let folder = chronicle.folder().unwrap_or_default();
        let message = format!("{}: see {folder}/summary.md", more.join(" and "));
        shown.push(Annotation {
            gravity: Gravity::Notice,
            place: None,
            title: "tollgate".to_owned(),
            message: safe(&message),
        });
    }
    shown
}

fn failing_cases(chronicle: &Chronicle) -> Vec<Annotation> {
    let mut cases = chronicle.cases(&[CaseOutcome::Failed, CaseOutcome::Error]);
    cases.sort_by_key(|found| found.case.location.is_none());
    cases
        .iter()
        .map(|found| of_case(found, gravity_of(chronicle, &found.check)))
        .collect()
}

fn flaky_cases(chronicle: &Chronicle) -> Vec<Annotation> {
    let cases = chronicle.cases(&[CaseOutcome::Flaky]);
    cases
        .iter()
        .map(|found| of_case(found, Gravity::Warning))
        .collect()
}

fn of_case(found: &CaseOfCheck<'_>, gravity: Gravity) -> Annotation {
    let CaseOfCheck { check, case } = found;
    let what = case.outcome.in_words();
    let name = clean::line(&case.title());
    let message = match case.message.trim() {
        "" => format!("{name} {what}"),
        message => format!("{name} {what}\n{message}"),
    };
    Annotation {
        gravity,
        place: case.location.clone(),
        title: format!("{check}: {name}"),
        message: safe(&message),
    }
}

/// An error in a check that counts; a warning where the check passed, or its gate tolerates it.
fn gravity_of(chronicle: &Chronicle, check: &CheckRef) -> Gravity {
    let found = chronicle
        .check_verdicts()
        .into_iter()
        .find(|(gate, verdict)| gate.id == check.gate && verdict.id == check.check);
    found.map_or(Gravity::Error, |(gate, verdict)| gravity(gate, verdict))
}

fn gravity(gate: &GateVerdict, check: &CheckVerdict) -> Gravity {
    if gate.status.lets_through() || check.status == CheckStatus::Passed {
        Gravity::Warning
    } else {
        Gravity::Error
    }
}

fn reasons(chronicle: &Chronicle, placed: Placed) -> Vec<Annotation> {
    let mut found = Vec::new();
    for (gate, check) in chronicle.check_verdicts() {
        if check.status == CheckStatus::Pending || gate.status == GateStatus::Blocked {
            continue;
        }
        let name = CheckRef::new(gate.id.clone(), check.id.clone());
        let wanted = |reason: &&Reason| {
            reason.location.is_some() == (placed == Placed::Yes)
                && !(told_by_cases(reason) && has_failing_cases(chronicle, &name))
        };
        found.extend(
            check
                .reasons
                .iter()
                .filter(wanted)
                .map(|reason| Annotation {
                    gravity: gravity(gate, check),
                    place: reason.location.clone(),
                    title: format!("{name} {} ({})", check.status, reason.code),
                    message: safe(&reason.message),
                }),
        );
    }
    found
}

fn told_by_cases(reason: &Reason) -> bool {
    reason.code == ReasonCode::TestsFailed
}

fn has_failing_cases(chronicle: &Chronicle, check: &CheckRef) -> bool {
    let failing = chronicle.cases(&[CaseOutcome::Failed, CaseOutcome::Error]);
    failing.iter().any(|found| found.check == *check)
}

fn findings(chronicle: &Chronicle) -> Vec<Annotation> {
    let mut found = Vec::new();
    for story in &chronicle.checks {
        let results = story.result.as_deref();
        let findings = results.map_or(&[][..], |result: &CheckResult| &result.findings);
        let gravity = gravity_of(chronicle, &story.check);
        let worth = findings
            .iter()
            .filter(|finding| finding.level <= Level::Warning);
        found.extend(worth.map(|finding| of_finding(&story.check, finding, gravity)));
    }
    found
}

fn of_finding(check: &CheckRef, finding: &Finding, gravity: Gravity) -> Annotation {
    let rule = clean::line(&finding.rule);
    Annotation {
        gravity: match finding.level {
            Level::Error => gravity,
            Level::Warning | Level::Note | Level::None => Gravity::Warning,
        },
        place: finding.location.clone(),
        title: format!(
            "{check}: {}",
            if rule.is_empty() { "finding" } else { &rule }
        ),
        message: safe(&finding.message),
    }
}

fn blocked_gates(chronicle: &Chronicle) -> Vec<Annotation> {
    let blocked = |gate: &&GateVerdict| gate.status == GateStatus::Blocked;
    let gates = chronicle.verdicts().into_iter().filter(blocked);
    let of_gate = |gate: &GateVerdict| {
        let messages: Vec<_> = gate
            .reasons
            .iter()
            .map(|reason| reason.message.as_str())
            .collect();
        Annotation {
            gravity: Gravity::Error,
            place: None,
            title: format!("{} blocked", gate.id),
            message: safe(&messages.join("\n")),
        }
    };
    gates.map(of_gate).collect()
}

/// Places are relative to the project's root; GitHub wants them relative to the repository's.
fn move_into(directory: &str, annotation: &mut Annotation) {
    annotation.title = safe(&annotation.title);
    if let Some(Location { file, .. }) = &mut annotation.place {
        *file = place::in_repository(directory, file);
    }
}

/// Clean text of which no line looks like a command, not even to the viewer of the log.
fn safe(text: &str) -> String {
    let lines: Vec<_> = clean::text(text.trim()).lines().map(harmless).collect();
    lines.join("\n")
}
