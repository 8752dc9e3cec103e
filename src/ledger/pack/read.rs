//! Reading a pack, a line at a time, believing nothing.

use std::collections::BTreeSet;
use std::io::{BufRead, Read as _};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{EndLine, Header, LinkLine, PackError, SCHEMA, Summary, name};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::{self, ChainError, Link};
use crate::domain::release::ReleaseId;

/// A longer line is refused, so that memory is bounded whatever the file.
const LONGEST_LINE: u64 = 64 << 20;

/// What is wrong with the pack as a whole.
/// The item of a fault of the pack as a whole.
pub const PACK: &str = "pack";

/// What a line of a pack holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A link, which fits the one before it.
    Link(Link),
    /// A line of another kind, which this reader does not judge: its name and content.
    Other(String, Value),
}

/// Reads a pack. A link is handed out when its own chain holds; the whole is proven only when
/// [`PackReader::summary`] has answered.
pub struct PackReader<R> {
    input: R,
    header: Header,
    hasher: Sha256,
    /// The number of the line read last.
    line: u64,
    /// Of that line, with its line end.
    line_digest: Sha256Digest,
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
            header: Header {
                schema: String::new(),
                version: None,
                tollgate: None,
                parts: Vec::new(),
            },
            hasher: Sha256::new(),
            line: 0,
            line_digest: Sha256Digest::of(b""),
            before: None,
            seen: BTreeSet::new(),
            events: 0,
            end: None,
        };
        let text = reader.next_line()?;
        let header: Option<Header> = text.as_deref().and_then(|t| serde_json::from_slice(t).ok());
        match header {
            Some(header) if header.schema == SCHEMA => reader.header = header,
            Some(header) => {
                let found = header.schema;
                let message = format!("the schema is {found:?}, and this version reads {SCHEMA:?}");
                return Err(reader.refused(PACK, message));
            }
            None => {
                let message = "this is not a pack: its first line names no schema";
                return Err(reader.refused(PACK, message));
            }
        }
        reader.hasher.update(text.unwrap_or_default());
        Ok(reader)
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The number of the line read last, from 1, with the SHA-256 of the line and its line end.
    pub fn line(&self) -> (u64, Sha256Digest) {
        (self.line, self.line_digest)
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
            let message = "the pack ends here without its last line; it was cut off";
            return Err(self.refused(PACK, message));
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
            .ok_or_else(|| self.refused(PACK, "the pack was not read to its end"))
    }

    /// The next line with its line end.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, PackError> {
        let mut text = Vec::new();
        let read = (&mut self.input)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut text)?;
        self.line += 1;
        self.line_digest = Sha256Digest::of(&text);
        match text.last() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(text)),
            Some(_) if read as u64 == LONGEST_LINE => {
                Err(self.refused(self.guess(&text), "the line is too long"))
            }
            Some(_) => {
                let message = "the line has no end; the pack was cut off";
                Err(self.refused(self.guess(&text), message))
            }
        }
    }

    /// What a line that cannot be read would be, by its beginning.
    fn guess(&self, text: &[u8]) -> String {
        let begins = |kind: &str| text.starts_with(format!("{{\"{kind}\":").as_bytes());
        let mut parts = ["release", "policy", "manifest", "verdict"].into_iter();
        match parts.find(|kind| begins(kind)) {
            Some(kind) => kind.to_owned(),
            None if begins("end") => PACK.to_owned(),
            None if begins("link") => name::unread(self.expected()),
            None => format!("line {}", self.line),
        }
    }

    /// The number of the event that should come next, in the release of the one before.
    fn expected(&self) -> u64 {
        self.before.as_ref().map_or(1, |link| link.sequence + 1)
    }

    /// Every line is an object with one key, which says what it is.
    fn kind_of(&self, text: &[u8]) -> Result<(String, Value), PackError> {
        let object: Map<String, Value> = self.parse(text)?;
        let mut fields = object.into_iter();
        match (fields.next(), fields.next()) {
            (Some(field), None) => Ok(field),
            _ => Err(self.refused(self.guess(text), "the line is not an object with one key")),
        }
    }

    fn link(&mut self, text: &[u8], content: Value) -> Result<Link, PackError> {
        let link: Link = serde_json::from_value(content).map_err(|error| {
            let message = format!("the link cannot be read: {error}");
            self.refused(name::unread(self.expected()), message)
        })?;
        let release = link.event.release_id;
        let same = self
            .before
            .take()
            .filter(|before| before.event.release_id == release);
        let number = same.as_ref().map_or(1, |before| before.sequence + 1);
        let name = name::of(number, &link.event);
        let canonical = serde_json_canonicalizer::to_vec(&LinkLine { link: &link });
        if canonical.ok().as_deref() != text.strip_suffix(b"\n") {
            return Err(self.refused(name, "the link is not written as canonical JSON"));
        }
        if same.is_none() && !self.seen.insert(release) {
            let message = format!("the links of release {release} do not stand together");
            return Err(self.refused(name, message));
        }
        chain::verify_link(same.as_ref(), &link).map_err(|error| {
            let item = match error {
                ChainError::Gap { .. } => name::unread(number),
                _ => name,
            };
            self.refused(item, broken(&error, &link))
        })?;
        self.events += 1;
        self.before = Some(link.clone());
        Ok(link)
    }

    fn finish(&mut self, text: &[u8]) -> Result<(), PackError> {
        let EndLine { end } = self.parse(text)?;
        let sha256 = Sha256Digest::from_bytes(self.hasher.clone().finalize().into());
        if end.sha256 != sha256 {
            return Err(self.refused(PACK, "the digest does not fit what stands before it"));
        }
        if (end.events, end.releases) != (self.events, self.seen.len() as u64) {
            return Err(self.refused(PACK, "the counts do not fit what stands before them"));
        }
        if serde_json_canonicalizer::to_vec(&EndLine { end })
            .ok()
            .as_deref()
            != text.strip_suffix(b"\n")
        {
            return Err(self.refused(PACK, "the last line is not written as canonical JSON"));
        }
        if !self.input.fill_buf()?.is_empty() {
            self.line += 1;
            return Err(self.refused(PACK, "something stands behind the last line"));
        }
        self.end = Some(end);
        Ok(())
    }

    fn parse<T: DeserializeOwned>(&self, text: &[u8]) -> Result<T, PackError> {
        serde_json::from_slice(text).map_err(|error| {
            let message = format!("the line is not what it should be: {error}");
            self.refused(self.guess(text), message)
        })
    }

    fn refused(&self, item: impl Into<String>, message: impl Into<String>) -> PackError {
        PackError::Refused {
            line: self.line,
            item: item.into(),
            message: message.into(),
        }
    }
}

/// What is wrong with a link, said of the event that should be in its place.
fn broken(error: &ChainError, link: &Link) -> String {
    match error {
        ChainError::Gap { found, .. } => {
            format!("it is missing: event {found} stands in its place")
        }
        ChainError::Altered { hash, .. } => {
            let content = chain::canonical(&link.event);
            let own = content.map(|text| chain::hash_of(link.sequence, link.previous, &text));
            let own = own.map_or_else(|error| error.to_string(), |own| own.to_string());
            format!("it was altered: its hash is {hash}, and what it says has {own}")
        }
        ChainError::Broken { .. } => "it does not follow from the event before it".to_owned(),
        other => other.to_string(),
    }
}
