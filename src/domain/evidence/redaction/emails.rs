//! E-mail addresses, as they are used (not all that RFC 5322 would allow).
//!
//! The part before the `@` is letters, digits and ``.!$*^~_%+-'``; the part after it is a host name
//! with at least one dot that ends in letters. `%40` counts as `@`. Letters may be those of two
//! UTF-8 bytes (Latin, Greek, Cyrillic, …); those of scripts that are written without spaces end an
//! address. `name@1.2.3` is a version, not an address.

use std::ops::Range;

use memchr::memchr2_iter;

/// Twice what RFC 5321 allows (section 4.5.3.1.1), since `%40` and the like take more room.
const LONGEST_LOCAL_PART: usize = 128;

/// The first e-mail address from `from` on.
pub(super) fn find(text: &[u8], from: usize) -> Option<Range<usize>> {
    memchr2_iter(b'@', b'%', &text[from..]).find_map(|found| {
        let at = from + found;
        let after = after_sign(text, at)?;
        let start = local_part(text, from, at)?;
        let end = host(text, after)?;
        Some(start..end)
    })
}

/// Where the host starts if there is an `@` at `at`, also `%40`.
fn after_sign(text: &[u8], at: usize) -> Option<usize> {
    match text[at..] {
        [b'@', ..] => Some(at + 1),
        [b'%', b'4', b'0', ..] => Some(at + 3),
        _ => None,
    }
}

/// The start of the local part that ends at `end`.
fn local_part(text: &[u8], floor: usize, end: usize) -> Option<usize> {
    let floor = floor.max(end.saturating_sub(LONGEST_LOCAL_PART));
    let mut start = end;
    while let Some(width) = letter_before(&text[floor..start]).or_else(|| {
        let byte = text[floor..start].last()?;
        b".!$*^~_%+-'".contains(byte).then_some(1)
    }) {
        start -= width;
    }
    start = after_escape(text, start, end);
    let is_first = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let skipped = text[start..end].iter().position(is_first)?;
    Some(start + skipped)
}

/// Leaves out what belongs to a JSON escape (`n` of `\n`) or a terminal's colour (`32m`).
fn after_escape(text: &[u8], start: usize, end: usize) -> usize {
    let before = &text[..start];
    let slashes = before.iter().rev().take_while(|byte| **byte == b'\\');
    let own = &text[start..end];
    let skipped = if slashes.count() % 2 == 1 {
        match own {
            [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) => 5,
            [b'b' | b'f' | b'n' | b'r' | b't', ..] => 1,
            _ => 0,
        }
    } else if ends_in_colour_start(before) {
        let digits = own.iter().take_while(|byte| byte.is_ascii_digit());
        digits.count() + 1
    } else {
        0
    };
    (start + skipped).min(end)
}

/// Whether a text ends in `ESC [`, perhaps with parameters: `ESC [ 1 ;`.
fn ends_in_colour_start(text: &[u8]) -> bool {
    let parameters = text
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b';');
    text[..text.len() - parameters.count()].ends_with(b"\x1b[")
}

/// The end of the host name that starts at `start`.
fn host(text: &[u8], start: usize) -> Option<usize> {
    let mut end = start;
    while let Some(width) = letter_after(&text[end..]).or_else(|| {
        let byte = text[end..].first()?;
        b".-".contains(byte).then_some(1)
    }) {
        end += width;
    }
    let run = &text[start..end];
    let name = memchr::memmem::find(run, b"..").map_or(run, |dots| &run[..dots]);
    let first = name.first()?;
    let is_host = (first.is_ascii_alphanumeric() || *first >= 0x80) && !is_version(name);
    is_host.then_some(start + top_level_end(name)?)
}

/// The end of the last label that starts with two letters, which is not the first label.
fn top_level_end(name: &[u8]) -> Option<usize> {
    let mut rest = name;
    loop {
        let dot = memchr::memrchr(b'.', rest)?;
        let label = &rest[dot + 1..];
        if label.starts_with(b"xn--") {
            return Some(rest.len());
        }
        let is_letter = |byte: &&u8| byte.is_ascii_alphabetic() || **byte >= 0x80;
        let letters = label.iter().take_while(is_letter).count();
        if letters >= 2 {
            return Some(dot + 1 + letters);
        }
        rest = &rest[..dot];
    }
}

/// Whether a name starts like `18.2.` or is `18.2`.
fn is_version(name: &[u8]) -> bool {
    let mut labels = name.split(|byte| *byte == b'.');
    let mut is_number = || {
        labels
            .next()
            .is_some_and(|label| !label.is_empty() && label.iter().all(u8::is_ascii_digit))
    };
    is_number() && is_number()
}

/// The bytes of the letter or digit at the end of a text.
fn letter_before(text: &[u8]) -> Option<usize> {
    match text {
        [.., last] if last.is_ascii_alphanumeric() => Some(1),
        [.., 0xc3..=0xdf, 0x80..=0xbf] => Some(2),
        _ => None,
    }
}

/// The bytes of the letter or digit at the start of a text.
fn letter_after(text: &[u8]) -> Option<usize> {
    match text {
        [first, ..] if first.is_ascii_alphanumeric() => Some(1),
        [0xc3..=0xdf, 0x80..=0xbf, ..] => Some(2),
        _ => None,
    }
}
