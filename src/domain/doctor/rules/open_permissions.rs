//! A job that gates says what its token may do.

use crate::domain::doctor::jobs::JobView;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};
use crate::domain::workflow::Permissions;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "open-permissions",
    severity: Severity::Warning,
    title: "A job that gates has no `permissions`, or `write-all`",
    why: "The token may then do whatever the repository's default allows, which can be everything, and what the job runs can use it.",
    mend: "give the job `permissions:` with `contents: read`, `checks: write` and `actions: read`, as far as it needs them",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit).into_iter().filter(JobView::gates) {
        let permissions = view.workflow.permissions_of(view.job);
        let problem = match permissions {
            Permissions::Unstated => "has no `permissions`",
            stated if stated.writes().contains(&"write-all") => "has `permissions: write-all`",
            _ => continue,
        };
        let message = format!("the job `{}` {problem}", view.job.id);
        let line = permissions.line().unwrap_or(view.job.line);
        findings.push(Finding::at_line(&RULE, &view.workflow.path, line, message));
    }
    findings
}
