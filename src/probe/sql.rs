//! A PostgreSQL database, read in one transaction that may not write and is rolled back.

mod history;
mod relations;
mod rows;

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::transport::postgres::{self, in_words};
use crate::transport::scrub::Scrubber;

pub use history::{AppliedMigration, History, MigrationState};
pub use relations::{Relation, RelationKind};
pub use rows::{Cell, CellKind, Rows};

/// How long a lock is waited for; whoever reads takes only such as hardly anybody else minds.
const LOCK_TIME_OUT: Duration = Duration::from_secs(5);

/// A database in whose transaction we are.
pub struct Database {
    connection: PgConnection,
    scrubber: Scrubber,
}

/// Why a database told us nothing. The texts hold no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// There is no connection, or the login was refused.
    #[error("{0}")]
    Unreachable(String),
    /// A statement was refused, or broke off.
    #[error("{0}")]
    Refused(String),
}

impl Database {
    /// Connects, and begins a read-only transaction that sees one state of the database. No
    /// statement in it runs longer than `time_out`.
    ///
    /// # Errors
    /// [`SqlError::Unreachable`] for a URL that is none, a server that can't be reached within ten
    /// seconds, TLS that fails, a login that is refused.
    pub async fn open(url: &str, time_out: Duration) -> Result<Self, SqlError> {
        let scrubber = Scrubber::of_url(url);
        let options = postgres::options(url);
        let options = options.map_err(|why| SqlError::Unreachable(scrubber.clean(&why)))?;
        let connection = postgres::connect(&options).await;
        let connection =
            connection.map_err(|error| SqlError::Unreachable(in_words(&error, &scrubber)))?;
        let mut database = Self {
            connection,
            scrubber,
        };
        let milliseconds = |time: Duration| time.as_millis().clamp(1, i32::MAX as u128);
        let begin = format!(
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; SAVEPOINT start",
            milliseconds(time_out),
            milliseconds(LOCK_TIME_OUT.min(time_out)),
        );
        let begun = sqlx::raw_sql(AssertSqlSafe(begin))
            .execute(&mut database.connection)
            .await;
        begun.map_err(|error| SqlError::Unreachable(in_words(&error, &database.scrubber)))?;
        Ok(database)
    }

    /// Makes the transaction usable again after a statement was refused. What was read stays true.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub async fn recover(&mut self) -> Result<(), SqlError> {
        let undone = sqlx::raw_sql("ROLLBACK TO SAVEPOINT start").execute(&mut self.connection);
        let undone = undone.await;
        undone.map(drop).map_err(|error| self.refused(&error))
    }

    /// Rolls back and says goodbye; whether that is heard makes no difference.
    pub async fn close(mut self) {
        let undone = sqlx::raw_sql("ROLLBACK").execute(&mut self.connection);
        if undone.await.is_ok() {
            let _ = self.connection.close().await;
        }
    }

    fn refused(&self, error: &sqlx::Error) -> SqlError {
        SqlError::Refused(in_words(error, &self.scrubber))
    }
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
