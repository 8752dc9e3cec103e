//! The ledger in a PostgreSQL database (15 or newer), in the schema `ops`, for any number of
//! processes at once.
//!
//! An append is one statement: the function `ops.append_told` puts each event behind the end of its
//! release's chain, whose row it holds until the commit. What it refuses, it refuses whole. Chains
//! are taken in the order of their releases, so appends wait for each other in one direction only;
//! should the server end one all the same, it is asked again, which its keys make harmless.

mod append;
mod duty;
mod error;
mod logbook;
mod open;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;

use jiff::Timestamp;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use super::logbook::Untaken;
use super::{Answer, Appended, Duty, Head, Ledger, Logbook, VerifyReport};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType};
use crate::domain::release::ReleaseId;
use crate::transport::scrub::Scrubber;

/// A ledger in a database. One handle serves any number of tasks, over a few connections.
pub struct Postgres {
    options: PgConnectOptions,
    pool: PgPool,
    place: Place,
}

/// Where the database lies, as it may be shown, and what must not be.
#[derive(Clone)]
struct Place {
    /// `postgres://HOST:PORT/DATABASE`.
    shown: String,
    scrubber: Scrubber,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Postgres").field(&self.place.shown).finish()
    }
}

impl Postgres {
    /// Where it lies, without user and password.
    pub fn place(&self) -> &str {
        &self.place.shown
    }
}

impl Ledger for Postgres {
    fn append(&self, events: Vec<Event>) -> Answer<'_, Vec<Appended>> {
        Box::pin(self.append_all(events))
    }

    fn events(&self, release: ReleaseId) -> Answer<'_, Vec<Link>> {
        Box::pin(self.read_chain(release))
    }

    fn newest(&self, kind: EventType, most: u32) -> Answer<'_, Vec<Event>> {
        Box::pin(self.read_newest(kind, most))
    }

    fn releases(&self) -> Answer<'_, Vec<Head>> {
        Box::pin(self.read_heads())
    }

    fn head(&self, release: ReleaseId) -> Answer<'_, Option<Head>> {
        Box::pin(self.read_head(release))
    }

    fn verify(&self) -> Answer<'_, VerifyReport> {
        Box::pin(self.verify_all())
    }

    fn duty(&self) -> Box<dyn Duty> {
        self.new_duty()
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async {
            self.pool.close().await;
            Ok(())
        })
    }
}

impl Logbook for Postgres {
    fn note(&self, untaken: Vec<Untaken>) -> Answer<'_, ()> {
        Box::pin(self.note_all(untaken))
    }

    fn use_up(&self, token: Sha256Digest, expires: Timestamp) -> Answer<'_, bool> {
        Box::pin(self.use_token_up(token, expires))
    }
}
