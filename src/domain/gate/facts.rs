//! What is known about a release.

use jiff::Timestamp;

use crate::domain::ids::RunId;
use crate::domain::record::payload::{CheckReported, EvidenceRecorded};

/// Everything known about one release, in no particular order: judging must not depend on it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The newest version that was told.
    pub version: Option<String>,
    /// Every result of every check.
    pub checks: Vec<CheckFact>,
    /// Every piece of evidence.
    pub evidence: Vec<EvidenceRecorded>,
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

/// From where facts are looked at. Results from a dirty tree count for the run that made them
/// and for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewpoint {
    /// From outside any run, or from within one in a clean tree: results of clean trees count.
    Ledger,
    /// From within a run in a dirty tree: its own results count, and no others.
    DirtyRun(RunId),
}
