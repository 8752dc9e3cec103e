//! The schema `ops` and how it is brought up to date: numbered files, each applied once, in order,
//! and never changed afterwards.

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::Place;
use crate::domain::ids::Sha256Digest;
use crate::ledger::LedgerError;

/// A file that leads from one format to the next.
pub(super) struct Migration {
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

macro_rules! migrations {
    ($($name:literal,)+) => {
        &[$(Migration {
            name: $name,
            sql: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        },)+]
    };
}

/// Every migration; its number is its place, from 1.
pub(super) const MIGRATIONS: &[Migration] = migrations![
    "0001_events_and_chains",
    "0002_releases",
    "0003_roles",
    "0004_rules",
    "0005_together",
    "0006_ingest_log",
    "0007_lookups",
];

/// What is there before the first.
pub(super) const BOOKKEEPING: &str = include_str!("../migrations/postgres/bookkeeping.sql");

/// The newest format that this build knows.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The oldest server that has what the migrations use.
const OLDEST_SERVER: i32 = 150_000;

/// `TLGT`: the advisory lock under which migrations are applied.
const LOCK: i64 = 0x544c_4754;

/// The name under which the schema is made a second time, to be compared.
const MODEL: &str = "ops_model";

/// What a database says of its schema `ops`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// There is nothing in it yet.
    Empty,
    /// A ledger of this format, 1 or above.
    Ledger(i64),
}

/// Reads what the database says of itself.
pub(super) async fn identity(
    connection: &mut PgConnection,
    place: &Place,
) -> Result<Identity, LedgerError> {
    const SQL: &str = "SELECT current_setting('server_version_num')::int AS server, \
        to_regclass('ops.migrations') IS NOT NULL AS has_migrations, \
        EXISTS (SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace \
                WHERE n.nspname = 'ops') AS has_tables";
    let row = sqlx::raw_sql(SQL).fetch_one(&mut *connection).await;
    let row = row.map_err(|fault| place.fault(&fault))?;
    let flag = |column: &str| row.try_get::<bool, _>(column);
    let read = || {
        Ok((
            row.try_get::<i32, _>("server")?,
            flag("has_migrations")?,
            flag("has_tables")?,
        ))
    };
    let (server, has_migrations, has_tables) = read().map_err(|fault| place.fault(&fault))?;
    if server < OLDEST_SERVER {
        let message = format!(
            "PostgreSQL {} is too old; 15 or newer is needed",
            server / 10_000
        );
        return Err(place.not_a_ledger(message));
    }
    if has_migrations {
        return applied(connection, place).await;
    }
    match has_tables {
        true => Err(place.not_a_ledger("its schema `ops` belongs to another program".to_owned())),
        false => Ok(Identity::Empty),
    }
}

/// Compares what was applied with the files of this build.
async fn applied(connection: &mut PgConnection, place: &Place) -> Result<Identity, LedgerError> {
    const SQL: &str = "SELECT number::bigint, sha256 FROM ops.migrations ORDER BY number";
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(SQL)
        .fetch_all(connection)
        .await
        .map_err(|fault| place.fault(&fault))?;
    let found = rows.last().map_or(0, |(number, _)| *number);
    if found > KNOWN {
        return Err(LedgerError::FromTheFuture {
            place: place.shown.clone(),
            found,
            known: KNOWN,
        });
    }
    for ((number, sha256), (expected, migration)) in rows.iter().zip((1..).zip(MIGRATIONS)) {
        if *number != expected || *sha256 != Sha256Digest::of(migration.sql.as_bytes()).bytes() {
            return Err(LedgerError::Damaged {
                place: place.shown.clone(),
                message: format!(
                    "migration {number} is not `{}` of this version",
                    migration.name
                ),
            });
        }
    }
    Ok(match found {
        0 => Identity::Empty,
        found => Identity::Ledger(found),
    })
}

/// Brings the schema to the newest format, in one transaction and under a lock. Another process may
/// have done it first; then nothing is done.
pub(super) async fn migrate(
    connection: &mut PgConnection,
    place: &Place,
) -> Result<(), LedgerError> {
    if identity(connection, place).await? == Identity::Ledger(KNOWN) {
        return Ok(());
    }
    let begin =
        format!("BEGIN; SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock({LOCK})");
    run(connection, place, begin).await?;
    let migrated = migrate_locked(connection, place).await;
    let end = if migrated.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    let ended = run(connection, place, end.to_owned()).await;
    migrated.and(ended)
}

async fn migrate_locked(connection: &mut PgConnection, place: &Place) -> Result<(), LedgerError> {
    let done = match identity(connection, place).await? {
        Identity::Empty => 0,
        Identity::Ledger(format) => format,
    };
    if done == 0 {
        run(connection, place, BOOKKEEPING.to_owned()).await?;
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(done.unsigned_abs() as usize) {
        run(connection, place, migration.sql.to_owned()).await?;
        let sha256 = Sha256Digest::of(migration.sql.as_bytes());
        let note = format!(
            "INSERT INTO ops.migrations (number, name, sha256) VALUES ({number}, '{}', '\\x{sha256}')",
            migration.name
        );
        run(connection, place, note).await?;
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, place: &Place, sql: String) -> Result<(), LedgerError> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    done.map(drop).map_err(|fault| place.fault(&fault))
}

impl Place {
    fn not_a_ledger(&self, message: String) -> LedgerError {
        LedgerError::NotALedger {
            place: self.shown.clone(),
            message,
        }
    }
}

/// Everything that is defined in a schema: name and definition.
pub(super) type Objects = Vec<(String, String)>;

/// What is defined in the schema `ops`, and what this build would define. The second is made beside
/// the first and rolled back with the caller's transaction.
pub(super) async fn found_and_wanted(
    connection: &mut PgConnection,
) -> Result<(Objects, Objects), sqlx::Error> {
    let found = objects(connection, "ops").await?;
    let files = MIGRATIONS.iter().map(|migration| migration.sql);
    for sql in [BOOKKEEPING].into_iter().chain(files) {
        let sql = under_another_name(sql);
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await?;
    }
    let wanted = objects(connection, MODEL).await?;
    Ok((found, wanted))
}

/// The same statements for the schema [`MODEL`].
fn under_another_name(sql: &str) -> String {
    let parts = sql.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_');
    let words = parts.map(|part| match part.strip_prefix("ops") {
        Some(rest) if rest.chars().count() <= 1 && !rest.starts_with(char::is_alphanumeric) => {
            format!("{MODEL}{rest}")
        }
        _ => part.to_owned(),
    });
    words.collect()
}

async fn objects(connection: &mut PgConnection, schema: &str) -> Result<Objects, sqlx::Error> {
    const SQL: &str = include_str!("definitions.sql");
    let rows: Objects = sqlx::query_as(SQL)
        .bind(schema)
        .fetch_all(connection)
        .await?;
    let named = rows
        .into_iter()
        .map(|(name, definition)| (name.replace(MODEL, "ops"), definition.replace(MODEL, "ops")));
    Ok(named.collect())
}
