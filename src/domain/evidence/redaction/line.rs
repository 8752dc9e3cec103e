//! Masks one line.

use super::json::JsonPlace;
use super::redactor::Redactor;
use super::span::{Kind, Span, settle, write_masked};
use super::{coordinates, emails, patterns, urls};

/// How often a line is gone over again because masking made something else match. Only a pattern
/// that feeds on what was cut before (`.$`) needs more; then the whole line is masked.
const MOST_ROUNDS: usize = 8;

/// Something that is looked for.
#[derive(Clone, Copy)]
pub(super) enum Finder<'a> {
    /// Secret values.
    Secrets(&'a super::secrets::Secrets),
    /// Passwords in URLs.
    UrlPasswords,
    /// One of the policy's patterns.
    Pattern(&'a regex::bytes::Regex),
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
    fn find_all(self, text: &[u8], from: usize) -> Vec<Span> {
        let next = |last: &Span| self.find(text, last.end);
        std::iter::successors(self.find(text, from), next).collect()
    }
}

/// Masks a line (without its end) and appends it.
pub(super) fn mask_line(redactor: &Redactor, line: &[u8], out: &mut Vec<u8>) {
    let Some(mut masked) = round(redactor, line) else {
        out.extend_from_slice(line);
        return;
    };
    for _ in 1..MOST_ROUNDS {
        match round(redactor, &masked) {
            Some(again) => masked = again,
            None => {
                out.extend_from_slice(&masked);
                return;
            }
        }
    }
    out.extend_from_slice(Kind::Pattern.placeholder().as_bytes());
}

/// Everything is masked once, one kind after the other; none if there was nothing to mask.
fn round(redactor: &Redactor, line: &[u8]) -> Option<Vec<u8>> {
    let mut masked: Option<Vec<u8>> = None;
    for finder in redactor.finders() {
        let text = masked.as_deref().unwrap_or(line);
        let spans = settle(text, finder.find_all(text, 0), JsonPlace::at_start_of(text));
        if spans.is_empty() {
            continue;
        }
        let mut next = Vec::with_capacity(text.len() + 16);
        write_masked(text, 0..text.len(), &spans, &mut next);
        masked = Some(next);
    }
    masked
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
