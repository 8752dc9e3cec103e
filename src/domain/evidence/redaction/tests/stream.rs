//! Streams of bytes.

use std::sync::Arc;

use super::redactor;
use crate::domain::evidence::redaction::{Redactor, StreamMasker};

/// Masks a stream that comes in pieces.
pub(super) fn streamed<'a>(
    redactor: &Arc<Redactor>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut masker = StreamMasker::new(Arc::clone(redactor));
    let mut out = Vec::new();
    for piece in pieces {
        masker.push(piece, &mut out);
    }
    masker.finish(&mut out);
    out
}

/// A line of 200 KiB with `planted` at `at`, between letters and spaces.
fn long_line(planted: &str, at: usize) -> Vec<u8> {
    let mut line: Vec<u8> = b"lorem ipsum "
        .iter()
        .copied()
        .cycle()
        .take(200 << 10)
        .collect();
    line.splice(at..at + planted.len(), planted.bytes());
    line.push(b'\n');
    line
}

/// Places around the ends of parts of long lines.
const PLACES: [usize; 9] = [
    0, 65_500, 65_530, 65_536, 69_000, 69_630, 131_060, 139_000, 204_000,
];

#[test]
fn whole_lines_come_at_once() {
    let mut masker = StreamMasker::new(Arc::new(redactor(&[])));
    let mut out = Vec::new();
    masker.push(b"one\ntw", &mut out);
    assert_eq!(out, b"one\n");
    masker.push(b"o\r50 %\rend", &mut out);
    assert_eq!(out, b"one\ntwo\r50 %\r");
    masker.finish(&mut out);
    assert_eq!(out, b"one\ntwo\r50 %\rend");
    masker.push(b"alice@example.com", &mut out);
    masker.finish(&mut out);
    assert_eq!(out, b"one\ntwo\r50 %\rend[masked:email]");
}

#[test]
fn bytes_that_are_no_text_pass() {
    let masked = streamed(
        &Arc::new(redactor(&["zz+"])),
        [&b"\xff\xfehunter22-Zq\x80\0alice@example.com\xe0\xb8\nzz\xc3"[..]],
    );
    let expected = b"\xff\xfe[masked:secret]\x80\0[masked:email]\xe0\xb8\n[masked:pattern]\xc3";
    assert_eq!(masked, expected);
}

#[test]
fn nothing_is_lost_where_a_long_line_is_cut() {
    let redactor = Arc::new(redactor(&["sk_live_[A-Za-z0-9]+", r"\Bxyz\b"]));
    let planted = [
        ("hunter22-Zq", "[masked:secret]"),
        (" alice@example.com ", " [masked:email] "),
        (" 13.7563, 100.5018 ", " [masked:coordinates] "),
        (
            "\"latitude\": 13.7563,",
            "\"latitude\": \"[masked:coordinates]\",",
        ),
        ("x://user:hunter@x", "x://user:[masked:secret]@x"),
        (" sk_live_abcdefgh ", " [masked:pattern] "),
        ("wxyz ", "w[masked:pattern] "),
    ];
    for (secret, mask) in planted {
        for place in PLACES {
            let line = long_line(secret, place);
            let expected = String::from_utf8(line.clone())
                .unwrap()
                .replacen(secret, mask, 1);
            for size in [1000, 65_536, line.len()] {
                let masked = streamed(&redactor, line.chunks(size));
                assert!(
                    masked == expected.as_bytes(),
                    "{secret} at {place} in pieces of {size}"
                );
            }
        }
    }
}

#[test]
fn a_match_longer_than_all_that_is_held_is_masked() {
    let redactor = Arc::new(redactor(&["z+"]));
    let mut line = vec![b'z'; 300_000];
    line.splice(150_000..150_011, *b"hunter22-Zq");
    line.extend(b" end alice@example.com\n");
    let masked = String::from_utf8(streamed(&redactor, line.chunks(4096))).unwrap();
    let rest = masked
        .replace("[masked:pattern]", "")
        .replace("[masked:secret]", "");
    assert_eq!(rest, " end [masked:email]\n");
}

#[test]
fn a_secret_longer_than_a_line_is_held_for() {
    let secret: String = (0..30_000).map(|number| format!("{number:05}")).collect();
    let redactor = Arc::new(super::for_secrets(&[&secret]));
    for before in [0, 1, 100_000] {
        let line = [&vec![b'x'; before], secret.as_bytes(), b"yyy"].concat();
        let masked = streamed(&redactor, line.chunks(5000));
        let expected = [&vec![b'x'; before][..], b"[masked:secret]yyy"].concat();
        assert!(masked == expected, "after {before}");
    }
}

#[test]
fn a_long_line_of_json_stays_json() {
    let entry = r#"{"lat":13.7563,"at":[100.5018,13.7563],"by":"a\nalice@example.com"}"#;
    let line = format!("[{}]", vec![entry; 20_000].join(","));
    let redactor = Arc::new(redactor(&[]));
    let masked = String::from_utf8(streamed(&redactor, line.as_bytes().chunks(7777))).unwrap();
    serde_json::from_str::<serde_json::Value>(&masked).unwrap();
    assert_eq!(masked, redactor.mask(&line).into_inner());
}
