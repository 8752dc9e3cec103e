//! The verbs of this build: what a check can do.

use std::collections::BTreeMap;

use super::project_files::{ContractRule, LogsRule, MigrationsRule, QuotaRule};
use super::{HttpRule, JourneysRule, SqlRule, StorageRule};
use crate::domain::ids::CheckRef;

/// What a check does. One file of `checks/` stands behind each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// `run`: a command ends with 0.
    Run(CommandLine),
    /// `versions`: every place that pins a tool agrees, and so does the tool itself.
    Versions(Vec<VersionPin>),
    /// `files`: files exist, hold something, hold nothing forbidden.
    Files(FilesRule),
    /// `variables`: environment variables are set as they must be.
    Variables(VariablesRule),
    /// `image`: the registry's digest equals the recorded one.
    Image(ImageRule),
    /// `journeys`: the tests of other checks, judged by journey and fault.
    Journeys(JourneysRule),
    /// `tag`: the tag was made on this commit.
    Tag(TagRule),
    /// `manual`: a person looks, and signs off what they saw. The text is what they are to do.
    Manual(String),
    /// `github`: an environment on GitHub is protected as it must be.
    GitHub(GitHubRule),
    /// `contract`: an OpenAPI document breaks nothing that the one before promised.
    Contract(ContractRule),
    /// `logs`: lines of log files have their fields, and events occur.
    Logs(LogsRule),
    /// `quota`: no more is used than may be.
    Quota(QuotaRule),
    /// `migrations`: each has a way down, or names what stands for it.
    Migrations(MigrationsRule),
    /// `http`: an endpoint answers as it must.
    Http(Box<HttpRule>),
    /// `sql`: a database holds what it must.
    Sql(SqlRule),
    /// `storage`: buckets and objects are there.
    Storage(StorageRule),
}

impl Verb {
    /// The verb's key in the policy.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Versions(_) => "versions",
            Self::Files(_) => "files",
            Self::Variables(_) => "variables",
            Self::Image(_) => "image",
            Self::Journeys(_) => "journeys",
            Self::Tag(_) => "tag",
            Self::Manual(_) => "manual",
            Self::GitHub(_) => "github",
            Self::Contract(_) => "contract",
            Self::Logs(_) => "logs",
            Self::Quota(_) => "quota",
            Self::Migrations(_) => "migrations",
            Self::Http(_) => "http",
            Self::Sql(_) => "sql",
            Self::Storage(_) => "storage",
        }
    }

    /// The checks whose results it judges. Those of its own gate end before it begins.
    pub fn judged(&self) -> &[CheckRef] {
        match self {
            Self::Journeys(rule) => &rule.from,
            _ => &[],
        }
    }
}

/// `run`: a string for the shell, or a list that is run as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// Run by `bash -eo pipefail -c`, or `sh -e -c` without bash.
    Shell(String),
    /// Program and arguments, no shell.
    Direct(Vec<String>),
}

/// `versions: { python: "3.12" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionPin {
    /// `python`, `node`, … or a package: `npm:next`, `pypi:fastapi`.
    pub tool: String,
    /// What every place must agree with: `3.12` fits `3.12.4`, not `3.120`.
    pub version: String,
}

/// `files: { exist, match, forbid }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilesRule {
    /// Globs that must find at least one file each.
    pub exist: Vec<String>,
    /// Every file of the glob must hold the pattern.
    pub matching: Vec<FilePattern>,
    /// No file of the glob may hold the pattern.
    pub forbid: Vec<FilePattern>,
}

/// A glob and the regular expression that its files are searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePattern {
    /// Which files.
    pub glob: String,
    /// A regular expression in the syntax of the `regex` crate; valid, since the policy was read.
    pub pattern: String,
}

/// `variables: { present, absent, matches, hardcoded }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VariablesRule {
    /// Must be set and not empty.
    pub present: Vec<String>,
    /// Must not be set.
    pub absent: Vec<String>,
    /// Must be set and hold the pattern; `^` and `$` bind it to the whole value.
    pub matches: BTreeMap<String, String>,
    /// Values that must not stand in files.
    pub hardcoded: Option<HardcodedRule>,
}

/// `hardcoded: { in: GLOB, pattern: REGEX }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardcodedRule {
    /// Which files are searched.
    pub globs: Vec<String>,
    /// What must not be found; `None` searches for the values of the variables that are `present`.
    pub pattern: Option<String>,
}

/// `image: { reference, same-as }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRule {
    /// `registry.example/shop:TAG`.
    pub reference: String,
    /// The check that recorded the digest at build.
    pub same_as: CheckRef,
}

/// `tag: { name }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRule {
    /// The tag's name: `v1.4.0`.
    pub name: String,
    /// The message of the annotated tag; Tollgate writes one where the policy gives none.
    pub message: Option<String>,
}

/// `github: { environment, reviewers, prevent-self-review, secrets, variables }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitHubRule {
    /// The environment's name on GitHub.
    pub environment: String,
    /// How many required reviewers it must have at least.
    pub reviewers: u32,
    /// Whether it must refuse the review of whoever started the run.
    pub prevent_self_review: bool,
    /// The secrets that it must have, by name.
    pub secrets: Vec<String>,
    /// The variables that it must have, by name.
    pub variables: Vec<String>,
}
