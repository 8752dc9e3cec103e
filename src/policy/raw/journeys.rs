//! Journeys and the verb that judges them, as they are typed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{CheckName, Keyed, Line, Name, OneOrMany, TestPattern};

/// Something that people do with the product, the tests that play it, and what may go wrong in it.
/// Every JUnit file that a check reads is counted for all journeys. A test belongs to whatever one
/// of whose patterns covers its name, `classname.name` or `suite.classname.name` (the innermost
/// suite; what the file does not give is left out): to a journey and to a fault of it where both
/// patterns do. A failing or skipped test makes a journey or fault not passed, and one without any
/// test has never passed; a flaky test counts as passed, and is shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Journey")]
pub(crate) struct RawJourney {
    /// What people read instead of the journey's name.
    pub(crate) title: Option<Line>,
    /// The patterns of its tests.
    pub(crate) tests: OneOrMany<TestPattern>,
    /// What may go wrong in it, by name, each with the patterns of its tests.
    #[schemars(extend("minProperties" = 1))]
    pub(crate) faults: Option<Keyed<Name, OneOrMany<TestPattern>>>,
}

/// Judges the tests of other checks by the journeys of the policy, after those checks and however
/// they ended. It executes nothing: `tollgate record` judges it from what the ledger knows. What is
/// not known of a judged check makes it `errored`: no result that counts, one without JUnit files,
/// or one that was counted for other patterns than the policy has now.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Journeys", extend("minProperties" = 1))]
pub(crate) struct RawJourneys {
    /// Whether every journey must have passed. A skipped test is no pass.
    #[schemars(extend("default" = false))]
    pub(crate) all: Option<bool>,
    /// How many faults of each journey must have passed at least.
    #[schemars(range(min = 1), extend("default" = 0))]
    pub(crate) faults: Option<u64>,
    /// The checks whose JUnit files are judged, as `GATE/CHECK`: of the same gate, or of those that
    /// it requires. Without it: the other checks of the same gate that have `results: junit`.
    #[expect(dead_code, reason = "it is read with its places")]
    pub(crate) from: Option<OneOrMany<CheckName>>,
}
