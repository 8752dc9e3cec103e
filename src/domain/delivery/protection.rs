//! What is answered to GitHub when a job waits at a deployment protection rule
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments>).

use super::promotion::EnvironmentVerdict;
use crate::domain::reason::{Reason, ReasonCode};

/// The answer to a job that waits. There is none for trouble: what could not be judged waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtectionAnswer {
    /// The release is eligible: the job may go on.
    Approve,
    /// It will not become so by waiting: the job fails.
    Reject(Vec<Reason>),
    /// Something is missing that may still come.
    Wait(Vec<Reason>),
}

/// The answer for an environment: approved when eligible, rejected when a gate failed, and left
/// waiting while anything else is missing. An environment that the policy does not have never opens.
pub fn answer(verdict: Option<&EnvironmentVerdict>) -> ProtectionAnswer {
    let Some(verdict) = verdict else {
        let message = "the policy has no environment of this name, so nothing may go there";
        let reason = Reason::new(ReasonCode::EnvironmentMissing, message);
        return ProtectionAnswer::Reject(vec![reason]);
    };
    let has_failed = |reason: &Reason| reason.code == ReasonCode::GateFailed;
    match verdict.eligible {
        true => ProtectionAnswer::Approve,
        false if verdict.reasons.iter().any(has_failed) => {
            ProtectionAnswer::Reject(verdict.reasons.clone())
        }
        false => ProtectionAnswer::Wait(verdict.reasons.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(codes: &[ReasonCode]) -> &'static str {
        let reasons = codes.iter().map(|code| Reason::new(*code, "why"));
        let verdict = EnvironmentVerdict {
            id: "production".parse().unwrap(),
            eligible: codes.is_empty(),
            reasons: reasons.collect(),
            approvals: None,
        };
        word(&answer(Some(&verdict)))
    }

    fn word(answer: &ProtectionAnswer) -> &'static str {
        match answer {
            ProtectionAnswer::Approve => "approve",
            ProtectionAnswer::Reject(_) => "reject",
            ProtectionAnswer::Wait(_) => "wait",
        }
    }

    #[test]
    fn only_an_eligible_release_is_approved_and_only_a_failed_gate_rejects() {
        use ReasonCode::{ApprovalMissing, DeploymentMissing, GateFailed, GateNotPassed};
        for (codes, expect) in [
            (&[][..], "approve"),
            (&[GateFailed], "reject"),
            (&[ApprovalMissing, GateFailed], "reject"),
            (&[GateNotPassed], "wait"),
            (&[ApprovalMissing], "wait"),
            (&[DeploymentMissing], "wait"),
        ] {
            assert_eq!(of(codes), expect, "{codes:?}");
        }
        assert_eq!(word(&answer(None)), "reject");
    }
}
