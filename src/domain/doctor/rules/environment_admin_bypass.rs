//! Administrators cannot pass by the reviewers.

use super::environments_with_approvals;
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "environment-admin-bypass",
    severity: Severity::Warning,
    title: "Administrators may bypass the protection of an environment",
    why: "A deployment that an administrator lets through has no approval, and GitHub's history is the only trace.",
    mend: "Settings › Environments › the environment › untick `Allow administrators to bypass configured protection rules`",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let open = environments_with_approvals(audit)
        .filter(|(_, facts)| facts.admins_can_bypass == Some(true));
    let findings = open.map(|(_, facts)| {
        let message = format!(
            "administrators may bypass the protection of the environment `{}`",
            facts.name
        );
        let place = format!("environment {} › administrators may bypass", facts.name);
        Finding::at_setting(&RULE, place, message)
    });
    findings.collect()
}
