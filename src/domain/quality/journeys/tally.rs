//! The cases of one or several JUnit results, counted for each journey and fault.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{FaultId, JourneyId, Sha256Digest};
use crate::domain::quality::tests::TestTally;

/// What a result says of all journeys of a policy. It travels in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyTallies {
    /// [`Journeys::digest`](super::Journeys::digest) of the journeys that were counted for.
    pub definitions: Sha256Digest,
    /// Every journey, those without a test too.
    pub tallies: BTreeMap<JourneyId, JourneyTally>,
}

/// What a result says of one journey.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JourneyTally {
    /// The tests that its own patterns find, those of its faults among them.
    pub own: CellTally,
    /// Every fault, those without a test too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<FaultId, CellTally>,
}

/// The tests that a set of patterns finds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CellTally {
    /// How they ended.
    pub tests: TestTally,
    /// The patterns that find none, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<String>,
}

impl JourneyTallies {
    /// Adds the counts of two results. Both must be of the same journeys.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (id, tally) in &other.tallies {
            match self.tallies.remove(id) {
                Some(known) => self.tallies.insert(id.clone(), known.plus(tally)),
                None => self.tallies.insert(id.clone(), tally.clone()),
            };
        }
        self
    }
}

impl JourneyTally {
    fn plus(mut self, other: &Self) -> Self {
        self.own = self.own.plus(&other.own);
        for (id, tally) in &other.faults {
            match self.faults.remove(id) {
                Some(known) => self.faults.insert(id.clone(), known.plus(tally)),
                None => self.faults.insert(id.clone(), tally.clone()),
            };
        }
        self
    }
}

impl CellTally {
    /// A pattern finds nothing where it finds nothing in either.
    fn plus(mut self, other: &Self) -> Self {
        self.tests = self.tests.plus(other.tests);
        self.unmatched.retain(|text| other.unmatched.contains(text));
        self
    }
}
