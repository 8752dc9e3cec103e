//! Why a use case could not do its work, and what the user can do about it. A closed gate is an
//! outcome, not a failure.

use std::fmt;

use crate::domain::reason::Location;

/// What kind of failure it is; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The command line or the policy is wrong; nothing was run.
    Usage,
    /// Order, eligibility or approval is missing; nothing was run.
    Blocked,
    /// Something outside could not be reached: the ledger, the evidence directory, GitHub.
    Unreachable,
    /// What was looked at is not what it should be, such as a ledger that was tampered with.
    Unsound,
    /// A signal ended the work.
    Interrupted,
}

impl FailureKind {
    /// The word in `tollgate.error/v1`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Blocked => "blocked",
            Self::Unreachable => "unreachable",
            Self::Unsound => "unsound",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A failure with its message and a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// What happened, and where.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The lines of the project that are at fault, each with what is wrong there.
    pub places: Vec<(Location, String)>,
}

impl Failure {
    fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            places: Vec::new(),
        }
    }

    /// Wrong usage or a wrong policy.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    /// A closed door.
    pub fn blocked(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Blocked, message)
    }

    /// Something outside that does not answer.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unreachable, message)
    }

    /// Something that is not what it should be.
    pub fn unsound(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unsound, message)
    }

    /// The end by a signal.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Interrupted, message)
    }

    /// The same failure, at lines of the project.
    pub fn at(mut self, places: impl IntoIterator<Item = (Location, String)>) -> Self {
        self.places.extend(places);
        self
    }

    /// The same failure with advice.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
