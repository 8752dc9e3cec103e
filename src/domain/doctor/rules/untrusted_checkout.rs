//! A privileged workflow does not run a stranger's code.

use crate::domain::doctor::{Audit, Finding, Rule, Severity};
use crate::domain::workflow::{Step, Text};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "untrusted-checkout",
    severity: Severity::Error,
    title: "A privileged workflow checks out code of a pull request",
    why: "`pull_request_target` and `workflow_run` have secrets and a token that can write, and anybody can open a pull request.",
    mend: "use `pull_request`; or run only for trusted code, as with `if: github.event.workflow_run.event == 'push'`",
};

/// The look-ups that lead to code which anybody may have written.
const HEADS: [&str; 8] = [
    "github.event.pull_request.head.sha",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.merge_commit_sha",
    "github.event.pull_request.head.repo.full_name",
    "github.head_ref",
    "github.event.workflow_run.head_sha",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_repository.full_name",
];

/// What a condition asks to know that the code is trusted.
const GUARDS: [&str; 6] = [
    "head.repo",
    "head_repository",
    "workflow_run.event",
    "label",
    "author_association",
    "github.actor",
];

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (workflow, job) in audit.jobs() {
        let events = ["pull_request_target", "workflow_run"];
        let event = events
            .into_iter()
            .find(|event| workflow.trigger(event).is_some());
        let Some(event) = event.filter(|_| !is_guarded(job.condition.as_ref())) else {
            continue;
        };
        for step in job
            .steps
            .iter()
            .filter(|step| !is_guarded(step.condition.as_ref()))
        {
            if let Some(line) = takes_head(step) {
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

fn is_guarded(condition: Option<&Text>) -> bool {
    condition.is_some_and(|text| GUARDS.iter().any(|guard| text.text.contains(guard)))
}

/// The line at which a step takes the head of a pull request.
fn takes_head(step: &Step) -> Option<u32> {
    if step.action() == Some("actions/checkout") {
        let inputs = ["ref", "repository"]
            .iter()
            .filter_map(|name| step.input(name));
        let mut hit = inputs.filter(|value| names_head(&value.text));
        return hit.next().map(|value| value.line);
    }
    let mut commands = step.script.iter();
    let hit = commands.find(|line| line.text.contains("gh pr checkout"));
    hit.map(|line| line.line)
}

/// Spaces and case make no difference; `refs/pull/N/merge` and `…/head` are such heads too.
fn names_head(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    HEADS.iter().any(|head| value.contains(head)) || value.contains("refs/pull/")
}
