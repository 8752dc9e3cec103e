//! Where the release may go.

use super::{Desk, badges, people, reasons, words};
use crate::domain::delivery::environment::Environment;
use crate::domain::delivery::promotion::{self, EnvironmentVerdict};
use crate::domain::ids::{EnvironmentId, GateId};
use crate::domain::reason::Reason;
use crate::domain::record::payload::DeploymentStatus;
use crate::render::report::model::{EnvironmentPart, Mention};

pub(super) fn environments(desk: &Desk<'_>) -> Vec<EnvironmentPart> {
    all(desk)
        .map(|(environment, verdict)| part(desk, environment, verdict))
        .collect()
}

/// Every environment of the policy with its verdict, as written.
pub(super) fn all<'a>(
    desk: &Desk<'a>,
) -> impl Iterator<Item = (&'a Environment, &'a EnvironmentVerdict)> {
    let (policy, verdict) = (desk.sources.policy, desk.sources.verdict);
    let environments = policy.environments.iter();
    environments.filter_map(|it| Some((it, verdict.environment(&it.id)?)))
}

fn part(
    desk: &Desk<'_>,
    environment: &Environment,
    verdict: &EnvironmentVerdict,
) -> EnvironmentPart {
    let pen = desk.pen;
    let rule = environment.approvals.as_ref();
    let approvals = rule.zip(verdict.approvals.as_ref());
    EnvironmentPart {
        id: pen.name(environment.id.as_str()),
        anchor: words::environment_anchor(&environment.id),
        badge: badges::environment(verdict),
        gates: environment.gates.iter().map(|id| gate(desk, id)).collect(),
        after: environment
            .after
            .iter()
            .map(|id| before(desk, id))
            .collect(),
        deployed: badges::deployed(deployed(desk, &environment.id)),
        reasons: further(verdict).map(|it| reasons::named(pen, it)).collect(),
        approvals: approvals.map(|(rule, verdict)| people::approvals(pen, rule, verdict)),
    }
}

/// What is missing besides gates and approvals, which are told by themselves.
fn further(verdict: &EnvironmentVerdict) -> impl Iterator<Item = &Reason> {
    let told = verdict.approvals.iter().flat_map(|it| &it.reasons);
    let told: Vec<&Reason> = told.collect();
    let reasons = verdict.reasons.iter();
    reasons.filter(move |reason| reason.gate.is_none() && !told.contains(reason))
}

fn gate(desk: &Desk<'_>, id: &GateId) -> Mention {
    Mention {
        name: desk.pen.name(id.as_str()),
        badge: badges::gate_status(desk.sources.verdict.status_of(id)),
        anchor: words::gate_anchor(id),
    }
}

/// An environment that comes first, and how the newest deployment to it ended.
pub(super) fn before(desk: &Desk<'_>, id: &EnvironmentId) -> Mention {
    Mention {
        name: desk.pen.name(id.as_str()),
        badge: badges::deployed(deployed(desk, id)),
        anchor: words::environment_anchor(id),
    }
}

/// How the newest deployment to an environment ended.
pub(super) fn deployed(desk: &Desk<'_>, id: &EnvironmentId) -> Option<DeploymentStatus> {
    let newest = promotion::newest(id, desk.sources.facts, desk.sources.now);
    newest.map(|fact| fact.record.status)
}
