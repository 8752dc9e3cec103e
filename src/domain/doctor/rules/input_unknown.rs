//! A step gives the action only what the action takes.

use crate::domain::doctor::action::INPUTS;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, nearest};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "input-unknown",
    severity: Severity::Error,
    title: "A step gives the action an input that it does not have",
    why: "GitHub only warns and leaves the input out, so that the step does something else than is written: it may judge nothing that was meant.",
    mend: "mend the name; the action's own `action.yml` lists its inputs",
};

/// Applies it to every step that uses the action, whichever project it is for.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (workflow, job) in audit.jobs() {
        for step in &job.steps {
            let Some(known) = step
                .uses
                .as_ref()
                .and_then(|uses| inputs(audit, &uses.text))
            else {
                continue;
            };
            let is_known = |name: &str| known.iter().any(|known| known.eq_ignore_ascii_case(name));
            for input in step.inputs.iter().filter(|input| !is_known(&input.name)) {
                let message = format!(
                    "the action has no input `{}`{}",
                    input.name,
                    nearest(&input.name, known.iter().copied())
                );
                let line = input.value.line;
                findings.push(Finding::at_line(&RULE, &workflow.path, line, message));
            }
        }
    }
    findings
}

/// The inputs of Tollgate's action. To one of the repository that runs Tollgate, GitHub hands on
/// all of them, whichever it declares.
fn inputs<'a>(audit: &'a Audit, uses: &str) -> Option<Vec<&'a str>> {
    if !audit.is_tollgate(uses) {
        return None;
    }
    let own = audit.local_action(uses).map(|local| &local.inputs);
    let own = own.into_iter().flatten().map(String::as_str);
    Some(INPUTS.into_iter().chain(own).collect())
}
