//! A look after writing. Jobs that end side by side each write by what they knew; whichever writes
//! last sees the other's check run, and corrects its own by what is known then.

use super::posting::Posting;
use super::{Fate, PublishRequest, Published, Stand};
use crate::app::failure::Failure;
use crate::app::handover::{self, HandedOver};
use crate::app::job::Job;
use crate::app::project::Project;
use crate::domain::check_run::{CheckRunState, Conclusion};

/// Looks, unless nothing was written that could be too good.
///
/// # Errors
/// When this side's ledger or evidence directory can't be read or written.
pub(super) async fn look(
    project: &Project,
    job: &Job,
    earlier: &HandedOver,
    request: &PublishRequest,
    published: &mut Published,
) -> Result<(), Failure> {
    let may_be_too_good = published
        .gates
        .iter()
        .any(|report| matches!(report.fate, Fate::Posted(_)) && is_open_to_doubt(report.state));
    // What was posted live took a call more, and a gate takes four at the most.
    if !may_be_too_good || !request.live.is_empty() {
        return Ok(());
    }
    let handed = handover::bring_in_more(project, job, earlier).await?;
    if let Some(blind) = &handed.blind {
        tracing::warn!(%blind.message, "what other jobs told meanwhile can't be looked up");
    }
    if handed.imported == 0 && handed.unproven.is_empty() {
        return Ok(());
    }
    let stand = Stand::of(project, &published.viewpoint).await?;
    let posting = Posting::new(project, job, request, published);
    posting.correct(&stand.verdict, &handed, published).await;
    published.verdict = stand.verdict;
    Ok(())
}

/// Whether what others did can make it worse, or decide it.
fn is_open_to_doubt(state: CheckRunState) -> bool {
    match state {
        CheckRunState::InProgress => true,
        CheckRunState::Completed(conclusion) => {
            matches!(conclusion, Conclusion::Success | Conclusion::Neutral)
        }
    }
}
