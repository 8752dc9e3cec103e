//! What tools for migrations keep in their tables.

use sqlx::{AssertSqlSafe, Row as _};

use super::{Database, SqlError, quoted};

/// The most migrations that are read.
const MOST: usize = 100_000;

/// The columns of a table, in their order.
const COLUMNS: &str = "\
SELECT a.attname::text FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname::text = $1 AND c.relname::text = $2 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum";

/// The columns that hold versions: those of Alembic, Prisma and all the others.
const HEAD: &str = "version_num";
const NAME: &str = "migration_name";
const VERSION: &str = "version";

/// What a table of migrations says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum History {
    /// Every migration, with how it ended.
    Log(Vec<AppliedMigration>),
    /// Only where the database is: one revision, or several where branches were not merged.
    Heads(Vec<String>),
}

/// A migration in the table of its tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedMigration {
    /// Its version, or its name where it has none.
    pub version: String,
    /// How it ended.
    pub state: MigrationState,
}

/// How a migration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// It is applied.
    Applied,
    /// It failed, or was not finished.
    Unsuccessful,
}

impl Database {
    /// Reads a table of migrations. Those that were rolled back, and repeatable ones without a
    /// version, are left out.
    ///
    /// # Errors
    /// When the database does not tell, or the table is of no tool that we know.
    pub async fn history(&mut self, schema: &str, table: &str) -> Result<History, SqlError> {
        let columns = self.columns(schema, table).await?;
        let has = |name: &str| columns.iter().any(|column| column == name);
        let Some(version) = [VERSION, HEAD, NAME].into_iter().find(|name| has(name)) else {
            return Err(SqlError::Refused(format!(
                "`{schema}.{table}` has no column `{VERSION}`, `{HEAD}` or `{NAME}`, so it is of no \
                 tool that Tollgate knows"
            )));
        };
        let found = self
            .states(schema, table, version, &state(has))
            .await
            .map_err(|error| self.refused(&error))?;
        if found.len() > MOST {
            return Err(SqlError::Refused(format!(
                "there are more than {MOST} migrations"
            )));
        }
        Ok(match version {
            HEAD => History::Heads(found.into_iter().map(|it| it.version).collect()),
            _ => History::Log(found),
        })
    }

    async fn columns(&mut self, schema: &str, table: &str) -> Result<Vec<String>, SqlError> {
        let names = sqlx::query_scalar(COLUMNS)
            .bind(schema)
            .bind(table)
            .persistent(false)
            .fetch_all(&mut self.connection)
            .await;
        names.map_err(|error| self.refused(&error))
    }

    async fn states(
        &mut self,
        schema: &str,
        table: &str,
        version: &str,
        state: &str,
    ) -> Result<Vec<AppliedMigration>, sqlx::Error> {
        let sql = format!(
            "SELECT {}::text, {state} FROM {}.{} WHERE ({state}) IS NOT NULL LIMIT {}",
            quoted(version),
            quoted(schema),
            quoted(table),
            MOST + 1
        );
        let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        let mut found = Vec::new();
        for row in query.fetch_all(&mut self.connection).await? {
            let (version, is_applied): (Option<String>, bool) = (row.try_get(0)?, row.try_get(1)?);
            found.extend(version.map(|version| AppliedMigration {
                version,
                state: match is_applied {
                    true => MigrationState::Applied,
                    false => MigrationState::Unsuccessful,
                },
            }));
        }
        Ok(found)
    }
}

/// Whether a migration is applied, in SQL; null for one that was rolled back. Tools without such a
/// column keep no row of what failed.
fn state(has: impl Fn(&str) -> bool) -> String {
    let is_true = |column: &str| format!("{column}::text IN ('true', 't', '1')");
    match () {
        () if has("success") => format!("coalesce({}, false)", is_true("success")),
        () if has("dirty") => format!("NOT coalesce({}, true)", is_true("dirty")),
        () if has("finished_at") && has("rolled_back_at") => {
            "CASE WHEN rolled_back_at IS NULL THEN finished_at IS NOT NULL END".to_owned()
        }
        () if has("finished_at") => "finished_at IS NOT NULL".to_owned(),
        () => "true".to_owned(),
    }
}
