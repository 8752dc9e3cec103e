//! Promotion: whether a release may go to an environment now.

use jiff::Timestamp;

use super::approval::{self, ApprovalVerdict, Basis, Subject};
use super::environment::Environment;
use crate::domain::gate::facts::{DeploymentFact, Facts};
use crate::domain::gate::root::evidence_root;
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::ids::{EnvironmentId, GateId, Sha256Digest};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::moment::at_the_latest;
use crate::domain::record::payload::DeploymentStatus;
use crate::domain::status::GateStatus;

/// Whether a release may go to an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentVerdict {
    /// Which.
    pub id: EnvironmentId,
    /// Whether everything that it asks for is there.
    pub eligible: bool,
    /// What is missing; empty when it is eligible.
    pub reasons: Vec<Reason>,
    /// Who decided; `None` where nobody has to.
    pub approvals: Option<ApprovalVerdict>,
}

impl EnvironmentVerdict {
    /// The same with further objections. None of them ever makes it eligible.
    pub fn objecting(mut self, reasons: impl IntoIterator<Item = Reason>) -> Self {
        self.reasons.extend(reasons);
        self.eligible &= self.reasons.is_empty();
        self
    }
}

/// Judges every environment. A fact whose time has not come closes doors and never opens one.
pub fn judge(
    policy: &Policy,
    facts: &Facts,
    gates: &[GateVerdict],
    now: Timestamp,
) -> Vec<EnvironmentVerdict> {
    let environments = policy.environments.iter();
    environments
        .map(|environment| judge_environment(policy, environment, facts, gates, now))
        .collect()
}

/// The root of the evidence of all gates that an environment asks for, directly or not.
fn evidence_for(policy: &Policy, environment: &Environment, gates: &[GateVerdict]) -> Sha256Digest {
    let asked = pipeline::with_required(policy, &environment.gates);
    let is_asked = |gate: &&GateVerdict| asked.iter().any(|it| it.id == gate.id);
    evidence_root(gates.iter().filter(is_asked))
}

fn judge_environment(
    policy: &Policy,
    environment: &Environment,
    facts: &Facts,
    gates: &[GateVerdict],
    now: Timestamp,
) -> EnvironmentVerdict {
    let Environment { id, after, .. } = environment;
    let approvals = environment.approvals.as_ref().map(|rule| {
        let basis = Basis {
            policy: policy.digest,
            evidence: evidence_for(policy, environment, gates),
        };
        approval::judge(rule, Subject::Environment(id), basis, facts, now)
    });
    let mut reasons: Vec<Reason> = Vec::new();
    if environment.gates.is_empty() && after.is_empty() && approvals.is_none() {
        let message = format!("{id} asks for no gate, no environment before it and no approval");
        reasons.push(Reason::new(ReasonCode::EnvironmentNotReady, message));
    }
    let shut = environment.gates.iter();
    reasons.extend(shut.filter_map(|gate| why_shut(id, gate, gates)));
    reasons.extend(
        after
            .iter()
            .filter_map(|before| why_first(id, before, facts, now)),
    );
    reasons.extend(approvals.iter().flat_map(|it| it.reasons.clone()));
    EnvironmentVerdict {
        id: id.clone(),
        eligible: reasons.is_empty(),
        reasons,
        approvals,
    }
}

/// Why a gate keeps the release back. One that was not judged is blocked.
fn why_shut(environment: &EnvironmentId, gate: &GateId, gates: &[GateVerdict]) -> Option<Reason> {
    let judged = gates.iter().find(|verdict| verdict.id == *gate);
    let status = judged.map_or(GateStatus::Blocked, |verdict| verdict.status);
    let (code, next) = match status {
        status if status.lets_through() => return None,
        GateStatus::Failed => (ReasonCode::GateFailed, "mend it and run it again"),
        _ => (ReasonCode::GateNotPassed, "run it first"),
    };
    let message =
        format!("{gate} is {status}, and {environment} asks for it; {next}: `tollgate run {gate}`");
    Some(Reason::new(code, message).about_gate(gate))
}

/// Why the release has not stood its test in an environment that comes before.
fn why_first(
    environment: &EnvironmentId,
    before: &EnvironmentId,
    facts: &Facts,
    now: Timestamp,
) -> Option<Reason> {
    let (code, message) = match newest(before, facts, now) {
        Some(fact) if fact.record.status == DeploymentStatus::Passed => return None,
        Some(_) => (
            ReasonCode::DeploymentFailed,
            format!(
                "the newest deployment to {before} failed, and {environment} comes after it; \
                 deploy to {before} again"
            ),
        ),
        None => (
            ReasonCode::DeploymentMissing,
            format!(
                "the release was not deployed to {before} yet, and {environment} comes after it; \
                 `tollgate deployed {before}` records a deployment made by other means"
            ),
        ),
    };
    Some(Reason::new(code, message))
}

/// Tells whether the newest deployment of the release to an environment passed.
pub(super) fn has_run_in(environment: &EnvironmentId, facts: &Facts, now: Timestamp) -> bool {
    let newest = newest(environment, facts, now);
    newest.is_some_and(|fact| fact.record.status == DeploymentStatus::Passed)
}

/// The newest deployment that ended; of two that may be at once the failed one. A pass from the
/// future is not heard.
pub fn newest<'f>(
    environment: &EnvironmentId,
    facts: &'f Facts,
    now: Timestamp,
) -> Option<&'f DeploymentFact> {
    let heard = facts.deployments.iter().filter(|fact| {
        let is_heard = fact.at <= now || fact.record.status == DeploymentStatus::Failed;
        fact.record.environment == *environment && is_heard
    });
    heard.max_by_key(|fact| {
        let at = match fact.record.status {
            DeploymentStatus::Passed => fact.at,
            DeploymentStatus::Failed => at_the_latest(fact.at),
        };
        (at, fact.record.status, &fact.key)
    })
}
