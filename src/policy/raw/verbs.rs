//! What the verbs take, as it is typed.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::values::{CheckName, Glob, Keyed, Line, Name, OneOrMany, Pattern, VariableName};

/// A command: a text for the shell, or a program with its arguments.
#[derive(Debug)]
pub(crate) enum RawCommand {
    /// For the shell.
    Shell(String),
    /// Program and arguments.
    Direct(Vec<String>),
}

impl<'de> Deserialize<'de> for RawCommand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Shell(text)),
            list => serde_json::from_value(list)
                .map(Self::Direct)
                .map_err(D::Error::custom),
        }
    }
}

impl JsonSchema for RawCommand {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Command".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A text is run by the shell. A list is a program with its arguments, run \
                            without a shell; numbers and truth values in it are taken as written.",
            "anyOf": [
                {
                    "type": ["string", "boolean"],
                    "pattern": r"\S",
                    "title": "a command",
                    "description": "A command for the shell.",
                    "x-literal": true
                },
                {
                    "type": "array",
                    "items": {"type": ["string", "number", "boolean"], "x-literal": true},
                    "minItems": 1
                }
            ]
        })
    }
}

/// Files exist, hold something, hold nothing forbidden.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Files", extend("minProperties" = 1))]
pub(crate) struct RawFiles {
    /// Globs, each of which must find at least one file.
    pub(crate) exist: Option<OneOrMany<Glob>>,
    /// Patterns by glob: every file of the glob must hold a match.
    #[serde(rename = "match")]
    #[schemars(extend("minProperties" = 1))]
    pub(crate) matching: Option<Keyed<Glob, Pattern>>,
    /// Patterns by glob: no file of the glob may hold a match. Hits are named by file and line.
    #[schemars(extend("minProperties" = 1))]
    pub(crate) forbid: Option<Keyed<Glob, Pattern>>,
}

/// Environment variables are set as they must be. Values are never shown.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Variables", extend("minProperties" = 1))]
pub(crate) struct RawVariables {
    /// Variables that must be set and not empty.
    pub(crate) present: Option<OneOrMany<VariableName>>,
    /// Variables that must not be set.
    pub(crate) absent: Option<OneOrMany<VariableName>>,
    /// Patterns by variable: it must be set, and its value must hold the pattern (`^` and `$` bind it to the whole value).
    #[schemars(extend("minProperties" = 1))]
    pub(crate) matches: Option<Keyed<VariableName, Pattern>>,
    /// What must not be written into files.
    pub(crate) hardcoded: Option<RawHardcoded>,
}

/// What must not be written into files.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Hardcoded")]
pub(crate) struct RawHardcoded {
    /// The files that are searched.
    #[serde(rename = "in")]
    pub(crate) files: OneOrMany<Glob>,
    /// What must not be found. Without it: the values of the variables under `present`.
    pub(crate) pattern: Option<Pattern>,
}

/// The registry's digest of an image equals the one recorded at build.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Image")]
pub(crate) struct RawImage {
    /// The image as it was pushed, such as `registry.example/shop:${TOLLGATE_SHA}`.
    pub(crate) reference: Line,
    /// The check whose `results` give the `image-digest`, as `GATE/CHECK`. It lies in a stage or
    /// gate that comes before, or in the same one; then it is needed without being named in
    /// `needs`.
    pub(crate) same_as: CheckName,
}

/// An environment on GitHub is protected as it must be, and has what it must have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "GitHub")]
pub(crate) struct RawGitHub {
    /// The environment's name on GitHub. Secrets and variables that the policy declares under
    /// `environments` for the same name are looked for too.
    pub(crate) environment: Name,
    /// How many required reviewers it must have at least: people or teams.
    #[schemars(range(max = 6), extend("default" = 0))]
    pub(crate) reviewers: Option<u32>,
    /// Whether it must refuse the review of whoever started the run.
    #[schemars(extend("default" = false))]
    pub(crate) prevent_self_review: Option<bool>,
    /// Secrets that it must have, by name; values are never read.
    #[schemars(extend("default" = []))]
    pub(crate) secrets: Option<OneOrMany<VariableName>>,
    /// Variables that it must have, by name.
    #[schemars(extend("default" = []))]
    pub(crate) variables: Option<OneOrMany<VariableName>>,
}

/// A tag on the commit that is released.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Tag")]
pub(crate) struct RawTag {
    /// The tag's name, such as `v${TOLLGATE_VERSION}`.
    pub(crate) name: Line,
    /// The message of the annotated tag. Tollgate writes one by default.
    pub(crate) message: Option<String>,
}
