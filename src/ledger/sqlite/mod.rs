//! The ledger in one SQLite file.
//!
//! While it is written, the file is in WAL mode (<https://www.sqlite.org/wal.html>) with
//! `synchronous=FULL`: one sync for each append, and readers never wait. [`Sqlite::close`] folds the
//! log back, seals the file and returns it to rollback mode, so that at rest it is one file that
//! can be copied and read without anything beside it.

mod append;
mod close;
mod duty;
mod error;
mod logbook;
mod open;
mod plan;
mod read;
mod schema;
mod seal;
#[cfg(test)]
mod tests;
mod verify;
mod write;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::SqliteConnection;
use tokio::sync::{Mutex, MutexGuard};

use super::logbook::Untaken;
use super::{Answer, Appended, Duty, Head, Ledger, LedgerError, Logbook, VerifyReport};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType};
use crate::domain::release::ReleaseId;

/// A ledger in a file. One handle serves any number of tasks; any number of processes may have
/// the same file open.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    session: Mutex<Session>,
}

/// What a handle knows about its connection.
#[derive(Debug)]
struct Session {
    connection: Option<SqliteConnection>,
    /// The chains that this handle appended to, as it left them. Others may have gone on since.
    heads: HashMap<ReleaseId, ChainHead>,
    /// Whether something was written, so that closing has work to do.
    written: bool,
    /// Whether the file was asked into WAL mode, and answered.
    left_rollback_mode: bool,
    /// Whether a transaction was begun and not yet ended. It stays set when a caller goes away in
    /// the middle, and the next one clears up.
    in_transaction: bool,
}

/// A chain's row and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ChainHead {
    chain: i64,
    /// Number and hash of the last link; `None` for a chain without events.
    last: Option<(u64, Sha256Digest)>,
}

impl Sqlite {
    fn new(path: PathBuf, connection: SqliteConnection) -> Self {
        Self {
            path,
            session: Mutex::new(Session {
                connection: Some(connection),
                heads: HashMap::new(),
                written: false,
                left_rollback_mode: false,
                in_transaction: false,
            }),
        }
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The session, with no transaction open.
    async fn session(&self) -> Result<MutexGuard<'_, Session>, LedgerError> {
        let mut session = self.session.lock().await;
        if session.in_transaction {
            self.roll_back(&mut session).await;
        }
        Ok(session)
    }

    fn fault(&self, error: &sqlx::Error) -> LedgerError {
        error::from_sqlx(&self.path, error)
    }
}

impl Session {
    /// The connection, unless it was closed.
    fn connection(&mut self, path: &Path) -> Result<&mut SqliteConnection, LedgerError> {
        self.connection.as_mut().ok_or_else(|| LedgerError::Closed {
            place: path.display().to_string(),
        })
    }
}

impl Ledger for Sqlite {
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
        Box::new(duty::Alone)
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(self.settle())
    }
}

impl Logbook for Sqlite {
    fn note(&self, untaken: Vec<Untaken>) -> Answer<'_, ()> {
        Box::pin(self.note_all(untaken))
    }

    fn use_up(&self, token: Sha256Digest, expires: Timestamp) -> Answer<'_, bool> {
        Box::pin(self.use_token_up(token, expires))
    }
}
