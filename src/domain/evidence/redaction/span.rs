//! Where something to mask stands in a line, and how it is replaced there.

use std::ops::Range;

use memchr::memmem;

use super::json::JsonPlace;

/// What was found, in the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A secret value, or a password in a URL.
    Secret,
    /// A match of one of the policy's patterns.
    Pattern,
    /// An e-mail address.
    Email,
    /// A pair of coordinates, or one with its name.
    Coordinates,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Secret, Self::Pattern, Self::Email, Self::Coordinates];

    /// What stands in the place of a match.
    pub(super) const fn placeholder(self) -> &'static str {
        match self {
            Self::Secret => "[masked:secret]",
            Self::Pattern => "[masked:pattern]",
            Self::Email => "[masked:email]",
            Self::Coordinates => "[masked:coordinates]",
        }
    }
}

/// A place to mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The first byte.
    pub(super) start: usize,
    /// The byte after the last one.
    pub(super) end: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// What is put before and after the placeholder: `"` around a bare JSON value.
    pub(super) quote: &'static str,
}

impl Span {
    /// A span that needs no quotes.
    pub(super) const fn new(range: Range<usize>, kind: Kind) -> Self {
        Self {
            start: range.start,
            end: range.end,
            kind,
            quote: "",
        }
    }
}

/// Makes found spans fit to be replaced: widened where they would split an XML entity, a JSON
/// escape or an earlier placeholder; without those inside an earlier placeholder; sorted, the
/// overlapping ones merged; bare JSON values quoted. `place` is where `text` starts.
pub(super) fn settle(text: &[u8], mut spans: Vec<Span>, place: JsonPlace) -> Vec<Span> {
    if spans.is_empty() {
        return spans;
    }
    for span in &mut spans {
        widen_over_escapes(text, span);
    }
    let placeholders: Vec<_> = placeholders(text).collect();
    spans.retain_mut(|span| widen_over_placeholders(&placeholders, span));
    let mut settled = merge(spans);
    place.quote_bare_values(text, &mut settled);
    settled
}

/// Sorts spans and merges those that overlap; the highest kind names the whole.
fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => {
                if span.kind < last.kind {
                    (last.kind, last.quote) = (span.kind, span.quote);
                }
                last.end = last.end.max(span.end);
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// Writes `text[range]` with its spans replaced; parts of spans outside the range are left out.
pub(super) fn write_masked(text: &[u8], range: Range<usize>, spans: &[Span], out: &mut Vec<u8>) {
    let mut done = range.start;
    for span in spans {
        if span.end <= done || span.start >= range.end {
            continue;
        }
        out.extend_from_slice(&text[done..span.start.max(done)]);
        out.extend_from_slice(span.quote.as_bytes());
        out.extend_from_slice(span.kind.placeholder().as_bytes());
        out.extend_from_slice(span.quote.as_bytes());
        done = span.end.min(range.end);
    }
    out.extend_from_slice(&text[done..range.end]);
}

/// Where earlier placeholders stand, from left to right.
fn placeholders(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memmem::find_iter(text, "[masked:").filter_map(|start| {
        Kind::ALL
            .into_iter()
            .map(|kind| kind.placeholder().as_bytes())
            .find(|placeholder| text[start..].starts_with(placeholder))
            .map(|placeholder| start..start + placeholder.len())
    })
}

/// Widens a span over the placeholders that it overlaps; false if it lies inside one.
fn widen_over_placeholders(placeholders: &[Range<usize>], span: &mut Span) -> bool {
    let first = placeholders.partition_point(|placeholder| placeholder.end <= span.start);
    for placeholder in &placeholders[first..] {
        if placeholder.start >= span.end {
            break;
        }
        if placeholder.start <= span.start && span.end <= placeholder.end {
            return false;
        }
        span.start = span.start.min(placeholder.start);
        span.end = span.end.max(placeholder.end);
    }
    true
}

/// The longest entity that is looked for: `&#x10ffff;`.
const LONGEST_ENTITY: usize = 10;

/// The longest JSON escape: `\u00e9`.
const LONGEST_ESCAPE: usize = 6;

fn widen_over_escapes(text: &[u8], span: &mut Span) {
    if let Some(entity) = entity_across(text, span.start) {
        span.start = entity.start;
    }
    if let Some(entity) = entity_across(text, span.end) {
        span.end = entity.end;
    }
    if let Some(escape) = escape_across(text, span.start) {
        span.start = escape;
    }
}

/// The XML entity that a cut at `at` would split.
fn entity_across(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = &text[at.saturating_sub(LONGEST_ENTITY)..at];
    let start = at - before.len() + before.iter().rposition(|byte| *byte == b'&')?;
    let rest = &text[start + 1..text.len().min(start + LONGEST_ENTITY)];
    let length = rest.iter().position(|byte| *byte == b';')?;
    let end = start + 1 + length + 1;
    (at < end && is_entity(&rest[..length])).then_some(start..end)
}

fn is_entity(name: &[u8]) -> bool {
    match name {
        b"amp" | b"lt" | b"gt" | b"quot" | b"apos" => true,
        [b'#', b'x' | b'X', hex @ ..] => !hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit),
        [b'#', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The start of the JSON escape (`\n`, `\u00e9`) that a cut at `at` would split. A backslash that
/// is escaped itself starts none.
fn escape_across(text: &[u8], at: usize) -> Option<usize> {
    let before = &text[at.saturating_sub(LONGEST_ESCAPE - 1)..at];
    let start = at - before.len() + before.iter().rposition(|byte| *byte == b'\\')?;
    let slashes = text[..=start]
        .iter()
        .rev()
        .take_while(|byte| **byte == b'\\')
        .count();
    let digits = &text[start + 1..at];
    let is_split = match digits {
        [] => true,
        [b'u', hex @ ..] => hex.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    };
    (slashes % 2 == 1 && is_split).then_some(start)
}
