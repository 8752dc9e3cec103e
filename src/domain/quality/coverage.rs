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

/// How many runs of uncovered lines of a check are kept; the rest is only counted.
pub const KEPT_UNCOVERED: usize = 200;

/// Lines of a file that can be run and were not, with none between them that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UncoveredLines {
    /// The file: as its report names it, and once it was looked for, relative to the project's root.
    pub file: String,
    /// The first, from 1.
    pub from: u32,
    /// The last; `from` where it is one line.
    pub to: u32,
    /// How many of them can be run; the others are blank, comments and the like.
    pub lines: u32,
}

/// What a coverage report says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CoverageReport {
    /// The counts.
    pub coverage: Coverage,
    /// Lines that no test ran: the [`KEPT_UNCOVERED`] longest runs of them, the longest first.
    pub uncovered: Vec<UncoveredLines>,
    /// The directories below which the files may lie (Cobertura's `source`), bounded.
    pub sources: Vec<String>,
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
