//! Bytes of a report → UTF-8 text, a buffer at a time, with the line that was reached.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::formats::ReadError;

/// The most bytes that one tag, one text or one line may have.
pub(super) const LONGEST_PIECE: usize = 1024 * 1024;

/// Bytes that are read and decoded in one go.
const BUFFER: usize = 64 * 1024;

/// Bytes that are looked at to find the encoding.
const SNIFFED: usize = 1024;

/// A reader of UTF-8 over bytes in UTF-8, UTF-16 or the encoding that an XML declaration names.
/// Bytes that are not of the encoding become U+FFFD.
pub(super) struct Text<R> {
    input: R,
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
    /// Reads the first bytes and finds the encoding: byte order mark, UTF-16 without one, the XML
    /// declaration, else UTF-8.
    pub(super) fn new(mut input: R) -> Result<Self, ReadError> {
        let mut raw = Vec::with_capacity(BUFFER);
        let sniffed = input.by_ref().take(SNIFFED as u64).read_to_end(&mut raw)?;
        let encoding = encoding_of(&raw)?;
        Ok(Self {
            input,
            decoder: encoding.new_decoder(),
            raw,
            raw_start: 0,
            input_ended: sniffed < SNIFFED,
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

fn encoding_of(head: &[u8]) -> Result<&'static Encoding, ReadError> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Ok(encoding);
    }
    match head {
        [b'<', 0, ..] => return Ok(UTF_16LE),
        [0, b'<', ..] => return Ok(UTF_16BE),
        _ => {}
    }
    let Some(label) = declared_encoding(head) else {
        return Ok(UTF_8);
    };
    match Encoding::for_label(label.as_bytes()) {
        // The declaration itself could be read byte by byte, so it is no UTF-16.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => Err(ReadError::malformed(
            1,
            format!("the encoding {label:?} is not known; write the report in UTF-8"),
        )),
    }
}

/// The value of `encoding=` in `<?xml … ?>`.
fn declared_encoding(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let declaration = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..]
        .split_once(quote)
        .map(|(label, _)| label.to_owned())
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
    fn an_unknown_encoding_is_named() {
        let error = Text::new(&b"<?xml version='1.0' encoding='klingon'?><a/>"[..]).err();
        assert!(error.unwrap().to_string().contains("\"klingon\""));
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
