//! Cuts long strings out of a JSON text before it is parsed, so that no string costs much memory.

use std::io::{self, Read};

/// How many bytes of a string are passed on; the rest up to its end is left out.
pub(super) const LONGEST_STRING: usize = 16 * 1024;

const BUFFER: usize = 64 * 1024;

/// A reader of JSON that shortens strings and takes off a byte order mark. Everything else, be it
/// JSON or not, is passed on as it is.
pub(super) struct ShortStrings<R> {
    input: R,
    raw: Vec<u8>,
    position: usize,
    state: State,
    begun: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    /// In a string of which so many bytes were passed on.
    Inside(usize),
    /// After a backslash in such a string.
    Escape(usize),
    /// In `\uXXXX`: bytes passed on, digits to come, and the number so far.
    Unicode(usize, u8, u16),
    /// After the first half of a surrogate pair, whose second half must follow.
    HalfPair(usize),
    /// In a part that is left out.
    Dropping,
    /// After a backslash in such a part.
    DroppingEscape,
}

impl<R: Read> ShortStrings<R> {
    /// Wraps a reader.
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            raw: Vec::new(),
            position: 0,
            state: State::Outside,
            begun: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.raw.clear();
        self.position = 0;
        (&mut self.input)
            .take(BUFFER as u64)
            .read_to_end(&mut self.raw)?;
        if !self.begun {
            self.begun = true;
            if self.raw.starts_with(b"\xEF\xBB\xBF") {
                self.position = 3;
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for ShortStrings<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 && !into.is_empty() {
            if self.position == self.raw.len() {
                self.fill()?;
                if self.raw.len() == self.position {
                    break;
                }
            }
            while self.position < self.raw.len() && written < into.len() {
                let byte = self.raw[self.position];
                self.position += 1;
                self.state = self.state.after(byte);
                if !matches!(self.state, State::Dropping | State::DroppingEscape) {
                    into[written] = byte;
                    written += 1;
                }
            }
        }
        Ok(written)
    }
}

impl State {
    /// The state after `byte`, which is passed on unless that state says that it is left out.
    fn after(self, byte: u8) -> Self {
        match self {
            Self::Outside if byte == b'"' => Self::Inside(0),
            Self::Outside => Self::Outside,
            Self::Inside(_) | Self::HalfPair(_) | Self::Dropping if byte == b'"' => Self::Outside,
            // Parts are left out from the beginning of a character, never within one or a pair.
            Self::Inside(length) if length >= LONGEST_STRING && byte & 0xC0 != 0x80 => {
                Self::Dropping.after(byte)
            }
            Self::Inside(length) | Self::HalfPair(length) if byte == b'\\' => {
                Self::Escape(length + 1)
            }
            Self::Inside(length) | Self::HalfPair(length) => Self::Inside(length + 1),
            Self::Escape(length) if byte == b'u' => Self::Unicode(length + 1, 4, 0),
            Self::Escape(length) => Self::Inside(length + 1),
            Self::Unicode(length, digits, number) => {
                Self::after_digit(length + 1, digits, number, byte)
            }
            Self::Dropping if byte == b'\\' => Self::DroppingEscape,
            Self::Dropping | Self::DroppingEscape => Self::Dropping,
        }
    }

    fn after_digit(length: usize, digits: u8, number: u16, byte: u8) -> Self {
        let Some(digit) = char::from(byte).to_digit(16) else {
            // Not JSON; the parser will say so.
            return Self::Inside(length);
        };
        let number = number << 4 | u16::try_from(digit).unwrap_or_default();
        match digits {
            2.. => Self::Unicode(length, digits - 1, number),
            _ if (0xD800..0xDC00).contains(&number) => Self::HalfPair(length),
            _ => Self::Inside(length),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shortened(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        ShortStrings::new(text).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn long_strings_lose_their_end_and_nothing_else_changes() {
        let long = "x".repeat(100_000);
        let text = format!("{{\"{long}\": [1, \"{long}\\\"{long}\", \"\\\"\"], \"a\": 2}}");
        let short = &long[..LONGEST_STRING];
        let expected = format!("{{\"{short}\": [1, \"{short}\", \"\\\"\"], \"a\": 2}}");
        assert_eq!(shortened(text.as_bytes()), expected.as_bytes());
        assert_eq!(shortened(b"\xEF\xBB\xBF[\"\\u00e9\"]"), b"[\"\\u00e9\"]");
        assert_eq!(shortened(b""), b"");
    }

    #[test]
    fn a_string_is_cut_between_characters() {
        for unit in [
            "é",
            "\\u00e9",
            "\\ud83d\\ude00",
            "😀",
            "\\\\",
            "\\\"",
            "a\\ud83d\\ude00",
        ] {
            for shift in 0..16 {
                let text = format!("\"{}{}\"", "x".repeat(shift), unit.repeat(20_000));
                let short = shortened(text.as_bytes());
                assert!(short.len() < LONGEST_STRING + 20, "{unit}");
                assert!(
                    serde_json::from_slice::<String>(&short).is_ok(),
                    "{unit} {shift}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn short_texts_pass_unchanged(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            prop_assume!(!bytes.starts_with(b"\xEF\xBB\xBF"));
            prop_assert_eq!(shortened(&bytes), bytes);
        }
    }
}
