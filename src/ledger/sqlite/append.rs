//! Appending: plan the links in memory, write them in one transaction.
//!
//! A handle that knows the heads of the releases in question writes at once, in one trip to the
//! database's thread. Should another process have written meanwhile, or should a key be taken, the
//! tables' own uniqueness refuses it, and the append is planned again from what the file says.

use std::collections::{BTreeSet, HashMap};

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};
use tokio::sync::MutexGuard;

use super::read::{digest, sequence_of};
use super::{ChainHead, Session, Sqlite, error, seal};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain;
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;
use crate::ledger::{Appended, LedgerError, Outcome};

/// How many events of a chain the row ids leave room for.
const LONGEST_CHAIN: u64 = u32::MAX as u64;

/// How many rows one statement inserts, the most first.
const ROWS_AT_ONCE: [usize; 3] = [64, 8, 1];

/// An event on its way: what is stored and compared.
struct Incoming {
    release: ReleaseId,
    key: String,
    body: String,
}

/// What stands under a key already.
struct Standing {
    sequence: u64,
    hash: Sha256Digest,
    body: String,
}

/// A row to be.
struct NewRow<'a> {
    id: i64,
    hash: Sha256Digest,
    event: &'a Incoming,
}

/// What is to be written, and what is to be answered.
#[derive(Default)]
struct Plan<'a> {
    rows: Vec<NewRow<'a>>,
    heads: HashMap<ReleaseId, ChainHead>,
    answers: Vec<Appended>,
}

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

    /// On the first append the file goes into WAL mode; where the file system cannot do that, it
    /// stays in rollback mode, which is as durable.
    async fn begin_writing(&self, session: &mut Session) -> Result<(), LedgerError> {
        if !session.written {
            let connection = session.connection(&self.path)?;
            let done = sqlx::raw_sql("PRAGMA journal_mode = WAL")
                .execute(connection)
                .await;
            done.map_err(|fault| self.fault(&fault))?;
            session.written = true;
        }
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

fn prepare(events: Vec<Event>) -> Result<Vec<Incoming>, LedgerError> {
    let prepared = events.into_iter().map(|event| {
        Ok(Incoming {
            release: event.release_id,
            body: chain::canonical(&event)?,
            key: event.idempotency_key,
        })
    });
    prepared.collect()
}

/// Decides where each event goes: behind its release's head, or where it stands already.
fn plan<'a>(
    incoming: &'a [Incoming],
    heads: &HashMap<ReleaseId, ChainHead>,
    standing: &HashMap<String, Standing>,
) -> Result<Plan<'a>, LedgerError> {
    let mut plan = Plan::default();
    let mut own: HashMap<&str, usize> = HashMap::new();
    for event in incoming {
        let conflict = || LedgerError::Conflict {
            key: event.key.clone(),
        };
        let earlier = own.get(event.key.as_str()).copied();
        let answer = if let Some(there) = standing.get(&event.key) {
            (there.body == event.body)
                .then_some(())
                .ok_or_else(conflict)?;
            duplicate(there.sequence, there.hash)
        } else if let Some(index) = earlier {
            (incoming[index].body == event.body)
                .then_some(())
                .ok_or_else(conflict)?;
            duplicate(plan.answers[index].sequence, plan.answers[index].hash)
        } else {
            plan.link(event, heads)
        };
        own.entry(&event.key).or_insert(plan.answers.len());
        plan.answers.push(answer);
    }
    Ok(plan)
}

fn duplicate(sequence: u64, hash: Sha256Digest) -> Appended {
    Appended {
        sequence,
        hash,
        outcome: Outcome::Duplicate,
    }
}

impl<'a> Plan<'a> {
    fn link(&mut self, event: &'a Incoming, heads: &HashMap<ReleaseId, ChainHead>) -> Appended {
        let known = self
            .heads
            .get(&event.release)
            .or_else(|| heads.get(&event.release));
        let head = known.copied().unwrap_or(ChainHead {
            chain: 0,
            last: None,
        });
        let sequence = head.last.map_or(1, |(sequence, _)| sequence + 1);
        let hash = chain::hash_of(sequence, head.last.map(|(_, hash)| hash), &event.body);
        self.rows.push(NewRow {
            id: row_id(head.chain, sequence),
            hash,
            event,
        });
        let moved = ChainHead {
            last: Some((sequence, hash)),
            ..head
        };
        self.heads.insert(event.release, moved);
        Appended {
            sequence,
            hash,
            outcome: Outcome::Recorded,
        }
    }
}

/// A chain of 2^32 events would run into the next one; its inserts fail long before, on the
/// length of SQLite's largest file.
fn row_id(chain: i64, sequence: u64) -> i64 {
    let sequence = i64::try_from(sequence.min(LONGEST_CHAIN)).unwrap_or(i64::MAX);
    (chain << 32) | sequence
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Begin {
    Yes,
    No,
}

type Statement = Query<'static, sqlx::Sqlite, SqliteArguments>;

/// Writes a plan and commits it. One event, the usual case, takes one trip.
async fn write(
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

fn json(keys: &[&str]) -> String {
    serde_json::Value::from(keys.to_vec()).to_string()
}
