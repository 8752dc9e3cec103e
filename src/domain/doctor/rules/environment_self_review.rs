//! Who starts a run does not approve it.

use super::environments_with_approvals;
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "environment-self-review",
    severity: Severity::Error,
    title: "Whoever starts the run may approve it, though the policy forbids it",
    why: "GitHub lets the job start on an approval by its own author, and Tollgate then refuses the promotion.",
    mend: "Settings › Environments › the environment › tick `Prevent self-review`",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let open = environments_with_approvals(audit).filter(|(expected, facts)| {
        expected.prevent_self_approval && !facts.reviewers.is_empty() && !facts.prevents_self_review
    });
    let findings = open.map(|(_, facts)| {
        let message = format!(
            "in the environment `{}` whoever starts the run may approve it",
            facts.name
        );
        let place = format!("environment {} › prevent self-review", facts.name);
        Finding::at_setting(&RULE, place, message)
    });
    findings.collect()
}
