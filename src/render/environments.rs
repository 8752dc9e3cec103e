//! Environments as people read them: whether a release may go there, and who decided.

use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::gate::verdict::Verdict;
use crate::domain::status::GateStatus;

use super::paint::Paint;
use super::{people, words};

/// The status by whose sign and colour an environment is shown.
pub(super) fn likeness(verdict: &EnvironmentVerdict) -> GateStatus {
    match verdict.eligible {
        true => GateStatus::Passed,
        false => GateStatus::Blocked,
    }
}

/// `eligible`, or that it is not.
pub(super) fn word(verdict: &EnvironmentVerdict) -> &'static str {
    match verdict.eligible {
        true => "eligible",
        false => "not eligible",
    }
}

/// One environment at length: reasons, and everyone who decided.
pub(super) fn lines(verdict: &EnvironmentVerdict, paint: Paint) -> Vec<String> {
    let mut lines = vec![head(verdict, verdict.id.as_str().len(), paint)];
    let reasons = verdict.reasons.iter().map(words::reason);
    lines.extend(reasons.map(|reason| format!("      {}", paint.faint(&reason))));
    let decisions = decisions(verdict).into_iter();
    lines.extend(decisions.map(|line| format!("      {}", paint.faint(&line))));
    lines
}

/// All environments of a verdict at length, with a heading; nothing where there are none.
pub(super) fn all(verdict: &Verdict, paint: Paint) -> Vec<String> {
    let mut lines: Vec<String> = verdict
        .environments
        .iter()
        .flat_map(|it| lines(it, paint))
        .collect();
    if !lines.is_empty() {
        lines.insert(0, paint.strong("Environments"));
        lines.insert(0, String::new());
    }
    lines
}

/// All environments of a verdict, a line each, with a heading; nothing where there are none.
pub(super) fn brief(environments: &[EnvironmentVerdict], paint: Paint) -> Vec<String> {
    let width = environments
        .iter()
        .map(|it| it.id.as_str().len())
        .max()
        .unwrap_or(0);
    let line = |it: &EnvironmentVerdict| {
        let why = why(it).map_or_else(String::new, |why| format!("  {why}"));
        format!("  {}{why}", head(it, width, paint))
    };
    let mut lines: Vec<String> = environments.iter().map(line).collect();
    if !lines.is_empty() {
        lines.insert(0, paint.strong("Environments"));
    }
    lines
}

/// The first reason, and how many more there are; clean, on one line.
pub(super) fn why(verdict: &EnvironmentVerdict) -> Option<String> {
    let first = verdict.reasons.first()?;
    let more = match verdict.reasons.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("{}{more}", words::reason(first)))
}

/// Who decided what, a clean line each.
pub(super) fn decisions(verdict: &EnvironmentVerdict) -> Vec<String> {
    people::decisions(verdict.approvals.as_ref())
}

fn head(verdict: &EnvironmentVerdict, width: usize, paint: Paint) -> String {
    let status = likeness(verdict);
    let sign = paint.gate(status, words::gate_sign(status));
    let id = verdict.id.as_str();
    let blank = " ".repeat(width.saturating_sub(id.len()));
    format!(
        "{sign} {}{blank}  {}",
        paint.strong(id),
        paint.gate(status, word(verdict))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::approval::{ApprovalVerdict, Basis, PersonVerdict};
    use crate::domain::reason::{Reason, ReasonCode};
    use crate::domain::record::payload::Decision;

    fn person(by: &str, objection: Option<ReasonCode>) -> PersonVerdict {
        PersonVerdict {
            by: by.to_owned(),
            decision: Decision::Approved,
            at: jiff::Timestamp::UNIX_EPOCH,
            comment: "ship\u{1b}[2J it\nnow".to_owned(),
            objection: objection.map(|code| Reason::new(code, "no")),
        }
    }

    fn verdict(codes: &[ReasonCode]) -> EnvironmentVerdict {
        EnvironmentVerdict {
            id: "production".parse().unwrap(),
            eligible: codes.is_empty(),
            reasons: codes
                .iter()
                .map(|code| Reason::new(*code, "why not"))
                .collect(),
            approvals: Some(ApprovalVerdict {
                required: 1,
                basis: Basis::default(),
                people: vec![
                    person("bob", None),
                    person("eve", Some(ReasonCode::NotAnApprover)),
                ],
                reasons: Vec::new(),
            }),
        }
    }

    #[test]
    fn an_open_environment_names_everyone_who_decided() {
        let shown = lines(&verdict(&[]), Paint::plain()).join("\n");
        assert!(shown.starts_with("✓ production  eligible\n"), "{shown}");
        assert!(shown.contains("bob approved: ship"), "{shown}");
        assert!(
            shown.contains("eve approved, which does not count"),
            "{shown}"
        );
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }

    #[test]
    fn a_shut_environment_says_why() {
        let codes = [ReasonCode::GateFailed, ReasonCode::ApprovalMissing];
        let shown = brief(&[verdict(&codes)], Paint::plain());
        let line = "  ⏸ production  not eligible  why not (gate_failed) and 1 more";
        assert_eq!(shown, ["Environments", line]);
        assert_eq!(brief(&[], Paint::plain()), Vec::<String>::new());
    }
}
