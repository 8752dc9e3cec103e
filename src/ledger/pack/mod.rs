//! The pack: a ledger in one text file that travels, for `tollgate ledger export` and `import`.
//!
//! JSON Lines, each line canonical JSON (RFC 8785), so the same content is always the same file:
//!
//! ```text
//! {"schema":"tollgate.pack/v1"}
//! {"link":{"event":{…},"hash":"…","previous":null,"sequence":1}}
//! {"link":…}
//! {"end":{"events":2,"releases":1,"sha256":"…"}}
//! ```
//!
//! The links of a release stand together, in order; releases stand in the order of their ids. The
//! last line has the SHA-256 of every byte before it. A line of a kind that is not known is passed
//! over when read: later versions may add some, and the digest covers them.
//!
//! A pack of one release that people export is of version 2: it also has [`parts`].

mod name;
pub mod parts;
mod read;
mod write;

use std::io::{self, BufReader, Read, Seek, Write};

use serde::{Deserialize, Serialize};

pub use read::{Entry, PACK, PackReader};
pub use write::PackWriter;

use self::parts::{Listed, Parts};
use super::{Ledger, LedgerError, Outcome};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;

/// The first line's `schema`.
pub const SCHEMA: &str = "tollgate.pack/v1";

/// How many events an import appends at a time.
const AT_ONCE: usize = 500;

/// Why a pack could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The ledger could not do its part.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The file could not be read or written.
    #[error("the pack cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// The pack is not what it should be. Nothing of it was imported.
    #[error("line {line} of the pack: {item}: {message}")]
    Refused {
        /// The line, from 1.
        line: u64,
        /// What it is: `event 17 (check_reported test/pytest)`, `policy`, `pack`.
        item: String,
        /// What is wrong with it.
        message: String,
    },
}

/// What a pack holds; its last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How many events.
    pub events: u64,
    /// Of how many releases.
    pub releases: u64,
    /// Of every byte before the last line.
    pub sha256: Sha256Digest,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// How many events the pack holds.
    pub events: u64,
    /// How many of them were new.
    pub recorded: u64,
    /// Of how many releases they are.
    pub releases: u64,
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of the form: [`parts::VERSION`], or none for packs without parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The version of Tollgate that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tollgate: Option<String>,
    /// The parts in the order in which they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Listed>,
}

/// A line with a link.
#[derive(Serialize)]
struct LinkLine<'a> {
    link: &'a Link,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct EndLine {
    end: Summary,
}

/// Writes the events of one release, or of all, as a pack.
///
/// # Errors
/// [`PackError::Ledger`] when they cannot be read, [`PackError::Io`] when `out` cannot be written.
pub async fn export(
    ledger: &dyn Ledger,
    release: Option<ReleaseId>,
    out: &mut (dyn Write + Send),
) -> Result<Summary, PackError> {
    let releases = match release {
        Some(release) => vec![release],
        None => ledger
            .releases()
            .await?
            .into_iter()
            .map(|head| head.release)
            .collect(),
    };
    let mut writer = PackWriter::start(out)?;
    for release in releases {
        for link in ledger.events(release).await? {
            writer.link(&link)?;
        }
    }
    Ok(writer.finish()?)
}

/// Writes the events of one release with everything that is needed to judge it again.
///
/// # Errors
/// [`PackError::Io`] when `out` cannot be written.
pub fn export_release(
    links: &[Link],
    parts: &Parts,
    out: &mut (dyn Write + Send),
) -> Result<Summary, PackError> {
    let before = parts.before();
    let behind = parts.behind();
    let all = before.iter().chain([&behind]);
    let listed: Result<Vec<Listed>, PackError> = all
        .map(|part| {
            let sha256 = Sha256Digest::of(&part.line()?);
            let name = part.name();
            Ok(Listed { name, sha256 })
        })
        .collect();
    let mut writer = PackWriter::with_parts(out, listed?)?;
    for part in &before {
        writer.part(&part.line()?)?;
    }
    for link in links {
        writer.link(link)?;
    }
    writer.part(&behind.line()?)?;
    Ok(writer.finish()?)
}

/// Checks a whole pack: its lines, each release's chain, its digest.
///
/// # Errors
/// [`PackError::Refused`] with the first line that is wrong, or [`PackError::Io`].
pub fn check(input: impl Read) -> Result<Summary, PackError> {
    let mut reader = PackReader::start(BufReader::new(input))?;
    while reader.next_entry()?.is_some() {}
    reader.summary()
}

/// Checks a whole pack first, then appends its events; what is in the ledger already stays as it
/// is, and the ledger's own chains grow by the rest.
///
/// # Errors
/// [`PackError::Refused`] when the pack is not sound; nothing was appended then.
/// [`PackError::Ledger`] when the ledger has other content under a key, or cannot be written;
/// what was appended before stays, and an import of the same pack goes on from there.
pub async fn import(
    ledger: &dyn Ledger,
    input: &mut (impl Read + Seek + Send),
) -> Result<Imported, PackError> {
    let start = input.stream_position()?;
    let summary = check(&mut *input)?;
    input.seek(io::SeekFrom::Start(start))?;
    let mut reader = PackReader::start(BufReader::new(input))?;
    let mut imported = Imported {
        events: summary.events,
        recorded: 0,
        releases: summary.releases,
    };
    let mut events = Vec::with_capacity(AT_ONCE);
    while let Some(entry) = reader.next_entry()? {
        if let Entry::Link(link) = entry {
            events.push(link.event);
        }
        if events.len() == AT_ONCE {
            imported.recorded += append(ledger, std::mem::take(&mut events)).await?;
        }
    }
    imported.recorded += append(ledger, events).await?;
    Ok(imported)
}

async fn append(ledger: &dyn Ledger, events: Vec<Event>) -> Result<u64, LedgerError> {
    let answers = ledger.append(events).await?;
    let new = answers
        .iter()
        .filter(|answer| answer.outcome == Outcome::Recorded);
    Ok(new.count() as u64)
}
