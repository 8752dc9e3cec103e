//! Appending: plan the links in memory, write them in one transaction.
//!
//! A handle that knows the heads of the releases in question writes at once, in one trip to the
//! database's thread. Should another process have written meanwhile, or should a key be taken, the
//! tables' own uniqueness refuses it, and the append is planned again from what the file says.

use std::collections::{BTreeSet, HashMap};

use sqlx::{Row, SqliteConnection};
use tokio::sync::MutexGuard;

use super::plan::{Incoming, Standing, plan, prepare};
use super::read::{digest, sequence_of};
use super::write::{Begin, write};
use super::{ChainHead, Session, Sqlite, error};
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;
use crate::ledger::{Appended, LedgerError};

impl Sqlite {
    pub(super) async fn append_all(
        &self,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, LedgerError> {
        let incoming = prepare(events)?;
        let mut session = self.session().await?;
        if incoming.is_empty() {
            return Ok(Vec::new());
        }
        self.begin_writing(&mut session).await?;
        let known = incoming
            .iter()
            .all(|event| session.heads.contains_key(&event.release));
        if known && let Some(answers) = self.append_at_known_heads(&mut session, &incoming).await? {
            return Ok(answers);
        }
        self.append_from_the_file(&mut session, &incoming).await
    }

    /// On the first append the file goes into WAL mode. Where the file system cannot do that, it
    /// stays in rollback mode, which is as durable; so it does while another process is at work
    /// in that mode, for which SQLite does not wait here, and the next append tries again.
    pub(super) async fn begin_writing(&self, session: &mut Session) -> Result<(), LedgerError> {
        if session.left_rollback_mode {
            return Ok(());
        }
        let connection = session.connection(&self.path)?;
        let done = sqlx::raw_sql("PRAGMA journal_mode = WAL")
            .execute(connection)
            .await;
        match done {
            Ok(_) => session.left_rollback_mode = true,
            Err(fault) if error::is_busy(&fault) => {}
            Err(fault) => return Err(self.fault(&fault)),
        }
        session.written = true;
        Ok(())
    }

    /// Writes behind the heads that this handle knows; `None` when they or a key are taken.
    async fn append_at_known_heads(
        &self,
        session: &mut MutexGuard<'_, Session>,
        incoming: &[Incoming],
    ) -> Result<Option<Vec<Appended>>, LedgerError> {
        let keys: BTreeSet<&str> = incoming.iter().map(|event| event.key.as_str()).collect();
        if keys.len() < incoming.len() {
            return Ok(None);
        }
        let plan = plan(incoming, &session.heads, &HashMap::new())?;
        session.in_transaction = true;
        let connection = session.connection(&self.path)?;
        match write(connection, &plan, Begin::Yes).await {
            Ok(()) => {
                session.in_transaction = false;
                session.heads.extend(plan.heads);
                Ok(Some(plan.answers))
            }
            Err(fault) => {
                self.roll_back(session).await;
                session.heads.clear();
                if error::is_taken(&fault) {
                    Ok(None)
                } else {
                    Err(self.fault(&fault))
                }
            }
        }
    }

    /// Reads what the file says under a write lock, then writes.
    async fn append_from_the_file(
        &self,
        session: &mut MutexGuard<'_, Session>,
        incoming: &[Incoming],
    ) -> Result<Vec<Appended>, LedgerError> {
        session.in_transaction = true;
        let connection = session.connection(&self.path)?;
        let result = self.read_and_write(connection, incoming).await;
        match result {
            Ok((heads, answers)) => {
                session.in_transaction = false;
                session.heads.extend(heads);
                Ok(answers)
            }
            Err(fault) => {
                self.roll_back(session).await;
                Err(fault)
            }
        }
    }

    async fn read_and_write(
        &self,
        connection: &mut SqliteConnection,
        incoming: &[Incoming],
    ) -> Result<(HashMap<ReleaseId, ChainHead>, Vec<Appended>), LedgerError> {
        let fault = |fault: sqlx::Error| self.fault(&fault);
        let begun = sqlx::raw_sql("BEGIN IMMEDIATE")
            .execute(&mut *connection)
            .await;
        begun.map_err(fault)?;
        let standing = read_standing(connection, incoming).await.map_err(fault)?;
        let heads = read_heads(connection, incoming).await.map_err(fault)?;
        let plan = plan(incoming, &heads, &standing)?;
        write(connection, &plan, Begin::No).await.map_err(fault)?;
        Ok((plan.heads, plan.answers))
    }

    /// Ends a transaction that must not be. Where none is open any more, SQLite's complaint about
    /// that is the wanted state.
    pub(super) async fn roll_back(&self, session: &mut Session) {
        if let Ok(connection) = session.connection(&self.path) {
            let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
        }
        session.in_transaction = false;
    }
}

async fn read_standing(
    connection: &mut SqliteConnection,
    incoming: &[Incoming],
) -> Result<HashMap<String, Standing>, sqlx::Error> {
    const SQL: &str = "SELECT key, id, hash, body FROM events \
                       WHERE key IN (SELECT value FROM json_each(?))";
    let keys: Vec<&str> = incoming.iter().map(|event| event.key.as_str()).collect();
    let rows = sqlx::query(SQL)
        .bind(json(&keys))
        .fetch_all(connection)
        .await?;
    let standing = rows.iter().map(|row| {
        let there = Standing {
            sequence: sequence_of(row.try_get("id")?),
            hash: digest(row, "hash")?,
            body: row.try_get("body")?,
        };
        Ok((row.try_get("key")?, there))
    });
    standing.collect()
}

/// The heads of all releases in question; a release that is not known gets its row.
async fn read_heads(
    connection: &mut SqliteConnection,
    incoming: &[Incoming],
) -> Result<HashMap<ReleaseId, ChainHead>, sqlx::Error> {
    const READ: &str = "SELECT id, length, head FROM chains WHERE release_id = ?";
    const MAKE: &str = "INSERT INTO chains (release_id, length, head) VALUES (?, 0, x'') \
                        RETURNING id, length, head";
    let releases: BTreeSet<ReleaseId> = incoming.iter().map(|event| event.release).collect();
    let mut heads = HashMap::new();
    for release in releases {
        let id = release.to_string();
        let found = sqlx::query(READ)
            .bind(&id)
            .fetch_optional(&mut *connection)
            .await?;
        let row = match found {
            Some(row) => row,
            None => {
                sqlx::query(MAKE)
                    .bind(&id)
                    .fetch_one(&mut *connection)
                    .await?
            }
        };
        let length = row.try_get::<i64, _>("length")?.unsigned_abs();
        let last = if length == 0 {
            None
        } else {
            Some((length, digest(&row, "head")?))
        };
        heads.insert(
            release,
            ChainHead {
                chain: row.try_get("id")?,
                last,
            },
        );
    }
    Ok(heads)
}

fn json(keys: &[&str]) -> String {
    serde_json::Value::from(keys.to_vec()).to_string()
}
