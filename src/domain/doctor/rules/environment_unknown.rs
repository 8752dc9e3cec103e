//! An environment that a job names exists.

use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "environment-unknown",
    severity: Severity::Error,
    title: "A job names an environment that GitHub or the policy does not know",
    why: "GitHub creates an environment that does not exist, without any protection, and the job runs unapproved.",
    mend: "mend the name, or create the environment under Settings › Environments first",
};

/// How many letters may be wrong for a name to be taken for a slip.
const SLIP: usize = 2;

/// Applies it. Without GitHub only a slip of the pen is told: other environments are nobody's
/// business.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit) {
        let Some(written) = &view.job.environment else {
            continue;
        };
        for name in view.named_environments().unwrap_or_default() {
            if name.is_empty() || audit.environment(&name).is_some() {
                continue;
            }
            if let Some(problem) = problem(audit, &name) {
                let message = format!(
                    "the job `{}` names the environment `{name}`, {problem}",
                    view.job.id
                );
                let path = &view.workflow.path;
                findings.push(Finding::at_line(&RULE, path, written.line, message));
            }
        }
    }
    findings
}

fn problem(audit: &Audit, name: &str) -> Option<String> {
    let is_known = audit.live.environment(name).is_some();
    let is_asked = audit.live.environments.known().is_some();
    let meant = audit.environments.iter().find(|expected| {
        strsim::damerau_levenshtein(&expected.name, name) <= SLIP && name.len() > SLIP + 1
    });
    match (is_known, is_asked, meant) {
        (true, ..) | (_, false, None) => None,
        (_, _, Some(meant)) => Some(format!("which is unknown; is `{}` meant?", meant.name)),
        (_, true, None) => Some("which does not exist".to_owned()),
    }
}
