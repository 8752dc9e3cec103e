//! Reading a pack, a line at a time, believing nothing.

use std::collections::BTreeSet;
use std::io::{BufRead, Read as _};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{EndLine, Header, LinkLine, PackError, SCHEMA, Summary};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::{self, Link};
use crate::domain::release::ReleaseId;

/// A longer line is refused, so that memory is bounded whatever the file.
const LONGEST_LINE: u64 = 64 << 20;

/// What a line of a pack holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A link, which fits the one before it.
    Link(Link),
    /// A line of a kind that this build does not know: its name and content.
    Other(String, Value),
}

/// Reads a pack. A link is handed out when its own chain holds; the whole is proven only when
/// [`PackReader::summary`] has answered.
pub struct PackReader<R> {
    input: R,
    hasher: Sha256,
    /// The number of the line read last.
    line: u64,
    before: Option<Link>,
    seen: BTreeSet<ReleaseId>,
    events: u64,
    end: Option<Summary>,
}

impl<R: BufRead> PackReader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// [`PackError::Refused`] when it is not a pack's, or one of a later version.
    pub fn start(input: R) -> Result<Self, PackError> {
        let mut reader = Self {
            input,
            hasher: Sha256::new(),
            line: 0,
            before: None,
            seen: BTreeSet::new(),
            events: 0,
            end: None,
        };
        let text = reader.next_line()?;
        let header: Option<Header> = text.as_deref().and_then(|t| serde_json::from_slice(t).ok());
        match header {
            Some(header) if header.schema == SCHEMA => {}
            Some(header) => {
                let found = header.schema;
                let message = format!("the schema is {found:?}, and this version reads {SCHEMA:?}");
                return Err(reader.refused(message));
            }
            None => {
                return Err(reader.refused("this is not a pack: its first line names no schema"));
            }
        }
        reader.hasher.update(text.unwrap_or_default());
        Ok(reader)
    }

    /// Reads the next line; `None` behind the last one.
    ///
    /// # Errors
    /// [`PackError::Refused`] with the line that is wrong, or [`PackError::Io`].
    pub fn next_entry(&mut self) -> Result<Option<Entry>, PackError> {
        if self.end.is_some() {
            return Ok(None);
        }
        let Some(text) = self.next_line()? else {
            return Err(self.refused("the pack ends here without its last line; it was cut off"));
        };
        let (kind, content) = self.kind_of(&text)?;
        match kind.as_str() {
            "end" => {
                self.finish(&text)?;
                Ok(None)
            }
            "link" => {
                let link = self.link(&text, content)?;
                self.hasher.update(&text);
                Ok(Some(Entry::Link(link)))
            }
            _ => {
                self.hasher.update(&text);
                Ok(Some(Entry::Other(kind, content)))
            }
        }
    }

    /// What the pack holds, once all of it was read and found sound.
    ///
    /// # Errors
    /// [`PackError::Refused`] before that.
    pub fn summary(&self) -> Result<Summary, PackError> {
        self.end
            .ok_or_else(|| self.refused("the pack was not read to its end"))
    }

    /// The next line with its line end.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, PackError> {
        let mut text = Vec::new();
        let read = (&mut self.input)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut text)?;
        self.line += 1;
        match text.last() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(text)),
            Some(_) if read as u64 == LONGEST_LINE => Err(self.refused("the line is too long")),
            Some(_) => Err(self.refused("the line has no end; the pack was cut off")),
        }
    }

    /// Every line is an object with one key, which says what it is.
    fn kind_of(&self, text: &[u8]) -> Result<(String, Value), PackError> {
        let object: Map<String, Value> = self.parse(text)?;
        let mut fields = object.into_iter();
        match (fields.next(), fields.next()) {
            (Some(field), None) => Ok(field),
            _ => Err(self.refused("the line is not an object with one key")),
        }
    }

    fn link(&mut self, text: &[u8], content: Value) -> Result<Link, PackError> {
        let link: Link = serde_json::from_value(content)
            .map_err(|error| self.refused(format!("the link cannot be read: {error}")))?;
        let canonical = serde_json_canonicalizer::to_vec(&LinkLine { link: &link });
        if canonical.ok().as_deref() != text.strip_suffix(b"\n") {
            return Err(self.refused("the link is not written as canonical JSON"));
        }
        let release = link.event.release_id;
        let same = self
            .before
            .take()
            .filter(|before| before.event.release_id == release);
        if same.is_none() && !self.seen.insert(release) {
            return Err(self.refused(format!(
                "the links of release {release} do not stand together"
            )));
        }
        chain::verify_link(same.as_ref(), &link)
            .map_err(|error| self.refused(error.to_string()))?;
        self.events += 1;
        self.before = Some(link.clone());
        Ok(link)
    }

    fn finish(&mut self, text: &[u8]) -> Result<(), PackError> {
        let EndLine { end } = self.parse(text)?;
        let sha256 = Sha256Digest::from_bytes(self.hasher.clone().finalize().into());
        if end.sha256 != sha256 {
            return Err(self.refused("the digest does not fit what stands before it"));
        }
        if (end.events, end.releases) != (self.events, self.seen.len() as u64) {
            return Err(self.refused("the counts do not fit what stands before them"));
        }
        if serde_json_canonicalizer::to_vec(&EndLine { end })
            .ok()
            .as_deref()
            != text.strip_suffix(b"\n")
        {
            return Err(self.refused("the last line is not written as canonical JSON"));
        }
        if !self.input.fill_buf()?.is_empty() {
            self.line += 1;
            return Err(self.refused("something stands behind the last line"));
        }
        self.end = Some(end);
        Ok(())
    }

    fn parse<T: DeserializeOwned>(&self, text: &[u8]) -> Result<T, PackError> {
        serde_json::from_slice(text)
            .map_err(|error| self.refused(format!("the line is not what it should be: {error}")))
    }

    fn refused(&self, message: impl Into<String>) -> PackError {
        PackError::Refused {
            line: self.line,
            message: message.into(),
        }
    }
}
