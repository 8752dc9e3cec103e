//! The table of journeys and faults.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CellTally, Fault, Journey, JourneyTallies, JourneyTally, Journeys};
use crate::domain::ids::{FaultId, JourneyId};
use crate::domain::quality::tests::TestTally;

/// How every journey and each of its faults went. It travels in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JourneyTable {
    /// A row a journey, as written in the policy.
    pub rows: Vec<JourneyRow>,
}

/// One journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyRow {
    /// Which.
    pub id: JourneyId,
    /// What people read.
    pub title: String,
    /// Its own tests.
    pub own: Cell,
    /// Its faults, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultCell>,
}

/// One fault of a journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultCell {
    /// Which.
    pub id: FaultId,
    /// Its tests.
    pub cell: Cell,
}

/// How some tests went together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// In a word.
    pub outcome: CellOutcome,
    /// In numbers.
    pub tests: TestTally,
}

/// How some tests went together: the worst of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellOutcome {
    /// There are tests, and all of them passed, flaky ones among them.
    Passed,
    /// A test failed or ended in an error.
    Failed,
    /// A test was skipped, which is no pass.
    Skipped,
    /// There is no test.
    Missing,
}

impl CellOutcome {
    /// The outcome of a tally. It is passed only where every case of it is.
    pub fn of(tests: TestTally) -> Self {
        match tests {
            TestTally { total: 0, .. } => Self::Missing,
            tests if tests.not_passed() > 0 => Self::Failed,
            tests if tests.passed == tests.total => Self::Passed,
            _ => Self::Skipped,
        }
    }

    /// The word that users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Missing => "missing",
        }
    }
}

impl fmt::Display for CellOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Cell {
    fn of(tally: Option<&CellTally>) -> Self {
        let tests = tally.map_or_else(TestTally::default, |tally| tally.tests);
        Self {
            outcome: CellOutcome::of(tests),
            tests,
        }
    }

    /// Tells whether it is tested and good.
    pub fn is_passed(&self) -> bool {
        self.outcome == CellOutcome::Passed
    }
}

impl JourneyTable {
    /// The table of these journeys; what is not counted is missing.
    pub fn of(journeys: &Journeys, counted: Option<&JourneyTallies>) -> Self {
        let tally = |journey: &Journey| counted?.tallies.get(&journey.id);
        let rows = journeys.all().iter();
        Self {
            rows: rows.map(|it| JourneyRow::of(it, tally(it))).collect(),
        }
    }
}

impl JourneyRow {
    fn of(journey: &Journey, counted: Option<&JourneyTally>) -> Self {
        let fault = |fault: &Fault| FaultCell {
            id: fault.id.clone(),
            cell: Cell::of(counted.and_then(|tally| tally.faults.get(&fault.id))),
        };
        Self {
            id: journey.id.clone(),
            title: journey.title.clone(),
            own: Cell::of(counted.map(|tally| &tally.own)),
            faults: journey.faults.iter().map(fault).collect(),
        }
    }

    /// How many of its faults are tested and good.
    pub fn passed_faults(&self) -> u64 {
        let passed = self.faults.iter().filter(|fault| fault.cell.is_passed());
        passed.count() as u64
    }
}
