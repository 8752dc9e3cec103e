//! Looking at everything: every event, every chain's end, and the definitions of the schema.

use futures_util::{FutureExt as _, TryStreamExt as _};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};

use super::read::{digest, number, stored};
use super::{Postgres, schema};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::event::Event;
use crate::ledger::audit::ChainAudit;
use crate::ledger::{Damage, LedgerError, SealState, VerifyReport};

/// All statements see one state of the database.
const ONE_STATE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

/// A chain's row, as far as it can be read.
struct ChainRow {
    release: String,
    length: u64,
    head: Option<Sha256Digest>,
}

impl Postgres {
    pub(super) async fn verify_all(&self) -> Result<VerifyReport, LedgerError> {
        self.ask(|pool| verify(pool).boxed()).await
    }
}

async fn verify(pool: PgPool) -> Result<VerifyReport, sqlx::Error> {
    let mut transaction = pool.begin_with(ONE_STATE).await?;
    let report = look(&mut transaction).await;
    transaction.rollback().await?;
    report
}

async fn look(connection: &mut PgConnection) -> Result<VerifyReport, sqlx::Error> {
    let mut report = VerifyReport {
        releases: 0,
        events: 0,
        damages: Vec::new(),
        seal: SealState::None,
    };
    const CHAINS: &str = "SELECT release_id::text, length, head FROM ops.chains \
                          ORDER BY ops.chains.release_id";
    for row in sqlx::query(CHAINS).fetch_all(&mut *connection).await? {
        let (events, damages) = walk(connection, &chain_row(&row)?).await?;
        report.releases += 1;
        report.events += events;
        report.damages.extend(damages);
    }
    add_strays(connection, &mut report).await?;
    report.damages.extend(definitions(connection).await?);
    Ok(report)
}

fn chain_row(row: &PgRow) -> Result<ChainRow, sqlx::Error> {
    Ok(ChainRow {
        release: row.try_get("release_id")?,
        length: number(row, "length")?,
        head: digest(row, "head").ok(),
    })
}

async fn walk(
    connection: &mut PgConnection,
    chain: &ChainRow,
) -> Result<(u64, Vec<Damage>), sqlx::Error> {
    const SQL: &str = "SELECT sequence, idempotency_key, hash, body, event_type, source_system, actor, \
                       (extract(epoch FROM occurred_at) * 1000000)::bigint AS moment \
                       FROM ops.events WHERE release_id = $1::uuid ORDER BY sequence";
    let mut audit = ChainAudit::new(&chain.release);
    let mut rows = sqlx::query(SQL).bind(&chain.release).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        match stored(&row) {
            Ok(stored) => {
                if let Some(event) = audit.next(&stored)
                    && !is_filed_as(&row, &event)?
                {
                    audit.misfiled(&stored);
                }
            }
            Err(fault) => audit.unreadable(number(&row, "sequence")?, fault.to_string()),
        }
    }
    Ok(audit.finish(chain.length, chain.head))
}

/// Tells whether the columns beside an event's content say what it says. The database keeps a time to
/// the nearest microsecond.
fn is_filed_as(row: &PgRow, event: &Event) -> Result<bool, sqlx::Error> {
    let moment: i64 = row.try_get("moment")?;
    Ok(
        row.try_get::<&str, _>("event_type")? == event.event_type.as_str()
            && row.try_get::<&str, _>("source_system")? == event.source_system
            && row.try_get::<&str, _>("actor")? == event.actor
            && moment.abs_diff(event.occurred_at.as_microsecond()) <= 1,
    )
}

async fn add_strays(
    connection: &mut PgConnection,
    report: &mut VerifyReport,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "SELECT idempotency_key FROM ops.events AS event WHERE NOT EXISTS \
        (SELECT FROM ops.chains AS chain WHERE chain.release_id = event.release_id)";
    let rows: Vec<(String,)> = sqlx::query_as(SQL).fetch_all(connection).await?;
    report.events += rows.len() as u64;
    let strays = rows.into_iter().map(|(key,)| Damage::Stray { key });
    report.damages.extend(strays);
    Ok(())
}

/// Compares what is defined with what this build defines. Who may make no schema cannot; that is
/// said, and the chains are checked all the same.
async fn definitions(connection: &mut PgConnection) -> Result<Vec<Damage>, sqlx::Error> {
    const MAY: &str = "SELECT has_database_privilege(current_database(), 'CREATE'), \
                       set_config('search_path', 'pg_catalog', true)";
    let may: (bool, String) = sqlx::query_as(MAY).fetch_one(&mut *connection).await?;
    if !may.0 {
        tracing::warn!(
            "the definitions of the schema ops were not compared: this user may make no schema"
        );
        return Ok(Vec::new());
    }
    let (found, wanted) = schema::found_and_wanted(connection).await?;
    let changed = found.iter().filter(|object| !wanted.contains(object));
    let gone = wanted
        .iter()
        .filter(|object| !found.iter().any(|other| other.0 == object.0));
    let names = changed.chain(gone).map(|(name, _)| name.clone());
    Ok(names.map(Damage::Definition).collect())
}
