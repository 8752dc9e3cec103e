//! Only some branches may deploy.

use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "environment-any-branch",
    severity: Severity::Warning,
    title: "Any branch may deploy to an environment",
    why: "A workflow on any branch, as anybody with write access changed it there, can ask for this environment and its secrets.",
    mend: "Settings › Environments › the environment › Deployment branches and tags: choose the protected branches or name them",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let expected = audit.environments.iter();
    let open = expected
        .filter_map(|expected| audit.live.environment(&expected.name))
        .filter(|facts| !facts.restricts_branches);
    let findings = open.map(|facts| {
        let message = format!("any branch may deploy to the environment `{}`", facts.name);
        let place = format!("environment {} › deployment branches and tags", facts.name);
        Finding::at_setting(&RULE, place, message)
    });
    findings.collect()
}
