//! Reading a pack: every line is looked at before anything is believed.

use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};

use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::{Foot, Head, PACK_SCHEMA, PackError};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::{Link, verify_link};
use crate::domain::release::ReleaseId;

/// The longest line, in bytes: far more than any event has.
const LONGEST_LINE: u64 = 16 << 20;

/// Reads all links of a pack that holds.
pub(super) fn links(input: impl BufRead) -> Result<Vec<Link>, PackError> {
    let mut lines = Lines {
        input,
        number: 0,
        hasher: Sha256::new(),
    };
    let head = lines
        .next()?
        .ok_or_else(|| refused(1, "the file is empty"))?;
    check_head(&head)?;
    let mut links = Vec::new();
    let mut ends: BTreeMap<ReleaseId, usize> = BTreeMap::new();
    loop {
        let before = lines.digest();
        let Some(text) = lines.next()? else {
            return Err(refused(
                lines.number + 1,
                "the pack is cut off: its last line is missing",
            ));
        };
        if text.starts_with(br#"{"digest":"#) {
            let foot: Foot = parsed(lines.number, &text)?;
            check_foot(&foot, before, links.len(), &mut lines)?;
            return Ok(links);
        }
        let link: Link = parsed(lines.number, &text)?;
        let release = link.event.release_id;
        let last = ends.get(&release).and_then(|index| links.get(*index));
        verify_link(last, &link).map_err(|error| refused(lines.number, error.to_string()))?;
        ends.insert(release, links.len());
        links.push(link);
    }
}

fn check_head(line: &[u8]) -> Result<(), PackError> {
    let head: Head = parsed(1, line).map_err(|_| refused(1, "this is not a Tollgate pack"))?;
    if head.schema == PACK_SCHEMA {
        return Ok(());
    }
    Err(refused(
        1,
        format!(
            "the pack is of schema {}; this version reads {PACK_SCHEMA}",
            head.schema
        ),
    ))
}

fn check_foot<R: BufRead>(
    foot: &Foot,
    digest: Sha256Digest,
    events: usize,
    lines: &mut Lines<R>,
) -> Result<(), PackError> {
    let number = lines.number;
    if foot.events != events as u64 {
        let message = format!(
            "the pack should hold {} events and holds {events}",
            foot.events
        );
        return Err(refused(number, message));
    }
    if foot.digest != digest {
        return Err(refused(
            number,
            "the pack was altered: its content does not have its digest",
        ));
    }
    match lines.next()? {
        None => Ok(()),
        Some(_) => Err(refused(
            lines.number,
            "there is more behind the pack's last line",
        )),
    }
}

struct Lines<R> {
    input: R,
    number: u64,
    hasher: Sha256,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<Vec<u8>>, PackError> {
        let mut line = Vec::new();
        let count = (&mut self.input)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(None);
        }
        self.number += 1;
        if !line.ends_with(b"\n") {
            return Err(refused(
                self.number,
                "the line is cut off or longer than 16 MiB",
            ));
        }
        self.hasher.update(&line);
        Ok(Some(line))
    }

    /// Of every line so far.
    fn digest(&self) -> Sha256Digest {
        Sha256Digest::from_bytes(self.hasher.clone().finalize().into())
    }
}

fn parsed<T: DeserializeOwned>(number: u64, line: &[u8]) -> Result<T, PackError> {
    serde_json::from_slice(line).map_err(|error| refused(number, error.to_string()))
}

fn refused(line: u64, message: impl Into<String>) -> PackError {
    PackError::Refused {
        line,
        message: message.into(),
    }
}
