//! `journeys`: the tests of other checks, judged by journey and fault.

use crate::domain::check::CheckResult;
use crate::domain::quality::journeys::{Demand, Journeys, Source, judge};

/// What a `journeys` check is judged by, as the ledger knows it when its turn comes.
#[derive(Debug, Clone, Default)]
pub struct JourneyFacts {
    /// The journeys of the policy.
    pub journeys: Journeys,
    /// The checks whose tests are judged.
    pub sources: Vec<Source>,
}

/// Judges what is known. Nothing is executed or read.
pub fn run(demand: Demand, known: &JourneyFacts) -> CheckResult {
    let judgement = judge(&known.journeys, demand, &known.sources);
    CheckResult {
        journey_table: Some(judgement.table),
        ..CheckResult::of(judgement.status, judgement.reasons)
    }
}
