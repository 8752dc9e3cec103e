//! What was not looked at is said.

use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "settings-not-read",
    severity: Severity::Error,
    title: "GitHub's settings were not looked at",
    why: "Environments, reviewers and required checks decide what a gate is worth, and only GitHub knows them.",
    mend: "run `tollgate doctor` with GITHUB_TOKEN (permissions: actions: read, contents: read) and without --offline",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let place = "settings of the repository";
    if let Some(trouble) = audit.live.trouble() {
        let message = format!("not every setting was looked at: {trouble}");
        return vec![Finding::at_setting(&RULE, place, message)];
    }
    if !audit.live.is_unasked() {
        return Vec::new();
    }
    let message = "environments, reviewers and branch rules were not looked at".to_owned();
    let finding = Finding::at_setting(&RULE, place, message);
    vec![finding.milder(Severity::Note)] // that is what --offline asks for
}
