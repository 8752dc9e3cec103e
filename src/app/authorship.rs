//! Who made the release, as GitHub tells a job. A server is told with the release: it believes nobody
//! who may approve in this, and a job approves nothing.

use super::failure::Failure;
use super::project::Project;
use super::promote::github::{Job, authors_of};
use crate::domain::delivery::environment::{ApprovalRule, SelfApproval};
use crate::domain::gate::facts::Facts;
use crate::domain::policy::Policy;

/// Everyone who made the release or started the run, where a server is to be told: in a job, under a
/// policy that prevents self-approval, unless the ledger knows them. Empty where GitHub does not say;
/// then the server refuses every approval that depends on it.
pub(super) async fn to_be_told(project: &Project, known: &Facts) -> Vec<String> {
    let settings = &project.settings;
    let is_heard = settings.server.is_some() && settings.actions.is_some();
    if !is_heard || !known.authors.is_empty() || !prevents_self_approval(&project.policy) {
        return Vec::new();
    }
    match asked(project).await {
        Ok(mut authors) if !authors.is_empty() => {
            authors.push(settings.actor());
            authors
        }
        Ok(_) => Vec::new(),
        Err(failure) => {
            tracing::warn!(%failure, "who made the release is not told to the server");
            Vec::new()
        }
    }
}

fn prevents_self_approval(policy: &Policy) -> bool {
    let gates = policy.gates.iter().map(|gate| &gate.approvals);
    let environments = policy.environments.iter().map(|it| &it.approvals);
    let prevents = |rule: &ApprovalRule| rule.self_approval == SelfApproval::Refused;
    gates.chain(environments).flatten().any(prevents)
}

async fn asked(project: &Project) -> Result<Vec<String>, Failure> {
    let Some(job) = Job::of(&project.settings, &project.release)? else {
        return Ok(Vec::new());
    };
    let mut notes = Vec::new();
    let authors = authors_of(job.client(), &project.release, &mut notes).await;
    let authors = authors.map_err(|error| Failure::unreachable(error.to_string()))?;
    match notes.into_iter().next() {
        Some(note) => Err(Failure::blocked(note.message)),
        None => Ok(authors.unwrap_or_default()),
    }
}
