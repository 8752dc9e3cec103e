//! A remark at a line of the project, for the people who look at a commit.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CheckId, GateId};
use crate::domain::reason::Location;

/// A remark that belongs to a check. It is kept in `annotations.json` of a run's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// The stage or gate of the check.
    pub gate: GateId,
    /// The check.
    pub check: CheckId,
    /// How grave it is.
    pub level: AnnotationLevel,
    /// The file, and the line where one is known.
    pub location: Location,
    /// The last line of the range, where it is longer than one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// One line.
    pub title: String,
    /// What is wrong, masked.
    pub message: String,
}

/// How grave a remark is, the gravest first (the Checks API's `annotation_level`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnnotationLevel {
    /// The check is not passed because of it.
    Failure,
    /// A person should look at it.
    Warning,
    /// Good to know.
    Notice,
}

impl AnnotationLevel {
    /// The word of the Checks API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}
