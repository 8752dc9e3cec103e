//! What the verbs that read the project's files are told: `contract`, `logs`, `quota`,
//! `migrations`. Every path is relative to the project's root.

use crate::domain::quality::share::Share;

/// `contract: { base, current }`: two OpenAPI documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractRule {
    /// The contract of the last release.
    pub base: String,
    /// The contract that is released now.
    pub current: String,
}

/// `logs: { file, fields, events, event-field }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogsRule {
    /// Which files, at least one.
    pub globs: Vec<String>,
    /// The fields that every line must have, as paths: `user_id`, `http.status`.
    pub fields: Vec<String>,
    /// The events of which each must occur.
    pub events: Vec<String>,
    /// The field that names a line's event, as a path.
    pub event_field: String,
}

/// `quota: { file, limits }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaRule {
    /// The JSON file with what is used.
    pub file: String,
    /// What is judged, in the policy's order.
    pub limits: Vec<QuotaLimit>,
}

/// `builds: { warn: 80%, fail: 95% }`: how much of a quota may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaLimit {
    /// The quota's name in the file.
    pub name: String,
    /// More than this is told.
    pub warn: Option<Share>,
    /// More than this fails.
    pub fail: Option<Share>,
}

/// `migrations: { directory }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationsRule {
    /// The directory in which they lie.
    pub directory: String,
}
