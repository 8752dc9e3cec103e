//! What is known about a release.

use jiff::Timestamp;

use crate::domain::ids::RunId;
use crate::domain::record::payload::{
    ApprovalRecorded, CheckReported, DeploymentFinished, EvidenceRecorded, Exception,
    ExceptionRevoked, GateSignoff, ValidationFinished, ValidationStarted,
};

/// Everything known about one release, in no particular order: judging must not depend on it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The newest version that was told.
    pub version: Option<String>,
    /// Whoever made the release, each time that a job told it.
    pub authors: Vec<Fact<Vec<String>>>,
    /// Every result of every check.
    pub checks: Vec<CheckFact>,
    /// Every piece of evidence.
    pub evidence: Vec<EvidenceRecorded>,
    /// Every decision of a person.
    pub approvals: Vec<ApprovalFact>,
    /// Approvals of other commits of the same repository: they never count, and are told where one
    /// is missing.
    pub elsewhere: Vec<ApprovalFact>,
    /// Every deployment that ended.
    pub deployments: Vec<DeploymentFact>,
    /// Every sign-off of a manual check.
    pub signoffs: Vec<SignoffFact>,
    /// Every waiver that was asked for.
    pub requests: Vec<WaiverFact>,
    /// Every waiver that was granted.
    pub grants: Vec<WaiverFact>,
    /// Every waiver that was taken back.
    pub revocations: Vec<RevocationFact>,
    /// Every validation run that began.
    pub validations: Vec<Fact<ValidationStarted>>,
    /// Every validation run that ended.
    pub validation_ends: Vec<Fact<ValidationFinished>>,
    /// Every validation run that was finalised.
    pub validation_finals: Vec<Fact<ValidationFinished>>,
}

impl Facts {
    /// The facts as they are heard where GitHub can't be asked: nobody is in a team there.
    pub fn without_teams(mut self) -> Self {
        for approval in &mut self.approvals {
            approval.record.teams.clear();
        }
        for grant in &mut self.grants {
            grant.record.teams.clear();
        }
        self
    }

    /// Adds what became known since. The version stays as it is.
    pub fn extend(&mut self, new: Self) {
        self.authors.extend(new.authors);
        self.checks.extend(new.checks);
        self.evidence.extend(new.evidence);
        self.approvals.extend(new.approvals);
        self.elsewhere.extend(new.elsewhere);
        self.deployments.extend(new.deployments);
        self.signoffs.extend(new.signoffs);
        self.requests.extend(new.requests);
        self.grants.extend(new.grants);
        self.revocations.extend(new.revocations);
        self.validations.extend(new.validations);
        self.validation_ends.extend(new.validation_ends);
        self.validation_finals.extend(new.validation_finals);
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

/// Something that happened once, with when it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<T> {
    /// When. Of a decision that GitHub does not date: of an approval the earliest time that it can
    /// have, of a rejection the latest.
    pub at: Timestamp,
    /// Its event's key; decides between facts of the same instant.
    pub key: String,
    /// What happened.
    pub record: T,
}

/// One decision of one person.
pub type ApprovalFact = Fact<ApprovalRecorded>;

/// One deployment that ended.
pub type DeploymentFact = Fact<DeploymentFinished>;

/// What one person saw of one manual check.
pub type SignoffFact = Fact<GateSignoff>;

/// One waiver that was requested or granted.
pub type WaiverFact = Fact<Exception>;

/// One waiver that was taken back.
pub type RevocationFact = Fact<ExceptionRevoked>;

/// From where facts are looked at. Results from a dirty tree count for the run that made them
/// and for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewpoint {
    /// From outside any run, or from within one in a clean tree: results of clean trees count.
    Ledger,
    /// From within a run in a dirty tree: its own results count, and no others.
    DirtyRun(RunId),
}
