//! How a check ended.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::delivery::migration::Migration;
use crate::domain::ids::{ImageDigest, Sha256Digest};
use crate::domain::quality::coverage::UncoveredLines;
use crate::domain::quality::findings::Finding;
use crate::domain::quality::journeys::{JourneyTable, JourneyTallies};
use crate::domain::quality::requirement::Measurements;
use crate::domain::quality::tests::TestCase;
use crate::domain::reason::Reason;
use crate::domain::status::CheckStatus;

/// What a check gave, before it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckResult {
    /// How it ended.
    pub status: CheckStatus,
    /// Why it is not passed; for a passed check, what was odd.
    pub reasons: Vec<Reason>,
    /// From the start of the first attempt to the end of the last.
    pub duration: Duration,
    /// How often it was tried, from 1; 0 when it was not run.
    pub attempts: u32,
    /// The numbers it measured.
    pub measured: Measurements,
    /// Test cases to look at, failing ones first, bounded.
    pub cases: Vec<TestCase>,
    /// Findings to look at, the gravest first, bounded.
    pub findings: Vec<Finding>,
    /// Lines that no test ran, the longest runs of them first, bounded.
    pub uncovered: Vec<UncoveredLines>,
    /// What its JUnit files say of the policy's journeys.
    pub journeys: Option<JourneyTallies>,
    /// How every journey went, where that is what it judges.
    pub journey_table: Option<JourneyTable>,
    /// The digest that `results: { image-digest }` gave.
    pub image_digest: Option<ImageDigest>,
    /// The migrations that it looked at.
    pub migrations: Vec<Migration>,
    /// The files that prove it.
    pub evidence: Vec<EvidenceFile>,
    /// The last lines of its output, masked, for people who look at a failure.
    pub tail: String,
}

impl CheckResult {
    /// A result with a status and its reasons and nothing else.
    pub fn of(status: CheckStatus, reasons: Vec<Reason>) -> Self {
        Self {
            status,
            reasons,
            duration: Duration::ZERO,
            attempts: 1,
            measured: Measurements::default(),
            cases: Vec::new(),
            findings: Vec::new(),
            uncovered: Vec::new(),
            journeys: None,
            journey_table: None,
            image_digest: None,
            migrations: Vec::new(),
            evidence: Vec::new(),
            tail: String::new(),
        }
    }

    /// `passed` without reasons, else `failed` with them.
    pub fn judged(reasons: Vec<Reason>) -> Self {
        let status = if reasons.is_empty() {
            CheckStatus::Passed
        } else {
            CheckStatus::Failed
        };
        Self::of(status, reasons)
    }

    /// Could not be measured.
    pub fn errored(reason: Reason) -> Self {
        Self::of(CheckStatus::Errored, vec![reason])
    }
}

/// The kinds of result file that Tollgate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// JUnit XML.
    Junit,
    /// Cobertura, LCOV, JaCoCo or Clover.
    Coverage,
    /// SARIF 2.1.0.
    Sarif,
    /// A k6 summary.
    Latency,
    /// A file that holds `sha256:…`.
    ImageDigest,
}

impl FileKind {
    /// The key under `results:`, and the type of its evidence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Junit => "junit",
            Self::Coverage => "coverage",
            Self::Sarif => "sarif",
            Self::Latency => "latency",
            Self::ImageDigest => "image-digest",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A stored piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// `junit`, `coverage`, `log`, `image-digest`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The file's name as users know it: its path in the project, or `output.log`.
    pub name: String,
    /// Of the stored (masked) bytes.
    pub sha256: Sha256Digest,
    /// In bytes, as stored.
    pub size: u64,
    /// Where it is stored, relative to the run's folder, with `/`.
    pub path: String,
}
