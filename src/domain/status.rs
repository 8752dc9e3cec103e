//! The words a check, a gate and a release can end in. They are the same in YAML, JSON, SQL and
//! on screen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// Measured, and good.
    Passed,
    /// Measured, and bad.
    Failed,
    /// Could not be measured: never as good as passed.
    Errored,
    /// Was not run though it could have been. Nothing but a rule turns this into a pass.
    Skipped,
    /// No result counts yet.
    Pending,
}

impl CheckStatus {
    /// The word that users read and type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Skipped => "skipped",
            Self::Pending => "pending",
        }
    }
}

impl fmt::Display for CheckStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a stage, a gate or a whole release stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateStatus {
    /// Something that it needs has no result yet.
    Pending,
    /// One of its checks is being run now.
    Running,
    /// Everything it needs is there and good.
    Passed,
    /// Something it needs was measured bad or could not be measured.
    Failed,
    /// Not passed, but a waiver that is active now lets it be. Never shown as passed.
    Waived,
    /// A gate that it requires is neither passed nor waived.
    Blocked,
}

impl GateStatus {
    /// The word that users read and type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Waived => "waived",
            Self::Blocked => "blocked",
        }
    }

    /// Tells whether the gates behind this one may open.
    pub fn lets_through(self) -> bool {
        matches!(self, Self::Passed | Self::Waived)
    }
}

impl fmt::Display for GateStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
