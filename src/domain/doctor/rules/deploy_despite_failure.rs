//! No deploying job runs after a failure.

use crate::domain::doctor::jobs::JobView;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};
use crate::domain::workflow::condition;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "deploy-despite-failure",
    severity: Severity::Error,
    title: "A deploying job runs although a job before it failed",
    why: "`always()` and `!cancelled()` take the place of `success()`, so the job starts whatever the jobs that it needs came to.",
    mend: "remove the status function, or add `&& !failure()`, or ask for each: `needs.JOB.result == 'success'`",
};

/// Applies it. A job that runs only after a failure rolls back or reports, and is fine.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit).into_iter().filter(JobView::deploys) {
        let despite = condition::runs_despite(view.job);
        if let (Some(written), false) = (&view.job.condition, despite.is_empty()) {
            let message = format!(
                "the job `{}` deploys even when `{}` failed",
                view.job.id,
                despite.join("` or `")
            );
            let path = &view.workflow.path;
            findings.push(Finding::at_line(&RULE, path, written.line, message));
        }
    }
    findings
}
