//! The last part of an output, in bounded memory.

use crate::exec::OutputSink;

/// Keeps the last bytes of what it is given. Holds less than five times its limit in memory.
#[derive(Clone, Debug)]
pub struct Tail {
    limit: usize,
    bytes: Vec<u8>,
    seen: u64,
}

/// What a [`Tail`] kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The last bytes. When something was dropped they begin at the start of a line, or of a
    /// character when the last line alone is longer than the limit.
    pub bytes: Vec<u8>,
    /// How many bytes were dropped before them.
    pub dropped: u64,
}

impl Tail {
    /// Makes an empty tail that keeps at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
            seen: 0,
        }
    }

    /// Takes the next bytes and forgets those that are too long ago.
    pub fn push(&mut self, bytes: &[u8]) {
        self.seen += bytes.len() as u64;
        // One byte more than the limit tells later whether a line begins right at the cut.
        let keep = self.limit + 1;
        let bytes = last(bytes, keep);
        if self.bytes.len() + bytes.len() > 2 * keep {
            let old = (keep - bytes.len()).min(self.bytes.len());
            self.bytes.drain(..self.bytes.len() - old);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Ends the tail and gives what it kept.
    pub fn finish(self) -> Kept {
        let (before, mut kept) = self
            .bytes
            .split_at(self.bytes.len().saturating_sub(self.limit));
        if before.last().is_some_and(|byte| *byte != b'\n') {
            kept = from_clean_start(kept);
        }
        Kept {
            bytes: kept.to_vec(),
            dropped: self.seen - kept.len() as u64,
        }
    }
}

impl OutputSink for Tail {
    fn chunk(&mut self, bytes: &[u8]) {
        self.push(bytes);
    }
}

fn last(bytes: &[u8], limit: usize) -> &[u8] {
    &bytes[bytes.len().saturating_sub(limit)..]
}

/// Cuts off the rest of a line that was torn, or of a character when there is no other line.
fn from_clean_start(bytes: &[u8]) -> &[u8] {
    let next_line = bytes.iter().position(|byte| *byte == b'\n');
    match next_line.map(|end| &bytes[end + 1..]) {
        Some(lines) if !lines.is_empty() => lines,
        _ => {
            // A UTF-8 character has at most three continuation bytes (RFC 3629, section 3).
            let torn = bytes
                .iter()
                .take(3)
                .take_while(|byte| **byte & 0xC0 == 0x80);
            &bytes[torn.count()..]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a tail of `limit` keeps of `text`, whether it comes at once or byte by byte.
    fn kept(limit: usize, text: &str) -> (String, u64) {
        let mut at_once = Tail::new(limit);
        at_once.push(text.as_bytes());
        let mut by_bytes = Tail::new(limit);
        for byte in text.as_bytes() {
            by_bytes.push(&[*byte]);
        }
        let at_once = at_once.finish();
        assert_eq!(at_once, by_bytes.finish());
        (String::from_utf8(at_once.bytes).unwrap(), at_once.dropped)
    }

    #[test]
    fn what_fits_is_kept_whole() {
        assert_eq!(kept(10, ""), (String::new(), 0));
        assert_eq!(kept(10, "one\ntwo\n"), ("one\ntwo\n".into(), 0));
        assert_eq!(kept(8, "one\ntwo\n"), ("one\ntwo\n".into(), 0));
    }

    #[test]
    fn a_cut_moves_to_the_next_line() {
        assert_eq!(kept(7, "one\ntwo\n"), ("two\n".into(), 4));
        assert_eq!(kept(4, "one\ntwo\n"), ("two\n".into(), 4));
        assert_eq!(kept(6, "one\ntwo\nsix"), ("six".into(), 8));
    }

    #[test]
    fn a_single_long_line_is_cut_at_a_character() {
        assert_eq!(kept(4, "abcdefgh"), ("efgh".into(), 4));
        assert_eq!(kept(4, "abcdefg\n"), ("efg\n".into(), 4));
        assert_eq!(kept(4, "ab€€"), ("€".into(), 5));
        assert_eq!(kept(6, "a😀😀"), ("😀".into(), 5));
    }

    #[test]
    fn continuation_bytes_without_a_character_do_not_eat_the_tail() {
        let mut tail = Tail::new(6);
        tail.push(&[0x80; 20]);
        assert_eq!(
            tail.finish(),
            Kept {
                bytes: vec![0x80; 3],
                dropped: 17
            }
        );
    }

    #[test]
    fn a_limit_of_nothing_keeps_nothing() {
        assert_eq!(kept(0, "abc\n"), (String::new(), 4));
    }

    #[test]
    fn memory_stays_bounded() {
        let mut tail = Tail::new(1024);
        for _ in 0..10_000 {
            tail.push(&[b'x'; 700]);
            assert!(tail.bytes.capacity() < 5 * 1024);
        }
        assert_eq!(tail.finish().dropped, 7_000_000 - 1024);
    }
}
