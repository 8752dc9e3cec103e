//! Journeys: what people do with the product, each with the tests that play it, and its faults.
//!
//! Whoever reads JUnit files counts their cases for the journeys of the policy ([`JourneyCounter`]).
//! The tallies ([`JourneyTallies`]) travel in the ledger, so that a later job can merge those of
//! several checks and judge them ([`judge`]) without the files.

mod counter;
mod pattern;
mod table;
mod tally;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::ids::{FaultId, JourneyId, Sha256Digest};

pub use counter::JourneyCounter;
pub use pattern::{CaseName, TestPattern};
pub use table::{Cell, CellOutcome, FaultCell, JourneyRow, JourneyTable};
pub use tally::{CellTally, JourneyTallies, JourneyTally};
pub use verdict::{Demand, Judgement, Source, judge};

/// The journeys of a policy, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journeys {
    list: Vec<Journey>,
    digest: Sha256Digest,
}

/// Something that people do with the product: signing in, ordering, paying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journey {
    /// Its name.
    pub id: JourneyId,
    /// What people read; the name where the policy gives none.
    pub title: String,
    /// The patterns of its tests.
    pub tests: Vec<TestPattern>,
    /// What may go wrong in it.
    pub faults: Vec<Fault>,
}

/// Something that may go wrong in a journey: a double click, a time-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its name within the journey.
    pub id: FaultId,
    /// The patterns of its tests.
    pub tests: Vec<TestPattern>,
}

/// What of a journey decides which tests belong to it.
#[derive(Serialize)]
struct Definition<'j> {
    tests: BTreeSet<&'j str>,
    faults: BTreeMap<&'j str, BTreeSet<&'j str>>,
}

impl Journeys {
    /// Takes the journeys of a policy.
    pub fn new(list: Vec<Journey>) -> Self {
        let digest = digest(&list);
        Self { list, digest }
    }

    /// Every journey, as written.
    pub fn all(&self) -> &[Journey] {
        &self.list
    }

    /// Tells whether the policy declares none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// SHA-256 over the canonical JSON (RFC 8785) of
    /// `{JOURNEY: {"tests": […], "faults": {FAULT: […]}}}`, the patterns sorted. Tallies under
    /// another digest tell nothing of these journeys; titles and order make no difference.
    pub fn digest(&self) -> Sha256Digest {
        self.digest
    }
}

impl Default for Journeys {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

fn digest(journeys: &[Journey]) -> Sha256Digest {
    let definitions: BTreeMap<&str, Definition<'_>> = journeys
        .iter()
        .map(|journey| (journey.id.as_str(), Definition::of(journey)))
        .collect();
    let canonical = serde_json_canonicalizer::to_vec(&definitions);
    Sha256Digest::of(&canonical.unwrap_or_default()) // maps of texts always have a canonical form
}

impl<'j> Definition<'j> {
    fn of(journey: &'j Journey) -> Self {
        let faults = journey.faults.iter();
        Self {
            tests: texts(&journey.tests),
            faults: faults
                .map(|fault| (fault.id.as_str(), texts(&fault.tests)))
                .collect(),
        }
    }
}

fn texts(tests: &[TestPattern]) -> BTreeSet<&str> {
    tests.iter().map(TestPattern::as_str).collect()
}

#[cfg(test)]
mod tests;
