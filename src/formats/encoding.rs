//! The character encoding of an XML file: finds it, and hands the text on as UTF-8 bytes.
//!
//! UTF-8 passes through untouched and unchecked, so that nobody pays for a check of text that is
//! never shown. Everything else is transcoded piece by piece.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How much of a file is looked at to find its encoding, in bytes.
const HEAD: usize = 1024;
/// How much is transcoded at a time, in bytes.
const PIECE: usize = 16 * 1024;

/// The text of a file as UTF-8, without its byte order mark.
pub(in crate::formats) struct Utf8<R> {
    source: Source<R>,
    transcoding: Option<Transcoding>,
    remark: Option<String>,
}

impl<R: Read> Utf8<R> {
    /// Looks at the head of `input`: a byte order mark wins, then the shape of UTF-16, then the
    /// XML declaration (XML 1.0, appendix F); without any of them it is UTF-8.
    ///
    /// # Errors
    /// When the head cannot be read.
    pub(in crate::formats) fn of(mut input: R) -> io::Result<Self> {
        let head = read_head(&mut input)?;
        let found = detect(&head);
        let transcoding = (found.encoding != UTF_8).then(|| Transcoding::of(found.encoding));
        Ok(Self {
            source: Source {
                head,
                given: found.mark,
                input,
            },
            transcoding,
            remark: found.remark,
        })
    }

    /// What was odd about the declared encoding, in one sentence.
    pub(in crate::formats) fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        match &mut self.transcoding {
            None => self.source.read(target),
            Some(transcoding) => transcoding.read(&mut self.source, target),
        }
    }
}

/// The file's bytes: first the head that was looked at, then the rest.
struct Source<R> {
    head: Vec<u8>,
    given: usize,
    input: R,
}

impl<R: Read> Source<R> {
    /// The next piece, to be read to its end.
    fn by_piece(&mut self) -> io::Take<&mut Self> {
        self.take(PIECE as u64)
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let head = self.head.get(self.given..).unwrap_or_default();
        if head.is_empty() {
            return self.input.read(target);
        }
        let size = head.len().min(target.len());
        target[..size].copy_from_slice(&head[..size]);
        self.given += size;
        Ok(size)
    }
}

fn read_head(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    input.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

struct Found {
    encoding: &'static Encoding,
    mark: usize,
    remark: Option<String>,
}

fn detect(head: &[u8]) -> Found {
    if let Some((encoding, mark)) = Encoding::for_bom(head) {
        let remark = None;
        return Found {
            encoding,
            mark,
            remark,
        };
    }
    let (encoding, remark) = match head {
        [b'<', 0, ..] => (UTF_16LE, None),
        [0, b'<', ..] => (UTF_16BE, None),
        _ => declared(head),
    };
    Found {
        encoding,
        mark: 0,
        remark,
    }
}

/// The encoding that the XML declaration names. A declaration that can be read as ASCII cannot be
/// UTF-16, whatever it says: some writers print it into files that are UTF-8.
fn declared(head: &[u8]) -> (&'static Encoding, Option<String>) {
    let Some(label) = declared_label(head) else {
        return (UTF_8, None);
    };
    let shown = String::from_utf8_lossy(label);
    match Encoding::for_label_no_replacement(label) {
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
            let remark =
                format!("declares the encoding {shown} but is not written in it; read as UTF-8");
            (UTF_8, Some(remark))
        }
        Some(encoding) => (encoding, None),
        None => {
            let remark = format!("declares the unknown encoding {shown:?}; read as UTF-8");
            (UTF_8, Some(remark))
        }
    }
}

fn declared_label(head: &[u8]) -> Option<&[u8]> {
    let declaration = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let declaration = &declaration[..end];
    let word = b"encoding";
    let at = declaration
        .windows(word.len())
        .position(|window| window == word)?;
    let value = declaration[at + word.len()..].trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    Some(&value[..end])
}

struct Transcoding {
    decoder: Decoder,
    raw: Vec<u8>,
    raw_given: usize,
    text: Vec<u8>,
    text_given: usize,
    ended: bool,
}

impl Transcoding {
    fn of(encoding: &'static Encoding) -> Self {
        Self {
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: Vec::with_capacity(PIECE),
            raw_given: 0,
            text: Vec::new(),
            text_given: 0,
            ended: false,
        }
    }

    fn read<R: Read>(&mut self, source: &mut Source<R>, target: &mut [u8]) -> io::Result<usize> {
        while self.text_given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.transcode(source)?;
        }
        let ready = &self.text[self.text_given..];
        let size = ready.len().min(target.len());
        target[..size].copy_from_slice(&ready[..size]);
        self.text_given += size;
        Ok(size)
    }

    /// Turns the next piece into UTF-8. What cannot be decoded becomes U+FFFD.
    fn transcode<R: Read>(&mut self, source: &mut Source<R>) -> io::Result<()> {
        let mut last = false;
        if self.raw_given == self.raw.len() {
            self.raw.clear();
            self.raw_given = 0;
            last = source.by_piece().read_to_end(&mut self.raw)? == 0;
        }
        self.text.resize(PIECE, 0);
        let raw = &self.raw[self.raw_given..];
        let (state, used, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, last);
        self.text.truncate(written);
        self.text_given = 0;
        self.raw_given += used;
        self.ended = last && state == CoderResult::InputEmpty;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
