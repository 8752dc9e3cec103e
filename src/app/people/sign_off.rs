//! `tollgate sign-off`: what a person saw of a manual check.

use std::path::PathBuf;

use super::evidence::{Piece, keep};
use super::{Before, masked, record};
use crate::app::failure::Failure;
use crate::app::names::{unknown_check, unknown_environment};
use crate::app::project::Project;
use crate::app::run::stop::Stop;
use crate::domain::check::{Check, Verb};
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckRef, EnvironmentId};
use crate::domain::policy::Policy;
use crate::domain::record::payload::{GateSignoff, SignoffResult};
use crate::domain::status::GateStatus;

/// The type of evidence that a sign-off brings.
const KIND: &str = "sign-off";

/// A sign-off as somebody tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignoffRequest {
    /// The manual check.
    pub check: CheckRef,
    /// Who looked.
    pub by: String,
    /// What they saw.
    pub result: SignoffResult,
    /// Where.
    pub environment: Option<EnvironmentId>,
    /// What they say.
    pub note: String,
    /// A file that shows it.
    pub evidence: Option<PathBuf>,
}

/// What a sign-off came to.
#[derive(Debug)]
pub struct SignedOff {
    /// Whether it counts, or was recorded while its gate was blocked and never will.
    pub order: Order,
    /// Why it says nothing about what is still missing.
    pub warning: Option<String>,
    /// The release as it stands now.
    pub verdict: Verdict,
}

pub use crate::app::events::Order;

/// Records a sign-off.
///
/// # Errors
/// Usage: a check that the policy does not have or that is not manual, an environment that it does
/// not have, a file that is not there. A ledger that cannot be written.
pub async fn sign_off(
    project: &Project,
    request: &SignoffRequest,
    stop: Stop,
) -> Result<SignedOff, Failure> {
    let before = Before::of(project).await?;
    let check = find(&before.policy, request)?;
    let order = match before.judge(&before.facts).status_of(&request.check.gate) {
        GateStatus::Blocked => Order::Broken,
        _ => Order::Kept,
    };
    let piece = request.evidence.as_deref().map(Piece::find).transpose()?;
    let verdict = record(project, stop, |recording| {
        let writer = recording.writer();
        let mut events = Vec::new();
        if let Some(piece) = &piece {
            let file = keep(recording, piece, KIND, &request.check.to_string())?;
            let name = &request.check;
            recording.list(Some(&name.gate), Some(&name.check), &file);
            events.push(writer.evidence_of_check(&request.check, &file, before.now));
        }
        let signoff = GateSignoff {
            gate: request.check.gate.clone(),
            check: request.check.check.clone(),
            by: request.by.clone(),
            result: request.result,
            environment: request.environment.clone(),
            note: masked(recording, &request.note),
            definition: Some(check.definition),
            blocked: order == Order::Broken,
            run: Some(recording.run.clone()),
        };
        events.push(writer.gate_signoff(before.now, &signoff));
        Ok(events)
    })
    .await?;
    Ok(SignedOff {
        order,
        warning: elsewhere(check, request),
        verdict,
    })
}

fn find<'p>(policy: &'p Policy, request: &SignoffRequest) -> Result<&'p Check, Failure> {
    let name = &request.check;
    let check = policy
        .check(name)
        .ok_or_else(|| unknown_check(policy, name))?;
    if !matches!(check.verb, Verb::Manual(_)) {
        let message = format!(
            "{name} is a `{}` check, which nobody can sign off: it is measured",
            check.verb.name()
        );
        let hint = format!("`tollgate run {}` performs it", name.gate);
        return Err(Failure::usage(message).hint(hint));
    }
    if let Some(id) = &request.environment {
        policy
            .environment(id)
            .ok_or_else(|| unknown_environment(policy, id))?;
    }
    Ok(check)
}

/// What was seen elsewhere is recorded, and says nothing about where the check must pass.
fn elsewhere(check: &Check, request: &SignoffRequest) -> Option<String> {
    let counts = match &request.environment {
        Some(id) => check.only.is_empty() || check.only.contains(id),
        None => check.only.is_empty(),
    };
    (!counts).then(|| {
        let only: Vec<&str> = check.only.iter().map(EnvironmentId::as_str).collect();
        let place = match &request.environment {
            Some(id) => format!("in {id}"),
            None => "in no environment".to_owned(),
        };
        format!(
            "{} must be verified in {}, and this was {place}: it does not count there; give \
             `--environment {}`",
            request.check,
            only.join(" and "),
            only.first().copied().unwrap_or_default()
        )
    })
}
