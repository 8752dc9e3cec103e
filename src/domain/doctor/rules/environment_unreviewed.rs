//! An environment for which the policy asks approvals has required reviewers.

use super::environments_with_approvals;
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "environment-unreviewed",
    severity: Severity::Error,
    title: "An environment has no required reviewers, though the policy asks for approvals",
    why: "Nobody is asked, so no approval can ever exist and the release cannot be promoted.",
    mend: "Settings › Environments › the environment › Required reviewers: add those whom the policy names under `from`",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let is_private = super::is_private(audit);
    let unreviewed = environments_with_approvals(audit)
        .filter(|(_, facts)| facts.reviewers.is_empty() && !is_private);
    let findings = unreviewed.map(|(_, facts)| {
        let message = format!("the environment `{}` has no required reviewers", facts.name);
        let place = format!("environment {} › required reviewers", facts.name);
        Finding::at_setting(&RULE, place, message)
    });
    findings.collect()
}
