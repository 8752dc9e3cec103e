//! The lines that tell of a run while it goes on: one for each event that matters.

use std::time::Duration;

use crate::domain::check::CheckResult;
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::ids::{CheckId, CheckRef, GateId};
use crate::domain::reason::Reason;
use crate::domain::run::{RunStart, Tree};
use crate::domain::status::{CheckStatus, GateStatus};

use super::paint::Paint;
use super::totals::Totals;
use super::{clean, status, words};

/// How many of a check's last lines are shown when it did not pass.
const TAIL_LINES: usize = 40;

/// What is run, for which release, in which order.
pub(super) fn started(start: &RunStart, paint: Paint) -> Vec<String> {
    let title = match start.project.as_str() {
        "" => "tollgate".to_owned(),
        project => format!("tollgate · {}", clean::line(project)),
    };
    let release = status::release_name(&start.release);
    let plan: Vec<_> = start.plan.iter().map(GateId::as_str).collect();
    let mut lines = vec![
        format!("{} · {release}", paint.strong(&title)),
        paint.faint(&format!("run {}: {}", start.run, plan.join(" → "))),
    ];
    if let Tree::Dirty(why) = &start.tree {
        let why = clean::line(why);
        lines.push(warning(
            &format!(
                "the work tree differs from the commit ({why}): results count for this run only"
            ),
            paint,
        ));
    }
    lines
}

/// A gate opens.
pub(super) fn gate_started(gate: &GateId, checks: &[CheckId], paint: Paint) -> String {
    let checks: Vec<_> = checks.iter().map(CheckId::as_str).collect();
    format!(
        "{} {}",
        paint.strong(&format!("▸ {gate}:")),
        paint.faint(&checks.join(", "))
    )
}

/// A gate had passed before, or is waived.
pub(super) fn gate_reused(gate: &GateId, status: GateStatus, paint: Paint) -> String {
    let sign = paint.gate(status, words::gate_sign(status));
    let name = paint.strong(gate.as_str());
    match status {
        GateStatus::Waived => format!("{sign} {name} is waived for this commit, not run"),
        _ => format!("{sign} {name} {status} before for this commit, not run again"),
    }
}

/// A gate stays shut.
pub(super) fn gate_blocked(gate: &GateId, reasons: &[Reason], paint: Paint) -> Vec<String> {
    let sign = paint.gate(GateStatus::Blocked, words::gate_sign(GateStatus::Blocked));
    let mut lines = vec![format!("{sign} {} blocked", paint.strong(gate.as_str()))];
    lines.extend(reasons.iter().map(indented));
    lines
}

/// A gate was run to its end.
pub(super) fn gate_finished(verdict: &GateVerdict, duration: Duration, paint: Paint) -> String {
    let sign = paint.gate(verdict.status, words::gate_sign(verdict.status));
    let status = paint.gate(verdict.status, verdict.status.as_str());
    let duration = words::duration(duration);
    format!(
        "{sign} {} {status} in {duration}",
        paint.strong(verdict.id.as_str())
    )
}

/// An attempt at a check begins.
pub(super) fn check_started(check: &CheckRef, attempt: u32, paint: Paint) -> String {
    let attempt = match attempt {
        0 | 1 => String::new(),
        attempt => format!(", attempt {attempt}"),
    };
    paint.faint(&format!("  ▸ {check} started{attempt}"))
}

/// An attempt failed and is repeated.
pub(super) fn check_retried(
    check: &CheckRef,
    attempt: u32,
    reasons: &[Reason],
    paint: Paint,
) -> Vec<String> {
    let sign = paint.odd("↻");
    let mut lines = vec![format!(
        "  {sign} {check} failed at attempt {attempt}, tried again"
    )];
    lines.extend(reasons.iter().map(indented));
    lines
}

/// A check ended.
pub(super) fn check_finished(check: &CheckRef, result: &CheckResult, paint: Paint) -> Vec<String> {
    let sign = paint.check(result.status, words::check_sign(result.status));
    let status = paint.check(result.status, result.status.as_str());
    let mut line = format!("  {sign} {check} {status}");
    if result.attempts > 0 {
        line.push_str(&format!(" in {}", words::duration(result.duration)));
    }
    if result.attempts > 1 {
        line.push_str(&format!(", {} attempts", result.attempts));
    }
    let totals = Totals::from(&result.measured).to_string();
    if !totals.is_empty() {
        line.push_str(&format!(" · {totals}"));
    }
    let mut lines = vec![line];
    lines.extend(result.reasons.iter().map(indented));
    lines
}

/// The last lines of a check that did not pass; clean, without colours.
pub(super) fn tail(result: &CheckResult) -> Vec<String> {
    if result.status == CheckStatus::Passed {
        return Vec::new();
    }
    let tail = clean::text(result.tail.trim_end());
    let all: Vec<_> = tail.lines().collect();
    let from = all.len().saturating_sub(TAIL_LINES);
    let mut lines = Vec::new();
    if from > 0 {
        lines.push(format!("… {from} lines above are left out here"));
    }
    lines.extend(all[from..].iter().map(|line| (*line).to_owned()));
    lines
}

/// Something is odd.
pub(super) fn warning(message: &str, paint: Paint) -> String {
    format!("{} {}", paint.odd("! warning:"), clean::line(message))
}

/// A line of a check's output, with the check's name before it.
pub(super) fn output(check: &CheckRef, line: &str, paint: Paint) -> String {
    format!("{} {line}", paint.faint(&format!("{check} │")))
}

fn indented(reason: &Reason) -> String {
    format!("      {}", words::reason(reason))
}
