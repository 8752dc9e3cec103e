//! The one table of exit codes.

use std::process::ExitCode;

use crate::app::failure::FailureKind;
use crate::app::outcome::Outcome;

/// Passed or eligible.
pub(super) const PASSED: u8 = 0;
/// A check or gate failed.
pub(super) const FAILED: u8 = 1;
/// Usage or policy error.
pub(super) const USAGE: u8 = 2;
/// Order, eligibility or approval is missing.
pub(super) const BLOCKED: u8 = 3;
/// Something outside could not be reached.
pub(super) const UNREACHABLE: u8 = 4;
/// Ended by a signal.
pub(super) const INTERRUPTED: u8 = 130;

/// The exit code of an outcome.
pub(super) fn of_outcome(outcome: Outcome) -> ExitCode {
    ExitCode::from(code_of_outcome(outcome))
}

/// The same as a number.
pub(super) fn code_of_outcome(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => PASSED,
        Outcome::Failed => FAILED,
        Outcome::Blocked => BLOCKED,
        Outcome::Interrupted => INTERRUPTED,
    }
}

/// The exit code of a failure.
pub(super) fn of_failure(kind: FailureKind) -> ExitCode {
    ExitCode::from(code_of_failure(kind))
}

/// The same as a number.
pub(super) fn code_of_failure(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::Usage => USAGE,
        FailureKind::Blocked => BLOCKED,
        FailureKind::Unreachable => UNREACHABLE,
        FailureKind::Unsound => FAILED,
        FailureKind::Interrupted => INTERRUPTED,
    }
}
