//! Test cases, counted. The tally comes from the cases, never from the counters of a file.

use serde::{Deserialize, Serialize};

use crate::domain::quality::journeys::JourneyTallies;
use crate::domain::reason::Location;

/// How many failing cases of a report are kept with their messages, as many as a check run may be
/// given annotations; the rest is only counted. Names, message and place of a case are bounded
/// too, so the cases of a check take 6 MB at the most.
pub const KEPT_FAILURES: usize = 1000;

/// How the cases of a report ended. `total = passed + failed + errors + skipped`; a flaky case
/// is one of the passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TestTally {
    /// All cases.
    pub total: u64,
    /// Cases that passed, flaky ones among them.
    pub passed: u64,
    /// Cases with a failed assertion.
    pub failed: u64,
    /// Cases that ended in an error.
    pub errors: u64,
    /// Cases that were not run.
    pub skipped: u64,
    /// Cases that failed and then passed.
    pub flaky: u64,
}

impl TestTally {
    /// Adds the counts of two reports.
    pub fn plus(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
            flaky: self.flaky + other.flaky,
        }
    }

    /// Cases that failed or ended in an error.
    pub fn not_passed(self) -> u64 {
        self.failed + self.errors
    }
}

/// How one case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseOutcome {
    /// An assertion failed.
    Failed,
    /// The case ended in an error.
    Error,
    /// The case was not run.
    Skipped,
    /// The case failed and then passed.
    Flaky,
}

impl CaseOutcome {
    /// What happened to the case, to be put behind its name.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Error => "ended in an error",
            Self::Skipped => "was skipped",
            Self::Flaky => "failed, then passed",
        }
    }
}

/// A case that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCase {
    /// The suite that the case stands in; empty where the file gives none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suite: String,
    /// The class name; empty where the file gives none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// The case's name.
    pub name: String,
    /// How it ended.
    pub outcome: CaseOutcome,
    /// The first lines of its message, bounded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Where the test stands, when the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl TestCase {
    /// `class › name`, or the name alone.
    pub fn title(&self) -> String {
        if self.class.is_empty() {
            self.name.clone()
        } else {
            format!("{} › {}", self.class, self.name)
        }
    }
}

/// What one or several JUnit files say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestReport {
    /// The counts.
    pub tally: TestTally,
    /// The first [`KEPT_FAILURES`] cases that failed, errored or were flaky, failing ones first.
    pub cases: Vec<TestCase>,
    /// The counts for each journey, where the cases were counted for journeys.
    pub journeys: Option<JourneyTallies>,
    /// Where counters claim failures or errors that no case shows, one sentence a place.
    pub contradictions: Vec<String>,
    /// What was odd and was read all the same, one sentence each.
    pub warnings: Vec<String>,
}
