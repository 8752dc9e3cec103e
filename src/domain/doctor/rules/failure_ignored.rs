//! A gate's failure fails its job.

use crate::domain::doctor::calls::{Call, may_be_true};
use crate::domain::doctor::{Audit, Finding, Rule, Severity, fates, jobs, line_or};
use crate::domain::workflow::condition::is_never;
use crate::domain::workflow::{Job, Pair, Step, Text};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "failure-ignored",
    severity: Severity::Error,
    title: "The failure of a gate is ignored",
    why: "With `continue-on-error`, `|| true`, `set +e`, `if: false` or a pipe the job ends green whatever the gate says, and what needs it goes on.",
    mend: "remove it, and begin a script with pipes with `set -o pipefail`; a step that must run after a failure says `if: ${{ !cancelled() }}` itself",
};

/// Applies it to steps and jobs that judge or promote.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit) {
        let (path, job) = (&view.workflow.path, view.job);
        let is_deciding = |call: &&Call| call.is_gate() || call.releases();
        let deciding: Vec<&Call> = view.calls.iter().filter(is_deciding).collect();
        let is_on = |text: Option<&Text>| may_be_true(text, view.workflow, job);
        if !deciding.is_empty() && is_on(job.continue_on_error.as_ref()) {
            let line = line_or(job.continue_on_error.as_ref(), job.line);
            let message = format!(
                "the job `{}` runs a gate and has `continue-on-error`",
                job.id
            );
            findings.push(Finding::at_line(&RULE, path, line, message));
        }
        for call in deciding {
            let step = &job.steps[call.step];
            let is_ignored = is_on(step.continue_on_error.as_ref());
            if is_ignored && !is_looked_at(job, call.step) {
                let line = line_or(step.continue_on_error.as_ref(), call.line);
                let message = format!("`tollgate {}` has `continue-on-error`", call.command);
                findings.push(Finding::at_line(&RULE, path, line, message));
            }
            if let Some(never) = step.condition.as_ref().filter(|text| is_never(text)) {
                let message = format!("`tollgate {}` never runs: its `if` is false", call.command);
                findings.push(Finding::at_line(&RULE, path, never.line, message));
            }
            if let Some(why) = call.ignored {
                let message = format!("`tollgate {}` {why}", call.command);
                findings.push(Finding::at_line(&RULE, path, call.line, message));
            }
        }
    }
    findings
}

/// Whether a step fails of its own accord: by its script, or as `record` and `github-script` do.
fn may_fail(step: &Step) -> bool {
    let raises =
        |pair: &Pair| pair.value.text.contains("setFailed") || pair.value.text.contains("throw");
    fates::of_step(step)
        .iter()
        .any(|judged| fates::fails(&judged.command))
        || step.input("outcome").is_some()
        || step.inputs.iter().any(raises)
        || step
            .script
            .iter()
            .any(|line| line.text.contains("tollgate record"))
}

/// Whether a later step asks how a step went: then that one decides, if it fails.
fn is_looked_at(job: &Job, step: usize) -> bool {
    let Some(id) = &job.steps[step].id else {
        return false;
    };
    let name = format!("steps.{}.outcome", id.text);
    job.steps[step + 1..].iter().any(|later| {
        let values = later.inputs.iter().chain(&later.variables);
        let texts = values.map(|pair| &pair.value);
        let mut texts = texts.chain(&later.condition).chain(&later.script);
        texts.any(|text| text.text.contains(&name)) && may_fail(later)
    })
}
