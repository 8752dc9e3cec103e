//! Writing a pack, a line at a time.

use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::parts::{Listed, VERSION};
use super::{EndLine, Header, LinkLine, SCHEMA, Summary};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::release::ReleaseId;

/// Writes a pack. The links of a release are handed in together and in order.
pub struct PackWriter<W> {
    out: W,
    hasher: Sha256,
    events: u64,
    releases: u64,
    release: Option<ReleaseId>,
}

impl<W: Write> PackWriter<W> {
    /// Writes the first line.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn start(out: W) -> io::Result<Self> {
        let header = Header {
            schema: SCHEMA.to_owned(),
            version: None,
            tollgate: None,
            parts: Vec::new(),
        };
        Self::start_with(out, &header)
    }

    /// Writes the first line of a pack with parts.
    pub(super) fn with_parts(out: W, parts: Vec<Listed>) -> io::Result<Self> {
        let header = Header {
            schema: SCHEMA.to_owned(),
            version: Some(VERSION),
            tollgate: Some(env!("CARGO_PKG_VERSION").to_owned()),
            parts,
        };
        Self::start_with(out, &header)
    }

    fn start_with(out: W, header: &Header) -> io::Result<Self> {
        let mut writer = Self {
            out,
            hasher: Sha256::new(),
            events: 0,
            releases: 0,
            release: None,
        };
        writer.line(header)?;
        Ok(writer)
    }

    /// Writes the line of a part.
    pub(super) fn part(&mut self, line: &[u8]) -> io::Result<()> {
        self.hasher.update(line);
        self.out.write_all(line)
    }

    /// Writes a link.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn link(&mut self, link: &Link) -> io::Result<()> {
        if self.release != Some(link.event.release_id) {
            self.release = Some(link.event.release_id);
            self.releases += 1;
        }
        self.events += 1;
        self.line(&LinkLine { link })
    }

    /// Writes the last line.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn finish(mut self) -> io::Result<Summary> {
        let sha256 = Sha256Digest::from_bytes(self.hasher.clone().finalize().into());
        let end = Summary {
            events: self.events,
            releases: self.releases,
            sha256,
        };
        self.line(&EndLine { end })?;
        self.out.flush()?;
        Ok(end)
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json_canonicalizer::to_vec(line)?;
        text.push(b'\n');
        self.hasher.update(&text);
        self.out.write_all(&text)
    }
}
