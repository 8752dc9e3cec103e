//! Looking at everything: the file's structure, its definitions, every event, every chain's end,
//! and the seal.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions as _, Row, SqliteConnection};

use super::read::{digest, sequence_of};
use super::{Session, Sqlite, schema, seal};
use crate::domain::ids::Sha256Digest;
use crate::ledger::audit::{ChainAudit, Stored};
use crate::ledger::{Damage, LedgerError, SealState, VerifyReport};

/// A chain's row, as far as it can be read.
struct ChainRow {
    id: i64,
    release: String,
    length: u64,
    head: Option<Sha256Digest>,
}

impl Sqlite {
    pub(super) async fn verify_all(&self) -> Result<VerifyReport, LedgerError> {
        let mut session = self.session().await?;
        session.in_transaction = true;
        let report = self.look(&mut session).await;
        self.roll_back(&mut session).await;
        report
    }

    async fn look(&self, session: &mut Session) -> Result<VerifyReport, LedgerError> {
        let connection = session.connection(&self.path)?;
        let begun = sqlx::raw_sql("BEGIN").execute(&mut *connection).await;
        begun.map_err(|fault| self.fault(&fault))?;
        let mut report = VerifyReport {
            releases: 0,
            events: 0,
            damages: Vec::new(),
            seal: SealState::Open,
        };
        add_chains(connection, &mut report).await;
        add_strays(connection, &mut report).await;
        let structure = structure(connection).await;
        report
            .damages
            .extend(structure.unwrap_or_else(|fault| vec![unreadable(&fault)]));
        let definitions = definitions(connection).await;
        report
            .damages
            .extend(definitions.unwrap_or_else(|fault| vec![unreadable(&fault)]));
        let sealed = match seal::verify(connection).await {
            Ok((state, damages)) => {
                report.damages.extend(damages);
                state
            }
            Err(fault) => {
                report.damages.push(unreadable(&fault));
                SealState::Broken
            }
        };
        report.seal = sealed;
        report.damages.extend(self.tail(connection).await);
        Ok(report)
    }

    /// At rest the file ends with its last page.
    async fn tail(&self, connection: &mut SqliteConnection) -> Option<Damage> {
        const SQL: &str = "SELECT page_count * page_size, journal_mode \
            FROM pragma_page_count, pragma_page_size, pragma_journal_mode";
        let (size, mode): (i64, String) = sqlx::query_as(SQL).fetch_one(connection).await.ok()?;
        let (size, found) = (
            size.unsigned_abs(),
            std::fs::metadata(&self.path).ok()?.len(),
        );
        let grown = mode == "delete" && found > size;
        grown.then(|| Damage::Bytes {
            first: size,
            last: found - 1,
        })
    }
}

async fn structure(connection: &mut SqliteConnection) -> Result<Vec<Damage>, sqlx::Error> {
    let rows: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check(1000)")
        .fetch_all(connection)
        .await?;
    let wrong = rows
        .into_iter()
        .map(|(message,)| message)
        .filter(|message| message != "ok");
    Ok(wrong.map(Damage::Structure).collect())
}

/// Compares tables, indexes, triggers and views with those of a new ledger.
async fn definitions(connection: &mut SqliteConnection) -> Result<Vec<Damage>, sqlx::Error> {
    let found = schema::objects(connection).await?;
    let options = SqliteConnectOptions::new()
        .in_memory(true)
        .disable_statement_logging();
    let mut model = options.connect().await?;
    schema::migrate(&mut model).await?;
    let wanted = schema::objects(&mut model).await?;
    let changed = found.iter().filter(|object| !wanted.contains(object));
    let gone = wanted
        .iter()
        .filter(|object| !found.iter().any(|other| other.0 == object.0));
    Ok(changed
        .chain(gone)
        .map(|(name, _)| Damage::Definition(name.clone()))
        .collect())
}

async fn add_chains(connection: &mut SqliteConnection, report: &mut VerifyReport) {
    const SQL: &str = "SELECT id, release_id, length, head FROM chains ORDER BY id";
    let rows = match sqlx::query(SQL).fetch_all(&mut *connection).await {
        Ok(rows) => rows,
        Err(fault) => return report.damages.push(unreadable(&fault)),
    };
    for row in &rows {
        match chain_row(row) {
            Ok(chain) => {
                let (events, damages) = walk(connection, &chain).await;
                report.releases += 1;
                report.events += events;
                report.damages.extend(damages);
            }
            Err(fault) => report.damages.push(unreadable(&fault)),
        }
    }
}

fn chain_row(row: &SqliteRow) -> Result<ChainRow, sqlx::Error> {
    Ok(ChainRow {
        id: row.try_get("id")?,
        release: row.try_get("release_id")?,
        length: row.try_get::<i64, _>("length")?.unsigned_abs(),
        head: digest(row, "head").ok(),
    })
}

/// Walks a chain; where the database cannot go on, each event that should follow is asked for by
/// itself, so that the bad ones are named and the good ones are not.
async fn walk(connection: &mut SqliteConnection, chain: &ChainRow) -> (u64, Vec<Damage>) {
    let mut audit = ChainAudit::new(&chain.release);
    if walk_in_order(connection, chain, &mut audit).await.is_err() {
        for sequence in audit.sequence() + 1..=chain.length {
            walk_to(connection, chain, sequence, &mut audit).await;
        }
    }
    audit.finish(chain.length, chain.head)
}

async fn walk_in_order(
    connection: &mut SqliteConnection,
    chain: &ChainRow,
    audit: &mut ChainAudit,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "SELECT id, key, hash, body FROM events WHERE id BETWEEN ? AND ? ORDER BY id";
    let first = chain.id << 32;
    let query = sqlx::query(SQL).bind(first).bind(first | 0xffff_ffff);
    let mut rows = query.fetch(connection);
    while let Some(row) = rows.try_next().await? {
        take(&row, audit);
    }
    Ok(())
}

/// Takes the one event; where there is none, the next one shows the gap.
async fn walk_to(
    connection: &mut SqliteConnection,
    chain: &ChainRow,
    sequence: u64,
    audit: &mut ChainAudit,
) {
    const SQL: &str = "SELECT id, key, hash, body FROM events WHERE id = ?";
    let id = (chain.id << 32) | i64::try_from(sequence).unwrap_or(i64::MAX);
    match sqlx::query(SQL).bind(id).fetch_optional(connection).await {
        Ok(Some(row)) => take(&row, audit),
        Ok(None) => {}
        Err(fault) => audit.unreadable(sequence, fault.to_string()),
    }
}

fn take(row: &SqliteRow, audit: &mut ChainAudit) {
    let stored = |sequence| -> Result<Stored<'_>, sqlx::Error> {
        Ok(Stored {
            sequence,
            key: row.try_get("key")?,
            hash: digest(row, "hash")?,
            body: row.try_get("body")?,
        })
    };
    // The id is the table's own key: it cannot be of another type.
    let sequence = sequence_of(row.try_get("id").unwrap_or_default());
    match stored(sequence) {
        Ok(stored) => {
            audit.next(&stored);
        }
        Err(fault) => audit.unreadable(sequence, fault.to_string()),
    }
}

async fn add_strays(connection: &mut SqliteConnection, report: &mut VerifyReport) {
    const SQL: &str = "SELECT key FROM events WHERE id >> 32 NOT IN (SELECT id FROM chains)";
    match sqlx::query_as::<_, (String,)>(SQL)
        .fetch_all(connection)
        .await
    {
        Ok(rows) => {
            report.events += rows.len() as u64;
            report
                .damages
                .extend(rows.into_iter().map(|(key,)| Damage::Stray { key }));
        }
        Err(fault) => report.damages.push(unreadable(&fault)),
    }
}

fn unreadable(fault: &sqlx::Error) -> Damage {
    Damage::Structure(match fault {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        other => other.to_string(),
    })
}
