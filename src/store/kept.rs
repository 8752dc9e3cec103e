//! Copying a file into evidence: text is masked before it is hashed, binary is kept as it is.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use sha2::{Digest as _, Sha256};

use crate::domain::evidence::redaction::{Redactor, StreamMasker};
use crate::domain::ids::Sha256Digest;

/// How much of a file is looked at to tell text from binary.
const LOOKED_AT: usize = 8 * 1024;

const CHUNK: usize = 64 * 1024;

/// What a file is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Bytes that masking looks through: UTF-8, or an encoding that holds ASCII as it is.
    Text,
    /// UTF-16 with its byte order mark: masked as text, and kept as UTF-16.
    Wide(&'static Encoding),
    /// A NUL byte near the start.
    Binary,
}

fn nature(head: &[u8]) -> Nature {
    match Encoding::for_bom(head) {
        Some((encoding, _)) if encoding == UTF_16LE || encoding == UTF_16BE => {
            Nature::Wide(encoding)
        }
        _ if head.contains(&0) => Nature::Binary,
        _ => Nature::Text,
    }
}

/// Copies `source` to `target`, which must not exist, in bounded memory. Gives digest and size of
/// what was written.
pub(super) fn copy(
    source: &Path,
    target: &Path,
    redactor: &Arc<Redactor>,
) -> io::Result<(Sha256Digest, u64)> {
    let mut reader = File::open(source)?;
    let mut head = Vec::with_capacity(LOOKED_AT);
    Read::by_ref(&mut reader)
        .take(LOOKED_AT as u64)
        .read_to_end(&mut head)?;
    let nature = nature(&head);
    let mut reader = head.as_slice().chain(reader);
    let mut writer = Hashing {
        file: File::create_new(target)?,
        hasher: Sha256::new(),
        size: 0,
    };
    match nature {
        Nature::Binary => drop(io::copy(&mut reader, &mut writer)?),
        Nature::Text => copy_masked(&mut reader, &mut writer, redactor)?,
        Nature::Wide(encoding) => copy_wide(encoding, &mut reader, &mut writer, redactor)?,
    }
    writer.file.sync_data()?;
    Ok((
        Sha256Digest::from_bytes(writer.hasher.finalize().into()),
        writer.size,
    ))
}

struct Hashing {
    file: File,
    hasher: Sha256,
    size: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn copy_masked(
    reader: &mut impl Read,
    writer: &mut impl Write,
    redactor: &Arc<Redactor>,
) -> io::Result<()> {
    let mut masker = StreamMasker::new(Arc::clone(redactor));
    let mut chunk = vec![0; CHUNK];
    let mut masked = Vec::with_capacity(CHUNK);
    loop {
        let count = reader.read(&mut chunk)?;
        masked.clear();
        if count == 0 {
            masker.finish(&mut masked);
            return writer.write_all(&masked);
        }
        masker.push(&chunk[..count], &mut masked);
        writer.write_all(&masked)?;
    }
}

fn copy_wide(
    encoding: &'static Encoding,
    reader: &mut impl Read,
    writer: &mut impl Write,
    redactor: &Arc<Redactor>,
) -> io::Result<()> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut masker = StreamMasker::new(Arc::clone(redactor));
    let mut wide = WideWriter::begin(encoding, writer)?;
    let mut chunk = vec![0; CHUNK];
    let mut masked = Vec::with_capacity(CHUNK);
    loop {
        let count = reader.read(&mut chunk)?;
        let room = decoder.max_utf8_buffer_length(count).unwrap_or(4 * CHUNK);
        let mut text = String::with_capacity(room);
        let _ = decoder.decode_to_string(&chunk[..count], &mut text, count == 0);
        masked.clear();
        masker.push(text.as_bytes(), &mut masked);
        if count == 0 {
            masker.finish(&mut masked);
        }
        wide.write(&masked, count == 0)?;
        if count == 0 {
            return Ok(());
        }
    }
}

/// Writes UTF-8 as UTF-16 with its byte order mark.
struct WideWriter<'a, W> {
    unit: fn(u16) -> [u8; 2],
    decoder: encoding_rs::Decoder,
    writer: &'a mut W,
}

impl<'a, W: Write> WideWriter<'a, W> {
    fn begin(encoding: &'static Encoding, writer: &'a mut W) -> io::Result<Self> {
        let unit = if encoding == UTF_16LE {
            u16::to_le_bytes
        } else {
            u16::to_be_bytes
        };
        writer.write_all(&unit(0xfeff))?;
        let decoder = encoding_rs::UTF_8.new_decoder_without_bom_handling();
        Ok(Self {
            unit,
            decoder,
            writer,
        })
    }

    fn write(&mut self, text: &[u8], is_last: bool) -> io::Result<()> {
        let room = self.decoder.max_utf16_buffer_length(text.len());
        let mut units = vec![0; room.unwrap_or(2 * text.len() + 8)];
        let (_, _, count, _) = self.decoder.decode_to_utf16(text, &mut units, is_last);
        let bytes: Vec<u8> = units[..count]
            .iter()
            .flat_map(|unit| (self.unit)(*unit))
            .collect();
        self.writer.write_all(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::redaction::RedactionRules;

    fn copied(bytes: &[u8]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&source, bytes).unwrap();
        let rules = RedactionRules {
            emails: true,
            ..RedactionRules::default()
        };
        let redactor = Arc::new(Redactor::new(&rules, ["hunter2secret".to_owned()]).unwrap());
        let (digest, size) = copy(&source, &target, &redactor).unwrap();
        let stored = std::fs::read(target).unwrap();
        assert_eq!(
            (digest, size),
            (Sha256Digest::of(&stored), stored.len() as u64)
        );
        stored
    }

    #[test]
    fn text_is_masked_and_binary_is_not() {
        assert_eq!(copied(b"by bob@example.com"), b"by [masked:email]");
        assert_eq!(copied(b"\0 bob@example.com"), b"\0 bob@example.com");
        assert_eq!(copied(b"caf\xe9 hunter2secret"), b"caf\xe9 [masked:secret]");
        assert_eq!(copied(b""), b"");
    }

    #[test]
    fn wide_text_is_masked_and_stays_wide() {
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            let wide = |text: &str| {
                let units = "\u{feff}"
                    .encode_utf16()
                    .chain(text.encode_utf16())
                    .flat_map(unit);
                units.collect::<Vec<u8>>()
            };
            let long = "ü 😀 ".repeat(20_000);
            let written = format!("{long}bob@example.com\n{long}");
            assert!(copied(&wide(&written)) == wide(&format!("{long}[masked:email]\n{long}")));
        }
    }
}
