//! What people see and decide besides approvals: sign-offs and waivers.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{CheckId, EnvironmentId, GateId, RunId, Sha256Digest};

/// `gate_signoff`: what a person saw of a manual check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateSignoff {
    /// The stage or gate.
    pub gate: GateId,
    /// The manual check.
    pub check: CheckId,
    /// Who looked: a login or a name.
    pub by: String,
    /// What they saw.
    pub result: SignoffResult,
    /// Where they looked. `None` is no environment: the code, or a laptop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentId>,
    /// What they said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Whether the gate was blocked when it was recorded; then it never counts.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub blocked: bool,
    /// The definition of the check that they followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Sha256Digest>,
    /// The call that recorded it; evidence of the same call belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// What a person saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignoffResult {
    /// It is as it should be.
    Passed,
    /// It is not.
    Failed,
}

impl SignoffResult {
    /// The word that users read and type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for SignoffResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `exception_requested` and `exception_granted`: a waiver that somebody asks for, or grants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    /// What a grant has in common with its request and its revocation.
    pub id: String,
    /// The stage or gate that need not pass.
    pub gate: GateId,
    /// The one check of it that need not pass; `None` is the whole gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// Who asks, or grants.
    pub by: String,
    /// Why.
    pub reason: String,
    /// From then on it is not heard.
    pub expires_at: Timestamp,
    /// The role in which they grant it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The teams of the policy that they are in, as GitHub said when it was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
}

/// `exception_revoked`: a waiver is taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExceptionRevoked {
    /// Which.
    pub id: String,
    /// Who takes it back.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
