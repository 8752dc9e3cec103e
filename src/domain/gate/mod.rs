//! Gates: what they need, which facts there are, and the verdict on them.

pub mod change;
pub mod facts;
pub mod judge;
pub(in crate::domain) mod root;
pub mod signoff;
pub mod verdict;
pub mod waiver;

use serde::{Deserialize, Serialize};

use super::check::Check;
use super::delivery::environment::ApprovalRule;
use super::ids::{CheckId, GateId};

/// A stage of the pipeline or a release gate; both are judged alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Its name in the policy.
    pub id: GateId,
    /// What people read; the name where the policy gives none.
    pub title: String,
    /// Stage or gate.
    pub kind: GateKind,
    /// How much force it has.
    pub severity: Severity,
    /// Gates that must let through first. For a stage, the one before it is among them.
    pub requires: Vec<GateId>,
    /// How many checks of an advisory gate may fail; `None` is any number.
    pub tolerate: Option<u64>,
    /// Its checks, as written.
    pub checks: Vec<Check>,
    /// The types of evidence that must be there, such as `rollback-plan`.
    pub evidence: Vec<String>,
    /// Who must approve; `None` when nobody has to.
    pub approvals: Option<ApprovalRule>,
    /// How its checks are run.
    pub pace: Pace,
}

/// Where a gate stands in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateKind {
    /// Under `pipeline:`.
    Stage,
    /// Under `gates:`.
    Gate,
}

/// How much force a gate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Must pass, or be waived.
    Blocking,
    /// Must pass; a waiver is never heard.
    Absolute,
    /// Passes while no more of its checks fail than it tolerates.
    Advisory,
}

impl Severity {
    /// The word in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Absolute => "absolute",
            Self::Advisory => "advisory",
        }
    }
}

/// How the checks of a gate are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// Side by side, as far as `needs` lets them.
    #[default]
    Parallel,
    /// One after the other, in the written order.
    Sequential,
}

impl Gate {
    /// Tells whether it belongs to the pipeline.
    pub fn is_stage(&self) -> bool {
        self.kind == GateKind::Stage
    }

    /// How many of its checks may fail.
    pub fn allowed_failures(&self) -> u64 {
        match self.severity {
            Severity::Advisory => self.tolerate.unwrap_or(u64::MAX),
            Severity::Blocking | Severity::Absolute => 0,
        }
    }

    /// Finds a check.
    pub fn check(&self, id: &CheckId) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == *id)
    }
}
