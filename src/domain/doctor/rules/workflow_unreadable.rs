//! A workflow file that is none.

use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "workflow-unreadable",
    severity: Severity::Error,
    title: "A workflow file cannot be read",
    why: "Nothing in it is looked at, and GitHub may refuse it without a word on the pull request.",
    mend: "mend the file where the message says",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let unreadable = audit.unreadable.iter();
    let findings =
        unreadable.map(|file| Finding::at_line(&RULE, &file.path, file.line, file.problem.clone()));
    findings.collect()
}
