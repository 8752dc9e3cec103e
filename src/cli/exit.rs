//! The one table of exit codes.

use std::process::ExitCode;

use crate::app::failure::FailureKind;
use crate::app::outcome::Outcome;

/// Passed or eligible.
pub const PASSED: u8 = 0;
/// A check or gate failed.
pub const FAILED: u8 = 1;
/// Usage or policy error.
pub const USAGE: u8 = 2;
/// Order, eligibility or approval is missing.
pub const BLOCKED: u8 = 3;
/// Something outside could not be reached.
pub const UNREACHABLE: u8 = 4;
/// Ended by a signal.
pub const INTERRUPTED: u8 = 130;

/// The exit code of an outcome.
pub fn of_outcome(outcome: Outcome) -> ExitCode {
    ExitCode::from(match outcome {
        Outcome::Passed => PASSED,
        Outcome::Failed => FAILED,
        Outcome::Blocked => BLOCKED,
        Outcome::Interrupted => INTERRUPTED,
    })
}

/// The exit code of a failure.
pub fn of_failure(kind: FailureKind) -> ExitCode {
    ExitCode::from(match kind {
        FailureKind::Usage => USAGE,
        FailureKind::Blocked => BLOCKED,
        FailureKind::Unreachable => UNREACHABLE,
        FailureKind::Unsound => FAILED,
        FailureKind::Interrupted => INTERRUPTED,
    })
}
