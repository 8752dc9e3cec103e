//! What masks texts.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr2, memrchr2};

use super::line::{Finder, mask_line};
use super::patterns::{BadPattern, Patterns};
use super::redacted::Redacted;
use super::secrets::Secrets;
use super::{RedactionRules, coordinates, emails, urls};

/// Masks texts by the rules of a policy and the values of secrets.
pub struct Redactor {
    secrets: Secrets,
    patterns: Patterns,
    emails: bool,
    coordinates: bool,
}

impl Redactor {
    /// A redactor for a policy's rules and the values of secrets, such as [`secret_values`] finds.
    ///
    /// Each line of a value is masked for itself, also as it is escaped in XML, JSON and URLs, and
    /// so is the whole value in base64. Values and lines of fewer than four characters are ignored.
    /// Passwords in URLs are always masked.
    ///
    /// # Errors
    /// A pattern is no regular expression for text, or is too large.
    ///
    /// [`secret_values`]: super::secret_values
    pub fn new(
        rules: &RedactionRules,
        secrets: impl IntoIterator<Item = String>,
    ) -> Result<Self, BadPattern> {
        Ok(Self {
            secrets: Secrets::new(secrets)?,
            patterns: Patterns::new(&rules.patterns)?,
            emails: rules.emails,
            coordinates: rules.coordinates,
        })
    }

    /// Masks a text; borrows it if there was nothing to mask.
    pub fn mask<'a>(&self, text: &'a str) -> Redacted<Cow<'a, str>> {
        Redacted::vouch(match self.masked(text.as_bytes()) {
            None => Cow::Borrowed(text),
            Some(masked) => Cow::Owned(into_string(masked)),
        })
    }

    /// Masks a text that is owned already.
    pub fn mask_string(&self, text: String) -> Redacted<String> {
        Redacted::vouch(match self.masked(text.as_bytes()) {
            None => text,
            Some(masked) => into_string(masked),
        })
    }

    /// Masks bytes, which need not be UTF-8; borrows them if there was nothing to mask.
    pub fn mask_bytes<'a>(&self, bytes: &'a [u8]) -> Redacted<Cow<'a, [u8]>> {
        Redacted::vouch(match self.masked(bytes) {
            None => Cow::Borrowed(bytes),
            Some(masked) => Cow::Owned(masked),
        })
    }

    /// Appends the masked form of whole lines.
    pub(super) fn mask_into(&self, text: &[u8], out: &mut Vec<u8>) {
        let mut scout = Scout::new(self, text);
        let mut done = 0;
        while let Some(hit) = scout.first(done) {
            let start = memrchr2(b'\n', b'\r', &text[..hit]).map_or(0, |end| end + 1);
            let end = memchr2(b'\n', b'\r', &text[hit..]).map_or(text.len(), |end| hit + end);
            out.extend_from_slice(&text[done..start]);
            mask_line(self, &text[start..end], out);
            done = end;
        }
        out.extend_from_slice(&text[done..]);
    }

    /// All that is looked for in a line, in order.
    pub(super) fn finders(&self) -> impl Iterator<Item = Finder<'_>> {
        [Finder::Secrets(&self.secrets), Finder::UrlPasswords]
            .into_iter()
            .chain(self.patterns.each().map(Finder::Pattern))
            .chain(self.emails.then_some(Finder::Emails))
            .chain(self.coordinates.then_some(Finder::Coordinates))
    }

    /// The bytes of the longest secret, as it is spelt.
    pub(super) const fn longest_secret(&self) -> usize {
        self.secrets.longest()
    }

    fn masked(&self, text: &[u8]) -> Option<Vec<u8>> {
        Scout::new(self, text).first(0)?;
        let mut out = Vec::with_capacity(text.len() + 64);
        self.mask_into(text, &mut out);
        Some(out)
    }
}

impl fmt::Debug for Redactor {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("emails", &self.emails)
            .field("coordinates", &self.coordinates)
            .finish_non_exhaustive()
    }
}

/// Secrets and patterns match whole characters only, so that masked text is text.
fn into_string(masked: Vec<u8>) -> String {
    String::from_utf8(masked)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Looks ahead for the next line that has something to mask, so that all others are only copied.
struct Scout<'a> {
    redactor: &'a Redactor,
    text: &'a [u8],
    /// Where each kind was found next; before the place asked for, it is looked for again.
    next: [Option<usize>; 5],
}

impl<'a> Scout<'a> {
    fn new(redactor: &'a Redactor, text: &'a [u8]) -> Self {
        let mut scout = Self {
            redactor,
            text,
            next: [None; 5],
        };
        for kind in 0..scout.next.len() {
            scout.next[kind] = scout.look(kind, 0);
        }
        scout
    }

    /// The first byte from `from` on, which starts or ends a line, that is to be masked.
    fn first(&mut self, from: usize) -> Option<usize> {
        for kind in 0..self.next.len() {
            if self.next[kind].is_some_and(|at| at < from) {
                self.next[kind] = self.look(kind, from);
            }
        }
        self.next.iter().flatten().min().copied()
    }

    fn look(&self, kind: usize, from: usize) -> Option<usize> {
        let Self { redactor, text, .. } = self;
        match kind {
            0 => redactor.secrets.first(text, from),
            1 => Some(urls::find(text, from)?.start),
            2 => redactor.patterns.first_line(text, from),
            3 if redactor.emails => Some(emails::find(text, from)?.start),
            4 if redactor.coordinates => Some(coordinates::find(text, from)?.range.start),
            _ => None,
        }
    }
}
