//! The ways in which one secret is written: escaped for XML, for JSON, for a URL, in base64.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Secret values (and lines of them) with fewer characters are left alone: masking them would
/// garble every text.
const SHORTEST: usize = 4;

/// Values up to this many bytes are also found inside a longer text in base64, such as
/// `user:password` of an `Authorization` header.
const LONGEST_INSIDE_BASE64: usize = 256;

/// Values with fewer bytes are not looked for inside longer base64: too much would look like them.
const SHORTEST_INSIDE_BASE64: usize = 6;

/// The columns at which tools break lines of base64: PEM, and MIME with most commands.
const BASE64_COLUMNS: [usize; 2] = [64, 76];

/// All spellings of a secret value that are masked: each of its lines as it is and escaped, and
/// base64 of the whole.
pub(super) fn spellings(value: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for line in value.split(['\n', '\r']).map(str::trim) {
        if is_long_enough(line) {
            add_escaped(line, &mut all);
        }
    }
    let whole = value.trim();
    if is_long_enough(whole) {
        all.insert(base64(whole.as_bytes()));
        all.insert(base64(value.as_bytes()));
        all.insert(base64(format!("{whole}\n").as_bytes()));
        add_broken_base64(whole, &mut all);
        add_inside_base64(whole.as_bytes(), &mut all);
    }
    all
}

fn is_long_enough(text: &str) -> bool {
    text.chars().nth(SHORTEST - 1).is_some()
}

fn add_escaped(line: &str, all: &mut BTreeSet<String>) {
    let json = json_spellings(line);
    for text in [line.to_owned()].into_iter().chain(json.iter().cloned()) {
        all.extend(xml_spellings(&text));
        all.insert(text);
    }
    for xml in xml_spellings(line) {
        all.extend(json_spellings(&xml));
    }
    for text in json {
        all.extend(json_spellings(&text));
    }
    all.extend([percent(line, "%20"), percent(line, "+")]);
}

/// How writers of XML and HTML escape: the least, all five, and numbers for the quotes.
fn xml_spellings(text: &str) -> impl Iterator<Item = String> {
    const QUOTES: [(&str, &str); 6] = [
        ("\"", "'"),
        ("&quot;", "'"),
        ("&quot;", "&apos;"),
        ("&quot;", "&#39;"),
        ("&quot;", "&#x27;"),
        ("&#34;", "&#39;"),
    ];
    let all: BTreeSet<String> = [">", "&gt;"]
        .into_iter()
        .flat_map(|greater| {
            QUOTES.map(|(double, single)| {
                text.replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', greater)
                    .replace('"', double)
                    .replace('\'', single)
            })
        })
        .collect();
    all.into_iter()
}

/// How writers of JSON escape: the least, with `\/`, without `<>&`, in ASCII alone.
fn json_spellings(text: &str) -> BTreeSet<String> {
    let least = json(text, |_| false);
    let html = json(text, |c| matches!(c, '<' | '>' | '&'));
    let ascii = json(text, |c| !c.is_ascii());
    let both = json(text, |c| !c.is_ascii() || matches!(c, '<' | '>' | '&'));
    let slashes = least.replace('/', "\\/");
    BTreeSet::from([least, html, ascii, both, slashes])
}

fn json(text: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ if c.is_control() || is_escaped(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.push(c),
        }
    }
    out
}

/// Percent-encoding of all but the unreserved characters (RFC 3986, section 2.3).
fn percent(text: &str, space: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// The lines of base64 that was broken into lines. A short last one is left alone.
fn add_broken_base64(value: &str, all: &mut BTreeSet<String>) {
    let encoded = base64(value.as_bytes());
    for columns in BASE64_COLUMNS {
        let mut rest = encoded.as_str();
        while rest.len() > columns {
            let (line, after) = rest.split_at(columns);
            all.insert(line.to_owned());
            rest = after;
        }
        if rest.len() >= 8 {
            all.insert(rest.to_owned());
        }
    }
}

/// What base64 of any text that contains the value has in common, for each of the three places
/// that the value can have in a group of three bytes.
fn add_inside_base64(value: &[u8], all: &mut BTreeSet<String>) {
    if !(SHORTEST_INSIDE_BASE64..=LONGEST_INSIDE_BASE64).contains(&value.len()) {
        return;
    }
    for before in 0..3 {
        let padded = [&[0; 2][..before], value].concat();
        let encoded = base64(&padded);
        let start = [0, 2, 3][before];
        let end = padded.len() * 8 / 6;
        all.insert(encoded[start..end].to_owned());
    }
}

/// Standard base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .chain([0; 2].iter())
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for place in 0..4 {
            if place <= group.len() {
                out.push(char::from(ALPHABET[bits >> (18 - 6 * place) & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foo"), "Zm9v");
        assert_eq!(base64(b"foob"), "Zm9vYg==");
        assert_eq!(base64(b"fooba"), "Zm9vYmE=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(base64(&[0xfb, 0xef, 0xff]), "++//");
    }

    #[test]
    fn a_plain_secret_has_few_spellings() {
        let all = spellings("hunter22");
        assert!(all.contains("hunter22") && all.contains("aHVudGVyMjI="));
        assert!(all.len() <= 6, "{all:?}");
    }

    #[test]
    fn nothing_short_is_spelt() {
        assert_eq!(spellings("abc"), BTreeSet::new());
        assert_eq!(spellings(" abc \n"), BTreeSet::new());
        assert!(spellings("abc\nlonger").iter().all(|s| s != "abc"));
    }
}
