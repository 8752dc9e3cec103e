//! Bytes of a report → UTF-8 text, a buffer at a time, with the line that was reached.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, UTF_8};

use crate::formats::encoding::Utf8;

/// The most bytes that one tag, one text or one line may have.
pub(super) const LONGEST_PIECE: usize = 1024 * 1024;

/// Bytes that are read and decoded in one go.
const BUFFER: usize = 64 * 1024;

/// A reader of valid UTF-8 in buffers. Bytes that are not of the file's encoding become U+FFFD:
/// they can only be in names, which are compared and not shown.
pub(super) struct Text<R> {
    input: Utf8<R>,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_start: usize,
    input_ended: bool,
    decoder_ended: bool,
    text: String,
    text_start: usize,
    line: u64,
    piece: usize,
}

impl<R: Read> Text<R> {
    /// Finds the encoding.
    ///
    /// # Errors
    /// When the first bytes cannot be read.
    pub(super) fn new(input: R) -> io::Result<Self> {
        Ok(Self {
            input: Utf8::of(input)?,
            decoder: UTF_8.new_decoder_without_bom_handling(),
            raw: Vec::with_capacity(BUFFER),
            raw_start: 0,
            input_ended: false,
            decoder_ended: false,
            text: String::with_capacity(2 * BUFFER),
            text_start: 0,
            line: 1,
            piece: 0,
        })
    }

    /// The line, from 1, of the next byte.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Tells whether a piece is longer than [`LONGEST_PIECE`], which reading reported as an error.
    pub(super) fn is_overlong(&self) -> bool {
        self.piece > LONGEST_PIECE
    }

    /// Begins the next piece.
    pub(super) fn next_piece(&mut self) {
        self.piece = 0;
    }

    /// Tells the first character that is not white space, without consuming it. Looks no further
    /// than one buffer.
    pub(super) fn first_char(&mut self) -> io::Result<Option<char>> {
        self.fill_buf()?;
        Ok(self.text[self.text_start..].trim_start().chars().next())
    }

    fn decode_more(&mut self) -> io::Result<()> {
        if self.raw_start == self.raw.len() && !self.input_ended {
            self.raw.clear();
            self.raw_start = 0;
            let read = (&mut self.input)
                .take(BUFFER as u64)
                .read_to_end(&mut self.raw)?;
            self.input_ended = read < BUFFER;
        }
        self.text.clear();
        self.text_start = 0;
        let (result, used, _) = self.decoder.decode_to_string(
            &self.raw[self.raw_start..],
            &mut self.text,
            self.input_ended,
        );
        self.raw_start += used;
        self.decoder_ended = self.input_ended && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(into.len());
        into[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Text<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_overlong() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        while self.text_start == self.text.len() && !self.decoder_ended {
            self.decode_more()?;
        }
        Ok(&self.text.as_bytes()[self.text_start..])
    }

    fn consume(&mut self, length: usize) {
        let end = (self.text_start + length).min(self.text.len());
        let consumed = &self.text.as_bytes()[self.text_start..end];
        self.line += consumed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.piece += consumed.len();
        self.text_start = end;
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::*;

    fn text_of(bytes: &[u8]) -> String {
        let mut text = String::new();
        Text::new(bytes).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn the_encoding_is_found_by_mark_by_zeros_or_by_declaration() {
        assert_eq!(text_of(b""), "");
        assert_eq!(text_of("é".as_bytes()), "é");
        assert_eq!(text_of(b"\xEF\xBB\xBFSF:a"), "SF:a");
        assert_eq!(text_of(&utf16("\u{feff}<é/>", u16::to_le_bytes)), "<é/>");
        assert_eq!(text_of(&utf16("\u{feff}<é/>", u16::to_be_bytes)), "<é/>");
        assert_eq!(text_of(&utf16("<é/>", u16::to_le_bytes)), "<é/>");
        assert_eq!(text_of(&utf16("<é/>", u16::to_be_bytes)), "<é/>");
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a f='\xE9'/>";
        assert!(text_of(latin).ends_with("<a f='é'/>"));
        let wrong = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><é/>";
        assert_eq!(text_of(wrong.as_bytes()), wrong);
        assert_eq!(text_of(b"a\xFFb"), "a\u{fffd}b");
    }

    #[test]
    fn long_texts_are_decoded_a_buffer_at_a_time_and_their_lines_counted() {
        let long = "zeile é\n".repeat(50_000);
        assert_eq!(text_of(long.as_bytes()), long);
        let (latin, _, _) = WINDOWS_1252.encode(&long);
        let declared = [b"<?xml encoding='latin1'?>".as_slice(), &latin].concat();
        assert!(text_of(&declared).ends_with(&long));
        let mut text = Text::new(long.as_bytes()).unwrap();
        while let length @ 1.. = text.fill_buf().unwrap().len() {
            text.consume(length);
            text.next_piece();
        }
        assert_eq!(text.line(), 50_001);
    }

    #[test]
    fn a_piece_without_end_is_refused() {
        let mut text = Text::new(io::repeat(b'x')).unwrap();
        assert!(text.read_until(b'\n', &mut Vec::new()).is_err());
        assert!(text.is_overlong());
    }
}
