//! Where in a JSON text a line stands, so that a bare value is replaced by a string.

use super::span::Span;

/// The state of a reader that looks at a line as JSON.
///
/// Lines that do not begin like JSON are left alone: quotes mean nothing in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JsonPlace {
    looks_like_json: bool,
    in_string: bool,
    after_backslash: bool,
}

impl JsonPlace {
    /// The place before the first byte of a line. No JSON string spans lines.
    pub(super) fn at_start_of(line: &[u8]) -> Self {
        let first = line.iter().find(|byte| !byte.is_ascii_whitespace());
        Self {
            looks_like_json: matches!(first, Some(b'{' | b'[' | b'"' | b'}' | b']' | b',')),
            in_string: false,
            after_backslash: false,
        }
    }

    /// The place after some more bytes of the line.
    pub(super) fn after(mut self, bytes: &[u8]) -> Self {
        if !self.looks_like_json {
            return self;
        }
        for byte in bytes {
            if self.after_backslash {
                self.after_backslash = false;
            } else if *byte == b'"' {
                self.in_string = !self.in_string;
            } else {
                self.after_backslash = self.in_string && *byte == b'\\';
            }
        }
        self
    }

    /// Widens spans that lie in a bare value (`12345678` of `{"pin": 12345678}`) to the whole of
    /// it, and has them put in quotes.
    pub(super) fn quote_bare_values(self, text: &[u8], spans: &mut [Span]) {
        if !self.looks_like_json {
            return;
        }
        let (mut place, mut read, mut floor) = (self, 0, 0);
        for span in spans {
            place = place.after(&text[read.min(span.start)..span.start]);
            read = read.max(span.start);
            if span.quote.is_empty() && !place.in_string && span.start >= floor {
                quote_bare_value(text, span, floor);
            }
            floor = floor.max(span.end);
        }
    }
}

fn quote_bare_value(text: &[u8], span: &mut Span, floor: usize) {
    let start = span.start - bare_length(text[floor..span.start].iter().rev());
    let end = span.end + bare_length(text[span.end..].iter());
    let before = text[..start]
        .iter()
        .rfind(|byte| !byte.is_ascii_whitespace());
    let after = text[end..].iter().find(|byte| !byte.is_ascii_whitespace());
    let is_value = matches!(before, Some(b'[' | b',' | b':'))
        && matches!(after, None | Some(b']' | b',' | b'}'))
        && !text[span.start..span.end].contains(&b'"');
    if is_value {
        (span.start, span.end, span.quote) = (start, end, "\"");
    }
}

/// Whether a byte may stand in a bare JSON value.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// No bare value is longer; the bound keeps long runs of letters from being gone over again and
/// again.
const LONGEST_BARE: usize = 64;

fn bare_length<'a>(bytes: impl Iterator<Item = &'a u8>) -> usize {
    let bytes = bytes.take(LONGEST_BARE);
    bytes.take_while(|byte| is_bare(**byte)).count()
}
