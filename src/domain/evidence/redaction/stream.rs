//! Masks a stream of bytes as it comes.

use std::sync::Arc;

use memchr::memrchr2;

use super::finder::find_everything;
use super::json::JsonPlace;
use super::redactor::Redactor;
use super::span::{Span, settle, write_masked};

/// A line is held until its end, or until it has this many bytes (and the overlap).
const LONGEST_LINE: usize = 64 * 1024;

/// How much of a longer line is held back, so that a match that has begun can end, and how much of
/// what was written is kept, since it may be looked back at. Longer if there is a longer secret.
const OVERLAP: usize = 4 * 1024;

/// Masks a stream of bytes, whatever the pieces in which it comes.
///
/// Whole lines (ended by `\n` or `\r`) are written as soon as they are there, masked as by
/// [`Redactor::mask_bytes`]. A line is held until its end, up to 64 KiB and an overlap of 4 KiB (or
/// the longest secret). Longer lines are written in parts, which never end inside a match: no
/// secret is lost, nor any other match up to the length of the overlap. A pattern's match that is
/// longer is masked as far as it was seen, perhaps by several placeholders; what of it comes later
/// is masked only if it matches for itself.
///
/// Bytes that are not UTF-8 pass unchanged. No more memory is used than for one held line, its
/// masked form and the piece that is pushed.
pub struct StreamMasker {
    redactor: Arc<Redactor>,
    overlap: usize,
    /// The last bytes of a long line that were written already, then those that were not.
    held: Vec<u8>,
    /// How many bytes of `held` were written.
    written: usize,
    /// The bytes of `held` that are known to be part of a match which was cut.
    condemned: Option<Span>,
    /// Where `held` starts, if a part of the line was written.
    place: Option<JsonPlace>,
}

impl StreamMasker {
    /// A masker at the start of a stream.
    pub fn new(redactor: Arc<Redactor>) -> Self {
        let overlap = OVERLAP.max(redactor.secrets().longest());
        Self {
            redactor,
            overlap,
            held: Vec::new(),
            written: 0,
            condemned: None,
            place: None,
        }
    }

    /// Takes the next bytes and appends all that can be written already.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for piece in bytes.chunks(LONGEST_LINE) {
            self.push_piece(piece, out);
        }
    }

    /// Appends the rest of the stream. The masker is then at the start of another one.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.end_held_line(out);
    }

    fn push_piece(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            let Some(end) = memchr::memchr2(b'\n', b'\r', piece) else {
                return self.hold(piece, out);
            };
            self.held.extend_from_slice(&piece[..end]);
            self.end_held_line(out);
            piece = &piece[end..];
        }
        let whole = memrchr2(b'\n', b'\r', piece).map_or(0, |end| end + 1);
        self.redactor.mask_into(&piece[..whole], out);
        self.hold(&piece[whole..], out);
    }

    fn hold(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(bytes);
        while self.held.len() - self.written >= self.limit() {
            self.write_part(out);
        }
    }

    /// How many bytes are held before a part is written.
    fn limit(&self) -> usize {
        LONGEST_LINE.max(self.overlap) + self.overlap
    }

    fn end_held_line(&mut self, out: &mut Vec<u8>) {
        if self.place.is_none() {
            self.redactor.mask_into(&self.held, out);
        } else {
            let spans = self.spans();
            write_masked(&self.held, self.written..self.held.len(), &spans, out);
        }
        self.held.clear();
        (self.written, self.condemned, self.place) = (0, None, None);
    }

    /// Writes what of a long line no later byte can change.
    fn write_part(&mut self, out: &mut Vec<u8>) {
        let spans = self.spans();
        let latest = self.held.len() - self.overlap;
        let across = spans
            .iter()
            .find(|span| span.start < latest && latest < span.end);
        let (cut, condemned) = match across {
            None => (latest, None),
            Some(span) if span.start > self.written => (span.start, None),
            Some(span) => (latest, Some(*span)),
        };
        write_masked(&self.held, self.written..cut, &spans, out);
        self.forget_until(cut, condemned);
    }

    /// Everything to mask in `held` from `written` on.
    fn spans(&self) -> Vec<Span> {
        let mut found = find_everything(&self.redactor, &self.held, self.written);
        found.extend(self.condemned);
        settle(&self.held, found, self.place())
    }

    fn place(&self) -> JsonPlace {
        self.place
            .unwrap_or_else(|| JsonPlace::at_start_of(&self.held))
    }

    /// Lets go of what was written, but for as much as may be looked back at.
    fn forget_until(&mut self, cut: usize, condemned: Option<Span>) {
        let forgotten = cut.saturating_sub(self.overlap);
        self.place = Some(self.place().after(&self.held[..forgotten]));
        self.held.drain(..forgotten);
        self.written = cut - forgotten;
        self.condemned = condemned.map(|span| Span {
            start: self.written,
            end: span.end - forgotten,
            ..span
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::redaction::RedactionRules;

    #[test]
    fn what_is_held_is_bounded() {
        let rules = RedactionRules {
            patterns: vec!["z+".to_owned()],
            ..RedactionRules::default()
        };
        let mut masker = StreamMasker::new(Arc::new(Redactor::new(&rules, []).unwrap()));
        let mut out = Vec::new();
        for _ in 0..8 {
            masker.push(&[b'y'; 9000], &mut out);
            masker.push(&[b'z'; 150_000], &mut out);
            assert!(masker.held.len() < 80 * 1024 && masker.held.capacity() < 300 * 1024);
            out.clear();
        }
    }
}
