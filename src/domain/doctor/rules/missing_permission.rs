//! A job may do what its calls of Tollgate need.

use crate::domain::doctor::calls::{Call, Way};
use crate::domain::doctor::jobs::JobView;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};
use crate::domain::workflow::{Level, Step, Workflow};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "missing-permission",
    severity: Severity::Warning,
    title: "A job lacks a permission that Tollgate needs",
    why: "Without it the verdict cannot be posted as a check, or what earlier jobs recorded cannot be read.",
    mend: "add the permission that is named to `permissions:` of the job",
};

/// Applies it where permissions are written out.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workflow in &audit.workflows {
        findings.extend(of_workflow(audit, workflow));
    }
    findings
}

fn of_workflow(audit: &Audit, workflow: &Workflow) -> Vec<Finding> {
    let mut findings = Vec::new();
    let views = jobs::of_workflow(audit, workflow);
    let gating: Vec<bool> = views.iter().map(JobView::gates).collect();
    for (view, before) in views.iter().zip(workflow.earlier()) {
        let permissions = workflow.permissions_of(view.job);
        let follows_gates = before.iter().any(|job| gating[*job]);
        for (permission, level, purpose) in needed(view, follows_gates) {
            if permissions.allows(permission, level) == Some(false) {
                let message = format!(
                    "the job `{}` {purpose} and lacks `{permission}: {}`",
                    view.job.id,
                    word(level)
                );
                let line = permissions.line().unwrap_or(view.job.line);
                findings.push(Finding::at_line(&RULE, &view.workflow.path, line, message));
            }
        }
    }
    findings
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Read => "read",
        Level::Write => "write",
    }
}

fn needed(view: &JobView<'_>, follows_gates: bool) -> Vec<(&'static str, Level, &'static str)> {
    let mut needed = Vec::new();
    let calls = &view.calls;
    let through_action = |call: &Call| call.way == Way::Action && call.is_gate();
    if calls
        .iter()
        .any(|call| call.posts && (through_action(call) || call.command == "publish"))
    {
        needed.push(("checks", Level::Write, "posts check runs"));
    }
    let imports = calls.iter().any(through_action) && follows_gates;
    if imports || calls.iter().any(Call::releases) {
        needed.push(("actions", Level::Read, "reads what other jobs recorded"));
    }
    let mut actions = view.job.steps.iter().filter_map(Step::action);
    if !calls.is_empty() && actions.any(|action| action == "actions/checkout") {
        needed.push(("contents", Level::Read, "checks out the repository"));
    }
    needed
}
