//! What masks texts.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr2, memrchr2};

use super::RedactionRules;
use super::finder::Finder;
use super::line::mask_line;
use super::patterns::{BadPattern, Patterns};
use super::redacted::Redacted;
use super::scout::Scout;
use super::secrets::Secrets;

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

    /// The secrets that are masked.
    pub(super) const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The patterns that are masked.
    pub(super) const fn patterns(&self) -> &Patterns {
        &self.patterns
    }

    /// Whether e-mail addresses are masked.
    pub(super) const fn masks_emails(&self) -> bool {
        self.emails
    }

    /// Whether GPS coordinates are masked.
    pub(super) const fn masks_coordinates(&self) -> bool {
        self.coordinates
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
