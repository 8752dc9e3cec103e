//! A portable pack of events: one file that travels by itself and proves itself.
//!
//! JSON Lines (<https://jsonlines.org>), the same bytes for the same events:
//!
//! ```text
//! {"schema":"tollgate.pack/v1"}
//! {"sequence":1,"previous":null,"hash":"…","event":{…}}      one line a link, release by release
//! {"digest":"SHA-256 of every byte before this line","events":1}
//! ```
//!
//! An import looks at digest and chains first, and only then appends: a pack that does not hold
//! brings in nothing.

mod read;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Ledger, LedgerError, Outcome, log};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::release::ReleaseId;

/// The value of `schema` in a pack's first line.
pub const PACK_SCHEMA: &str = "tollgate.pack/v1";

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The events of the pack.
    pub events: usize,
    /// Those that the ledger did not have yet.
    pub new: usize,
}

/// Why a pack could not be written or brought in.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The ledger could not do its part.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The file could not be read or written.
    #[error("the pack cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// The pack does not hold.
    #[error("line {line}: {message}")]
    Refused {
        /// From 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
}

#[derive(Serialize, Deserialize)]
struct Foot {
    digest: Sha256Digest,
    events: u64,
}

/// Writes the events of one release, or of all, as a pack.
///
/// # Errors
/// When the ledger cannot be read or `out` cannot be written.
pub async fn export(
    ledger: &dyn Ledger,
    release: Option<ReleaseId>,
    out: &mut (dyn Write + Send),
) -> Result<(), PackError> {
    let mut links = log::read(ledger, release).await?;
    links.sort_by_key(|link| (link.event.release_id, link.sequence));
    write(&links, out)?;
    Ok(())
}

fn write(links: &[Link], out: &mut dyn Write) -> io::Result<()> {
    let mut hasher = Sha256::new();
    let mut put = |line: Vec<u8>| {
        hasher.update(&line);
        out.write_all(&line)
    };
    put(line(&Head {
        schema: PACK_SCHEMA.to_owned(),
    })?)?;
    for link in links {
        put(line(link)?)?;
    }
    let digest = Sha256Digest::from_bytes(hasher.finalize().into());
    out.write_all(&line(&Foot {
        digest,
        events: links.len() as u64,
    })?)?;
    out.flush()
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Brings in the events of a pack, each once, after looking at the whole pack.
///
/// # Errors
/// [`PackError::Refused`] names the line at which the pack does not hold; nothing is appended
/// then.
pub async fn import(ledger: &dyn Ledger, input: impl BufRead) -> Result<Imported, PackError> {
    let links = read::links(input)?;
    let events: Vec<_> = links.into_iter().map(|link| link.event).collect();
    let count = events.len();
    let appended = ledger.append(events).await?;
    let is_new = |appended: &&super::Appended| appended.outcome == Outcome::Recorded;
    Ok(Imported {
        events: count,
        new: appended.iter().filter(is_new).count(),
    })
}
