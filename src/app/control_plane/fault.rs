//! What a fault of the ledger means to those who wait for an answer.

use crate::ledger::LedgerError;

/// Why the control plane has no answer. What is in it is for the log, never for a caller: it may
/// name files and hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The ledger is away for a while: asking again is right.
    #[error("{0}")]
    Away(String),
    /// Something is wrong that waiting does not mend.
    #[error("{0}")]
    Broken(String),
}

impl Fault {
    /// The ledger took longer than anyone should wait.
    pub(super) fn too_late() -> Self {
        Self::Away("the ledger did not answer in time".to_owned())
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        let message = error.to_string();
        match error {
            LedgerError::Busy { .. }
            | LedgerError::Unreachable { .. }
            | LedgerError::ReadOnly { .. }
            | LedgerError::Full { .. }
            | LedgerError::Closed { .. } => Self::Away(message),
            LedgerError::Conflict { .. }
            | LedgerError::NotCanonical(_)
            | LedgerError::FromTheFuture { .. }
            | LedgerError::NotALedger { .. }
            | LedgerError::Damaged { .. } => Self::Broken(message),
        }
    }
}
