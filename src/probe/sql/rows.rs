//! What a query of the policy gives, as PostgreSQL writes it.

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

use super::{Database, SqlError};

/// The most rows that are counted.
const MOST: u64 = 1_000_000;

/// What a query gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// How many rows.
    pub count: u64,
    /// The first of them.
    pub kept: Vec<Vec<Cell>>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// As PostgreSQL writes it, but `true` and `false` for truth values; `None` for null.
    pub text: Option<String>,
    /// How it is compared.
    pub kind: CellKind,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// By value.
    Number,
    /// By letter.
    Other,
}

impl Database {
    /// Performs one statement that gives rows, and keeps the first `keep` of them.
    ///
    /// The statement is prepared by name and then executed in the simple protocol, which gives
    /// every value as text. PREPARE takes one SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE, so
    /// that nothing can end the transaction; in it the database refuses to write.
    ///
    /// # Errors
    /// What the database says against it; more than a million rows.
    pub async fn rows(&mut self, sql: &str, keep: usize) -> Result<Rows, SqlError> {
        // Behind a pooler the names of others may be there.
        let name = format!("tollgate_{}", Uuid::new_v4().simple());
        let prepare = AssertSqlSafe(format!("PREPARE {name} AS {sql}"));
        let prepared = sqlx::query(prepare)
            .persistent(false)
            .execute(&mut self.connection)
            .await;
        prepared.map_err(|error| self.refused(&error))?;
        let rows = self.execute(&name, keep).await;
        let rows = rows.map_err(|error| self.refused(&error))?;
        if rows.count > MOST {
            let why = format!("it gives more than {MOST} rows; count them in the query");
            return Err(SqlError::Refused(why));
        }
        let deallocate = AssertSqlSafe(format!("DEALLOCATE {name}"));
        let freed = sqlx::raw_sql(deallocate).execute(&mut self.connection);
        freed.await.map_err(|error| self.refused(&error))?;
        Ok(rows)
    }

    async fn execute(&mut self, name: &str, keep: usize) -> Result<Rows, sqlx::Error> {
        let execute = sqlx::raw_sql(AssertSqlSafe(format!("EXECUTE {name}")));
        let mut stream = execute.fetch(&mut self.connection);
        let mut rows = Rows::default();
        while let Some(row) = stream.try_next().await? {
            rows.count += 1;
            if rows.kept.len() < keep {
                rows.kept.push(cells(&row)?);
            }
            if rows.count > MOST {
                break;
            }
        }
        Ok(rows)
    }
}

fn cells(row: &PgRow) -> Result<Vec<Cell>, sqlx::Error> {
    let cell = |place: usize| {
        let value = row.try_get_raw(place)?;
        let text = match value.is_null() {
            true => None,
            false => Some(value.as_str().map_err(sqlx::Error::Decode)?),
        };
        let column = &row.columns()[place];
        let type_name = column.type_info().name();
        Ok(Cell {
            text: text.map(|text| match (type_name, text) {
                ("BOOL", "t") => "true".to_owned(),
                ("BOOL", "f") => "false".to_owned(),
                (_, text) => text.to_owned(),
            }),
            kind: match type_name {
                "INT2" | "INT4" | "INT8" | "NUMERIC" | "FLOAT4" | "FLOAT8" | "OID" => {
                    CellKind::Number
                }
                _ => CellKind::Other,
            },
        })
    };
    (0..row.len()).map(cell).collect()
}
