//! How much of the code the tests ran, counted from lines, never from declared rates.

use serde::{Deserialize, Serialize};

use super::share::Ratio;

/// Line and branch coverage of one or several reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Lines that can be run, and those that were.
    pub lines: Ratio,
    /// Branches, where the report knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branches: Option<Ratio>,
}

impl Coverage {
    /// Adds the counts of two reports over different files.
    pub fn plus(self, other: Self) -> Self {
        Self {
            lines: self.lines.plus(other.lines),
            branches: match (self.branches, other.branches) {
                (Some(one), Some(two)) => Some(one.plus(two)),
                (one, two) => one.or(two),
            },
        }
    }
}
