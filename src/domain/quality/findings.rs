//! What linters and scanners found (SARIF 2.1.0).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::reason::Location;

/// How many findings of a report are kept, as many as a check run may be given annotations; the
/// rest is only counted.
pub const KEPT_FINDINGS: usize = 1000;

/// SARIF's levels, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A serious problem.
    Error,
    /// A problem.
    Warning,
    /// A minor problem, or an opportunity.
    Note,
    /// Not a problem by itself.
    None,
}

impl Level {
    /// SARIF's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Findings by effective level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FindingTally {
    /// Findings of level error.
    pub error: u64,
    /// Findings of level warning.
    pub warning: u64,
    /// Findings of level note.
    pub note: u64,
    /// Findings of level none.
    #[serde(default)]
    pub none: u64,
}

impl FindingTally {
    /// Adds the counts of two reports.
    pub fn plus(self, other: Self) -> Self {
        Self {
            error: self.error + other.error,
            warning: self.warning + other.warning,
            note: self.note + other.note,
            none: self.none + other.none,
        }
    }

    /// The count of one level.
    pub fn at(self, level: Level) -> u64 {
        match level {
            Level::Error => self.error,
            Level::Warning => self.warning,
            Level::Note => self.note,
            Level::None => self.none,
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its effective level: the result's, else the rule's default, else warning.
    pub level: Level,
    /// The rule's id; empty where the file gives none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// The first lines of its message, bounded.
    pub message: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// What one or several SARIF files say. Suppressed results and kinds other than `fail` are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindingReport {
    /// The counts.
    pub tally: FindingTally,
    /// The first [`KEPT_FINDINGS`] findings, the gravest first.
    pub findings: Vec<Finding>,
}
