//! A job waits for the jobs that run what its gates require.

use crate::domain::doctor::jobs::JobView;
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};
use crate::domain::ids::GateId;
use crate::domain::pipeline::with_required;

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "missing-needs",
    severity: Severity::Error,
    title: "A job does not wait for the job of a gate that it requires",
    why: "Without `needs` both start at once: the gate is found blocked, or what it requires is run a second time.",
    mend: "add the job that is named to `needs`",
};

/// Applies it within each workflow; other workflows can't be waited for.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workflow in &audit.workflows {
        let views: Vec<JobView<'_>> = workflow
            .jobs
            .iter()
            .map(|job| jobs::view(audit, workflow, job))
            .collect();
        for view in &views {
            findings.extend(of_job(view, &views));
        }
    }
    findings
}

fn of_job(view: &JobView<'_>, all: &[JobView<'_>]) -> Vec<Finding> {
    let Some(own) = view.judged() else {
        return Vec::new();
    };
    let before = view.workflow.before(view.job);
    let earlier: Vec<&JobView<'_>> = all
        .iter()
        .filter(|other| before.iter().any(|job| job.id == other.job.id))
        .collect();
    // What a called workflow or an expression runs is not known here.
    let is_unclear = |other: &&JobView<'_>| other.job.calls.is_some() || other.judged().is_none();
    if earlier.iter().any(is_unclear) {
        return Vec::new();
    }
    let runs =
        |other: &JobView<'_>, gate: &str| other.judged().is_some_and(|all| all.contains(&gate));
    let mut findings = Vec::new();
    for gate in required(view, &own) {
        if own.contains(&gate) || earlier.iter().any(|other| runs(other, gate)) {
            continue;
        }
        if let Some(other) = all.iter().find(|other| runs(other, gate)) {
            let message = format!(
                "the job `{}` needs the gate `{gate}`, which the job `{}` runs, and does not wait for it",
                view.job.id, other.job.id
            );
            let line = view
                .job
                .needs
                .first()
                .map_or(view.job.line, |needed| needed.line);
            findings.push(Finding::at_line(&RULE, &view.workflow.path, line, message));
        }
    }
    findings
}

/// Every gate that must have passed before what the job does.
fn required<'a>(view: &JobView<'a>, own: &[&str]) -> Vec<&'a str> {
    let mut wanted: Vec<GateId> = own.iter().filter_map(|gate| gate.parse().ok()).collect();
    for call in &view.calls {
        let named = call.environments().iter();
        let environments = named.filter_map(|name| view.audit.environment(name));
        wanted.extend(environments.flat_map(|expected| expected.gates.clone()));
    }
    let all = with_required(&view.audit.policy, &wanted);
    all.into_iter().map(|gate| gate.id.as_str()).collect()
}
