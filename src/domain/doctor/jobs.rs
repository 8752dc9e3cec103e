//! What a job is for: gating, releasing, posting checks.

use super::calls::{self, Call};
use super::{Audit, ExpectedEnvironment};
use crate::domain::workflow::{Job, Workflow, template};

/// A job with its workflow and its calls of Tollgate.
pub(super) struct JobView<'a> {
    pub(super) audit: &'a Audit,
    pub(super) workflow: &'a Workflow,
    pub(super) job: &'a Job,
    pub(super) calls: Vec<Call>,
    /// The calls of the jobs of the workflow that it calls; `None` where that is not known.
    called: Option<Vec<Call>>,
}

/// Every job of every workflow.
pub(super) fn all(audit: &Audit) -> Vec<JobView<'_>> {
    let jobs = audit.jobs();
    jobs.map(|(workflow, job)| view(audit, workflow, job))
        .collect()
}

/// The jobs of one workflow.
pub(super) fn of_workflow<'a>(audit: &'a Audit, workflow: &'a Workflow) -> Vec<JobView<'a>> {
    let jobs = workflow.jobs.iter();
    jobs.map(|job| view(audit, workflow, job)).collect()
}

/// One job.
pub(super) fn view<'a>(audit: &'a Audit, workflow: &'a Workflow, job: &'a Job) -> JobView<'a> {
    JobView {
        audit,
        workflow,
        job,
        calls: calls::of_job(audit, workflow, job),
        called: called(audit, job),
    }
}

/// One level is followed.
fn called(audit: &Audit, job: &Job) -> Option<Vec<Call>> {
    if job.calls.is_none() {
        return Some(Vec::new());
    }
    let called = audit.called(job)?;
    if called.jobs.iter().any(|inner| inner.calls.is_some()) {
        return None;
    }
    let jobs = called.jobs.iter();
    Some(
        jobs.flat_map(|inner| calls::of_job(audit, called, inner))
            .collect(),
    )
}

impl<'a> JobView<'a> {
    /// The environments that `environment:` can name; `None` when that can't be told, or when
    /// nothing is written.
    pub(super) fn named_environments(&self) -> Option<Vec<String>> {
        let environment = self.job.environment.as_ref()?;
        template::possible(&environment.text, self.workflow, self.job)
    }

    /// The environments of the policy that `environment:` names.
    pub(super) fn policy_environments(&self) -> Vec<&'a ExpectedEnvironment> {
        let named = self.named_environments().unwrap_or_default();
        let found = named.iter().filter_map(|name| self.audit.environment(name));
        found.collect()
    }

    /// Whether it gates: judges, posts or releases with Tollgate.
    pub(super) fn gates(&self) -> bool {
        let is_gate = |call: &Call| call.is_gate() || call.releases() || call.command == "publish";
        self.calls.iter().any(is_gate)
    }

    /// Whether it lets a release into an environment, or deploys to one of the policy.
    pub(super) fn deploys(&self) -> bool {
        self.calls.iter().any(Call::releases) || !self.policy_environments().is_empty()
    }

    /// The gates that it or the workflow that it calls judges; `None` when that can't be told.
    pub(super) fn judged(&self) -> Option<Vec<&str>> {
        let mut all = Vec::new();
        for call in self.calls.iter().chain(self.called.as_ref()?) {
            all.extend(call.gates(self.audit)?);
        }
        Some(all)
    }
}

/// The gates for which a workflow posts check runs, as far as that can be told.
pub(super) fn posted(audit: &Audit, workflow: &Workflow) -> Vec<String> {
    let views: Vec<JobView<'_>> = workflow
        .jobs
        .iter()
        .map(|job| view(audit, workflow, job))
        .collect();
    let publishes = |call: &Call| call.command == "publish" && call.posts;
    let every = || {
        let called = views.iter().filter_map(|view| view.called.as_ref());
        let own = views.iter().flat_map(|view| &view.calls);
        own.chain(called.flatten())
    };
    let is_published = every().any(publishes);
    let mut gates: Vec<String> = Vec::new();
    for call in every() {
        if call.posts || is_published {
            let judged = call.gates(audit).unwrap_or_default();
            gates.extend(judged.into_iter().map(str::to_owned));
        }
    }
    gates.sort();
    gates.dedup();
    gates
}

/// The gate that a check of Tollgate is named for: `tollgate / test`, `tollgate / shop / test`.
/// `None` for what is not Tollgate's, or is another project's.
pub(super) fn gate_of_check<'n>(audit: &Audit, name: &'n str) -> Option<&'n str> {
    let parts: Vec<&str> = name.split(" / ").collect();
    match parts.as_slice() {
        ["tollgate", gate] => Some(gate),
        ["tollgate", project, gate] if *project == audit.policy.project => Some(gate),
        _ => None,
    }
}
