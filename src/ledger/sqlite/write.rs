//! Writing a plan, in as few trips to the database's thread as can be.

use std::collections::HashMap;

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::plan::{NewRow, Plan};
use super::{ChainHead, seal};
use crate::domain::release::ReleaseId;

/// How many rows one statement inserts, the most first.
const ROWS_AT_ONCE: [usize; 3] = [64, 8, 1];

/// Whether the transaction is still to be begun.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    Yes,
    No,
}

type Statement = Query<'static, sqlx::Sqlite, SqliteArguments>;

/// Writes a plan and commits it. One event, the usual case, takes one trip.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    plan: &Plan<'_>,
    begin: Begin,
) -> Result<(), sqlx::Error> {
    let mut sql = String::new();
    if begin == Begin::Yes {
        sql.push_str("BEGIN IMMEDIATE; ");
    }
    let mut rest = plan.rows.as_slice();
    if rest.len() > 1 {
        sqlx::raw_sql(AssertSqlSafe(std::mem::take(&mut sql)))
            .execute(&mut *connection)
            .await?;
    }
    for at_once in ROWS_AT_ONCE {
        while rest.len() > 1 && rest.len() >= at_once {
            let (now, later) = rest.split_at(at_once);
            let insert = sqlx::query(AssertSqlSafe(insert_sql(at_once)));
            bind_rows(insert, now).execute(&mut *connection).await?;
            rest = later;
        }
    }
    finish(connection, sql, rest, &plan.heads).await
}

/// Writes the last row, the heads and the end of the transaction.
async fn finish(
    connection: &mut SqliteConnection,
    mut sql: String,
    rest: &[NewRow<'_>],
    heads: &HashMap<ReleaseId, ChainHead>,
) -> Result<(), sqlx::Error> {
    if !rest.is_empty() {
        sql.push_str(&insert_sql(rest.len()));
        sql.push_str("; ");
    }
    for _ in heads {
        sql.push_str("UPDATE chains SET length = ?, head = ? WHERE id = ?; ");
    }
    sql.push_str(seal::BREAK);
    sql.push_str("; COMMIT");
    let mut query = bind_rows(
        sqlx::query(AssertSqlSafe(sql)).persistent(heads.len() <= 1),
        rest,
    );
    for ChainHead { chain, last } in heads.values() {
        let (length, hash) = last.map_or((0, Vec::new()), |(n, hash)| (n, hash.bytes().to_vec()));
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        query = query.bind(length).bind(hash).bind(*chain);
    }
    query.execute(connection).await?;
    Ok(())
}

fn insert_sql(rows: usize) -> String {
    let values = vec!["(?, ?, ?, ?)"; rows].join(", ");
    format!("INSERT INTO events (id, key, hash, body) VALUES {values}")
}

fn bind_rows(mut query: Statement, rows: &[NewRow<'_>]) -> Statement {
    for NewRow { id, hash, event } in rows {
        query = query
            .bind(*id)
            .bind(event.key.clone())
            .bind(hash.bytes().to_vec())
            .bind(event.body.clone());
    }
    query
}
