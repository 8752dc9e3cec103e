//! Actions are pinned to what cannot be moved.

use super::action_placeholder::is_placeholder;
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "unpinned-action",
    severity: Severity::Warning,
    title: "An action is not pinned",
    why: "Whoever can move the tag or branch decides what runs with the token and the secrets of this job.",
    mend: "name the full commit SHA and keep the version as a comment: `uses: owner/action@SHA # v1.2.3`; an image by its digest: `docker://image@sha256:…`",
};

/// Applies it to actions, images and called workflows.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (workflow, job) in audit.jobs() {
        let steps = job.steps.iter().filter_map(|step| step.uses.as_ref());
        for uses in steps.chain(&job.calls) {
            if let Some(problem) = problem(&uses.text) {
                let message = format!("`{}` {problem}", uses.text);
                findings.push(Finding::at_line(&RULE, &workflow.path, uses.line, message));
            }
        }
    }
    findings
}

fn problem(uses: &str) -> Option<&'static str> {
    if ["./", "../", "$/"].iter().any(|own| uses.starts_with(own)) {
        return None; // it is part of the commit
    }
    if is_placeholder(uses) {
        return None; // that is told by itself
    }
    if let Some(image) = uses.strip_prefix("docker://") {
        let is_pinned = image
            .split_once("@sha256:")
            .is_some_and(|(_, digest)| is_hex(digest, &[64]));
        return (!is_pinned).then_some("is not pinned to a digest");
    }
    match uses.split_once('@') {
        Some((_, reference)) if is_hex(reference, &[40, 64]) => None,
        Some((_, reference)) if is_short_sha(reference) => Some(
            "is pinned to a shortened SHA, or to a name that looks like one; GitHub takes only whole ones for commits",
        ),
        Some(_) => Some("is not pinned to a full commit SHA"),
        None => Some("names no version at all"),
    }
}

/// As Git shortens it; a date or a number has no letters.
fn is_short_sha(text: &str) -> bool {
    let has = |wanted: fn(&u8) -> bool| text.bytes().any(|byte| wanted(&byte));
    (7..40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
}

fn is_hex(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
