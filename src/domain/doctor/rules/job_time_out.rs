//! A gating job has a time limit that means something.

use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};
use crate::domain::workflow::Job;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "job-time-out",
    severity: Severity::Warning,
    title: "A gating or deploying job has no time limit, or one beyond six hours",
    why: "A job that hangs holds the release, its concurrency group and a runner for six hours, where a hosted job ends in any case.",
    mend: "set `timeout-minutes:` a little above what the job takes",
};

/// The longest a job on a runner of GitHub's may take, in minutes
/// (<https://docs.github.com/en/actions/reference/limits>).
const LONGEST: f64 = 360.0;

/// Applies it. A missing limit is only noted.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    let views = jobs::all(audit).into_iter();
    for view in views.filter(|view| (view.gates() || view.deploys()) && view.job.calls.is_none()) {
        let (path, job) = (&view.workflow.path, view.job);
        match &job.time_out {
            None => {
                let message = format!("the job `{}` has no `timeout-minutes`", job.id);
                let finding = Finding::at_line(&RULE, path, job.line, message);
                findings.push(finding.milder(Severity::Note));
            }
            Some(text) if is_hosted(job) && text.text.parse().is_ok_and(|it: f64| it > LONGEST) => {
                let message = format!(
                    "the job `{}` may take {} minutes, and is ended after 360",
                    job.id, text.text
                );
                findings.push(Finding::at_line(&RULE, path, text.line, message));
            }
            Some(_) => {}
        }
    }
    findings
}

fn is_hosted(job: &Job) -> bool {
    let hosted = ["ubuntu-", "windows-", "macos-"];
    let is_image = |label: &String| hosted.iter().any(|prefix| label.starts_with(prefix));
    job.runs_on.len() == 1 && job.runs_on.iter().all(is_image)
}
