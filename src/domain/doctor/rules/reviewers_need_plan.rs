//! Required reviewers of a private repository need a plan that has them.

use super::environments_with_approvals;
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "reviewers-need-plan",
    severity: Severity::Error,
    title: "A private repository has no required reviewers",
    why: "Private repositories have required reviewers on GitHub Enterprise only, so GitHub may not be able to ask anybody.",
    mend: "add required reviewers where the plan has them; else make the repository public, or record approvals with `tollgate approve`",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let is_private = super::is_private(audit);
    let unreviewed = environments_with_approvals(audit)
        .filter(|(_, facts)| facts.reviewers.is_empty() && is_private);
    let findings = unreviewed.map(|(_, facts)| {
        let message = format!(
            "the environment `{}` has no required reviewers, and the repository is private",
            facts.name
        );
        let place = format!("environment {} › required reviewers", facts.name);
        Finding::at_setting(&RULE, place, message)
    });
    findings.collect()
}
