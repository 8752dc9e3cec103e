//! The verbs that read the project's files, as they are typed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{FieldPath, Glob, Keyed, Line, OneOrMany, Percentage};

/// An OpenAPI document (3.0 or 3.1, YAML or JSON) breaks nothing that the one of the last release
/// promised.
///
/// What clients send must still be accepted, and what they receive must still be what they know.
/// Breaking are, in what they send: a path, method, parameter, property or media type that was
/// removed; a parameter, property or body that is required now; a type, limit, format or list of
/// values that allows less; a security requirement more. In what they receive: a response, header,
/// property or media type that was removed; a property that may be absent now; a type, limit,
/// format or list of values that allows more. A value that was removed from an `enum` is breaking
/// in both. What is added passes, and so does another name for a path's parameter. Constructs that
/// can't be compared (`not`, `if`, `patternProperties`, …) are breaking where they differ. Servers,
/// defaults, links, operation ids and descriptions promise nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Contract")]
pub(crate) struct RawContract {
    /// The contract of the last release, kept in the repository. Copy `current` there when a
    /// release is out.
    pub(crate) base: Line,
    /// The contract that is released now. References lead within the file; bundle one that has
    /// others.
    pub(crate) current: Line,
}

/// Every line of JSON logs has its fields, and events occur. It has `fields`, `events` or both.
///
/// A line is one JSON object; blank lines are passed over. A file with no line, or no file at all,
/// makes the check `errored`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Logs")]
pub(crate) struct RawLogs {
    /// The log files.
    pub(crate) file: OneOrMany<Glob>,
    /// The fields that every line must have, with a value. A `.` leads into what is nested, or is
    /// part of the name.
    #[schemars(extend("default" = []))]
    pub(crate) fields: Option<OneOrMany<FieldPath>>,
    /// The events of which each must occur in some line of some file.
    #[schemars(extend("default" = []))]
    pub(crate) events: Option<OneOrMany<Line>>,
    /// The field that names a line's event.
    #[schemars(extend("default" = "event"))]
    pub(crate) event_field: Option<FieldPath>,
}

/// No more of a quota is used than may be.
///
/// The file is JSON such as `{"builds": {"used": 4, "limit": 10}}`; an earlier check may write it.
/// A quota that the file does not have, and numbers that are none, make the check `errored`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Quota")]
pub(crate) struct RawQuota {
    /// The file with what is used.
    pub(crate) file: Line,
    /// How much may be used, by quota.
    #[schemars(extend("minProperties" = 1))]
    pub(crate) limits: Keyed<Line, RawQuotaLimit>,
}

/// How much of a quota may be used: `warn`, `fail` or both, `warn` below `fail`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "QuotaLimit", extend("minProperties" = 1))]
pub(crate) struct RawQuotaLimit {
    /// More than this is told, and passes.
    pub(crate) warn: Option<Percentage>,
    /// More than this fails.
    pub(crate) fail: Option<Percentage>,
}

/// Each database migration has a way down that does something, or says in a comment what stands
/// for it: `-- irreversible: restore the backup`. No two of a folder have one version number.
///
/// Known are `NAME.up.sql` with `NAME.down.sql`; `NAME.sql` with `NAME.down.sql`; one file with
/// `-- migrate:up` and `-- migrate:down`, or with `-- +goose Up` and `-- +goose Down`;
/// `V1__NAME.sql` with `U1__NAME.sql`; and a folder `NAME` with `migration.sql` or `up.sql`, and
/// `down.sql`. Of each migration the SHA-256 of its way up is recorded, with line ends as LF.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Migrations")]
pub(crate) struct RawMigrations {
    /// The directory in which they lie, at any depth.
    pub(crate) directory: Line,
}
