//! A check as it is typed, and what every verb shares.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::http::RawHttp;
use super::journeys::RawJourneys;
use super::project_files::{RawContract, RawLogs, RawMigrations, RawQuota};
use super::sql::RawSql;
use super::storage::RawStorage;
use super::values::{
    Amount, Duration, Glob, Keyed, Line, Loose, Name, OneOrMany, Percentage, ToolName, ToolVersion,
    VariableName,
};
use super::verbs::{RawCommand, RawFiles, RawGitHub, RawImage, RawTag, RawVariables};

/// A check: one verification. It has exactly one verb, and common keys beside it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Check")]
#[schemars(extend("oneOf" = [
    {"required": ["run"]}, {"required": ["versions"]}, {"required": ["files"]},
    {"required": ["variables"]}, {"required": ["image"]}, {"required": ["tag"]}, {"required": ["github"]},
    {"required": ["manual"]}, {"required": ["journeys"]}, {"required": ["contract"]},
    {"required": ["logs"]}, {"required": ["quota"]}, {"required": ["migrations"]},
    {"required": ["http"]}, {"required": ["sql"]}, {"required": ["storage"]}
]))]
pub(crate) struct RawCheck {
    /// Verb. A command that must end with 0. A text is run by `bash -eo pipefail` (`sh -e` without
    /// bash); a list is a program and its arguments, run without a shell. `${…}` is left to the
    /// shell.
    pub(crate) run: Option<RawCommand>,
    /// Verb. Tools or packages and their versions: every place that pins one, and the tool itself,
    /// must agree. `3.12` fits 3.12.4, not 3.120.
    #[schemars(extend("minProperties" = 1))]
    pub(crate) versions: Option<Keyed<ToolName, ToolVersion>>,
    /// Verb. Files exist, hold something, hold nothing forbidden.
    pub(crate) files: Option<RawFiles>,
    /// Verb. Environment variables are set as they must be.
    pub(crate) variables: Option<RawVariables>,
    /// Verb. The registry's digest of an image equals the one recorded at build.
    pub(crate) image: Option<RawImage>,
    /// Verb. The tests of other checks, judged by the journeys of the policy.
    pub(crate) journeys: Option<RawJourneys>,
    /// Verb. The tag is made on this commit; an existing tag on another commit fails.
    pub(crate) tag: Option<RawTag>,
    /// Verb. An environment on GitHub is protected as it must be. It needs a token; what the token
    /// may not read makes the check `errored`.
    pub(crate) github: Option<RawGitHub>,
    /// Verb. A person looks, and records what they saw with `tollgate sign-off`. The text is what
    /// they are to do.
    pub(crate) manual: Option<Line>,
    /// Verb. An OpenAPI document breaks nothing that the one of the last release promised.
    pub(crate) contract: Option<RawContract>,
    /// Verb. Every line of JSON logs has its fields, and events occur.
    pub(crate) logs: Option<RawLogs>,
    /// Verb. No more of a quota is used than may be.
    pub(crate) quota: Option<RawQuota>,
    /// Verb. Each database migration has a way down, or says what stands for it. Their hashes are
    /// recorded.
    pub(crate) migrations: Option<RawMigrations>,
    /// Verb. An endpoint answers as it must.
    pub(crate) http: Option<RawHttp>,
    /// Verb. A PostgreSQL database holds what it must.
    pub(crate) sql: Option<RawSql>,
    /// Verb. Buckets and objects of a store are there.
    pub(crate) storage: Option<RawStorage>,
    /// What people read instead of the check's name.
    pub(crate) title: Option<Line>,
    /// Checks of the same gate that must pass first.
    #[schemars(extend("default" = []))]
    #[expect(dead_code, reason = "it is read with its places")]
    pub(crate) needs: Option<OneOrMany<Name>>,
    /// How long one attempt may take.
    #[schemars(extend("default" = "30m"))]
    pub(crate) timeout: Option<Duration>,
    /// How often a failed attempt is repeated. A check that passes in the end is shown as flaky.
    #[schemars(range(max = 10), extend("default" = 0))]
    pub(crate) retries: Option<u32>,
    /// With `run`: the directory in which the command runs.
    #[schemars(extend("default" = "."))]
    pub(crate) working_directory: Option<Line>,
    /// With `run`: variables for the command.
    #[schemars(extend("default" = {}))]
    pub(crate) env: Option<Keyed<VariableName, Loose>>,
    /// With `run`: the files in which its measurements lie. A declared file that is missing,
    /// unreadable or older than the check's start makes the check `errored`.
    pub(crate) results: Option<RawResults>,
    /// With `run`: the numbers that the result files are held to.
    pub(crate) require: Option<RawRequire>,
    /// Further files to keep: a glob, a list of globs, or globs by type of evidence. Without a
    /// type they are of type `file`.
    pub(crate) evidence: Option<RawEvidence>,
    /// A critical check allows no skipped test.
    #[schemars(extend("default" = false))]
    pub(crate) critical: Option<bool>,
    /// A label for reports, such as `schema` or `regression`.
    pub(crate) group: Option<Name>,
    /// The environments in each of which the check must pass: a result, or a sign-off of a manual
    /// check, counts for the environment that it names. Without it a check is about none.
    #[schemars(extend("default" = []))]
    #[expect(dead_code, reason = "it is read with its places")]
    pub(crate) only: Option<OneOrMany<Name>>,
    /// With `run`: lets the command see `GITHUB_TOKEN`, `ACTIONS_…` and the ledger's address,
    /// which are otherwise taken out of its environment.
    #[schemars(extend("default" = false))]
    pub(crate) needs_token: Option<bool>,
}

/// The files in which a check's measurements lie, relative to the repository's root.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Results")]
pub(crate) struct RawResults {
    /// JUnit XML.
    pub(crate) junit: Option<OneOrMany<Glob>>,
    /// Coverage as Cobertura, LCOV, JaCoCo or Clover.
    pub(crate) coverage: Option<OneOrMany<Glob>>,
    /// SARIF 2.1.0.
    pub(crate) sarif: Option<OneOrMany<Glob>>,
    /// A summary of k6.
    pub(crate) latency: Option<OneOrMany<Glob>>,
    /// The file that holds the digest of the image that was built.
    pub(crate) image_digest: Option<OneOrMany<Glob>>,
}

/// The numbers that result files are held to.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Require")]
pub(crate) struct RawRequire {
    /// The least number of tests.
    #[schemars(extend("default" = 1))]
    pub(crate) tests: Option<Amount>,
    /// The most tests that may fail.
    #[schemars(extend("default" = 0))]
    pub(crate) failed: Option<Amount>,
    /// The most tests that may be skipped. No limit by default; 0 when the check is `critical`.
    pub(crate) skipped: Option<Amount>,
    /// The most tests that may be flaky: failed and then passed. No limit by default.
    pub(crate) flaky: Option<Amount>,
    /// The least share of covered lines.
    pub(crate) line_coverage: Option<Percentage>,
    /// The least share of covered branches.
    pub(crate) branch_coverage: Option<Percentage>,
    /// The most findings by level.
    pub(crate) findings: Option<RawFindings>,
    /// The most that the 95th percentile of the latency may be.
    pub(crate) p95: Option<Duration>,
}

/// The most findings by level; a level that is not named has no limit.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Findings", extend("minProperties" = 1))]
pub(crate) struct RawFindings {
    /// The most errors.
    pub(crate) error: Option<Amount>,
    /// The most warnings.
    pub(crate) warning: Option<Amount>,
    /// The most notes.
    pub(crate) note: Option<Amount>,
}

/// Files to keep, by type of evidence.
#[derive(Debug, Default)]
pub(crate) struct RawEvidence(pub(crate) Vec<(String, Vec<String>)>);

impl RawEvidence {
    /// The type of what has none.
    pub(crate) const UNTYPED: &str = "file";
}

impl<'de> Deserialize<'de> for RawEvidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let globs = |value: Value| -> Result<Vec<String>, D::Error> {
            let globs: OneOrMany<Glob> = serde_json::from_value(value).map_err(D::Error::custom)?;
            Ok(globs.0.into_iter().map(|glob| glob.0).collect())
        };
        match Value::deserialize(deserializer)? {
            Value::Object(types) => {
                let typed = types
                    .into_iter()
                    .map(|(kind, value)| Ok((kind, globs(value)?)));
                typed.collect::<Result<_, _>>().map(Self)
            }
            untyped => Ok(Self(vec![(Self::UNTYPED.to_owned(), globs(untyped)?)])),
        }
    }
}

impl JsonSchema for RawEvidence {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EvidenceFiles".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let glob = generator.subschema_for::<Glob>();
        let name = generator.subschema_for::<Name>();
        let globs = generator.subschema_for::<OneOrMany<Glob>>();
        schemars::json_schema!({
            "description": "Files to keep, as globs, or as globs by type of evidence.",
            "anyOf": [
                glob,
                {"type": "array", "items": glob, "minItems": 1},
                {
                    "type": "object",
                    "propertyNames": name,
                    "additionalProperties": globs,
                    "minProperties": 1
                }
            ]
        })
    }
}
