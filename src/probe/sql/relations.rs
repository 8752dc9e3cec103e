//! Which tables there are, and whether row-level security guards them.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{Database, SqlError};

/// The most relations that are looked at.
const MOST: usize = 100_000;

/// Everything that a query can name, in some schemas.
const RELATIONS: &str = "\
SELECT n.nspname::text, c.relname::text, c.relkind::text, c.relrowsecurity,
  EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid),
  EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objid = c.oid AND d.deptype = 'e')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname::text = ANY ($1) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
ORDER BY 1, 2 LIMIT $2";

/// Something in a schema that a query can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Whether row-level security is switched on.
    pub is_guarded: bool,
    /// Whether it has a policy.
    pub has_policy: bool,
    /// Whether an extension owns it.
    pub is_of_extension: bool,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// An ordinary or a partitioned table.
    Table,
    /// A foreign table, which has no row-level security.
    Foreign,
    /// A view or a materialized view.
    View,
}

impl Database {
    /// The relations of some schemas, sorted by name. A schema that does not exist has none.
    ///
    /// # Errors
    /// When the database does not tell, or has more than 100,000.
    pub async fn relations(&mut self, schemas: &[String]) -> Result<Vec<Relation>, SqlError> {
        let rows = sqlx::query(RELATIONS)
            .bind(schemas)
            .bind(i64::try_from(MOST + 1).unwrap_or(i64::MAX))
            .persistent(false)
            .fetch_all(&mut self.connection);
        let rows = rows.await.map_err(|error| self.refused(&error))?;
        if rows.len() > MOST {
            return Err(SqlError::Refused(format!(
                "there are more than {MOST} tables"
            )));
        }
        let read = rows.iter().map(relation).collect::<Result<_, _>>();
        read.map_err(|error| self.refused(&error))
    }
}

fn relation(row: &PgRow) -> Result<Relation, sqlx::Error> {
    let kind: String = row.try_get(2)?;
    Ok(Relation {
        schema: row.try_get(0)?,
        name: row.try_get(1)?,
        kind: match kind.as_str() {
            "r" | "p" => RelationKind::Table,
            "f" => RelationKind::Foreign,
            _ => RelationKind::View,
        },
        is_guarded: row.try_get(3)?,
        has_policy: row.try_get(4)?,
        is_of_extension: row.try_get(5)?,
    })
}
