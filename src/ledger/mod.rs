//! The ledger: events are appended and read, and nothing else is ever done to them.
//!
//! [`Ledger`] is what the use cases know. [`sqlite::Sqlite`] keeps it in one file,
//! [`postgres::Postgres`] in a database. Each release has its own hash chain (`domain::record::chain`); a key that is appended again with the same content
//! has no second effect, with other content it is refused.

pub mod audit;
mod error;
pub mod log;
pub mod logbook;
pub mod pack;
pub mod postgres;
mod recorder;
pub mod remote;
mod rows;
pub mod sqlite;
#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;

pub use audit::{Damage, Place, SealState, VerifyReport};
pub use error::LedgerError;
pub use logbook::Logbook;
pub use recorder::Recorder;

use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType};
use crate::domain::release::ReleaseId;

/// What a ledger answers, in its own time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, LedgerError>>;

/// A place where events are kept for good: they can be appended and read.
///
/// Every method may fail with [`LedgerError`]; those that say more say it.
pub trait Ledger: Send + Sync {
    /// Appends events, all or none, and answers when they are durable: one answer for each event,
    /// in the order given.
    ///
    /// A key that is there already, with the same content, gives its first place. Two calls, from
    /// one process or from two, never disturb each other.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when a key is there with other content, and
    /// [`LedgerError::NotCanonical`] when an event has no canonical form; nothing is written then.
    fn append(&self, events: Vec<Event>) -> Answer<'_, Vec<Appended>>;

    /// The chain of a release from its first link; empty for one that is not known.
    fn events(&self, release: ReleaseId) -> Answer<'_, Vec<Link>>;

    /// The newest events of a kind, whatever their release, as many as are asked for at the most.
    fn newest(&self, kind: EventType, most: u32) -> Answer<'_, Vec<Event>>;

    /// Every release with its head, in the order of their ids.
    fn releases(&self) -> Answer<'_, Vec<Head>>;

    /// The end of a release's chain; `None` for one that is not known.
    fn head(&self, release: ReleaseId) -> Answer<'_, Option<Head>>;

    /// Looks at everything, and names each thing that is wrong.
    ///
    /// # Errors
    /// Only when the ledger cannot be looked at; what is found is in the report.
    fn verify(&self) -> Answer<'_, VerifyReport>;

    /// What one process at a time does for all that share the ledger; nobody has it yet.
    fn duty(&self) -> Box<dyn Duty>;

    /// Leaves the ledger in the state in which it is to rest. To be called once, at the end; any
    /// other call after it is answered with [`LedgerError::Closed`].
    fn close(&self) -> Answer<'_, ()>;
}

/// The duty to do what must be done once, however many processes share a ledger. Whoever has it loses
/// it when this is dropped, when the process dies, and when the ledger can no longer be reached.
pub trait Duty: Send {
    /// Tells whether this process has the duty, and takes it where nobody has.
    ///
    /// # Errors
    /// When the ledger can't be reached; then this process has it no longer.
    fn hold(&mut self) -> Answer<'_, bool>;
}

/// Where an event stands after an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Its number in the chain of its release, from 1.
    pub sequence: u64,
    /// The hash of its link.
    pub hash: Sha256Digest,
    /// Whether it was there before.
    pub outcome: Outcome,
}

/// What an append did with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Recorded,
    /// It was there already, with the same content.
    Duplicate,
}

/// The end of a release's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The release.
    pub release: ReleaseId,
    /// How many events it has.
    pub length: u64,
    /// The hash of the last one.
    pub hash: Sha256Digest,
}
