//! The verdict: a tree that explains itself. Terminal, check run, summary, JSON and exit code
//! all show this one tree.

use crate::domain::check::Check;
use crate::domain::delivery::approval::ApprovalVerdict;
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::gate::facts::{CheckFact, SignoffFact};
use crate::domain::gate::waiver::WaiverVerdict;
use crate::domain::gate::{GateKind, Severity};
use crate::domain::ids::{CheckId, EnvironmentId, GateId};
use crate::domain::reason::Reason;
use crate::domain::record::payload::EvidenceRecorded;
use crate::domain::status::{CheckStatus, GateStatus};

/// How a release stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The whole: the gravest of its gates.
    pub status: GateStatus,
    /// Stages in order, then gates as written.
    pub gates: Vec<GateVerdict>,
    /// Environments as written, and whether the release may go there now.
    pub environments: Vec<EnvironmentVerdict>,
    /// Every waiver of the release, heard or not, the oldest first.
    pub waivers: Vec<WaiverVerdict>,
}

/// How a stage or gate stands.
#[derive(Debug, Clone, PartialEq)]
pub struct GateVerdict {
    /// Which.
    pub id: GateId,
    /// What people read.
    pub title: String,
    /// Stage or gate.
    pub kind: GateKind,
    /// How much force it has.
    pub severity: Severity,
    /// The outcome.
    pub status: GateStatus,
    /// Why it is not passed, or with what it passed.
    pub reasons: Vec<Reason>,
    /// Its checks, as written.
    pub checks: Vec<CheckVerdict>,
    /// The waiver that lets it be, where its status is `waived`.
    pub waiver: Option<WaiverVerdict>,
    /// Who decided; `None` where nobody has to.
    pub approvals: Option<ApprovalVerdict>,
    /// The evidence of the types that it asks for, which no check of it made.
    pub evidence: Vec<EvidenceRecorded>,
}

/// How a check stands.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckVerdict {
    /// Which.
    pub id: CheckId,
    /// What people read.
    pub title: String,
    /// The outcome.
    pub status: CheckStatus,
    /// Why it is not passed.
    pub reasons: Vec<Reason>,
    /// The result that counts; `None` while none does.
    pub fact: Option<CheckFact>,
    /// The evidence stored with that result.
    pub evidence: Vec<EvidenceRecorded>,
    /// The sign-offs that count; of manual checks only.
    pub signoffs: Vec<SignoffFact>,
    /// The waiver that is heard for it, where it did not pass.
    pub waiver: Option<WaiverVerdict>,
}

impl CheckVerdict {
    /// A check without a result that counts.
    pub fn pending(check: &Check, reasons: Vec<Reason>) -> Self {
        Self {
            id: check.id.clone(),
            title: check.title.clone(),
            status: CheckStatus::Pending,
            reasons,
            fact: None,
            evidence: Vec::new(),
            signoffs: Vec::new(),
            waiver: None,
        }
    }
}

impl Verdict {
    /// Finds a gate.
    pub fn gate(&self, id: &GateId) -> Option<&GateVerdict> {
        self.gates.iter().find(|gate| gate.id == *id)
    }

    /// Finds an environment.
    pub fn environment(&self, id: &EnvironmentId) -> Option<&EnvironmentVerdict> {
        self.environments.iter().find(|known| known.id == *id)
    }

    /// A gate's status; a gate that is not in the tree is blocked.
    pub fn status_of(&self, id: &GateId) -> GateStatus {
        self.gate(id)
            .map_or(GateStatus::Blocked, |gate| gate.status)
    }
}

impl GateVerdict {
    /// Finds a check.
    pub fn check(&self, id: &CheckId) -> Option<&CheckVerdict> {
        self.checks.iter().find(|check| check.id == *id)
    }
}
