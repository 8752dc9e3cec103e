//! A privileged workflow does not run a stranger's code.

use crate::domain::doctor::strangers::Scope;
use crate::domain::doctor::trust::{OPEN_EVENTS, is_guarded, is_job_guarded};
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "untrusted-checkout",
    severity: Severity::Error,
    title: "A privileged workflow checks out code of a pull request",
    why: "`pull_request_target`, `workflow_run` and `issue_comment` have secrets and a token that can write, and anybody can open a pull request.",
    mend: "use `pull_request`; or run only for trusted code, as with `if: github.event.workflow_run.event == 'push'`",
};

/// Applies it; a step is told once, with the first event that brings strangers' code.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (workflow, job) in audit.jobs() {
        let is_open = |event: &&&str| {
            workflow.trigger(event).is_some() && !is_job_guarded(workflow, job, event)
        };
        let open: Vec<&&str> = OPEN_EVENTS.iter().filter(is_open).collect();
        for step in &job.steps {
            let reaches = |event: &&&&str| !is_guarded(step.condition.as_ref(), event);
            let Some(event) = open.iter().find(reaches) else {
                continue;
            };
            let scope = Scope {
                workflow,
                job,
                step,
            };
            if let Some(line) = scope.takes_head() {
                let message = format!(
                    "the job `{}` runs on `{event}` and checks out the head of a pull request",
                    job.id
                );
                findings.push(Finding::at_line(&RULE, &workflow.path, line, message));
            }
        }
    }
    findings
}
