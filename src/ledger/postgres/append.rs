//! Appending: all events of a call in one statement.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use super::read::digest;
use super::{Postgres, error};
use crate::domain::record::chain::{self, ChainError};
use crate::domain::record::event::Event;
use crate::ledger::{Appended, LedgerError, Outcome};
use crate::retry::RetryPolicy;

/// Other processes may be faster a few times in a row.
const RETRY: RetryPolicy = RetryPolicy {
    tries: 8,
    first_pause: Duration::from_millis(5),
    longest_pause: Duration::from_millis(500),
};

/// The longest key that the index over all keys holds, in bytes.
const LONGEST_KEY: usize = 2000;

/// The start of the year 1, in seconds: no earlier one is written without a sign.
const FIRST_SECOND: i64 = -62_135_596_800;

/// The events of a call, by column.
#[derive(Default)]
struct Incoming {
    releases: Vec<String>,
    keys: Vec<String>,
    bodies: Vec<String>,
}

impl Postgres {
    pub(super) async fn append_all(
        &self,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, LedgerError> {
        let incoming = prepare(events)?;
        if incoming.keys.is_empty() {
            return match self.pool.is_closed() {
                true => Err(self.place.fault(&sqlx::Error::PoolClosed)),
                false => Ok(Vec::new()),
            };
        }
        let mut tried = 0;
        loop {
            tried += 1;
            let fault = match append(&self.pool, &incoming).await {
                Ok(answers) => return Ok(answers),
                Err(fault) => fault,
            };
            if error::is_lost(&fault) {
                self.look().await?;
            }
            let pause = RETRY.pause_after(tried);
            match pause.filter(|_| error::is_passing(&fault)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(self.fault(fault).await),
            }
        }
    }
}

async fn append(pool: &PgPool, incoming: &Incoming) -> Result<Vec<Appended>, sqlx::Error> {
    const SQL: &str = "SELECT sequence, hash, recorded FROM ops.append($1::uuid[], $2, $3) \
                       ORDER BY place";
    let rows = sqlx::query(SQL)
        .bind(&incoming.releases)
        .bind(&incoming.keys)
        .bind(&incoming.bodies)
        .fetch_all(pool)
        .await?;
    rows.iter().map(appended).collect()
}

fn appended(row: &PgRow) -> Result<Appended, sqlx::Error> {
    Ok(Appended {
        sequence: row.try_get::<i64, _>("sequence")?.unsigned_abs(),
        hash: digest(row, "hash")?,
        outcome: match row.try_get("recorded")? {
            true => Outcome::Recorded,
            false => Outcome::Duplicate,
        },
    })
}

fn prepare(events: Vec<Event>) -> Result<Incoming, LedgerError> {
    let mut incoming = Incoming::default();
    for event in events {
        if let Some(message) = what_does_not_fit(&event) {
            let key = event.idempotency_key;
            return Err(ChainError::NotCanonical { key, message }.into());
        }
        incoming.bodies.push(chain::canonical(&event)?);
        incoming.releases.push(event.release_id.to_string());
        incoming.keys.push(event.idempotency_key);
    }
    Ok(incoming)
}

/// What an event holds that a column cannot.
fn what_does_not_fit(event: &Event) -> Option<String> {
    let key = &event.idempotency_key;
    let texts = [key, &event.source_system, &event.actor];
    let first = Timestamp::from_second(FIRST_SECOND).unwrap_or(Timestamp::MIN);
    match () {
        () if texts.iter().any(|text| text.contains('\0')) => {
            Some("PostgreSQL can't hold the character U+0000 in a key or a name".to_owned())
        }
        () if key.len() > LONGEST_KEY => Some(format!("its key has more than {LONGEST_KEY} bytes")),
        () if event.occurred_at < first => Some("it happened before the year 1".to_owned()),
        () => None,
    }
}
