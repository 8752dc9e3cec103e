//! A required check says which app posts it.

use crate::domain::doctor::settings::GITHUB_ACTIONS_APP;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "check-from-any-app",
    severity: Severity::Warning,
    title: "A required check may come from any app",
    why: "Anybody who may write checks or statuses can post a green one under this name.",
    mend: "in the ruleset choose the source of the check: GitHub Actions, or your own GitHub App",
};

/// Applies it to the checks of Tollgate.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let required = audit.live.required_checks.known();
    let ours = required
        .into_iter()
        .flatten()
        .filter(|check| jobs::gate_of_check(audit, &check.name).is_some());
    let findings = ours.filter_map(|check| {
        let name = &check.name;
        let finding =
            |message| Finding::at_setting(&RULE, super::required_checks_place(audit), message);
        match check.app {
            Some(GITHUB_ACTIONS_APP) => None,
            Some(app) => {
                let message = format!(
                    "the check `{name}` is expected from the app {app}; the token of a workflow \
                     posts as GitHub Actions ({GITHUB_ACTIONS_APP})"
                );
                Some(finding(message).milder(Severity::Note))
            }
            None => Some(finding(format!("the check `{name}` may come from any app"))),
        }
    });
    findings.collect()
}
