//! Results that some job recorded and that could not be had, and which results outdate them.

use jiff::Timestamp;

use crate::app::failure::Failure;
use crate::domain::gate::Gate;
use crate::domain::gate::facts::{CheckFact, Facts};
use crate::domain::ids::GateId;
use crate::domain::record::moment::at_the_latest;
use crate::domain::record::payload::JobRef;

/// Results that some job recorded and that could not be had.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    /// Of which gate; `None` may be any.
    pub(super) gate: Option<GateId>,
    /// When.
    pub(super) recorded: Recorded,
    /// Why they could not be had.
    pub(super) why: Failure,
    /// Since when this step knows of them, by its own clock; `None` before it worked on anything.
    pub(super) known_since: Option<Timestamp>,
}

/// When results that could not be had were recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recorded {
    /// In which workflow run.
    pub(super) run: u64,
    /// In which of its attempts; `None` where nobody says.
    pub(super) attempt: Option<u32>,
    /// In this second at the latest; `None` where nobody says.
    pub(super) at: Option<Timestamp>,
}

impl Missing {
    pub(super) fn may_be_of(&self, gate: &GateId) -> bool {
        self.gate.as_ref().is_none_or(|of| of == gate)
    }

    /// Whether each check of a gate has a result that was certainly made later.
    pub(super) fn is_outdated(&self, gate: &Gate, facts: &Facts, workspace: &str) -> bool {
        gate.checks.iter().all(|check| {
            let mut results = facts
                .checks
                .iter()
                .filter(|fact| fact.report.gate == gate.id && fact.report.check == check.id);
            results.any(|fact| self.recorded.is_before(fact) || self.was_known_to(fact, workspace))
        })
    }

    /// Whether this step made a result when it knew of these already.
    fn was_known_to(&self, fact: &CheckFact, workspace: &str) -> bool {
        let job = fact.report.job.as_ref();
        let is_own = job.is_some_and(|job| job.workspace == workspace);
        is_own && self.known_since.is_some_and(|since| fact.at > since)
    }

    /// Remembers since when these are known, where an earlier look found them too.
    pub(super) fn recall(&mut self, earlier: &[Self], looked: Timestamp) {
        let is_same = |it: &&Self| it.gate == self.gate && it.recorded == self.recorded;
        if let Some(same) = earlier.iter().find(is_same) {
            self.known_since = Some(same.known_since.unwrap_or(looked));
        }
    }
}

impl Recorded {
    /// Whether a result was certainly made later. The attempts of a run follow each other, whatever
    /// the clocks say; between runs there is only GitHub's time, which leaves out parts of a second.
    fn is_before(&self, fact: &CheckFact) -> bool {
        let attempt = fact.report.job.as_ref().and_then(JobRef::run_and_attempt);
        if let (Some(own), Some((run, attempt))) = (self.attempt, attempt)
            && run == self.run
            && attempt != own
        {
            return attempt > own;
        }
        self.at.is_some_and(|at| fact.at > at_the_latest(at))
    }
}

#[cfg(test)]
mod tests;
