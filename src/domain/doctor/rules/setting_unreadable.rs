//! A setting that the token may not read.

use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "setting-unreadable",
    severity: Severity::Error,
    title: "The token may not read a setting",
    why: "What cannot be read cannot be vouched for, so it counts as wrong.",
    mend: "give the token the permission that is named; in a workflow under `permissions:` of the job",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let refusals = audit.live.refusals().into_iter();
    let findings = refusals
        .map(|refusal| Finding::at_setting(&RULE, &refusal.setting, refusal.message.clone()));
    findings.collect()
}
