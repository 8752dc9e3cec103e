//! Code of the project does not get a token that can write.

use crate::domain::check::{TokenAccess, Verb};
use crate::domain::doctor::calls::{Call, Way};
use crate::domain::doctor::jobs::JobView;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};
use crate::domain::workflow::{Step, Text};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "token-within-reach",
    severity: Severity::Warning,
    title: "The project's code can reach a token that can write",
    why: "A dependency that runs in a test could post a green check, push or release with it.",
    mend: "run gates in a job or step without the token and report with `tollgate publish`; check out with `persist-credentials: false`",
};

/// Applies it to jobs in which a shell step runs gates.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit) {
        let writes = view.workflow.permissions_of(view.job).writes();
        if writes.is_empty() || needs_token(&view) {
            continue;
        }
        let writes = writes.join(", ");
        let path = &view.workflow.path;
        let runs: Vec<&Call> = view.calls.iter().filter(|call| call.executes()).collect();
        for call in runs.iter().filter(|call| call.way == Way::Shell) {
            if let Some(given) = token_of(&view, &view.job.steps[call.step]) {
                let message = format!(
                    "`tollgate run` executes the project's code with the token (write: {writes})"
                );
                findings.push(Finding::at_line(&RULE, path, given.line, message));
            }
        }
        if !runs.is_empty() {
            for step in view.job.steps.iter().filter(|step| keeps_token(step)) {
                let message = format!(
                    "the checkout leaves the token (write: {writes}) where the gates' commands can read it"
                );
                let line = step.uses.as_ref().map_or(step.line, |uses| uses.line);
                findings.push(Finding::at_line(&RULE, path, line, message));
            }
        }
    }
    findings
}

/// Whether the job has a use for the token besides: it pushes, or a check that it runs needs it.
fn needs_token(view: &JobView<'_>) -> bool {
    let mut lines = view.job.steps.iter().flat_map(|step| &step.script);
    let pushes = lines.any(|line| line.text.contains("git push"));
    let Some(judged) = view.judged() else {
        return true;
    };
    let gates = view.audit.policy.gates.iter();
    let mut checks = gates
        .filter(|gate| judged.contains(&gate.id.as_str()))
        .flat_map(|gate| &gate.checks);
    pushes
        || checks
            .any(|check| matches!(check.verb, Verb::Tag(_)) || check.tokens == TokenAccess::Granted)
}

/// Where a step gets the workflow's token as a variable.
fn token_of<'a>(view: &JobView<'a>, step: &'a Step) -> Option<&'a Text> {
    let own = step.variables.iter().chain(&view.job.variables);
    let all = own.chain(&view.workflow.environment);
    let mut values = all.map(|pair| &pair.value);
    values.find(|value| {
        let text = value.text.to_ascii_lowercase();
        text.contains("github.token") || text.contains("secrets.github_token")
    })
}

fn keeps_token(step: &Step) -> bool {
    let persists = step
        .input("persist-credentials")
        .map(|text| text.text.as_str());
    step.action() == Some("actions/checkout") && persists != Some("false")
}
