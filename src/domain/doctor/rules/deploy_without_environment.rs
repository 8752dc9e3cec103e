//! A job that promotes or deploys names the environment.

use crate::domain::doctor::calls::Call;
use crate::domain::doctor::jobs::JobView;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "deploy-without-environment",
    severity: Severity::Error,
    title: "A job promotes or deploys without `environment:`",
    why: "Only a job that names the environment waits for its reviewers; without it nobody is asked and no approval can exist.",
    mend: "give the job `environment: NAME`, with the name that `tollgate promote` is given",
};

/// Applies it. An environment for which the policy asks no approval needs none.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit) {
        let named = view.named_environments();
        for call in view.calls.iter().filter(|call| call.releases()) {
            let targets = call.environments();
            let wanted = targets.iter().filter(|name| {
                let expected = audit.environment(name);
                expected.is_none_or(|expected| expected.approvals.is_some())
            });
            for target in wanted {
                if let Some(problem) = problem(&view, named.as_deref(), target) {
                    let message = format!(
                        "the job `{}` {} {target} {problem}",
                        view.job.id,
                        verb(call)
                    );
                    let path = &view.workflow.path;
                    findings.push(Finding::at_line(&RULE, path, call.line, message));
                }
            }
            if targets.is_empty() && view.job.environment.is_none() {
                let message = format!(
                    "the job `{}` {} without `environment:`",
                    view.job.id,
                    verb(call)
                );
                let path = &view.workflow.path;
                findings.push(Finding::at_line(&RULE, path, call.line, message));
            }
        }
    }
    findings
}

fn problem(view: &JobView<'_>, named: Option<&[String]>, target: &str) -> Option<String> {
    let is_target = |name: &String| name.eq_ignore_ascii_case(target);
    match (&view.job.environment, named) {
        (None, _) => Some("without `environment:`".to_owned()),
        (Some(_), None) => None,
        (Some(_), Some(names)) if names.iter().any(is_target) => None,
        (Some(_), Some(names)) => Some(format!("in the environment `{}`", names.join("`, `"))),
    }
}

fn verb(call: &Call) -> &'static str {
    match call.command.as_str() {
        "deploy" => "deploys",
        _ => "promotes",
    }
}
