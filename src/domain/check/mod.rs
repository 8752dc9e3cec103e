//! A check: one verification, what it is told to do and how it ended.

pub mod expected;
mod http;
mod journeys;
pub mod json_path;
mod project_files;
mod result;
mod sql;
mod storage;
mod verb;

use std::collections::BTreeMap;
use std::time::Duration;

pub use http::{HttpExpectation, HttpRule, Redirects, StatusRange};
pub use journeys::JourneysRule;
pub use project_files::{ContractRule, LogsRule, MigrationsRule, QuotaLimit, QuotaRule};
pub use result::{CheckResult, EvidenceFile, FileKind};
pub use sql::{
    MigrationRule, MigrationTarget, QueryExpectation, QueryRule, RowSecurity, SqlRule, TableName,
};
pub use storage::{BucketRule, StorageRule};
pub use verb::{
    CommandLine, FilePattern, FilesRule, GitHubRule, HardcodedRule, ImageRule, TagRule,
    VariablesRule, Verb, VersionPin,
};

use super::ids::{CheckId, EnvironmentId, Sha256Digest};
use super::quality::requirement::Requirement;

/// A check as the policy means it.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its name within the gate.
    pub id: CheckId,
    /// What people read; the name where the policy gives none.
    pub title: String,
    /// What it does.
    pub verb: Verb,
    /// Checks of the same gate that must pass first.
    pub needs: Vec<CheckId>,
    /// How long one attempt may take.
    pub time_out: Duration,
    /// How often a failed attempt is repeated.
    pub retries: u32,
    /// The directory a command runs in, relative to the project's root.
    pub working_directory: String,
    /// Variables for the command, over those of Tollgate's own environment.
    pub environment: BTreeMap<String, String>,
    /// The files in which its measurements lie.
    pub results: Results,
    /// The numbers it is held to. A critical check allows no skips.
    pub require: Requirement,
    /// Further files that prove it.
    pub evidence: Vec<EvidenceRule>,
    /// Its own label for reports: `schema`, `regression`.
    pub group: Option<String>,
    /// The environments in each of which it must pass; empty where it is not about one.
    pub only: Vec<EnvironmentId>,
    /// Whether a skip in it blocks the release.
    pub critical: bool,
    /// Whether its command may see tokens.
    pub tokens: TokenAccess,
    /// SHA-256 of what would be executed and read: verb, environment, directory and result
    /// files, as written. A result made under another definition does not count.
    pub definition: Sha256Digest,
    /// Whether the release's version is part of it: a result then counts for that version only.
    pub binding: Binding,
}

/// What a result is bound to besides the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Binding {
    /// Nothing.
    #[default]
    Commit,
    /// The version that the release had (the definition names `TOLLGATE_VERSION`).
    Version,
}

/// Whether a command may see GitHub's tokens and the ledger's address (`needs-token`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenAccess {
    /// They are taken out of its environment.
    #[default]
    Withheld,
    /// They are left in.
    Granted,
}

/// `results:` of a check: globs as in `.gitignore`, relative to the project's root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Results {
    /// JUnit files.
    pub junit: Vec<String>,
    /// Coverage files.
    pub coverage: Vec<String>,
    /// SARIF files.
    pub sarif: Vec<String>,
    /// Summaries of load tests.
    pub latency: Vec<String>,
    /// The file that holds an image's digest.
    pub image_digest: Vec<String>,
}

impl Results {
    /// Every kind with its globs, empty ones too.
    pub fn by_kind(&self) -> [(FileKind, &[String]); 5] {
        [
            (FileKind::Junit, &self.junit),
            (FileKind::Coverage, &self.coverage),
            (FileKind::Sarif, &self.sarif),
            (FileKind::Latency, &self.latency),
            (FileKind::ImageDigest, &self.image_digest),
        ]
    }

    /// The globs of one kind.
    pub fn globs_of(&mut self, kind: FileKind) -> &mut Vec<String> {
        match kind {
            FileKind::Junit => &mut self.junit,
            FileKind::Coverage => &mut self.coverage,
            FileKind::Sarif => &mut self.sarif,
            FileKind::Latency => &mut self.latency,
            FileKind::ImageDigest => &mut self.image_digest,
        }
    }

    /// Every glob, whatever its kind.
    pub fn globs(&self) -> impl Iterator<Item = &str> {
        self.by_kind()
            .into_iter()
            .flat_map(|(_, globs)| globs.iter().map(String::as_str))
    }
}

/// `evidence:` of a check: files to keep beside its results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRule {
    /// What they are, such as `coverage-html`; `file` where the policy gives no type.
    pub kind: String,
    /// The glob.
    pub glob: String,
}
