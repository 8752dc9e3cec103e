//! Files in each encoding, read whole and in single bytes.

use std::io::Read;

use super::*;

/// Gives one byte at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let size = self.0.len().min(target.len()).min(1);
        target[..size].copy_from_slice(&self.0[..size]);
        self.0 = &self.0[size..];
        Ok(size)
    }
}

fn read(bytes: &[u8]) -> (String, Option<String>) {
    let mut text = String::new();
    let mut reader = Utf8::of(Drip(bytes)).unwrap();
    reader.read_to_string(&mut text).unwrap();
    let mut whole = String::new();
    Utf8::of(bytes).unwrap().read_to_string(&mut whole).unwrap();
    assert_eq!(text, whole);
    (text, reader.remark().map(str::to_owned))
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn plain_utf8_passes_through() {
    assert_eq!(read("<a>é</a>".as_bytes()), ("<a>é</a>".into(), None));
    assert_eq!(read(b""), (String::new(), None));
}

#[test]
fn byte_order_marks_are_dropped() {
    assert_eq!(read(b"\xEF\xBB\xBF<a/>").0, "<a/>");
    assert_eq!(read(&utf16("\u{FEFF}<é/>", u16::to_le_bytes)).0, "<é/>");
    assert_eq!(read(&utf16("\u{FEFF}<é/>", u16::to_be_bytes)).0, "<é/>");
}

#[test]
fn utf16_is_known_by_its_shape() {
    assert_eq!(
        read(&utf16("<é\u{1F600}/>", u16::to_le_bytes)).0,
        "<é\u{1F600}/>"
    );
    assert_eq!(
        read(&utf16("<é\u{1F600}/>", u16::to_be_bytes)).0,
        "<é\u{1F600}/>"
    );
}

#[test]
fn utf16_longer_than_one_piece() {
    let text = format!("<a>{}</a>", "é\u{1F600}".repeat(PIECE));
    assert_eq!(read(&utf16(&text, u16::to_le_bytes)).0, text);
}

#[test]
fn declared_encodings() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>";
    assert!(read(latin).0.ends_with("<a>é</a>"));
    let windows = b"<?xml version=\"1.0\" encoding = \"windows-1252\" ?><a>\x80</a>";
    assert!(read(windows).0.ends_with("<a>€</a>"));
    let japanese = b"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><a>\x82\xA0</a>";
    assert!(read(japanese).0.ends_with("<a>あ</a>"));
}

#[test]
fn a_mark_wins_over_the_declaration() {
    let text = "\u{FEFF}<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>";
    assert!(read(text.as_bytes()).0.ends_with("<a>é</a>"));
}

#[test]
fn a_false_utf16_declaration_is_remarked() {
    let (text, remark) = read("<?xml version='1.0' encoding='utf-16'?><a>é</a>".as_bytes());
    assert!(text.ends_with("<a>é</a>"));
    assert!(remark.unwrap().contains("read as UTF-8"));
}

#[test]
fn an_unknown_encoding_is_remarked() {
    let (_, remark) = read(b"<?xml version='1.0' encoding='klingon'?><a/>");
    assert!(remark.unwrap().contains("klingon"));
}

#[test]
fn a_declaration_without_an_end_declares_nothing() {
    assert_eq!(read(b"<?xml encoding=").1, None);
    assert_eq!(read(b"<?xml encoding='x").1, None);
    assert_eq!(read(b"<?xml encoding?>").1, None);
}
