//! How a release stands before an environment, in one word.

use super::promotion::EnvironmentVerdict;
use crate::domain::gate::verdict::Verdict;
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::status::GateStatus;

/// How a release stands before an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may go there now.
    Eligible,
    /// Something on the way there is bad, and waiting does not mend it.
    Blocked,
    /// Something is missing that may still come.
    Waiting,
}

impl Standing {
    /// The word that users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::Blocked => "blocked",
            Self::Waiting => "waiting",
        }
    }
}

/// Tells how a release stands before an environment: blocked when a gate on the way there failed,
/// somebody rejected it, the deployment before it failed, or the policy opens it to nobody.
pub fn standing(policy: &Policy, verdict: &Verdict, environment: &EnvironmentVerdict) -> Standing {
    match environment.eligible {
        true => Standing::Eligible,
        false if environment.reasons.iter().any(is_bad) => Standing::Blocked,
        false if a_gate_failed(policy, verdict, environment) => Standing::Blocked,
        false => Standing::Waiting,
    }
}

fn is_bad(reason: &Reason) -> bool {
    matches!(
        reason.code,
        ReasonCode::GateFailed
            | ReasonCode::ApprovalRejected
            | ReasonCode::DeploymentFailed
            | ReasonCode::EnvironmentNotReady
    )
}

/// Whether a gate failed that the environment asks for, directly or through another.
fn a_gate_failed(policy: &Policy, verdict: &Verdict, environment: &EnvironmentVerdict) -> bool {
    let Some(known) = policy.environment(&environment.id) else {
        return false;
    };
    let asked = pipeline::with_required(policy, &known.gates);
    let mut asked = asked.iter();
    asked.any(|gate| verdict.status_of(&gate.id) == GateStatus::Failed)
}
