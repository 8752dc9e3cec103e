//! A matrix has no more jobs than GitHub runs.

use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "matrix-too-large",
    severity: Severity::Error,
    title: "A matrix makes more than 256 jobs",
    why: "GitHub refuses the whole run, so no gate in it is ever judged.",
    mend: "split the matrix, or take axes out",
};

/// <https://docs.github.com/en/actions/reference/limits>
const MOST: usize = 256;

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (workflow, job) in audit.jobs() {
        let Some(matrix) = &job.matrix else { continue };
        if let Some(jobs) = matrix.least_jobs.filter(|jobs| *jobs > MOST) {
            let message = format!("the matrix of the job `{}` makes {jobs} jobs", job.id);
            findings.push(Finding::at_line(
                &RULE,
                &workflow.path,
                matrix.line,
                message,
            ));
        }
    }
    findings
}
