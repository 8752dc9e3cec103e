//! `sql` as it is typed.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::values::{OneOrMany, SchemaName, TableText, VariableName};

/// A PostgreSQL database holds what it must. Everything is read in one read-only transaction that
/// is rolled back, and no statement runs longer than the check may. A database that can't be
/// reached, refuses the login or does not answer a query makes the check `errored`. Use a role that
/// may only read: the transaction guards against mistakes, not against functions with effects
/// outside of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Sql")]
pub(crate) struct RawSql {
    /// The environment variable that holds the database's URL:
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. `?sslmode=` is what it is for other tools:
    /// `prefer` by default, `verify-full` checks the certificate (of `sslrootcert`, else of the
    /// system or `SSL_CERT_FILE`). The URL is never shown.
    pub(crate) url_from: VariableName,
    /// The schemas that `rls: all` is about, and in which tables without a schema are looked for.
    #[schemars(extend("default" = ["public"]))]
    pub(crate) schemas: Option<OneOrMany<SchemaName>>,
    /// Tables that must exist, as `TABLE` or `SCHEMA.TABLE`, spelled as the database has them.
    /// Partitioned and foreign tables are tables; views are not.
    pub(crate) tables: Option<OneOrMany<TableText>>,
    /// Tables that must have row-level security switched on and at least one policy: a list, or
    /// `all` for all ordinary and partitioned tables of the schemas, but those of extensions. With
    /// `all` a schema without tables fails.
    pub(crate) rls: Option<OneOrMany<TableText>>,
    /// With `rls: all`: tables that need none, such as that of the migrations.
    #[schemars(extend("default" = []))]
    pub(crate) rls_except: Option<OneOrMany<TableText>>,
    /// How far the database must be migrated.
    pub(crate) migrations: Option<RawSqlMigrations>,
    /// One statement that gives rows, such as a SELECT. What it may not do in a read-only
    /// transaction the database refuses, and the check is `errored`.
    pub(crate) query: Option<String>,
    /// What the query must give.
    pub(crate) expect: Option<RawQueryExpectation>,
}

/// How far a database must be migrated. The newest applied version must be `at`, and no migration
/// may be marked as unsuccessful. Known are the tables of sqlx, Flyway, Rails, dbmate, Supabase and
/// golang-migrate (a column `version`), Alembic (`version_num`) and Prisma (`migration_name`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "SqlMigrations")]
pub(crate) struct RawSqlMigrations {
    /// The table in which the tool keeps what it has applied, such as `_sqlx_migrations`,
    /// `flyway_schema_history`, `alembic_version`, `schema_migrations` or `_prisma_migrations`.
    pub(crate) table: TableText,
    /// The newest version, or a directory of migration files, which ends in `/`: then all of its
    /// versions must be applied too. A file's version is the number at the beginning of its
    /// name, in which dashes don't count; for Flyway what stands between `V` and `__`; for Prisma the
    /// folder's name. Files to go down (`.down.sql`) and those without a number are left out.
    pub(crate) at: MigrationText,
}

/// A version or a directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct MigrationText(pub(crate) String);

impl JsonSchema for MigrationText {
    fn schema_name() -> Cow<'static, str> {
        "MigrationText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "pattern": r"^\S[^\r\n]*$",
            "title": "a migration",
            "description": "A version such as `20260101`, or a directory such as `db/migrations/`.",
            "examples": ["20260101", "db/migrations/"]
        })
    }
}

/// `expect:` of `sql`.
#[derive(Debug)]
pub(crate) enum RawQueryExpectation {
    /// One value.
    Value(String),
    /// Rows, each with its values.
    Rows(Vec<Vec<String>>),
    /// How many rows.
    Size(RawRowCount),
}

/// How many rows a query must give.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "RowCount", extend("minProperties" = 1))]
pub(crate) struct RawRowCount {
    /// Exactly so many rows.
    #[schemars(range(max = 1_000_000))]
    pub(crate) rows: Option<u64>,
    /// Whether there must be none, or at least one.
    pub(crate) empty: Option<bool>,
}

impl<'de> Deserialize<'de> for RawQueryExpectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Value(text)),
            Value::Array(rows) => {
                let rows = rows.into_iter().map(serde_json::from_value::<OneOrMany<_>>);
                let rows = rows.map(|row| row.map(|row| row.0));
                let rows = rows.collect::<Result<_, _>>();
                rows.map(Self::Rows).map_err(D::Error::custom)
            }
            size => serde_json::from_value(size)
                .map(Self::Size)
                .map_err(D::Error::custom),
        }
    }
}

impl JsonSchema for RawQueryExpectation {
    fn schema_name() -> Cow<'static, str> {
        "QueryExpectation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let size = generator.subschema_for::<RawRowCount>();
        let value = serde_json::json!({"type": ["string", "number", "boolean"]});
        json_schema!({
            "description": "A value: the query gives one row with this value. A list: it gives these \
                            rows in this order, each a list of values, or a single value. A \
                            mapping: it gives so many rows. Numbers are compared by value where the \
                            column holds numbers; everything else as the text that PostgreSQL makes \
                            of it, with `true` and `false` for truth values. NULL is equal to \
                            nothing.",
            "anyOf": [
                value,
                {
                    "type": "array",
                    "items": {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}]},
                    "minItems": 1
                },
                size
            ]
        })
    }
}
