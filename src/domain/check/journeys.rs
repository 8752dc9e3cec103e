//! `journeys`: which tests are judged, and what is asked of them.

use crate::domain::ids::CheckRef;
use crate::domain::quality::journeys::Demand;

/// `journeys: { all, faults, from }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneysRule {
    /// What is asked of every journey of the policy.
    pub demand: Demand,
    /// The checks whose JUnit files are judged. Those of the same gate end before the judging,
    /// however they end; the others belong to gates that this one requires.
    pub from: Vec<CheckRef>,
}
