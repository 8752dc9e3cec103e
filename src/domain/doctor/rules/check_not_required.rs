//! The gates of pull requests are required.

use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};
use crate::domain::gate::{Gate, Severity as GateSeverity};
use crate::domain::pipeline::with_required;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "check-not-required",
    severity: Severity::Warning,
    title: "A gate that pull requests run is not a required check",
    why: "A pull request can be merged while its gate is failed or has not been run.",
    mend: "require the check in a ruleset for the default branch, from the app GitHub Actions",
};

const EVENTS: [&str; 3] = ["pull_request", "pull_request_target", "merge_group"];

/// Applies it to the gates that no other gate of pull requests requires: those stand for the rest.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let Some(required) = audit.live.required_checks.known() else {
        return Vec::new();
    };
    let is_required = |name: &str| required.iter().any(|check| check.name == name);
    let workflows = audit.workflows.iter();
    let of_requests =
        workflows.filter(|workflow| EVENTS.iter().any(|it| workflow.trigger(it).is_some()));
    let mut posted: Vec<String> = Vec::new();
    let mut by_job: Vec<String> = Vec::new();
    for workflow in of_requests {
        posted.extend(jobs::posted(audit, workflow));
        let views = workflow
            .jobs
            .iter()
            .map(|job| jobs::view(audit, workflow, job));
        // A job that is required stands for the gates that it judges.
        for view in views.filter(|view| is_required(view.job.shown_name())) {
            by_job.extend(
                view.judged()
                    .unwrap_or_default()
                    .into_iter()
                    .map(str::to_owned),
            );
        }
    }
    let gates = audit.policy.gates.iter().filter(|gate| {
        gate.severity != GateSeverity::Advisory && posted.iter().any(|id| id == gate.id.as_str())
    });
    let gates: Vec<&Gate> = gates.collect();
    let is_covered = |gate: &Gate| {
        let is_named = |check: &str| jobs::gate_of_check(audit, check) == Some(gate.id.as_str());
        by_job.iter().any(|id| id == gate.id.as_str())
            || required.iter().any(|check| is_named(&check.name))
    };
    let is_inner = |gate: &Gate| gates.iter().any(|other| needs(audit, other, gate));
    let open = gates
        .iter()
        .filter(|gate| !is_inner(gate) && !is_covered(gate));
    let findings = open.map(|gate| {
        let message = format!("the check `tollgate / {}` is not required", gate.id);
        Finding::at_setting(&RULE, super::required_checks_place(audit), message)
    });
    findings.collect()
}

fn needs(audit: &Audit, gate: &Gate, inner: &Gate) -> bool {
    let all = with_required(&audit.policy, std::slice::from_ref(&gate.id));
    gate.id != inner.id && all.iter().any(|needed| needed.id == inner.id)
}
