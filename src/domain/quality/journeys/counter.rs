//! Counts the cases of a result while its files are read.

use std::sync::Arc;

use super::{CaseName, CellTally, JourneyTallies, JourneyTally, Journeys, TestPattern};
use crate::domain::quality::tests::TestTally;

/// Counts each case for the journeys and faults that it is a test of.
#[derive(Debug, Clone)]
pub struct JourneyCounter {
    journeys: Arc<Journeys>,
    /// For each journey its own cell, then those of its faults.
    cells: Vec<Vec<Counted>>,
}

/// The cell of a journey or fault.
#[derive(Debug, Clone)]
struct Counted {
    tests: TestTally,
    /// For each pattern whether it found a test.
    found: Vec<bool>,
}

impl JourneyCounter {
    /// Starts with nothing counted.
    pub fn new(journeys: Arc<Journeys>) -> Self {
        let cells = journeys.all().iter().map(|journey| {
            let faults = journey.faults.iter().map(|fault| &fault.tests);
            let patterns = std::iter::once(&journey.tests).chain(faults);
            patterns.map(|patterns| Counted::new(patterns)).collect()
        });
        Self {
            cells: cells.collect(),
            journeys,
        }
    }

    /// Changes the tallies of everything that a case is a test of.
    pub fn count(&mut self, case: &CaseName, change: impl Fn(&mut TestTally)) {
        for (journey, cells) in self.journeys.all().iter().zip(&mut self.cells) {
            let faults = journey.faults.iter().map(|fault| &fault.tests);
            let patterns = std::iter::once(&journey.tests).chain(faults);
            for (patterns, cell) in patterns.zip(cells) {
                if cell.find(patterns, case) {
                    change(&mut cell.tests);
                }
            }
        }
    }

    /// What was counted.
    pub fn finish(self) -> JourneyTallies {
        let counted = self.journeys.all().iter().zip(self.cells);
        let tallies = counted.map(|(journey, cells)| {
            let mut cells = cells.into_iter();
            let own = cells.next().map(|cell| cell.tally(&journey.tests));
            let faults = journey.faults.iter().zip(cells);
            let tally = JourneyTally {
                own: own.unwrap_or_default(),
                faults: faults
                    .map(|(fault, cell)| (fault.id.clone(), cell.tally(&fault.tests)))
                    .collect(),
            };
            (journey.id.clone(), tally)
        });
        JourneyTallies {
            tallies: tallies.collect(),
            definitions: self.journeys.digest(),
        }
    }
}

impl Counted {
    fn new(patterns: &[TestPattern]) -> Self {
        Self {
            tests: TestTally::default(),
            found: vec![false; patterns.len()],
        }
    }

    /// Tells whether a pattern covers the case. All are asked, so that each is known to find one.
    fn find(&mut self, patterns: &[TestPattern], case: &CaseName) -> bool {
        let mut any = false;
        for (pattern, found) in patterns.iter().zip(&mut self.found) {
            let fits = pattern.fits(case);
            *found |= fits;
            any |= fits;
        }
        any
    }

    fn tally(self, patterns: &[TestPattern]) -> CellTally {
        let patterns = patterns.iter().zip(self.found);
        let unmatched = patterns.filter(|(_, found)| !found);
        CellTally {
            tests: self.tests,
            unmatched: unmatched
                .map(|(pattern, _)| pattern.as_str().to_owned())
                .collect(),
        }
    }
}
