//! A required check is posted for every pull request.

use super::posts_required;
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "required-check-filtered",
    severity: Severity::Error,
    title: "A required check is skipped by path filters",
    why: "A workflow that a path filter skips posts nothing, so the check stays pending and the pull request cannot be merged.",
    mend: "remove `paths` and `paths-ignore` from the trigger, and skip the work within the job instead",
};

/// Applies it. Where two workflows post the same check, one may stand in for the other.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    let required = audit.live.required_checks.known();
    for check in required.into_iter().flatten() {
        let posting: Vec<_> = audit
            .workflows
            .iter()
            .filter(|workflow| posts_required(audit, workflow, &check.name))
            .collect();
        let [workflow] = posting.as_slice() else {
            continue;
        };
        let filters = workflow
            .trigger("pull_request")
            .into_iter()
            .flat_map(|trigger| &trigger.filters);
        for filter in filters.filter(|filter| filter.text.starts_with("paths")) {
            let message = format!(
                "the check `{}` is required, and `{}` skips the workflow that posts it",
                check.name, filter.text
            );
            findings.push(Finding::at_line(
                &RULE,
                &workflow.path,
                filter.line,
                message,
            ));
        }
    }
    findings
}
