//! A job that deploys asks Tollgate first.

use crate::domain::doctor::calls::{Call, Targets};
use crate::domain::doctor::jobs::JobView;
use crate::domain::doctor::{
    Audit, ExpectedEnvironment, Finding, Rule, Severity, fates, jobs, line_or,
};
use crate::domain::workflow::condition::{is_never, only_after_failure};
use crate::domain::workflow::{Step, Workflow};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "deploy-without-promote",
    severity: Severity::Error,
    title: "A job works in an environment before Tollgate let the release in",
    why: "The environment's gates are asked for by `promote` only; a job without it, or with it too late, deploys whatever they say.",
    mend: "let the action with `command: promote` and `environment: NAME` be the first step after the checkout",
};

/// Actions that bring tools or log in, and deploy nothing.
const PREPARING: [&str; 8] = [
    "actions/",
    "setup",
    "install",
    "login",
    "cache",
    "credential",
    "auth",
    "token",
];

/// Applies it to the environments of the policy that ask for gates or approvals.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let workflows = audit.workflows.iter();
    workflows
        .flat_map(|workflow| of_workflow(audit, workflow))
        .collect()
}

fn of_workflow(audit: &Audit, workflow: &Workflow) -> Vec<Finding> {
    let views = jobs::of_workflow(audit, workflow);
    let mut findings = Vec::new();
    for (view, before) in views.iter().zip(workflow.earlier()) {
        if only_after_failure(view.job) {
            continue;
        }
        for expected in view.policy_environments() {
            let is_guarded = !expected.gates.is_empty() || expected.approvals.is_some();
            let waits = before
                .iter()
                .any(|job| promotion(&views[*job], expected).is_some());
            if is_guarded && !waits {
                findings.extend(of_job(view, expected));
            }
        }
    }
    findings
}

fn of_job(view: &JobView<'_>, expected: &ExpectedEnvironment) -> Option<Finding> {
    let name = &expected.name;
    let works = (0..view.job.steps.len()).find(|step| is_work(view, *step))?;
    let problem = match promotion(view, expected) {
        Some(promoted) if promoted <= works => return None,
        Some(_) => "does something before `promote` lets the release in",
        None if rolls_back(view) => return None,
        None => "has no step that promotes to it",
    };
    let message = format!(
        "the job `{}` works in the environment `{name}` and {problem}",
        view.job.id
    );
    let line = line_or(view.job.environment.as_ref(), view.job.line);
    Some(Finding::at_line(&RULE, &view.workflow.path, line, message))
}

/// The first step that lets a release into an environment.
fn promotion(view: &JobView<'_>, expected: &ExpectedEnvironment) -> Option<usize> {
    let names = |call: &&Call| match &call.targets {
        Targets::Named(names) => names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&expected.name)),
        Targets::Unknown => true,
        Targets::Default => false,
    };
    let runs = |call: &&Call| {
        let condition = view.job.steps[call.step].condition.as_ref();
        !condition.is_some_and(is_never)
    };
    let mut promoting = view.calls.iter().filter(|call| call.releases());
    promoting
        .find(|call| names(call) && runs(call))
        .map(|call| call.step)
}

fn rolls_back(view: &JobView<'_>) -> bool {
    view.calls.iter().any(|call| call.command == "rollback")
}

/// Whether a step does more than prepare: Tollgate's own steps, tools and log-ins are no work.
fn is_work(view: &JobView<'_>, step: usize) -> bool {
    let written = &view.job.steps[step];
    if let Some(uses) = &written.uses {
        return !view.audit.is_tollgate(&uses.text) && !prepares(&uses.text);
    }
    let promotes = view
        .calls
        .iter()
        .any(|call| call.step == step && call.releases());
    !promotes && works(written)
}

fn prepares(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let deploys = name.contains("deploy") || name.contains("publish");
    !deploys && PREPARING.iter().any(|part| name.contains(part))
}

fn works(step: &Step) -> bool {
    fates::of_step(step).iter().any(|judged| {
        let words = &judged.command.words;
        let is_about = words.iter().any(|word| word.contains("tollgate"));
        let prepares = ["set", "mkdir", "cd", "export", "chmod", "["].contains(&words[0].as_str());
        !is_about && !prepares && !words[0].contains('=') && !fates::is_harmless(&judged.command)
    })
}
