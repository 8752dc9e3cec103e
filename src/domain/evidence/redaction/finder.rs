//! All that is looked for, behind one face.

use regex::bytes::Regex;

use super::redactor::Redactor;
use super::secrets::Secrets;
use super::span::{Kind, Span};
use super::{coordinates, emails, patterns, urls};

/// Something that is looked for.
#[derive(Clone, Copy)]
pub(super) enum Finder<'a> {
    /// Secret values.
    Secrets(&'a Secrets),
    /// Passwords in URLs.
    UrlPasswords,
    /// One of the policy's patterns.
    Pattern(&'a Regex),
    /// E-mail addresses.
    Emails,
    /// GPS coordinates.
    Coordinates,
}

impl Finder<'_> {
    /// The first match from `from` on.
    fn find(self, text: &[u8], from: usize) -> Option<Span> {
        let (range, kind) = match self {
            Self::Secrets(secrets) => (secrets.find(text, from)?, Kind::Secret),
            Self::UrlPasswords => (urls::find(text, from)?, Kind::Secret),
            Self::Pattern(pattern) => (patterns::find(pattern, text, from)?, Kind::Pattern),
            Self::Emails => (emails::find(text, from)?, Kind::Email),
            Self::Coordinates => {
                let found = coordinates::find(text, from)?;
                let span = Span::new(found.range, Kind::Coordinates);
                return Some(Span {
                    quote: found.quote,
                    ..span
                });
            }
        };
        Some(Span::new(range, kind))
    }

    /// All matches from `from` on, from left to right.
    pub(super) fn find_all(self, text: &[u8], from: usize) -> Vec<Span> {
        let next = |last: &Span| self.find(text, last.end);
        std::iter::successors(self.find(text, from), next).collect()
    }
}

/// Everything to mask from `from` on, all kinds looked for at once. What stands before is looked
/// back at only.
pub(super) fn find_everything(redactor: &Redactor, text: &[u8], from: usize) -> Vec<Span> {
    let mut found = Vec::new();
    for finder in redactor.finders() {
        // What makes a password one may stand far before it.
        let start = if matches!(finder, Finder::UrlPasswords) {
            0
        } else {
            from
        };
        found.extend(finder.find_all(text, start));
    }
    found.retain(|span: &Span| span.end > from);
    found
}
