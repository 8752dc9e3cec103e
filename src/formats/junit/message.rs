//! The message of a failure: the head of its text for people, the tail for the place it names.

use super::attributes;
use super::readable::{has_unknown_reference, readable, shorten};
use crate::domain::reason::Location;

/// The longest message that is kept, in bytes.
pub(super) const LONGEST_MESSAGE: usize = 2048;
/// How much raw text is kept from the start of an element, in bytes.
const HEAD: usize = 2 * LONGEST_MESSAGE;
/// How much raw text is kept from the end of an element, in bytes.
const TAIL: usize = 1024;

/// Gathers the text of one element in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    title: String,
    head: Vec<u8>,
    tail: Vec<u8>,
}

/// What a failure says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// Its first lines.
    pub(super) text: String,
    /// The place that it names.
    pub(super) location: Option<Location>,
    /// Whether it holds a reference that XML does not define.
    pub(super) has_unknown_reference: bool,
}

impl Gathered {
    /// Starts with the attributes of a `failure`, `error` or the like: the message, else the type.
    pub(super) fn titled(tag: &[u8]) -> Self {
        let said = |name: &[u8]| {
            let value = attributes::value(tag, name)?;
            Some(value).filter(|value| !value.trim_ascii().is_empty())
        };
        let title = said(b"message").or_else(|| said(b"type"));
        Self {
            title: title.map_or_else(String::new, |raw| readable(raw, LONGEST_MESSAGE)),
            ..Self::default()
        }
    }

    /// Adds a piece of text as it is written.
    pub(super) fn add_text(&mut self, piece: &[u8]) {
        let room = HEAD - self.head.len().min(HEAD);
        let (head, rest) = piece.split_at(piece.len().min(room));
        self.head.extend_from_slice(head);
        self.tail
            .extend_from_slice(&rest[rest.len().saturating_sub(TAIL)..]);
        if self.tail.len() > 2 * TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
    }

    /// Adds a piece of a CDATA section, in which nothing is a reference.
    pub(super) fn add_cdata(&mut self, piece: &[u8]) {
        let mut parts = piece.split(|byte| *byte == b'&');
        self.add_text(parts.next().unwrap_or_default());
        for part in parts {
            self.add_text(b"&amp;");
            self.add_text(part);
        }
    }

    /// The message, when the element has ended.
    pub(super) fn finish(self) -> Message {
        let body = readable(&self.head, LONGEST_MESSAGE);
        let end = if self.tail.is_empty() {
            &self.head
        } else {
            &self.tail
        };
        let end = readable(&end[end.len().saturating_sub(TAIL)..], TAIL);
        Message {
            location: place_at_the_end(&end).or_else(|| place_within(&body)),
            text: shorten(join(self.title.trim(), body.trim()), LONGEST_MESSAGE),
            has_unknown_reference: has_unknown_reference(&self.head),
        }
    }
}

fn join(title: &str, body: &str) -> String {
    if body.is_empty() {
        title.to_owned()
    } else if body.starts_with(title) {
        body.to_owned()
    } else {
        format!("{title}\n{body}")
    }
}

/// The place that the last line of the shape `path:line: ` names (pytest).
fn place_at_the_end(text: &str) -> Option<Location> {
    text.lines().rev().find_map(pytest_place)
}

/// The place that a text names as `panicked at path:line:` (Rust) or `❯ path:line:` (vitest).
fn place_within(text: &str) -> Option<Location> {
    let after = |mark: &str| {
        let (_, rest) = text.split_once(mark)?;
        place(rest.split_ascii_whitespace().next()?)
    };
    after("panicked at ").or_else(|| after("❯ "))
}

fn pytest_place(line: &str) -> Option<Location> {
    let size = line
        .find(": ")
        .map(|colon| colon + 1)
        .or_else(|| line.ends_with(':').then_some(line.len()));
    place(&line[..size?])
}

/// `path:line:` or `path:line:column`, the path having an extension and no blanks.
fn place(text: &str) -> Option<Location> {
    let mut parts = text.split(':');
    let (file, line) = (parts.next()?, parts.next()?);
    parts.next()?;
    let name = file.rsplit('/').next()?;
    if !name.contains('.') || file.contains(char::is_whitespace) {
        return None;
    }
    Some(Location {
        file: file.strip_prefix("./").unwrap_or(file).to_owned(),
        line: Some(line.parse().ok().filter(|line| *line > 0)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: &str, text: &str) -> Message {
        let mut gathered = Gathered::titled(tag.as_bytes());
        gathered.add_text(text.as_bytes());
        gathered.finish()
    }

    fn place_in(text: &str) -> Option<String> {
        message("", text)
            .location
            .map(|location| location.to_string())
    }

    #[test]
    fn title_and_body_are_joined() {
        for (tag, text, expected) in [
            (" message='m'", "", "m"),
            (" message='m' type='t'", " \n ", "m"),
            (" message='' type='t'", "", "t"),
            (" message='m'", "\n  body\n", "m\nbody"),
            (" message='m'", "m: more", "m: more"),
            ("", "body", "body"),
            ("", "", ""),
        ] {
            assert_eq!(message(tag, text).text, expected, "{tag} {text}");
        }
    }

    #[test]
    fn nothing_in_cdata_is_a_reference() {
        let mut gathered = Gathered::default();
        gathered.add_cdata(b"a &lt; b && &");
        gathered.add_text(b"&lt;");
        assert_eq!(gathered.finish().text, "a &lt; b && &<");
    }

    #[test]
    fn a_reference_may_come_in_pieces() {
        let mut gathered = Gathered::default();
        gathered.add_text(b"a &l");
        gathered.add_text(b"t; b");
        assert_eq!(gathered.finish().text, "a < b");
    }

    #[test]
    fn long_messages_are_bounded_and_keep_their_place() {
        let mut gathered = Gathered::titled(b"");
        for _ in 0..100 {
            gathered.add_text(&b"no news here\n".repeat(1000));
        }
        gathered.add_text(b"tests/test_a.py:7: AssertionError");
        assert!(gathered.head.len() <= HEAD && gathered.tail.len() <= 3 * TAIL);
        let message = gathered.finish();
        assert!(message.text.len() <= LONGEST_MESSAGE + '…'.len_utf8());
        assert_eq!(message.location.unwrap().to_string(), "tests/test_a.py:7");
    }

    #[test]
    fn places_are_found_in_their_shapes() {
        for (text, place) in [
            (
                "E   assert 1 == 2\n\ntests/test_a.py:12: AssertionError",
                "tests/test_a.py:12",
            ),
            (
                "app/a.py:3: in f\n  x\n./app/b.py:4: ValueError\n",
                "app/b.py:4",
            ),
            ("tests/test_a.py:12: \n_ _ _\napp/b.py:9:", "app/b.py:9"),
            (
                "thread 'x' panicked at src/lib.rs:5:9:\nboom",
                "src/lib.rs:5",
            ),
            ("Error\n ❯ src/a.test.ts:10:5\n", "src/a.test.ts:10"),
        ] {
            assert_eq!(place_in(text).as_deref(), Some(place), "{text}");
        }
    }

    #[test]
    fn other_texts_name_no_place() {
        for text in [
            "",
            "a:1: b",
            "see http://x.y:80: no",
            "E  a.py:1: x",
            "a.py:0: x",
            "a.py:x: y",
            "a.py:1",
        ] {
            assert_eq!(place_in(text), None, "{text}");
        }
    }
}
