//! Untrusted text, made harmless: output of checks, names of tests, messages.
//!
//! Escape sequences are taken out; whatever else could move a cursor, hide text or turn its
//! direction is shown as a visible sign in its place.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How far an escape sequence that carries text (a title, a link) may reach, in bytes.
const LONGEST_SEQUENCE: usize = 4096;

/// Text of several lines: line feeds and tabs stay, everything else that is not plain is shown.
pub(crate) fn text(untrusted: &str) -> Cow<'_, str> {
    if untrusted.chars().all(is_plain) {
        return Cow::Borrowed(untrusted);
    }
    let mut clean = String::with_capacity(untrusted.len());
    let mut rest = untrusted;
    while let Some(first) = rest.chars().next() {
        let taken = match escape_sequence(rest) {
            Some(length) => length,
            None if rest.starts_with("\r\n") => 1,
            None => {
                push_visible(first, &mut clean);
                first.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    Cow::Owned(clean)
}

/// Text that must stay on one line: a line feed is shown as a sign too, a tab as a space.
pub(crate) fn line(untrusted: &str) -> String {
    text(untrusted.trim_end_matches(['\n', '\r']))
        .replace('\n', "␊")
        .replace('\t', " ")
}

/// The first line of a text that has something on it, and whether more follows.
pub(crate) fn first_line(untrusted: &str) -> (String, bool) {
    let trimmed = untrusted.trim();
    let mut lines = trimmed.lines();
    let first = lines.next().unwrap_or_default();
    (line(first), lines.next().is_some())
}

/// At most so many bytes of a text, cut between characters, with `…` where something was cut.
pub(crate) fn cut(text: &str, most_bytes: usize) -> Cow<'_, str> {
    if text.len() <= most_bytes {
        return Cow::Borrowed(text);
    }
    let end = most_bytes.saturating_sub('…'.len_utf8());
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(end)]))
}

fn is_plain(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        c => !c.is_control() && !is_deceptive(c),
    }
}

/// Characters that turn the direction of text, break lines, or annotate invisibly. Joiners stay:
/// scripts and emoji need them.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn push_visible(c: char, clean: &mut String) {
    match c {
        c if is_plain(c) => clean.push(c),
        '\u{0}'..='\u{1f}' => clean.extend(char::from_u32(0x2400 + u32::from(c))),
        '\u{7f}' => clean.push('␡'),
        c => {
            let _ = write!(clean, "<U+{:04X}>", u32::from(c)); // a String takes everything
        }
    }
}

/// The length of the escape sequence that a text begins with (ECMA-48, 5.3 and 5.4), if it is
/// whole. One that is not is no sequence: it must not swallow what stands behind it.
fn escape_sequence(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let (introducer, head) = match chars.next()? {
        '\u{1b}' => {
            let second = chars.next()?;
            (second, 1 + second.len_utf8())
        }
        '\u{9b}' => ('[', 2),
        '\u{9d}' => (']', 2),
        _ => return None,
    };
    let body = &text[head..];
    let length = match introducer {
        '[' => control_sequence(body)?,
        ']' | 'P' | 'X' | '^' | '_' => control_string(body)?,
        ' '..='/' => ending(body, ' '..='/', '0'..='~')?,
        '0'..='~' => 0,
        _ => return None,
    };
    Some(head + length)
}

fn control_sequence(body: &str) -> Option<usize> {
    let parameters = body.len() - body.trim_start_matches(|c| ('0'..='?').contains(&c)).len();
    Some(parameters + ending(&body[parameters..], ' '..='/', '@'..='~')?)
}

fn ending(
    body: &str,
    between: std::ops::RangeInclusive<char>,
    last: std::ops::RangeInclusive<char>,
) -> Option<usize> {
    let rest = body.trim_start_matches(|c| between.contains(&c));
    let end = rest.chars().next().filter(|c| last.contains(c))?;
    Some(body.len() - rest.len() + end.len_utf8())
}

/// A string such as a window title: it ends with BEL or ST, on the same line.
fn control_string(body: &str) -> Option<usize> {
    let bytes = body.as_bytes();
    for (index, byte) in bytes.iter().enumerate().take(LONGEST_SEQUENCE) {
        match byte {
            b'\n' => return None,
            0x07 => return Some(index + 1),
            0x1b if bytes.get(index + 1) == Some(&b'\\') => return Some(index + 2),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_are_taken_out() {
        assert_eq!(text("\u{1b}[1;31mred\u{1b}[0m"), "red");
        assert_eq!(text("\u{9b}31mred\u{1b}(B"), "red");
        assert_eq!(text("\u{1b}]0;title\u{7}x"), "x");
        assert_eq!(
            text("\u{1b}]8;;https://example.org\u{1b}\\link\u{1b}]8;;\u{1b}\\"),
            "link"
        );
        assert_eq!(text("a\u{1b}[2K\u{1b}[1Ab"), "ab");
        assert_eq!(text("\u{1b}7saved"), "saved");
    }

    #[test]
    fn what_is_not_whole_hides_nothing() {
        assert_eq!(text("\u{1b}]0;title\nshown"), "␛]0;title\nshown");
        assert_eq!(text("\u{1b}[31"), "␛[31");
        assert_eq!(text("end\u{1b}"), "end␛");
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(text("a\u{0}b\u{7}c\u{7f}"), "a␀b␇c␡");
        assert_eq!(text("one\r\ntwo\rthree"), "one\ntwo␍three");
        assert_eq!(text("x\u{202e}gnp.exe\u{85}"), "x<U+202E>gnp.exe<U+0085>");
        assert_eq!(text("tab\tstays, ไทย 👩‍👩‍👧 too"), "tab\tstays, ไทย 👩‍👩‍👧 too");
    }

    #[test]
    fn one_line_stays_one_line() {
        assert_eq!(line("a\nb\tc\r\n"), "a␊b c");
        assert_eq!(
            first_line("\n  assert 1 == 2\n  more"),
            ("assert 1 == 2".to_owned(), true)
        );
        assert_eq!(first_line(""), (String::new(), false));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        for (text, most, expected) in [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abc…"),
            ("éééé", 7, "éé…"),
            ("", 0, ""),
        ] {
            assert_eq!(cut(text, most), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_but_plain_text_comes_out(untrusted in any::<String>()) {
            prop_assert!(text(&untrusted).chars().all(is_plain));
            prop_assert!(!line(&untrusted).contains(['\n', '\t']));
        }

        #[test]
        fn escapes_in_all_forms_come_out_plain(untrusted in "[\u{1b}\u{9b}\\[\\]P;0-9a-z\u{7}\\\\\r\n]{0,40}") {
            let clean = text(&untrusted);
            prop_assert!(clean.chars().all(is_plain));
            prop_assert_eq!(text(&clean), clean.as_ref());
        }
    }
}
