//! What is known about a release.

use jiff::Timestamp;

use crate::domain::ids::RunId;
use crate::domain::record::payload::{
    ApprovalRecorded, CheckReported, DeploymentFinished, EvidenceRecorded,
};

/// Everything known about one release, in no particular order: judging must not depend on it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The newest version that was told.
    pub version: Option<String>,
    /// Every result of every check.
    pub checks: Vec<CheckFact>,
    /// Every piece of evidence.
    pub evidence: Vec<EvidenceRecorded>,
    /// Every decision of a person.
    pub approvals: Vec<ApprovalFact>,
    /// Every deployment that ended.
    pub deployments: Vec<DeploymentFact>,
}

impl Facts {
    /// The facts as they are heard where GitHub can't be asked: nobody is in a team there.
    pub fn without_teams(mut self) -> Self {
        for approval in &mut self.approvals {
            approval.record.teams.clear();
        }
        self
    }
}

/// One result of one check.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckFact {
    /// When it was reported.
    pub at: Timestamp,
    /// Its event's key; decides between results of the same instant.
    pub key: String,
    /// What was reported.
    pub report: CheckReported,
}

/// One decision of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalFact {
    /// When it was made: an approval not later than this, a rejection not earlier.
    pub at: Timestamp,
    /// Its event's key.
    pub key: String,
    /// What was decided.
    pub record: ApprovalRecorded,
}

/// One deployment that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentFact {
    /// When it ended.
    pub at: Timestamp,
    /// Its event's key.
    pub key: String,
    /// How it ended.
    pub record: DeploymentFinished,
}

/// From where facts are looked at. Results from a dirty tree count for the run that made them
/// and for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewpoint {
    /// From outside any run, or from within one in a clean tree: results of clean trees count.
    Ledger,
    /// From within a run in a dirty tree: its own results count, and no others.
    DirtyRun(RunId),
}
