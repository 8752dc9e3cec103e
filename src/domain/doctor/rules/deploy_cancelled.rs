//! A deployment is not cancelled half-way.

use crate::domain::doctor::calls::may_be_true;
use crate::domain::doctor::jobs::JobView;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "deploy-cancelled",
    severity: Severity::Warning,
    title: "A deploying job is cancelled when a newer run starts",
    why: "`cancel-in-progress` ends a deployment half-way, and takes away one that waits for its approval.",
    mend: "set `cancel-in-progress: false` for deploying jobs, or move them to a workflow of their own",
};

/// Applies it to the job's concurrency and that of its workflow.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit).into_iter().filter(JobView::deploys) {
        let groups = [&view.job.concurrency, &view.workflow.concurrency];
        let written = groups.into_iter().flatten();
        let cancelling = written.filter_map(|group| group.cancel_in_progress.as_ref());
        for text in cancelling.filter(|text| may_be_true(Some(text), view.workflow, view.job)) {
            let message = format!(
                "the job `{}` deploys, and a newer run cancels it while it does",
                view.job.id
            );
            let path = &view.workflow.path;
            findings.push(Finding::at_line(&RULE, path, text.line, message));
        }
    }
    findings
}
