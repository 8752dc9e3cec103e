//! An environment of the policy exists on GitHub.

use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "environment-missing",
    severity: Severity::Error,
    title: "An environment of the policy does not exist on GitHub",
    why: "GitHub creates an environment that a job names with no protection at all, and nobody is asked.",
    mend: "create it under Settings › Environments, with required reviewers",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    if audit.live.environments.known().is_none() {
        return Vec::new();
    }
    let missing = audit
        .environments
        .iter()
        .filter(|expected| audit.live.environment(&expected.name).is_none());
    let findings = missing.map(|expected| {
        let message = format!("the environment `{}` does not exist", expected.name);
        Finding::at_setting(&RULE, format!("environment {}", expected.name), message)
    });
    findings.collect()
}
