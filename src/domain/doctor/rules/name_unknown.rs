//! A step names only what the policy has.

use crate::domain::doctor::action::COMMANDS;
use crate::domain::doctor::calls::{Call, Targets, Way};
use crate::domain::doctor::jobs::{self, JobView};
use crate::domain::doctor::{Audit, Finding, Rule, Severity, nearest};
use crate::domain::workflow::template;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "name-unknown",
    severity: Severity::Error,
    title: "A step names a command, gate, check or environment that there is not",
    why: "The step ends with exit code 2 and judges nothing, so that what waits for it never opens.",
    mend: "mend the name, or add it to the policy",
};

/// Applies it. What is decided only when the workflow runs is left alone.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit) {
        for call in &view.calls {
            let problems = problems(audit, &view, call);
            let findings_of_call = problems.into_iter().map(|problem| {
                let message = format!("the job `{}` {problem}", view.job.id);
                Finding::at_line(&RULE, &view.workflow.path, call.line, message)
            });
            findings.extend(findings_of_call);
        }
    }
    findings
}

fn problems(audit: &Audit, view: &JobView<'_>, call: &Call) -> Vec<String> {
    let named: &[String] = match &call.targets {
        Targets::Named(names) => names,
        Targets::Default | Targets::Unknown => &[],
    };
    let command = call.command.as_str();
    match command {
        "run" | "record" => {
            let gates = audit.policy.gates.iter().map(|gate| gate.id.as_str());
            let unknown = unknown("gate", named, gates.collect());
            match command == "record" && unknown.is_empty() {
                true => unknown_checks(audit, view, call, named),
                false => unknown,
            }
        }
        "promote" | "deploy" | "rollback" | "validate" => {
            let known = audit.environments.iter().map(|it| it.name.as_str());
            unknown("environment", named, known.collect())
        }
        _ if call.way == Way::Action && !command.contains("${{") => {
            unknown("command", &[command.to_owned()], COMMANDS.to_vec())
        }
        _ => Vec::new(),
    }
}

/// What is named and is not known.
fn unknown(kind: &str, named: &[String], known: Vec<&str>) -> Vec<String> {
    let named = named.iter().filter(|name| !known.contains(&name.as_str()));
    let problems = named.map(|name| {
        let meant = nearest(name, known.iter().copied());
        format!("names the {kind} `{name}`, which is unknown{meant}")
    });
    problems.collect()
}

/// The checks that none of the gates has for which they are recorded.
fn unknown_checks(audit: &Audit, view: &JobView<'_>, call: &Call, gates: &[String]) -> Vec<String> {
    let checks = call.check.as_ref();
    let checks = checks.and_then(|check| template::possible(check, view.workflow, view.job));
    let checks: Vec<String> = checks.into_iter().flatten().collect();
    if gates.is_empty() || checks.iter().any(|check| check.contains('$')) {
        return Vec::new(); // that is decided when the workflow runs
    }
    let of_gates = audit.policy.gates.iter();
    let of_gates = of_gates.filter(|gate| gates.iter().any(|name| *name == gate.id.as_str()));
    let known = of_gates.flat_map(|gate| &gate.checks);
    unknown(
        "check",
        &checks,
        known.map(|check| check.id.as_str()).collect(),
    )
}
