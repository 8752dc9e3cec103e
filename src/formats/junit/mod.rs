//! JUnit reports as they are found in the wild → test cases, counted.
//!
//! There is no standard. What is read is what the writers of pytest, surefire, gradle, jest,
//! vitest, mocha, go, cargo-nextest, phpunit, ctest, bazel and the converters from xunit, nunit
//! and trx have in common: `testcase` elements, in suites or not, and inside of them `failure`,
//! `error`, `skipped` and surefire's elements for attempts.
//!
//! - The tally comes from the cases. Counters can only contradict: what they claim beyond what
//!   the cases show is said, and nothing else is taken from them.
//! - Reading is streaming. A file of any size is read in a window of fixed size; only a tag has to
//!   fit into memory, and one beyond 8 MiB is refused.
//! - Nothing is lost silently: a failure outside any case is counted as an error, and a file that
//!   is truncated, foreign or not well-formed is an error with its line.

mod attributes;
mod document;
mod elements;
mod findings;
mod kept;
mod markup;
mod message;
mod outcome;
mod readable;
mod repeats;
mod root;
mod suite;
mod window;

use std::io::Read;
use std::sync::Arc;

pub use repeats::FailedCases;

use self::findings::Findings;
use self::markup::Markup;
use self::repeats::Repeats;
use super::ReadError;
use super::encoding::Utf8;
use crate::domain::quality::journeys::{JourneyCounter, Journeys};
use crate::domain::quality::tests::TestReport;

/// The JUnit files of one attempt of one check, read one after the other.
///
/// A case that comes again with the same suite, class, name and file, and failed the first time
/// and passes the second, is one flaky case, in whichever files the two stand.
#[derive(Debug, Default)]
pub struct Reading {
    findings: Findings,
}

impl Reading {
    /// Starts with nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the reading of a retry: a case that failed in an earlier attempt and passes in this
    /// one is flaky.
    pub fn after(earlier: &FailedCases) -> Self {
        Self {
            findings: Findings::with(Repeats::after(earlier)),
        }
    }

    /// Counts the cases for these journeys too, where there are any.
    #[must_use]
    pub fn counting_for(mut self, journeys: &Arc<Journeys>) -> Self {
        if !journeys.is_empty() {
            let counter = JourneyCounter::new(Arc::clone(journeys));
            self.findings.count_for(counter);
        }
        self
    }

    /// Reads one file. `report` is its name, for sentences about it.
    ///
    /// # Errors
    /// When the file cannot be read, or is no JUnit report from its first byte to its last. The
    /// error holds the line. What was read before it is counted: a reading with an error is of no
    /// further use.
    pub fn read(&mut self, report: &str, input: impl Read) -> Result<(), ReadError> {
        self.findings.begin(report);
        let text = Utf8::of(input)?;
        if let Some(remark) = text.remark() {
            self.findings.warn(format!("{report}: {remark}"));
        }
        document::read(&mut self.findings, report, Markup::of(text))
    }

    /// The cases that failed at some time in this attempt or the earlier ones, to start the
    /// reading of the next attempt with.
    pub fn failed_cases(&self) -> FailedCases {
        self.findings.repeats().failed_cases()
    }

    /// What the files say.
    pub fn finish(self) -> TestReport {
        self.findings.finish()
    }
}

#[cfg(test)]
mod tests;
