//! Why a ledger could not do what it was asked.

use crate::domain::record::chain::ChainError;

/// A failure of the ledger. `place` is where it lies, as the user would type it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// An event's key is taken by another event.
    #[error("the ledger already holds another event with the key {key}; nothing was written")]
    Conflict {
        /// The key.
        key: String,
    },
    /// An event cannot be hashed.
    #[error(transparent)]
    NotCanonical(#[from] ChainError),
    /// A newer Tollgate made it.
    #[error(
        "the ledger {place} has format {found}, and this version of Tollgate knows up to {known}"
    )]
    FromTheFuture {
        /// Where it lies.
        place: String,
        /// The format that stands there.
        found: i64,
        /// The newest format of this build.
        known: i64,
    },
    /// Something else stands in its place.
    #[error("{place} is not a Tollgate ledger: {message}")]
    NotALedger {
        /// Where it should lie.
        place: String,
        /// What stands there.
        message: String,
    },
    /// It cannot be read as far as it must be.
    #[error("the ledger {place} is damaged: {message}")]
    Damaged {
        /// Where it lies.
        place: String,
        /// What was found.
        message: String,
    },
    /// It may be read, not written.
    #[error("the ledger {place} cannot be written: {message}")]
    ReadOnly {
        /// Where it lies.
        place: String,
        /// What the system said.
        message: String,
    },
    /// There is no room left where it lies; nothing of the last append was written.
    #[error("there is no room left for the ledger {place}: {message}")]
    Full {
        /// Where it lies.
        place: String,
        /// What the system said.
        message: String,
    },
    /// Another process has it and does not let go.
    #[error("the ledger {place} is held by another process: {message}")]
    Busy {
        /// Where it lies.
        place: String,
        /// What the database said.
        message: String,
    },
    /// It cannot be reached.
    #[error("the ledger {place} cannot be reached: {message}")]
    Unreachable {
        /// Where it lies.
        place: String,
        /// What the system said.
        message: String,
    },
    /// It was closed by this process.
    #[error("the ledger {place} was closed")]
    Closed {
        /// Where it lies.
        place: String,
    },
}

impl LedgerError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        let in_postgres = |place: &str| place.starts_with("postgres:");
        Some(match self {
            Self::Conflict { .. } => "an event is never changed: give the new one a key of its own",
            Self::FromTheFuture { .. } => "upgrade Tollgate; the ledger was left as it is",
            Self::NotALedger { place, .. } if in_postgres(place) => {
                "name a database of PostgreSQL 15 or newer whose schema `ops` is free"
            }
            Self::NotALedger { .. } => "name another file with --ledger sqlite:PATH",
            Self::Damaged { place, .. } if in_postgres(place) => {
                "`tollgate ledger verify` names what is wrong; restore the database from a backup, or `tollgate ledger import` a pack into a new one"
            }
            Self::Damaged { .. } => {
                "`tollgate ledger verify` names what is wrong; restore the file from a copy, or `tollgate ledger import` a pack into a new one"
            }
            Self::ReadOnly { place, .. } if in_postgres(place) => {
                "check what this user may do in the schema `ops`"
            }
            Self::ReadOnly { .. } => "check who may write to the file and to its folder",
            Self::Full { .. } => "make room and run again; what was recorded is kept",
            Self::Busy { .. } => "wait for the other process, or end it",
            Self::Unreachable { place, .. } if in_postgres(place) => {
                "check that the server runs, and the URL with its user, password and sslmode"
            }
            Self::Unreachable { .. } => "check that the folder is there and may be written",
            Self::NotCanonical(_) | Self::Closed { .. } => return None,
        })
    }

    /// Tells whether what was found is wrong in itself, rather than out of reach.
    pub fn is_unsound(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. } | Self::NotALedger { .. } | Self::Conflict { .. }
        )
    }
}
