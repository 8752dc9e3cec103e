//! A required check is posted in the merge queue.

use super::posts_required;
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "merge-group-missing",
    severity: Severity::Error,
    title: "A required check is not posted in the merge queue",
    why: "The queue waits for it until its time is up, and then throws the change out.",
    mend: "add `merge_group:` to `on:` of the workflow",
};

/// Applies it where the default branch has a merge queue.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    if audit.live.queue.known().copied().flatten().is_none() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let required = audit.live.required_checks.known();
    for check in required.into_iter().flatten() {
        let posting: Vec<_> = audit
            .workflows
            .iter()
            .filter(|workflow| posts_required(audit, workflow, &check.name))
            .collect();
        let in_queue = posting.iter().any(|it| it.trigger("merge_group").is_some());
        if let (Some(workflow), false) = (posting.first(), in_queue) {
            let message = format!(
                "the check `{}` is required, and its workflow does not run on `merge_group`",
                check.name
            );
            let line = workflow
                .triggers
                .first()
                .map_or(1, |trigger| trigger.event.line);
            findings.push(Finding::at_line(&RULE, &workflow.path, line, message));
        }
    }
    findings
}
