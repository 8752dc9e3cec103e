//! The policy as it is typed: structs that mirror the YAML. Their doc comments are the
//! descriptions in the JSON Schema and in `docs/reference/policy.md`.

mod check;
mod environments;
mod http;
mod journeys;
mod project_files;
mod sql;
mod storage;
mod values;
mod verbs;

pub(super) use check::{RawCheck, RawFindings, RawRequire, RawResults};
pub(super) use environments::{RawApprovals, RawEnvironment};
pub(super) use http::{RawHttp, RawHttpExpectation, RawMethod};
pub(super) use journeys::{RawJourney, RawJourneys};
pub(super) use project_files::{RawContract, RawLogs, RawMigrations, RawQuota};
pub(super) use sql::{RawQueryExpectation, RawRowCount, RawSql, RawSqlMigrations};
pub(super) use storage::RawStorage;
pub(super) use values::{
    ApproverName, Duration, Glob, Keyed, Line, Name, OneOrMany, Pattern, TableText, TestPattern,
    VariableName,
};
pub(super) use verbs::{
    RawCommand, RawFiles, RawGitHub, RawHardcoded, RawImage, RawTag, RawVariables,
};

use schemars::JsonSchema;
use serde::Deserialize;

use values::PolicyVersion;

/// The whole file, `.github/tollgate.yml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Policy")]
pub(super) struct RawPolicy {
    /// The version of the policy's language. This version of Tollgate knows `1`.
    #[expect(dead_code, reason = "the schema allows a single value")]
    pub(super) version: PolicyVersion,
    /// The project's name. It tells the projects of one repository apart.
    pub(super) project: Option<Line>,
    /// The stages, in order. A stage is a gate that requires the stage before it. The known stages
    /// `lint`, `test`, `contract`, `build`, `push` and `tag` must stand in this order; each may be
    /// absent, and stages with other names may stand anywhere.
    #[schemars(extend("minProperties" = 1))]
    pub(super) pipeline: Option<Keyed<Name, RawStage>>,
    /// Further gates, each with the gates that it requires.
    #[schemars(extend("minProperties" = 1))]
    pub(super) gates: Option<Keyed<Name, RawGate>>,
    /// What people do with the product, and what may go wrong in it. Checks with the verb `journeys`
    /// judge by it.
    #[schemars(extend("minProperties" = 1))]
    pub(super) journeys: Option<Keyed<Name, RawJourney>>,
    /// Where releases go, and what a release needs to go there.
    #[schemars(extend("minProperties" = 1))]
    pub(super) environments: Option<Keyed<Name, RawEnvironment>>,
    /// Where evidence is kept, and for how long.
    pub(super) evidence: Option<RawEvidenceSettings>,
    /// What is masked in logs, reports and evidence.
    pub(super) redact: Option<RawRedact>,
    /// How long things may take.
    pub(super) budgets: Option<RawBudgets>,
    /// What holds where everything that is recorded is also sent to a server (`--ledger https://…`).
    pub(super) ledger: Option<RawLedger>,
    /// Who may grant waivers, and for how long. Without it nothing can be waived.
    pub(super) waivers: Option<RawWaivers>,
}

/// A stage of the pipeline. It is blocking and requires the stage before it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Stage")]
pub(super) struct RawStage {
    /// What people read instead of the stage's name.
    pub(super) title: Option<Line>,
    /// Runs the checks one after the other, in the written order. Otherwise they run side by side.
    #[schemars(extend("default" = false))]
    pub(super) sequential: Option<bool>,
    /// The checks by name. A stage has at least one check, evidence or approvals.
    #[schemars(extend("minProperties" = 1))]
    pub(super) checks: Option<Keyed<Name, RawCheck>>,
    /// The types of evidence that must be there, such as `rollback-plan`: made by a check of this
    /// stage, or added with `tollgate evidence add`.
    #[schemars(extend("default" = []))]
    pub(super) evidence: Option<OneOrMany<Name>>,
    /// Who must approve, once everything else is there. Without it nobody has to.
    pub(super) approvals: Option<RawApprovals>,
}

/// A release gate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Gate")]
pub(super) struct RawGate {
    /// What people read instead of the gate's name.
    pub(super) title: Option<Line>,
    /// How much force the gate has.
    #[schemars(extend("default" = "blocking"))]
    pub(super) severity: Option<RawSeverity>,
    /// The stages and gates that must be passed before this one opens.
    #[schemars(extend("default" = []))]
    #[expect(dead_code, reason = "the outline reads it with its places")]
    pub(super) requires: Option<OneOrMany<Name>>,
    /// How many checks of an advisory gate may fail. Without it any number may.
    pub(super) tolerate: Option<u64>,
    /// Runs the checks one after the other, in the written order. Otherwise they run side by side.
    #[schemars(extend("default" = false))]
    pub(super) sequential: Option<bool>,
    /// The checks by name. A gate has at least one check, evidence or approvals.
    #[schemars(extend("minProperties" = 1))]
    pub(super) checks: Option<Keyed<Name, RawCheck>>,
    /// The types of evidence that must be there, such as `rollback-plan`: made by a check of this
    /// gate, or added with `tollgate evidence add`.
    #[schemars(extend("default" = []))]
    pub(super) evidence: Option<OneOrMany<Name>>,
    /// Who must approve, once everything else is there. Without it nobody has to.
    pub(super) approvals: Option<RawApprovals>,
}

/// How much force a gate has.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Severity", extend("type" = "string"))]
pub(super) enum RawSeverity {
    /// Must pass, or be waived.
    Blocking,
    /// Must pass; it is never waived.
    Absolute,
    /// Passes while at most `tolerate` of its checks fail.
    Advisory,
}

/// Where evidence is kept, and for how long.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Evidence")]
pub(super) struct RawEvidenceSettings {
    /// The directory for the ledger, logs and evidence, relative to the repository's root or
    /// absolute.
    #[schemars(extend("default" = ".tollgate"))]
    pub(super) directory: Option<Line>,
    /// How long evidence is to be kept, in whole days: `default` for every type that is not
    /// named, and any type such as `junit`, `coverage`, `sarif` or `log`.
    #[schemars(extend("default" = {"default": "90d"}))]
    pub(super) retention: Option<Keyed<Name, Duration>>,
}

/// What holds where everything that is recorded is also sent to a server (`--ledger https://…`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Ledger")]
pub(super) struct RawLedger {
    /// Whether anything passes on facts that the server does not have yet, because it was away or
    /// refused them. They are sent again by the next call, and it is always said that they wait.
    #[schemars(extend("default" = "allowed"))]
    pub(super) spooled: Option<RawSpooled>,
}

/// What facts are worth that wait to be sent.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Spooled", extend("type" = "string"))]
pub(super) enum RawSpooled {
    /// They count like any others.
    Allowed,
    /// Nothing passes while some wait: `promote` is blocked, and other calls exit 4.
    Refused,
}

/// What is masked in logs, reports and evidence, before they are stored or shown.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Redact")]
pub(super) struct RawRedact {
    /// Masks e-mail addresses.
    #[schemars(extend("default" = true))]
    pub(super) emails: Option<bool>,
    /// Masks GPS coordinates.
    #[schemars(extend("default" = true))]
    pub(super) coordinates: Option<bool>,
    /// Further patterns; whatever they match is masked.
    #[schemars(extend("default" = []))]
    pub(super) patterns: Option<OneOrMany<Pattern>>,
}

/// Who may grant waivers: time-limited exceptions to a gate or check, each with a reason. Absolute
/// gates are never waived.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Waivers")]
pub(super) struct RawWaivers {
    /// How long one may last. Every waiver expires; without this it may last any time.
    pub(super) longest: Option<Duration>,
    /// Who may grant one. In GitHub Actions teams are looked up on GitHub; outside of it nobody is
    /// in a team.
    pub(super) from: OneOrMany<ApproverName>,
}

/// How long things may take.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Budgets")]
pub(super) struct RawBudgets {
    /// The whole pipeline, from the first check to the last. Without it there is no limit.
    pub(super) pipeline: Option<Duration>,
    /// The readiness run of `tollgate validate`.
    #[schemars(extend("default" = "5m"))]
    pub(super) readiness: Option<Duration>,
    /// The whole of `tollgate validate`.
    #[schemars(extend("default" = "30m"))]
    pub(super) validation: Option<Duration>,
    /// Making a report.
    #[schemars(extend("default" = "10s"))]
    pub(super) report: Option<Duration>,
}
