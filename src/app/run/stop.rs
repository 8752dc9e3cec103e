//! Ending a run early, and why.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::domain::reason::{Reason, ReasonCode};

/// Why a run, or one gate of it, is ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopCause {
    /// SIGINT or SIGTERM.
    Interrupted,
    /// The time that the policy gives was used up.
    OutOfTime(Budget),
    /// `--fail-fast`, and a check of the gate did not pass.
    FailFast,
}

/// A limit of the policy's `budgets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Of the whole pipeline.
    Pipeline,
    /// Of the readiness run of a validation.
    Readiness,
    /// Of a whole validation.
    Validation,
}

impl Budget {
    /// Its key under `budgets`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Readiness => "readiness",
            Self::Validation => "validation",
        }
    }
}

impl StopCause {
    /// What a check that was running then says.
    pub fn reason(self) -> Reason {
        let (code, message) = match self {
            Self::Interrupted => (
                ReasonCode::Cancelled,
                "the run was interrupted while the check was running".to_owned(),
            ),
            Self::OutOfTime(budget) => (
                ReasonCode::BudgetExceeded,
                format!(
                    "the time of `budgets.{}` was used up while the check was running",
                    budget.as_str()
                ),
            ),
            Self::FailFast => (
                ReasonCode::Cancelled,
                "another check did not pass, and --fail-fast ended this one".to_owned(),
            ),
        };
        Reason::new(code, message)
    }
}

/// A switch that ends work. A child ends with its parent, and not the other way round.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    cause: Arc<OnceLock<StopCause>>,
    parent: Option<Arc<Stop>>,
}

impl Stop {
    /// A switch of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// A switch for a part of the work.
    pub fn child(&self) -> Self {
        Self {
            token: self.token.child_token(),
            cause: Arc::default(),
            parent: Some(Arc::new(self.clone())),
        }
    }

    /// Ends the work. The first cause stands.
    pub fn now(&self, cause: StopCause) {
        let _ = self.cause.set(cause); // a second cause changes nothing
        self.token.cancel();
    }

    /// Why the work is ended; `None` while it goes on.
    pub fn cause(&self) -> Option<StopCause> {
        let above = || self.parent.as_deref().and_then(Stop::cause);
        self.cause.get().copied().or_else(above)
    }

    /// What commands listen to.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_with_the_whole_and_not_the_other_way_round() {
        let whole = Stop::new();
        let part = whole.child();
        part.now(StopCause::FailFast);
        assert_eq!(
            (whole.cause(), part.cause()),
            (None, Some(StopCause::FailFast))
        );
        let other = whole.child();
        whole.now(StopCause::Interrupted);
        whole.now(StopCause::OutOfTime(Budget::Pipeline));
        assert_eq!(other.cause(), Some(StopCause::Interrupted));
        assert!(other.token().is_cancelled());
    }
}
