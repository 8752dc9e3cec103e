//! GPS coordinates in decimal degrees.
//!
//! A pair is two numbers with at least four decimals (about eleven metres) that can be a latitude
//! and a longitude in either order: `13.7563, 100.5018`. Between them stands a comma or a
//! semicolon, a hemisphere (`13.7563° N 100.5018° E`), a sign (`+13.7563+100.5018`, ISO 6709), or a
//! space in `POINT(100.5018 13.7563)`. A single number is masked after its name: `"lat": 13.7563`,
//! `longitude=100.5018`, `lng: "100.5018"`; the name stays. Full names need one decimal, short
//! ones three, since `lat` may be a latency.

use std::ops::Range;

use memchr::memchr_iter;

/// A match: where it is, and what must be put around its replacement.
pub(super) struct Found {
    /// The numbers, with their hemispheres; a name and quotes are no part of it.
    pub(super) range: Range<usize>,
    /// The quote that closes the name, if the number itself has none: it makes the replacement a
    /// string where the number was a number.
    pub(super) quote: &'static str,
}

/// The first coordinates from `from` on.
pub(super) fn find(text: &[u8], from: usize) -> Option<Found> {
    memchr_iter(b'.', &text[from..]).find_map(|found| {
        let number = Decimal::around(text, from, from + found)?;
        pair(text, &number).or_else(|| named(text, &number))
    })
}

/// A number with decimals.
struct Decimal {
    start: usize,
    end: usize,
    decimals: usize,
    /// The value without its sign.
    size: f64,
}

/// More decimals than any receiver gives; a longer number is none of a place.
const MOST_DECIMALS: usize = 20;

/// The decimals of a number of a pair.
const PAIR_DECIMALS: usize = 4;

impl Decimal {
    /// The number whose decimal point is at `dot`; none before `floor` counts.
    fn around(text: &[u8], floor: usize, dot: usize) -> Option<Self> {
        let before = &text[floor.max(dot.saturating_sub(4))..dot];
        let whole = before.iter().rev().take_while(|b| b.is_ascii_digit());
        let whole = whole.count();
        let after = &text[dot + 1..text.len().min(dot + 2 + MOST_DECIMALS)];
        let decimals = after.iter().take_while(|b| b.is_ascii_digit()).count();
        let start = dot - whole;
        let is_number = (1..=3).contains(&whole)
            && (1..=MOST_DECIMALS).contains(&decimals)
            && !text[..start].ends_with(b".");
        if !is_number {
            return None;
        }
        let end = dot + 1 + decimals;
        let size = std::str::from_utf8(&text[start..end]).ok()?.parse().ok()?;
        let sign = usize::from(start > floor && matches!(text[start - 1], b'-' | b'+'));
        Some(Self {
            start: start - sign,
            end,
            decimals,
            size,
        })
    }

    /// The number that starts at `start`, perhaps with a sign.
    fn at(text: &[u8], start: usize) -> Option<Self> {
        let sign = usize::from(matches!(text.get(start), Some(b'-' | b'+')));
        let digits = &text[start + sign..text.len().min(start + sign + 4)];
        let whole = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        let dot = start + sign + whole;
        if text.get(dot) != Some(&b'.') {
            return None;
        }
        Self::around(text, start, dot)
    }

    fn is_signed(&self, text: &[u8]) -> bool {
        matches!(text[self.start], b'-' | b'+')
    }
}

fn pair(text: &[u8], first: &Decimal) -> Option<Found> {
    if first.decimals < PAIR_DECIMALS {
        return None;
    }
    let first_end = after_hemisphere(text, first.end);
    let second = Decimal::at(text, second_start(text, first, first_end)?)?;
    let end = after_hemisphere(text, second.end);
    let fits =
        |latitude: &Decimal, longitude: &Decimal| latitude.size <= 90.0 && longitude.size <= 180.0;
    let is_pair = second.decimals >= PAIR_DECIMALS
        && ends_number(text, end)
        && (fits(first, &second) || fits(&second, first));
    is_pair.then_some(Found {
        range: first.start..end,
        quote: "",
    })
}

/// Where the second number of a pair would start, after a separator.
fn second_start(text: &[u8], first: &Decimal, first_end: usize) -> Option<usize> {
    let (quote, unquoted) = after_quote(text, first_end);
    let spaced = after_spaces(text, unquoted);
    if let Some(separated) = after_any(text, spaced, &["%2C", "%2c", "%3B", "%3b", ",", ";"]) {
        let start = after_spaces(text, separated);
        let (other, start) = after_quote(text, start);
        return (quote == other).then_some(start);
    }
    let is_joined = first_end > first.end
        || first.is_signed(text) && matches!(text.get(first_end), Some(b'-' | b'+'))
        || spaced > first_end && is_point(&text[..first.start]);
    (is_joined && quote.is_empty()).then_some(spaced)
}

/// Whether a text ends in `POINT(`, as points are written in SQL.
fn is_point(before: &[u8]) -> bool {
    let Some(name) = before.strip_suffix(b"(") else {
        return false;
    };
    let name = name.trim_ascii_end();
    let name = name.strip_suffix(b" Z").unwrap_or(name);
    let tail = &name[name.len().saturating_sub(5)..];
    tail.eq_ignore_ascii_case(b"point")
}

/// The end of `° N` or `E`, if it stands at `at`.
fn after_hemisphere(text: &[u8], at: usize) -> usize {
    const DEGREES: [&str; 6] = ["°", "\\u00b0", "\\u00B0", "&#176;", "&deg;", "%C2%B0"];
    let degrees = after_any(text, at, &DEGREES).unwrap_or(at);
    let letter = after_spaces(text, degrees);
    let is_letter = matches!(
        text.get(letter),
        Some(b'N' | b'S' | b'E' | b'W' | b'n' | b's' | b'e' | b'w')
    );
    let goes_on = text.get(letter + 1).is_some_and(u8::is_ascii_alphanumeric);
    if is_letter && !goes_on {
        letter + 1
    } else {
        degrees
    }
}

/// Whether a number can end at `at`: no further digits, decimals or unit follow.
fn ends_number(text: &[u8], at: usize) -> bool {
    match text[at..] {
        [b'.', next, ..] => !next.is_ascii_digit(),
        [next, ..] => !next.is_ascii_alphanumeric() && next != b'_',
        [] => true,
    }
}

const FULL_NAMES: [&[u8]; 2] = [b"latitude", b"longitude"];
const SHORT_NAMES: [&[u8]; 4] = [b"lat", b"lng", b"lon", b"long"];

/// The decimals of a number after a short name.
const SHORT_NAME_DECIMALS: usize = 3;

fn named(text: &[u8], number: &Decimal) -> Option<Found> {
    let end = after_hemisphere(text, number.end);
    if number.size > 180.0 || !ends_number(text, end) {
        return None;
    }
    let (value_quote, before) = before_quote(&text[..number.start]);
    let before = before_sign(before_spaces(before))?;
    let (name_quote, before) = before_quote(before_spaces(before));
    let is_full = FULL_NAMES.iter().any(|name| ends_in_name(before, name));
    let is_short = || SHORT_NAMES.iter().any(|name| ends_in_name(before, name));
    let is_named = is_full || number.decimals >= SHORT_NAME_DECIMALS && is_short();
    is_named.then_some(Found {
        range: number.start..end,
        quote: if value_quote.is_empty() {
            name_quote
        } else {
            ""
        },
    })
}

/// Whether a text ends in a name that is a word of its own, also as in `gps_lat` and `gpsLat`.
fn ends_in_name(text: &[u8], name: &[u8]) -> bool {
    let text = text
        .strip_suffix(b"1")
        .or(text.strip_suffix(b"2"))
        .unwrap_or(text);
    let Some(start) = text.len().checked_sub(name.len()) else {
        return false;
    };
    let (before, found) = text.split_at(start);
    let starts_word = match before {
        [.., b'\\', b'n' | b'r' | b't'] | [] => true,
        [.., last] => !last.is_ascii_alphabetic() || found[0].is_ascii_uppercase(),
    };
    starts_word && found.eq_ignore_ascii_case(name)
}

/// How a quote may be written; the longer forms first.
const QUOTES: [&str; 6] = ["\\\\\\\"", "\\\"", "\"", "'", "&quot;", "&#34;"];

fn after_quote(text: &[u8], at: usize) -> (&'static str, usize) {
    QUOTES
        .into_iter()
        .find(|quote| text[at..].starts_with(quote.as_bytes()))
        .map_or(("", at), |quote| (quote, at + quote.len()))
}

fn before_quote(text: &[u8]) -> (&'static str, &[u8]) {
    QUOTES
        .into_iter()
        .find_map(|quote| Some((quote, text.strip_suffix(quote.as_bytes())?)))
        .unwrap_or(("", text))
}

/// Leaves out `:`, `=`, `=>` or `%3D` at the end; none if there is nothing of that.
fn before_sign(text: &[u8]) -> Option<&[u8]> {
    ["=>", "=&gt;", "=", ":", "%3D", "%3A"]
        .into_iter()
        .find_map(|sign| text.strip_suffix(sign.as_bytes()))
}

/// No more spaces than this are skipped at a time.
const MOST_SPACES: usize = 16;

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn before_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().rev().take(MOST_SPACES);
    &text[..text.len() - spaces.take_while(|byte| is_space(**byte)).count()]
}

fn after_spaces(text: &[u8], at: usize) -> usize {
    let at = after_any(text, at, &["%20"]).unwrap_or(at);
    let spaces = text[at..].iter().take(MOST_SPACES);
    at + spaces.take_while(|byte| is_space(**byte)).count()
}

fn after_any(text: &[u8], at: usize, forms: &[&str]) -> Option<usize> {
    let rest = &text[at..];
    let form = forms
        .iter()
        .find(|form| rest.starts_with(form.as_bytes()))?;
    Some(at + form.len())
}
