//! A job waits for the jobs that run what its gates require.

use std::collections::{BTreeMap, BTreeSet};

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
        let views = jobs::of_workflow(audit, workflow);
        let judged: Vec<Option<Vec<&str>>> = views.iter().map(JobView::judged).collect();
        let runners = runners(&views, &judged);
        for (at, before) in workflow.earlier().iter().enumerate() {
            let earlier: Option<Vec<&Vec<&str>>> =
                before.iter().map(|job| judged[*job].as_ref()).collect();
            // What an expression or a workflow of others runs is not known here.
            if let (Some(own), Some(earlier)) = (&judged[at], earlier) {
                let earlier: BTreeSet<&str> = earlier.into_iter().flatten().copied().collect();
                findings.extend(of_job(&views[at], own, &earlier, &runners));
            }
        }
    }
    findings
}

/// The first job that runs a gate, by the gate.
type Runners<'v> = BTreeMap<&'v str, &'v str>;

fn runners<'v>(views: &'v [JobView<'_>], judged: &'v [Option<Vec<&'v str>>]) -> Runners<'v> {
    let mut runners = Runners::new();
    for (view, gates) in views.iter().zip(judged) {
        for gate in gates.iter().flatten() {
            runners.entry(gate).or_insert(&view.job.id);
        }
    }
    runners
}

fn of_job(
    view: &JobView<'_>,
    own: &[&str],
    earlier: &BTreeSet<&str>,
    runners: &Runners<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gate in required(view, own) {
        if own.contains(&gate) || earlier.contains(gate) {
            continue;
        }
        if let Some(other) = runners.get(gate) {
            let message = format!(
                "the job `{}` needs the gate `{gate}`, which the job `{other}` runs, and does not wait for it",
                view.job.id
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
