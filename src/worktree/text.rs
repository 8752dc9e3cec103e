//! Reads files of any size for a search, in blocks of whole lines.
//!
//! Memory stays at one block, whatever the file's size. UTF-16 that begins with a byte order mark
//! is searched as UTF-8; every other file is searched as the bytes that it is, binary files too.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use encoding_rs::{Decoder, Encoding};

/// A block is about this long.
const BLOCK: usize = 4 << 20;
/// A line longer than this is searched in pieces.
const LONGEST_LINE: usize = 64 << 20;
const CHUNK: usize = 64 << 10;

/// Whole lines of a file.
#[derive(Debug)]
pub struct Block<'a> {
    /// The lines with their ends; empty only for an empty file.
    pub bytes: &'a [u8],
    first_line: u64,
}

impl Block<'_> {
    /// Turns places in the block into lines of the file, from 1: each line once for every kind
    /// of hit in a row. The places must rise. A place behind the last line end is none, since no
    /// line begins there.
    pub fn lines<K: PartialEq + Copy>(
        &self,
        places: impl Iterator<Item = (usize, K)>,
    ) -> impl Iterator<Item = (u64, K)> {
        let mut line = self.first_line;
        let mut counted = 0;
        let mut last = None;
        places.filter_map(move |(place, kind)| {
            let is_behind_the_end = place == self.bytes.len() && self.ends_with_a_line_end();
            line += line_ends(&self.bytes[counted..place]);
            counted = place;
            let hit = (line, kind);
            let is_new = !is_behind_the_end && last.replace(hit) != Some(hit);
            is_new.then_some(hit)
        })
    }

    fn ends_with_a_line_end(&self) -> bool {
        self.bytes.last().is_none_or(|byte| *byte == b'\n')
    }
}

/// Hands a file over block by block, until `visit` breaks off. An empty file is one empty block.
///
/// # Errors
/// Those of opening and reading the file.
pub fn each_block(
    path: &Path,
    mut visit: impl FnMut(&Block<'_>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut reader = decoded(BufReader::with_capacity(CHUNK, File::open(path)?))?;
    let mut buffer = Vec::new();
    let mut first_line = 1;
    loop {
        let read = reader
            .by_ref()
            .take(BLOCK as u64)
            .read_to_end(&mut buffer)?;
        let is_last = read < BLOCK;
        let Some(end) = block_end(&buffer, is_last) else {
            continue;
        };
        let block = Block {
            bytes: &buffer[..end],
            first_line,
        };
        if visit(&block).is_break() || is_last {
            return Ok(());
        }
        first_line += line_ends(&buffer[..end]);
        buffer.drain(..end);
    }
}

/// Where the last whole line ends; `None` asks for more.
fn block_end(buffer: &[u8], is_last: bool) -> Option<usize> {
    if is_last {
        return Some(buffer.len());
    }
    match buffer.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => Some(last + 1),
        None => (buffer.len() >= LONGEST_LINE).then_some(buffer.len()),
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// Takes a byte order mark away, and reads UTF-16 as UTF-8.
fn decoded(mut reader: BufReader<File>) -> io::Result<Box<dyn Read>> {
    match Encoding::for_bom(reader.fill_buf()?) {
        Some((encoding, length)) if encoding == encoding_rs::UTF_8 => {
            reader.consume(length);
            Ok(Box::new(reader))
        }
        Some((encoding, _)) => Ok(Box::new(Transcoder {
            reader,
            decoder: encoding.new_decoder_with_bom_removal(),
            text: Vec::new(),
            given: 0,
        })),
        None => Ok(Box::new(reader)),
    }
}

struct Transcoder {
    reader: BufReader<File>,
    decoder: Decoder,
    text: Vec<u8>,
    given: usize,
}

impl Transcoder {
    fn refill(&mut self) -> io::Result<()> {
        while self.given == self.text.len() {
            let raw = self.reader.fill_buf()?;
            let (is_last, length) = (raw.is_empty(), raw.len());
            self.text.resize(4 * CHUNK, 0);
            let (_, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, is_last);
            debug_assert_eq!(read, length, "three bytes of UTF-8 hold two of UTF-16");
            self.reader.consume(read);
            self.text.truncate(written);
            self.given = 0;
            if is_last {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Read for Transcoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.refill()?;
        let read = (&self.text[self.given..]).read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let mut seen = Vec::new();
        let visit = |block: &Block<'_>| {
            seen.push((block.first_line, block.bytes.to_vec()));
            ControlFlow::Continue(())
        };
        each_block(&path, visit).unwrap();
        seen
    }

    #[test]
    fn a_small_file_is_one_block() {
        assert_eq!(blocks(b""), [(1, b"".to_vec())]);
        assert_eq!(blocks(b"a\nb"), [(1, b"a\nb".to_vec())]);
    }

    #[test]
    fn a_big_file_is_cut_at_line_ends_and_nothing_is_lost() {
        let line = [b'x'; 999];
        let mut bytes = Vec::new();
        while bytes.len() < BLOCK * 2 + 5000 {
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(b"the end");
        let seen = blocks(&bytes);
        assert_eq!(seen.len(), 3);
        let lines_before = (seen[0].1.len() + seen[1].1.len()) as u64 / 1000;
        assert_eq!(seen[2].0, lines_before + 1);
        let together: Vec<u8> = seen.into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert_eq!(together, bytes);
    }

    #[test]
    fn a_file_as_long_as_a_block_is_read_to_its_end() {
        let mut bytes = vec![b'x'; BLOCK];
        bytes[BLOCK - 1] = b'\n';
        let seen = blocks(&bytes);
        let together: usize = seen.iter().map(|(_, bytes)| bytes.len()).sum();
        assert_eq!((together, seen[0].1.len()), (BLOCK, BLOCK));
    }

    #[test]
    fn a_line_longer_than_a_block_stays_whole() {
        let mut bytes = vec![b'x'; BLOCK + BLOCK / 2];
        bytes.extend_from_slice(b"\nend");
        assert_eq!(blocks(&bytes)[0].1.len(), bytes.len());
    }

    #[test]
    fn byte_order_marks_are_taken_away() {
        assert_eq!(blocks(b"\xef\xbb\xbfa\n"), [(1, b"a\n".to_vec())]);
        assert_eq!(blocks(b"\xff\xfea\0\n\0"), [(1, b"a\n".to_vec())]);
        assert_eq!(blocks(b"\xfe\xff\0a\0\n"), [(1, b"a\n".to_vec())]);
        assert_eq!(blocks(b"\xff\xfe"), [(1, b"".to_vec())]);
    }

    #[test]
    fn long_utf_16_is_decoded_to_its_end() {
        let text = "é—x\n".repeat(100_000);
        let mut bytes = b"\xff\xfe".to_vec();
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let together: Vec<u8> = blocks(&bytes).into_iter().flat_map(|(_, b)| b).collect();
        assert_eq!(together, text.as_bytes());
    }

    fn lines(bytes: &[u8], places: &[usize]) -> Vec<u64> {
        let first_line = 10;
        let block = Block { bytes, first_line };
        block
            .lines(places.iter().map(|place| (*place, ())))
            .map(|(line, ())| line)
            .collect()
    }

    #[test]
    fn places_become_lines() {
        assert_eq!(lines(b"ab\ncd\nef", &[0, 1, 3, 6]), [10, 11, 12]);
        assert_eq!(
            lines(b"ab\ncd\n", &[6]),
            [0; 0],
            "no line begins behind the last end"
        );
        assert_eq!(lines(b"ab", &[2]), [10]);
        assert_eq!(lines(b"", &[0]), [0; 0]);
    }

    #[test]
    fn what_is_no_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let visit = |_: &Block<'_>| ControlFlow::Continue(());
        assert!(each_block(folder.path(), visit).is_err());
        assert!(each_block(&folder.path().join("none"), visit).is_err());
    }
}
