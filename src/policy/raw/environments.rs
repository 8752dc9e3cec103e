//! Environments as they are typed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{ApproverName, Duration, Name, OneOrMany, VariableName};

/// A place where releases run, and what a release needs to go there. It asks for a gate, for an
/// environment before it, or for approvals.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Environment", extend("minProperties" = 1))]
pub(crate) struct RawEnvironment {
    /// The stages and gates that must be passed or waived.
    #[schemars(extend("default" = []))]
    #[expect(dead_code, reason = "it is read with its places")]
    pub(crate) gates: Option<OneOrMany<Name>>,
    /// The environments to which the release must have been deployed: the newest deployment that
    /// ended there must have passed.
    #[schemars(extend("default" = []))]
    #[expect(dead_code, reason = "it is read with its places")]
    pub(crate) after: Option<OneOrMany<Name>>,
    /// Who must approve. Without it nobody has to.
    pub(crate) approvals: Option<RawApprovals>,
    /// The secrets that the environment must have on GitHub, by name; values are never read.
    #[schemars(extend("default" = []))]
    pub(crate) secrets: Option<OneOrMany<VariableName>>,
    /// The variables that the environment must have on GitHub, by name.
    #[schemars(extend("default" = []))]
    pub(crate) variables: Option<OneOrMany<VariableName>>,
}

/// Who must approve. A rejection is a veto until the same person approves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Approvals")]
pub(crate) struct RawApprovals {
    /// How many people must approve.
    #[schemars(range(min = 1, max = 6), extend("default" = 1))]
    pub(crate) minimum: Option<u32>,
    /// Whose approvals count. In GitHub Actions teams are looked up on GitHub; outside of it
    /// nobody is in a team.
    pub(crate) from: OneOrMany<ApproverName>,
    /// Refuses approvals of author, committer and co-authors of the commit, and of whoever started
    /// the run.
    #[schemars(extend("default" = false))]
    pub(crate) prevent_self_approval: Option<bool>,
    /// How old an approval may be. GitHub does not say when an approval was given, so the start
    /// of its run stands for it. Without it there is no limit.
    pub(crate) max_age: Option<Duration>,
}
