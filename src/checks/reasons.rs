//! Why a check that looks at many places does not pass.

use crate::domain::check::CheckResult;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::status::CheckStatus;

/// How many places are named; the others are counted.
const NAMED: usize = 50;

/// Reasons of one check: the first are kept, the others are counted.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    measured: Vec<Reason>,
    left_out: usize,
    unknown: Vec<Reason>,
}

impl Reasons {
    /// Something was measured, and is bad.
    pub(super) fn bad(&mut self, reason: Reason) {
        if self.measured.len() < NAMED {
            self.measured.push(reason);
        } else {
            self.left_out += 1;
        }
    }

    /// Something was measured, and is bad if there is a reason.
    pub(super) fn extend(&mut self, reason: Option<Reason>) {
        if let Some(reason) = reason {
            self.bad(reason);
        }
    }

    /// Something could not be measured.
    pub(super) fn unknown(&mut self, reason: Reason) {
        if self.unknown.len() < NAMED {
            self.unknown.push(reason);
        }
    }

    /// A file could not be read.
    pub(super) fn unreadable(&mut self, file: &str, why: &str) {
        let message = format!("`{file}` {why}, so it was not checked.");
        self.unknown(Reason::new(ReasonCode::FileUnreadable, message).at(file, None));
    }

    /// Tells whether everything could be measured so far.
    pub(super) fn all_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// The verdict: what could not be measured weighs more than what is bad.
    pub(super) fn into_result(mut self) -> CheckResult {
        if let Some(last) = self.measured.last().filter(|_| self.left_out > 0) {
            let more = format!("And {} more places like these.", self.left_out);
            self.measured.push(Reason::new(last.code, more));
        }
        if self.unknown.is_empty() {
            return CheckResult::judged(self.measured);
        }
        self.unknown.append(&mut self.measured);
        CheckResult::of(CheckStatus::Errored, self.unknown)
    }
}

/// The result of a check whose service has no address: the variable that holds it is not set.
pub(super) fn unset(name: &str, what: &str) -> CheckResult {
    let message = format!("The environment variable `{name}` is not set; it must hold {what}.");
    CheckResult::errored(Reason::new(ReasonCode::VariableMissing, message))
}
