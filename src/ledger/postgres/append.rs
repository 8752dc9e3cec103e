//! Appending: all events of a call in one statement.

use std::collections::HashMap;
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

/// The events of a call, by column. No key is there twice.
#[derive(Default)]
struct Incoming {
    releases: Vec<String>,
    keys: Vec<String>,
    kinds: Vec<&'static str>,
    sources: Vec<String>,
    actors: Vec<String>,
    moments: Vec<String>,
    bodies: Vec<String>,
}

/// The events of a call, and for each that was given the place of its first occurrence.
#[derive(Default)]
struct Prepared {
    incoming: Incoming,
    places: Vec<usize>,
}

impl Postgres {
    pub(super) async fn append_all(
        &self,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, LedgerError> {
        let Prepared { incoming, places } = prepare(events)?;
        if places.is_empty() {
            return match self.pool.is_closed() {
                true => Err(self.place.fault(&sqlx::Error::PoolClosed)),
                false => Ok(Vec::new()),
            };
        }
        let mut tried = 0;
        loop {
            tried += 1;
            let fault = match append(&self.pool, &incoming).await {
                Ok(answers) => return Ok(for_each(&places, &answers)),
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
    const SQL: &str = "SELECT sequence, hash, recorded FROM \
                       ops.append_told($1::uuid[], $2, $3, $4, $5, $6::timestamptz[], $7) \
                       ORDER BY place";
    let rows = sqlx::query(SQL)
        .bind(&incoming.releases)
        .bind(&incoming.keys)
        .bind(&incoming.kinds)
        .bind(&incoming.sources)
        .bind(&incoming.actors)
        .bind(&incoming.moments)
        .bind(&incoming.bodies)
        .fetch_all(pool)
        .await?;
    rows.iter().map(appended).collect()
}

/// The answers of all events: what was given again is a duplicate of the first.
fn for_each(places: &[usize], answers: &[Appended]) -> Vec<Appended> {
    let mut next = 0;
    let answers = places.iter().filter_map(|place| {
        let mut answer = answers.get(*place)?.clone();
        match *place == next {
            true => next += 1,
            false => answer.outcome = Outcome::Duplicate,
        }
        Some(answer)
    });
    answers.collect()
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

fn prepare(events: Vec<Event>) -> Result<Prepared, LedgerError> {
    let mut prepared = Prepared::default();
    let mut known = HashMap::with_capacity(events.len());
    for event in events {
        if let Some(message) = what_does_not_fit(&event) {
            let key = event.idempotency_key;
            return Err(ChainError::NotCanonical { key, message }.into());
        }
        let body = chain::canonical(&event)?;
        let incoming = &mut prepared.incoming;
        let next = incoming.keys.len();
        let place = *known.entry(event.idempotency_key.clone()).or_insert(next);
        match place == next {
            true => incoming.push(event, body),
            false if incoming.bodies[place] != body => {
                let key = event.idempotency_key;
                return Err(LedgerError::Conflict { key });
            }
            false => {}
        }
        prepared.places.push(place);
    }
    Ok(prepared)
}

impl Incoming {
    fn push(&mut self, event: Event, body: String) {
        self.releases.push(event.release_id.to_string());
        self.keys.push(event.idempotency_key);
        self.kinds.push(event.event_type.as_str());
        self.sources.push(event.source_system);
        self.actors.push(event.actor);
        self.moments.push(event.occurred_at.to_string());
        self.bodies.push(body);
    }
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
