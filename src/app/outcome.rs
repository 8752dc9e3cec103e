//! What a use case that judges came to.

use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::GateId;
use crate::domain::status::GateStatus;

/// The end of a judging command; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that was asked for is passed or waived.
    Passed,
    /// A check did not pass.
    Failed,
    /// Something that must come first is missing.
    Blocked,
    /// A signal ended the work.
    Interrupted,
}

impl Outcome {
    /// The outcome for the gates that were asked for, `planned` being those and all they require.
    pub fn of(verdict: &Verdict, wanted: &[GateId], planned: &[GateId]) -> Self {
        let open = |id: &GateId| verdict.status_of(id).lets_through();
        let failed = |id: &GateId| verdict.status_of(id) == GateStatus::Failed;
        if wanted.iter().all(open) {
            Self::Passed
        } else if planned.iter().any(failed) {
            Self::Failed
        } else {
            Self::Blocked
        }
    }
}
