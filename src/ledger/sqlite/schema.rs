//! The tables of the file and how older files are brought up to date.

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

/// `TLGT`: marks a SQLite file as a ledger (`PRAGMA application_id`).
pub(super) const APPLICATION_ID: i32 = 0x544c_4754;

/// The statements that lead from each format to the next, in order.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/sqlite/0001_events_and_chains.sql"),
    include_str!("../migrations/sqlite/0002_ingest_log.sql"),
];

/// The newest format that this build knows (`PRAGMA user_version`).
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// What a file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing is in it yet.
    Empty,
    /// A ledger of this format, 1 or above.
    Ledger(i64),
    /// A database of something else.
    Foreign,
}

/// Reads what a file says of itself. It is one statement, and so one look: another process may
/// bring the file to its newest format at any moment.
pub(super) async fn identity(connection: &mut SqliteConnection) -> Result<Identity, sqlx::Error> {
    const SQL: &str = "SELECT (SELECT count(*) FROM sqlite_schema), \
                       (SELECT application_id FROM pragma_application_id), \
                       (SELECT user_version FROM pragma_user_version)";
    let row = sqlx::raw_sql(SQL).fetch_one(connection).await?;
    let number = |index: usize| row.try_get::<i64, _>(index);
    let (tables, application, format) = (number(0)?, number(1)?, number(2)?);
    Ok(match (application, format, tables) {
        (0, 0, 0) => Identity::Empty,
        (application, 1.., _) if application == i64::from(APPLICATION_ID) => {
            Identity::Ledger(format)
        }
        _ => Identity::Foreign,
    })
}

/// Brings a file to the newest format, in one transaction. Another process may have done it first.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("BEGIN EXCLUSIVE")
        .execute(&mut *connection)
        .await?;
    let done = match identity(connection).await? {
        Identity::Empty => 0,
        Identity::Ledger(format) => format,
        Identity::Foreign => KNOWN,
    };
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    for sql in MIGRATIONS.iter().skip(done) {
        sqlx::raw_sql(*sql).execute(&mut *connection).await?;
    }
    let end =
        format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {KNOWN}; COMMIT");
    let end = if done < MIGRATIONS.len() {
        end
    } else {
        "ROLLBACK".to_owned()
    };
    sqlx::raw_sql(AssertSqlSafe(end))
        .execute(connection)
        .await?;
    Ok(())
}

/// Every table, index, trigger and view with its definition.
pub(super) async fn objects(
    connection: &mut SqliteConnection,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    const SQL: &str = "SELECT type || ' ' || name, coalesce(sql, '') || ' ON ' || tbl_name \
                       FROM sqlite_schema ORDER BY 1";
    sqlx::query_as(SQL).fetch_all(connection).await
}
