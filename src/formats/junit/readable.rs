//! Raw text of a file → text that people read: references resolved, control characters replaced,
//! length bounded.

use std::borrow::Cow;

use memchr::{memchr, memchr2};
use quick_xml::escape::resolve_xml_entity;

/// The longest reference that is resolved, in bytes without `&` and `;`.
const LONGEST_REFERENCE: usize = 12;

/// The text that `raw` stands for, at most `most` bytes of it.
///
/// Bytes that are not UTF-8 and control characters become U+FFFD, escape sequences for colours
/// are left out, and a reference that XML does not define stays as it is written.
pub(super) fn readable(raw: &[u8], most: usize) -> String {
    let enough = raw.len().min(most.saturating_mul(8));
    shorten(clean(resolve(decode(&raw[..enough]))), most)
}

/// A text on one line, for names.
pub(super) fn readable_line(raw: &[u8], most: usize) -> String {
    let text = readable(raw, most);
    match memchr2(b'\n', b'\t', text.as_bytes()) {
        Some(_) => text.replace(['\n', '\t'], " "),
        None => text,
    }
}

/// Cuts a text to `most` bytes, the mark of the cut not counted.
pub(super) fn shorten(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

/// Whether the text holds a reference that XML does not define.
pub(super) fn has_unknown_reference(raw: &[u8]) -> bool {
    if memchr(b'&', raw).is_none() {
        return false;
    }
    let text = String::from_utf8_lossy(raw);
    let mut parts = text.split('&').skip(1);
    parts.any(|part| named(part).is_some_and(|(name, _)| resolve_one(name).is_none()))
}

fn resolve(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return text;
    }
    let mut parts = text.split('&');
    let mut resolved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match named(part).and_then(|(name, rest)| Some((resolve_one(name)?, rest))) {
            Some((letter, rest)) => {
                resolved.push(letter);
                resolved.push_str(rest);
            }
            None => {
                resolved.push('&');
                resolved.push_str(part);
            }
        }
    }
    Cow::Owned(resolved)
}

/// Splits what follows an `&` at its `;`.
fn named(part: &str) -> Option<(&str, &str)> {
    let (name, rest) = part.split_once(';')?;
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '#' | '_' | '-');
    let named = !name.is_empty() && name.len() <= LONGEST_REFERENCE && name.chars().all(is_name);
    named.then_some((name, rest))
}

fn resolve_one(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return resolve_xml_entity(name)?.chars().next();
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Decodes UTF-8. Text that is well-formed is the rule, and checking it is faster than mending it.
fn decode(raw: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(raw) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(raw),
    }
}

/// Whether there is nothing but ASCII that can be shown. Counting, unlike searching, is done many
/// bytes at a time.
fn is_clean(text: &[u8]) -> bool {
    let is_shown = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    text.iter().filter(|byte| !is_shown(byte)).count() == 0
}

fn clean(text: Cow<'_, str>) -> String {
    if is_clean(text.as_bytes()) {
        return text.into_owned();
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' | '\t' => cleaned.push(letter),
            '\r' => {
                if letters.peek() != Some(&'\n') {
                    cleaned.push('\n');
                }
            }
            '\u{1B}' if letters.peek() == Some(&'[') => skip_sequence(&mut letters),
            _ if letter.is_control() || matches!(letter, '\u{FFFE}' | '\u{FFFF}') => {
                cleaned.push(char::REPLACEMENT_CHARACTER);
            }
            _ => cleaned.push(letter),
        }
    }
    cleaned
}

/// Goes past the rest of a control sequence (ECMA-48, 5.4): `[`, parameters, one final letter.
fn skip_sequence(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    letters.next();
    while letters
        .next_if(|letter| matches!(letter, ' '..='?'))
        .is_some()
    {}
    letters.next_if(|letter| matches!(letter, '@'..='~'));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved() {
        for (raw, text) in [
            ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
            ("&quot;&apos;&#65;&#x42;&#X43;", "\"'ABC"),
            ("&#10;&#9;", "\n\t"),
            ("&amp;lt;", "&lt;"),
            ("&nbsp;&unknown;", "&nbsp;&unknown;"),
            ("a & b; c &", "a & b; c &"),
            ("&#;&#x;&#xyz;&;", "&#;&#x;&#xyz;&;"),
            (
                "&#x1B;&#0;&#xD800;&#x110000;",
                "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}",
            ),
        ] {
            assert_eq!(readable(raw.as_bytes(), 100), text, "{raw}");
        }
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(
            readable(b"a\x00b\x08c\x7Fd", 100),
            "a\u{FFFD}b\u{FFFD}c\u{FFFD}d"
        );
        assert_eq!(readable(b"a\r\nb\rc", 100), "a\nb\nc");
        assert_eq!(readable(b"\xFF\xFE", 100), "\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn colours_are_left_out() {
        assert_eq!(
            readable(b"\x1B[31;1mred\x1B[0m &#x1B;[2mdim&#27;[22m", 100),
            "red dim"
        );
        assert_eq!(readable(b"\x1B[", 100), "");
    }

    #[test]
    fn length_is_bounded_at_a_letter() {
        assert_eq!(readable("ééé".as_bytes(), 3), "é…");
        assert_eq!(readable(b"abc", 3), "abc");
        assert_eq!(readable(&b"&lt;".repeat(100), 3), "<<<…");
    }

    #[test]
    fn names_stand_on_one_line() {
        assert_eq!(readable_line(b"a\n\tb", 100), "a  b");
    }

    #[test]
    fn unknown_references_are_seen() {
        assert!(has_unknown_reference(b"a &nbsp; b"));
        assert!(!has_unknown_reference(b"a &lt; b & c; &#65;"));
    }
}
