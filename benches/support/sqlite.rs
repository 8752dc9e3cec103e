//! A bare table in a SQLite file, committed durably.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection};

use super::Outcome;

/// A connection to a new file whose table `bare` has a key and a body, with `synchronous=FULL`.
pub(crate) async fn bare(path: &Path, mode: SqliteJournalMode) -> Outcome<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(mode)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    sqlx::raw_sql("CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        .execute(&mut connection)
        .await?;
    Ok(connection)
}

/// Inserts a row.
pub(crate) async fn insert(connection: &mut SqliteConnection, body: &str) -> Outcome<()> {
    let insert = sqlx::query("INSERT INTO bare (body) VALUES (?)").bind(body);
    insert.execute(connection).await?;
    Ok(())
}
