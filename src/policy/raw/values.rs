//! The kinds of value in a policy, each with its own schema.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::quality::share::Share;

/// Declares a text with a schema of its own, in which `x-literal` says that `${…}` stands for
/// itself.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $schema:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(
            #[allow(dead_code, reason = "some serve as keys alone")] pub(crate) String,
        );

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text!(
    /// The name of a gate or check, or another label.
    Name, {
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$",
        "title": "a name",
        "description": "Letters, digits, `_`, `-` and `.`, the first one a letter or digit, 100 at most.",
        "x-literal": true
    }
);
text!(
    /// Who may approve.
    ApproverName, {
        "type": "string",
        "pattern": r"^(user:[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(\[bot\])?|(team:)?[A-Za-z0-9][A-Za-z0-9_.-]{0,99})$",
        "title": "an approver",
        "description": "A person as `user:LOGIN`, a team of the repository's owner as `team:SLUG`, or a role \
                  such as `qa`.",
        "x-literal": true, "examples": ["user:alice", "team:release-managers", "qa"]
    }
);
text!(
    /// `GATE/CHECK`.
    CheckName, {
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$",
        "title": "a check with its gate",
        "description": "The names of a stage or gate and of its check: `build/image`.",
        "x-literal": true, "examples": ["build/image"]
    }
);
text!(
    /// A text on one line.
    Line, {
        "type": "string",
        "pattern": r"^[^\r\n]*[^\s][^\r\n]*$",
        "title": "a text on one line",
        "description": "A text on one line, not blank."
    }
);
text!(
    /// An environment variable's name.
    VariableName, {
        "type": "string",
        "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
        "title": "the name of a variable",
        "description": "Letters, digits and `_`, the first one no digit.",
        "x-literal": true
    }
);
text!(
    /// What `versions` pins.
    ToolName, {
        "type": "string",
        "pattern": r"^([a-z]+:)?@?[A-Za-z0-9][A-Za-z0-9_./+-]*$",
        "title": "a tool or package",
        "description": "A tool such as `python` or `node`, or a package such as `npm:next` or `pypi:fastapi`.",
        "x-literal": true
    }
);
text!(
    /// What `versions` pins it to.
    ToolVersion, {
        "type": ["string", "number"],
        "pattern": "^[0-9A-Za-z][0-9A-Za-z.+_-]*$",
        "title": "a version",
        "description": "A version or its beginning: `3.12`. Ranges such as `>=3.12` are not known.",
        "examples": ["3.12", "22.21.1"]
    }
);
text!(
    /// A glob.
    Glob, {
        "type": "string",
        "pattern": r"^[^\s!#]([^\r\n]*\S)?$",
        "title": "a glob",
        "description": "Files as in `.gitignore`: `*`, `**`, `?`, `[…]`; not blank, and not one that begins \
                  with `!` or `#`.",
        "examples": ["reports/*.xml", "src/**/*.py"]
    }
);
text!(
    /// Which tests belong to a journey.
    TestPattern, {
        "type": "string",
        "pattern": r"^\S([^\r\n]{0,198}\S)?$",
        "title": "a pattern of tests",
        "description": "A name of tests in which `*` stands for any text and `?` for one character; upper and \
                  lower case are alike. On one line, 200 characters at most, no blanks at the ends.",
        "x-literal": true, "examples": ["*order*", "checkout.test_pay?"]
    }
);
text!(
    /// A field of a log line.
    FieldPath, {
        "type": "string",
        "pattern": r"^[^.\r\n]+(\.[^.\r\n]+)*$",
        "title": "a field",
        "description": "The name of a field. A `.` leads into what is nested: `http.status`.",
        "x-literal": true, "examples": ["user_id", "http.status"]
    }
);
text!(
    /// A regular expression.
    Pattern, {
        "type": "string",
        "pattern": "(?s).",
        "title": "a regular expression",
        "description": "A regular expression in the syntax of Rust's `regex`, not empty.",
        "x-literal": true
    }
);

text!(
    /// A status of HTTP, or a class of them.
    StatusText, {
        "type": ["string", "number"],
        "pattern": "^[1-5](xx|[0-9]{2})$",
        "title": "a status",
        "description": "A status from 100 to 599, or a class of them such as `2xx`.",
        "x-literal": true, "examples": [200, "2xx"]
    }
);
text!(
    /// The name of a header.
    HeaderName, {
        "type": "string",
        "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        "title": "the name of a header",
        "description": "Letters, digits and `-`; case makes no difference.",
        "x-literal": true
    }
);
text!(
    /// A path to a value in JSON.
    JsonPathText, {
        "type": "string",
        "pattern": r"^\S[^\r\n]*$",
        "title": "a path in JSON",
        "description": "Names and indices: `$.checks[0].status`, `status`, `$['a.b']`.",
        "x-literal": true
    }
);
text!(
    /// A schema of a database.
    SchemaName, {
        "type": "string",
        "pattern": r#"^[^.\s"][^."\r\n]*$"#,
        "title": "a schema",
        "description": "The name of a schema, spelled as the database has it, without `.` and quotes."
    }
);
text!(
    /// A table of a database.
    TableText, {
        "type": "string",
        "pattern": r#"^[^.\s"][^."\r\n]*(\.[^.\s"][^."\r\n]*)?$"#,
        "title": "a table",
        "description": "`TABLE` or `SCHEMA.TABLE`, spelled as the database has them, without quotes.",
        "examples": ["orders", "shop.orders"]
    }
);
text!(
    /// A bucket.
    BucketName, {
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        "title": "a bucket",
        "description": "Letters, digits, `.`, `_` and `-`, the first one a letter or digit, 100 at most."
    }
);

/// `1`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct PolicyVersion(#[expect(dead_code, reason = "always 1")] u64);

impl JsonSchema for PolicyVersion {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PolicyVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "const": 1})
    }
}

/// A text for which numbers and truth values are taken as they are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Loose(pub(crate) String);

impl JsonSchema for Loose {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Loose".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// How many.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct Amount(pub(crate) u64);

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0})
    }
}

/// How long; `None` while the text holds `${…}` that is not expanded.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Duration(pub(crate) Option<std::time::Duration>);

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[1-9][0-9]{0,8}(ms|s|m|h|d)$",
            "title": "a duration",
            "description": "A whole number above 0 and its unit: `800ms`, `90s`, `10m`, `24h`, `14d`.",
            "examples": ["90s", "10m", "24h", "14d"]
        })
    }
}

impl TryFrom<String> for Duration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains("${") {
            return Ok(Self(None));
        }
        let wrong = || format!("{text} is not a duration");
        let unit = text.trim_start_matches(|character: char| character.is_ascii_digit());
        let number: u64 = text[..text.len() - unit.len()]
            .parse()
            .map_err(|_| wrong())?;
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        let milliseconds = number.checked_mul(milliseconds).ok_or_else(wrong)?;
        Ok(Self(Some(std::time::Duration::from_millis(milliseconds))))
    }
}

/// How much of a whole; `None` while the text holds `${…}` that is not expanded.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Percentage(pub(crate) Option<Share>);

impl JsonSchema for Percentage {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "pattern": r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?) ?%?$",
            "title": "a share",
            "description": "A percentage from 0 to 100 with two decimals at most: `70%`, `70` or `99.5%`.",
            "examples": ["70%", 70]
        })
    }
}

impl TryFrom<String> for Percentage {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains("${") {
            return Ok(Self(None));
        }
        match Share::parse(&text) {
            Some(share) => Ok(Self(Some(share))),
            None => Err(format!("{text} is not a share")),
        }
    }
}

/// A single value, or a list of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let items = match Value::deserialize(deserializer)? {
            Value::Array(items) => items,
            one => vec![one],
        };
        let items = items.into_iter().map(serde_json::from_value);
        items
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(D::Error::custom)
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
    }
}

/// A mapping whose keys are the user's and look like `K`.
#[derive(Debug, Clone)]
pub(crate) struct Keyed<K, V>(pub(crate) BTreeMap<String, V>, PhantomData<K>);

impl<'de, K, V: Deserialize<'de>> Deserialize<'de> for Keyed<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(|map| Self(map, PhantomData))
    }
}

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Keyed<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}By{}", V::schema_name(), K::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<K>();
        let value = generator.subschema_for::<V>();
        json_schema!({
            "type": "object",
            "propertyNames": name,
            "additionalProperties": value
        })
    }
}
