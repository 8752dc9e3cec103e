//! XML markup in pieces: tags whole, text in the pieces in which it arrives.
//!
//! quick-xml's parsers find where markup ends. Its reader is not used, because it gathers every
//! token in memory before it hands it on, and a test may print a gigabyte.

use std::io::Read;
use std::ops::Range;

use memchr::{memchr, memmem};
use quick_xml::parser::{CommentParser, ElementParser, Parser, PiParser};

use super::window::{Filled, LONGEST_TAG, Window};
use crate::formats::ReadError;

/// The longest element name that is read, in bytes.
const LONGEST_NAME: usize = 1024;

/// A start tag, or the tag of an empty element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// The element's name.
    pub(super) name: &'a [u8],
    /// What follows the name, up to `>` or `/>`.
    pub(super) attributes: &'a [u8],
    /// Whether the tag is its own end.
    pub(super) ending: Ending,
}

/// How an element goes on after its start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// There is an end tag to come.
    Open,
    /// The tag was `<…/>`.
    Closed,
}

/// A piece of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A start tag.
    Start(Tag<'a>),
    /// An end tag, by its name.
    End(&'a [u8]),
    /// A piece of text, with its references as they are written.
    Text(&'a [u8]),
    /// A piece of a CDATA section.
    Cdata(&'a [u8]),
    /// The end of the file.
    EndOfFile,
}

/// The last token, as places in the bytes that it took.
#[derive(Debug, Clone)]
enum Found {
    Start(Ending, Range<usize>, Range<usize>),
    End(Range<usize>),
    Text(Range<usize>),
    Cdata(Range<usize>),
    EndOfFile,
}

/// Cuts the input into tokens. Comments, processing instructions and a plain DOCTYPE are passed
/// over.
pub(super) struct Markup<R> {
    window: Window<R>,
    in_cdata: bool,
    found: Found,
    size: usize,
}

impl<R: Read> Markup<R> {
    pub(super) fn of(input: R) -> Self {
        Self {
            window: Window::over(input),
            in_cdata: false,
            found: Found::EndOfFile,
            size: 0,
        }
    }

    /// The line, from 1, on which the last token starts.
    pub(super) fn line(&self) -> u64 {
        self.window.line(self.size)
    }

    /// The error `message` at the last token.
    pub(super) fn error(&self, message: impl Into<String>) -> ReadError {
        ReadError::malformed(self.line(), message)
    }

    /// The last token.
    #[inline]
    pub(super) fn token(&self) -> Token<'_> {
        let bytes = self.window.taken(self.size);
        match &self.found {
            Found::Start(ending, name, attributes) => Token::Start(Tag {
                name: &bytes[name.clone()],
                attributes: &bytes[attributes.clone()],
                ending: *ending,
            }),
            Found::End(name) => Token::End(&bytes[name.clone()]),
            Found::Text(text) => Token::Text(&bytes[text.clone()]),
            Found::Cdata(text) => Token::Cdata(&bytes[text.clone()]),
            Found::EndOfFile => Token::EndOfFile,
        }
    }

    /// Goes on to the next token.
    ///
    /// # Errors
    /// When the markup is broken, the file ends inside it, or it cannot be read.
    pub(super) fn advance(&mut self) -> Result<(), ReadError> {
        loop {
            self.size = 0;
            let found = if self.in_cdata {
                self.cdata_piece()?
            } else {
                match *self.window.waiting() {
                    [b'<', b'/', ..] => Some(self.end_tag()?),
                    [b'<', b'!', ..] => self.declaration()?,
                    [b'<', b'?', ..] => self.instruction()?,
                    [b'<', _, ..] => Some(self.start_tag()?),
                    [] | [b'<'] => self.more()?,
                    _ => Some(self.text_piece()),
                }
            };
            if let Some(found) = found {
                self.found = found;
                return Ok(());
            }
        }
    }

    fn more(&mut self) -> Result<Option<Found>, ReadError> {
        if self.window.fill()? == Filled::More {
            Ok(None)
        } else if self.window.waiting().is_empty() {
            Ok(Some(Found::EndOfFile))
        } else {
            Err(self.error("the file ends inside a tag"))
        }
    }

    #[inline]
    fn take(&mut self, size: usize) {
        self.window.advance(size);
        self.size = size;
    }

    fn text_piece(&mut self) -> Found {
        let waiting = self.window.waiting();
        let size = memchr(b'<', waiting).unwrap_or(waiting.len());
        self.take(size);
        Found::Text(0..size)
    }

    fn cdata_piece(&mut self) -> Result<Option<Found>, ReadError> {
        let waiting = self.window.waiting();
        if let Some(size) = memmem::find(waiting, b"]]>") {
            self.in_cdata = false;
            self.take(size + 3);
            return Ok(Some(Found::Cdata(0..size)));
        }
        let size = waiting.len().saturating_sub(2); // `]]` may be the start of the end
        if size == 0 {
            return match self.window.fill()? {
                Filled::More => Ok(None),
                _ => Err(self.error("the file ends inside a CDATA section")),
            };
        }
        self.take(size);
        Ok(Some(Found::Cdata(0..size)))
    }

    fn end_tag(&mut self) -> Result<Found, ReadError> {
        let close = self.find("an end tag", |bytes| memchr(b'>', bytes))?;
        let name = self.window.waiting()[2..close].trim_ascii_end().len();
        self.take(close + 1);
        Ok(Found::End(2..2 + name))
    }

    fn start_tag(&mut self) -> Result<Found, ReadError> {
        if !starts_name(self.window.waiting()[1]) {
            return Err(self.error("a `<` that starts no tag; write `&lt;` for it"));
        }
        let close = self.find("a tag", find_tag_end)?;
        let (ending, inner) = match self.window.waiting()[close - 1] {
            b'/' => (Ending::Closed, close - 1),
            _ => (Ending::Open, close),
        };
        let name = name_size(&self.window.waiting()[1..inner.max(1)]);
        if name > LONGEST_NAME {
            return Err(self.error("the name of an element is longer than 1 KiB"));
        }
        self.take(close + 1);
        Ok(Found::Start(ending, 1..1 + name, 1 + name..inner))
    }

    /// `<!--`, `<![CDATA[` or `<!DOCTYPE`.
    fn declaration(&mut self) -> Result<Option<Found>, ReadError> {
        const WORD: usize = 9;
        while self.window.waiting().len() < WORD && self.window.fill()? == Filled::More {}
        let waiting = self.window.waiting();
        if waiting.starts_with(b"<!--") {
            self.comment()
        } else if waiting.len() < WORD {
            Err(self.error("the file ends inside a tag"))
        } else if waiting.starts_with(b"<![CDATA[") {
            self.take(WORD);
            self.in_cdata = true;
            Ok(None)
        } else if waiting[2..WORD].eq_ignore_ascii_case(b"DOCTYPE") {
            self.doctype()
        } else {
            Err(self.error("`<!` starts neither a comment nor a CDATA section"))
        }
    }

    fn comment(&mut self) -> Result<Option<Found>, ReadError> {
        let mut parser = CommentParser::default();
        self.skip("comment", 4, |bytes| parser.feed(bytes)) // it counts the `>`
    }

    fn instruction(&mut self) -> Result<Option<Found>, ReadError> {
        let mut parser = PiParser::default();
        self.skip("processing instruction", 2, |bytes| {
            parser.feed(bytes).map(|place| place + 1)
        })
    }

    /// Passes over a DOCTYPE. One with declarations of its own is refused: they may define
    /// entities, and entities may multiply without bound.
    fn doctype(&mut self) -> Result<Option<Found>, ReadError> {
        let size = self.find("the DOCTYPE", find_doctype_end)?;
        if self.window.waiting()[size] == b'[' {
            return Err(self.error(
                "the DOCTYPE declares entities or other markup of its own, which Tollgate does \
                 not read; remove it",
            ));
        }
        self.take(size + 1);
        Ok(None)
    }

    /// Passes over markup of any length: `opening` bytes, and then the size that `end` sees.
    fn skip(
        &mut self,
        what: &str,
        opening: usize,
        mut end: impl FnMut(&[u8]) -> Option<usize>,
    ) -> Result<Option<Found>, ReadError> {
        let line = self.window.line(0);
        self.take(opening);
        loop {
            let waiting = self.window.waiting();
            let size = waiting.len();
            if let Some(size) = end(waiting) {
                self.take(size);
                return Ok(None);
            }
            self.take(size);
            if self.window.fill()? != Filled::More {
                let message = format!("the file ends inside a {what}");
                return Err(ReadError::malformed(line, message));
            }
        }
    }

    /// Where `find` sees the end of what starts at the waiting bytes, all of it then waiting.
    fn find(
        &mut self,
        what: &str,
        find: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<usize, ReadError> {
        loop {
            if let Some(place) = find(self.window.waiting()) {
                return Ok(place);
            }
            match self.window.fill()? {
                Filled::More => {}
                Filled::Ended => return Err(self.error(format!("the file ends inside {what}"))),
                Filled::Full => {
                    let limit = LONGEST_TAG / 1024 / 1024;
                    return Err(self.error(format!("{what} is longer than {limit} MiB")));
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn window_size(&self) -> usize {
        self.window.size()
    }
}

/// The place of the `>` that ends a tag. Nearly always that is the first one; quotes are followed
/// one by one only where it may stand inside a value.
#[inline]
fn find_tag_end(bytes: &[u8]) -> Option<usize> {
    let first = memchr(b'>', bytes)?;
    let before = &bytes[..first];
    if follows_a_value(before) && memchr(b'\'', before).is_none() {
        return Some(first);
    }
    ElementParser::default().feed(bytes)
}

/// Whether the bytes end with a quote that closes a value: one that opens a value follows an `=`.
/// It may still be part of a value in single quotes.
#[inline]
fn follows_a_value(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_suffix(b"/").unwrap_or(bytes).trim_ascii_end();
    let before = |value: &[u8]| value.trim_ascii_end().last() != Some(&b'=');
    bytes.strip_suffix(b"\"").is_some_and(before)
}

/// The place of the `>` that ends a DOCTYPE, or of the `[` that opens its declarations.
fn find_doctype_end(bytes: &[u8]) -> Option<usize> {
    let mut place = 0;
    loop {
        let rest = &bytes[place..];
        let next = rest
            .iter()
            .position(|byte| matches!(byte, b'>' | b'[' | b'"' | b'\''))?;
        place += next;
        match bytes[place] {
            quote @ (b'"' | b'\'') => place += 2 + memchr(quote, &bytes[place + 1..])?,
            _ => return Some(place),
        }
    }
}

/// Whether an element's name can start with that byte. Any letter beyond ASCII can.
fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..)
}

/// The size of the element name at the start of a tag.
#[inline]
fn name_size(tag: &[u8]) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace();
    tag.iter().position(ends).unwrap_or(tag.len())
}

#[cfg(test)]
mod tests;
