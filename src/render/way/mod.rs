//! The way into an environment, for people: what blocks it, and what to do, step by step.

mod document;

use std::time::Duration;

use crate::domain::delivery::way::{Approvable, Approve, Blocker, Run, SignOff, Step, Waive, Way};
use crate::domain::ids::CheckRef;
use crate::domain::release::Release;
use crate::domain::status::GateStatus;

use super::paint::Paint;
use super::status::release_name;
use super::{clean, words};

pub use document::document;

/// A release and its way into an environment.
#[derive(Debug, Clone, Copy)]
pub struct WayView<'a> {
    /// The release.
    pub release: &'a Release,
    /// Whether the work tree differs from the commit.
    pub dirty: bool,
    /// The way.
    pub way: &'a Way,
}

/// The whole, for people. Ends with a line feed.
pub fn text(view: &WayView<'_>, paint: Paint) -> String {
    let way = view.way;
    let mut lines = vec![headline(view, paint)];
    let mut part = |title: &str, content: Vec<String>| {
        if !content.is_empty() {
            lines.extend([String::new(), paint.strong(title)]);
            lines.extend(content);
        }
    };
    let blockers = way.blockers.iter();
    part(
        "What blocks",
        blockers.flat_map(|it| blocker(it, way, paint)).collect(),
    );
    let steps = way.steps.iter().enumerate();
    let mut told: Vec<String> = steps
        .flat_map(|(number, step)| numbered(number + 1, step))
        .collect();
    told.extend(
        way.dead_end
            .iter()
            .map(|why| format!("  {}", clean::line(why))),
    );
    part("Next steps", told);
    part(
        "Instead",
        way.alternatives.iter().flat_map(instead).collect(),
    );
    part("Note", notes(view));
    lines.push(String::new());
    lines.join("\n")
}

fn headline(view: &WayView<'_>, paint: Paint) -> String {
    let (status, word) = match view.way.eligible {
        true => (GateStatus::Passed, "eligible"),
        false => (GateStatus::Blocked, "not eligible"),
    };
    let word = format!(
        "{} {}: {word}",
        words::gate_sign(status),
        view.way.environment
    );
    format!(
        "{} · {}",
        paint.strong(&release_name(view.release)),
        paint.gate(status, &word)
    )
}

fn blocker(blocker: &Blocker, way: &Way, paint: Paint) -> Vec<String> {
    let (name, status) = match &blocker.gate {
        Some((id, _, status)) => (format!("{id} {status}"), *status),
        None => (way.environment.to_string(), GateStatus::Blocked),
    };
    let sign = paint.gate(status, words::gate_sign(status));
    let reasons = blocker.reasons.iter().map(words::reason);
    std::iter::once(format!("  {sign} {}", paint.strong(&name)))
        .chain(reasons.map(|reason| format!("      {}", paint.faint(&reason))))
        .collect()
}

fn numbered(number: usize, step: &Step) -> [String; 2] {
    [
        format!("  {number}. {}", sentence(step)),
        format!("       {}", clean::line(&step.command())),
    ]
}

/// What is to be done in a step, on one clean line.
pub(super) fn sentence(step: &Step) -> String {
    let said = match step {
        Step::Run(run) => run_sentence(run),
        Step::SignOff(sign_off) => sign_off_sentence(sign_off),
        Step::AddEvidence(it) => match &it.gate {
            Some(gate) => format!("Bring evidence of the type {} for {gate}", it.kind),
            None => format!("Bring evidence of the type {}", it.kind),
        },
        Step::Approve(approve) => approve_sentence(approve),
        Step::Deploy(id) => format!("Deploy the release to {id}, then record how it went"),
        Step::Promote(id) => format!("Let the release into {id}"),
    };
    clean::line(&said)
}

fn run_sentence(run: &Run) -> String {
    let mend: Vec<String> = run.mend.iter().map(CheckRef::to_string).collect();
    match mend.as_slice() {
        [] => "Run what has not passed yet".to_owned(),
        mend => format!("Mend {}, then run what has not passed", mend.join(", ")),
    }
}

fn sign_off_sentence(sign_off: &SignOff) -> String {
    let place = sign_off.place.as_ref();
    let place = place.map_or_else(String::new, |place| format!(" in {place}"));
    let check = &sign_off.check;
    match sign_off.instruction.trim() {
        "" => format!("Look at {check}{place}, and sign it off"),
        instruction => format!("Look at {check}{place} ({instruction}), and sign it off"),
    }
}

fn approve_sentence(approve: &Approve) -> String {
    let subject = &approve.subject;
    if let Some(by) = &approve.by {
        return format!("Let {by} approve {subject}: nobody else lifts their rejection");
    }
    let review = match subject {
        Approvable::Gate(_) => String::new(),
        Approvable::Environment(id) => format!(
            "; in GitHub Actions by a review of the job that names `environment: {id}`, elsewhere by"
        ),
    };
    format!("Let {subject} be approved by {}{review}", approve.who())
}

fn instead(waive: &Waive) -> [String; 2] {
    let longest = waive.longest.map_or_else(String::new, |longest| {
        format!(", for {} at most", time(longest))
    });
    let said = format!(
        "  {} may be waived by {}{longest}",
        waive.scope(),
        waive.who()
    );
    [clean::line(&said), format!("       {}", waive.command())]
}

/// `14 d`, `36 h`; rounded down.
fn time(time: Duration) -> String {
    match time.as_secs() / 3600 {
        hours if hours >= 48 => format!("{} d", hours / 24),
        hours => format!("{hours} h"),
    }
}

/// What makes the steps count.
pub(super) fn notes(view: &WayView<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if view.dirty && !view.way.eligible {
        notes.push(
            "  The work tree differs from the commit: commit first, for what is run in it counts for \
             that run alone."
                .to_owned(),
        );
    }
    let is_mended = |step: &Step| matches!(step, Step::Run(run) if !run.mend.is_empty());
    if view.way.steps.iter().any(is_mended) {
        notes.push(
            "  Whoever mends a file makes another commit, which is another release: ask again for \
             that one."
                .to_owned(),
        );
    }
    notes
}

#[cfg(test)]
mod tests;
