//! Validation runs: their start, their end, their finalisation.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{EnvironmentId, RunId};

/// `validation_started`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationStarted {
    /// What it has in common with its end: the run that makes its results.
    pub validation_id: RunId,
    /// Of which environment.
    pub environment: EnvironmentId,
    /// `running`.
    #[serde(default)]
    pub status: ValidationStatus,
    /// Who runs it.
    #[serde(default)]
    pub by: String,
}

/// `validation_finished` and `validation_finalized`: the run is over, or a person closed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationFinished {
    /// What it has in common with its start.
    pub validation_id: RunId,
    /// Of which environment.
    pub environment: EnvironmentId,
    /// How it stands.
    pub status: ValidationStatus,
    /// Who finalised it.
    #[serde(default)]
    pub by: String,
    /// The checks that were in the way, as `GATE/CHECK`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocking: Vec<String>,
}

/// How a validation run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValidationStatus {
    /// It goes on, or was killed.
    #[default]
    Running,
    /// Nothing is in the way.
    Passed,
    /// Something is.
    Failed,
}

impl ValidationStatus {
    /// The word that users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for ValidationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
