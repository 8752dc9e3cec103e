//! The payloads that this build writes and understands.

mod people;
mod validation;

use std::fmt;

pub use people::{Exception, ExceptionRevoked, GateSignoff, SignoffResult};
pub use validation::{ValidationFinished, ValidationStarted, ValidationStatus};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::delivery::migration::Migration;
use crate::domain::ids::{
    CheckId, CommitSha, EnvironmentId, GateId, ImageDigest, RunId, Sha256Digest,
};
use crate::domain::quality::coverage::Coverage;
use crate::domain::quality::findings::FindingTally;
use crate::domain::quality::journeys::{JourneyTable, JourneyTallies};
use crate::domain::quality::latency::Latency;
use crate::domain::quality::tests::{TestCase, TestTally};
use crate::domain::reason::Reason;
use crate::domain::release::Repository;
use crate::domain::status::CheckStatus;

/// `release_created`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseCreated {
    /// Where the release comes from.
    pub repository: Repository,
    /// Its commit.
    pub sha: CommitSha,
    /// Its version, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Everyone who made it, as GitHub told a job: none of them approves it where the policy prevents
    /// that. Empty where nobody asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
}

/// `check_reported`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckReported {
    /// The stage or gate.
    pub gate: GateId,
    /// The check.
    pub check: CheckId,
    /// How it ended; `pending` says that it was started.
    pub status: CheckStatus,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// How often it was tried.
    #[serde(default = "one")]
    pub attempt: u32,
    /// What JUnit files said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestTally>,
    /// What coverage files said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// What SARIF files said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingTally>,
    /// What a load test's summary said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// What JUnit files said of the policy's journeys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journeys: Option<JourneyTallies>,
    /// How every journey went, where that is what the check judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey_table: Option<JourneyTable>,
    /// The image that the check built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_digest: Option<ImageDigest>,
    /// The migrations that the check looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub migrations: Vec<Migration>,
    /// Why it is not passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Test cases to look at, bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<TestCase>,
    /// Whether the gate was blocked when the result was recorded; then it never counts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub blocked: bool,
    /// The run that made the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Whether the work tree differed from the commit; then it counts for its own run only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dirty: bool,
    /// The version that the release had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The definition of the check that was executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Sha256Digest>,
    /// The job of GitHub Actions that made the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobRef>,
    /// The environment that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentId>,
}

/// `build_complete`: the short form of a result of the check `build`, for producers that say no more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuildComplete {
    /// The stage or gate.
    pub gate: GateId,
    /// How it ended.
    pub status: BuildEnd,
}

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BuildEnd {
    /// What was to be built is there.
    Pass,
    /// It is not.
    Fail,
}

impl BuildComplete {
    /// The check whose result it is.
    pub const CHECK: &str = "build";
}

impl From<BuildEnd> for CheckStatus {
    fn from(end: BuildEnd) -> Self {
        match end {
            BuildEnd::Pass => Self::Passed,
            BuildEnd::Fail => Self::Failed,
        }
    }
}

/// A job of a workflow: of several that report one check in one attempt, such as those of a
/// matrix, the worst counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRef {
    /// `RUN.ATTEMPT`.
    pub attempt: String,
    /// Tells the jobs of an attempt apart: each has a workspace of its own.
    pub workspace: String,
}

impl JobRef {
    /// The number of the workflow run, and of the attempt.
    pub fn run_and_attempt(&self) -> Option<(u64, u32)> {
        let (run, attempt) = self.attempt.split_once('.')?;
        Some((run.parse().ok()?, attempt.parse().ok()?))
    }
}

/// `evidence_recorded`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceRecorded {
    /// The stage or gate it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateId>,
    /// The check that produced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// `junit`, `coverage`, `log`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The file's name as users know it.
    pub name: String,
    /// Of the stored bytes.
    pub sha256: Sha256Digest,
    /// In bytes, as stored.
    #[serde(default)]
    pub size: u64,
    /// Where it can be found: a URL, or a path relative to the evidence directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The run that stored it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// `approval_recorded`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalRecorded {
    /// The gate that was decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateId>,
    /// The environment that was decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentId>,
    /// Who decided: a GitHub login, compared without case.
    pub by: String,
    /// How.
    pub decision: Decision,
    /// What they said.
    #[serde(default)]
    pub comment: String,
    /// The role in which they decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The teams of the policy that they are in, as GitHub said when it was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// When it was seen, where its own time is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Timestamp>,
    /// The run of GitHub Actions that it was given to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// The attempt of that run that saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The commit that the run was started for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_sha: Option<String>,
    /// Whoever made the release: logins and names. `None` where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authors: Option<Vec<String>>,
    /// Whoever started the run: logins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggered_by: Vec<String>,
    /// The commit that was approved. `None` where the producer does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitSha>,
    /// The policy that was in force. `None` where the producer does not bind its approvals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_digest: Option<Sha256Digest>,
    /// The root of the evidence that was there to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_root: Option<Sha256Digest>,
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It may go on.
    Approved,
    /// It may not.
    Rejected,
}

impl Decision {
    /// The word that users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `deployment_started`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentStarted {
    /// What it has in common with its end.
    pub deployment_id: String,
    /// Where to.
    pub environment: EnvironmentId,
    /// The part of the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The image that is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<ImageDigest>,
}

/// `deployment_finished`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentFinished {
    /// What it has in common with its start.
    pub deployment_id: String,
    /// Where to.
    pub environment: EnvironmentId,
    /// How it ended.
    pub status: DeploymentStatus,
    /// The image that was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<ImageDigest>,
}

/// How a deployment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentStatus {
    /// The release runs there.
    Passed,
    /// It does not.
    Failed,
}

impl DeploymentStatus {
    /// The word that users read and type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}
