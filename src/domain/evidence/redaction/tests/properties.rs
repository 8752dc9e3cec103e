//! What holds for every text, in whatever pieces it comes.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::stream::streamed;
use super::{SECRETS, redactor};
use crate::domain::evidence::redaction::Redactor;

const PATTERNS: [&str; 6] = [
    "sk_live_[A-Za-z0-9]+",
    r"\bid\b.?",
    "a$",
    r"masked:\w+]",
    "(?s)^x.*y",
    "[0-9]*",
];

/// Compiling takes longer than masking, so all cases share one.
fn all() -> Arc<Redactor> {
    static ALL: LazyLock<Arc<Redactor>> = LazyLock::new(|| Arc::new(redactor(&PATTERNS)));
    Arc::clone(&ALL)
}

/// Without the patterns that would match what holds JSON together.
fn plain() -> Arc<Redactor> {
    static PLAIN: LazyLock<Arc<Redactor>> = LazyLock::new(|| Arc::new(redactor(&PATTERNS[..1])));
    Arc::clone(&PLAIN)
}

/// Text out of pieces that mean something to the redactor.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("hunter22-Zq".to_owned()),
        Just("hunter22-".to_owned()),
        Just(r#"a&amp;b&lt;"c\d'e"#.to_owned()),
        Just("second line of it".to_owned()),
        Just("ขนมปัง-secret".to_owned()),
        Just("alice@example.com".to_owned()),
        Just("13.7563, 100.5018".to_owned()),
        Just("\"lat\": 13.7563".to_owned()),
        Just("https://u:p@h.com".to_owned()),
        Just("sk_live_x".to_owned()),
        Just("[masked:secret]".to_owned()),
        Just("[masked:".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        r#"[\\n@.:,\[\]{}"&;0-9a-eidx ]{0,6}"#,
        ".{0,3}",
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// The pieces of a text, cut at some places.
fn pieces<'a>(text: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| &text[pair[0]..pair[1]])
        .collect()
}

fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..12)
}

proptest! {
    #[test]
    fn masking_in_pieces_is_masking_at_once(text in text(), cuts in cuts()) {
        let redactor = all();
        let masked = streamed(&redactor, pieces(text.as_bytes(), &cuts));
        prop_assert_eq!(String::from_utf8(masked).unwrap(), redactor.mask(&text).into_inner());
    }

    #[test]
    fn bytes_in_pieces_are_masked_as_at_once(
        bytes in prop::collection::vec(any::<u8>(), 0..300), text in text(), cuts in cuts(),
    ) {
        let redactor = all();
        let bytes = [&bytes, text.as_bytes(), &bytes].concat();
        let masked = streamed(&redactor, pieces(&bytes, &cuts));
        prop_assert_eq!(masked, redactor.mask_bytes(&bytes).into_inner().into_owned());
    }

    #[test]
    fn masking_twice_changes_nothing(text in text()) {
        let redactor = all();
        let once = redactor.mask(&text).into_owned().into_inner();
        prop_assert_eq!(redactor.mask(&once).into_inner(), once.as_str());
    }

    #[test]
    fn no_secret_is_left(text in text()) {
        let masked = all().mask(&text).into_owned().into_inner();
        for secret in [SECRETS[0], SECRETS[1], "second line of it", SECRETS[3]] {
            prop_assert!(!masked.contains(secret), "{}", masked);
        }
    }

    #[test]
    fn masked_json_is_json(strings in prop::collection::vec(text(), 1..4), number in 0.0..180.0_f64) {
        let value = serde_json::json!({
            "strings": strings, "lat": number, "at": [number, number], "near": number.to_string(),
        });
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let masked = plain().mask(&text).into_owned().into_inner();
            let parsed = serde_json::from_str::<serde_json::Value>(&masked);
            prop_assert!(parsed.is_ok(), "{}\n{}", text, masked);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn no_secret_survives_in_a_long_line(
        filler in text().prop_filter("is one line", |text| !text.is_empty()),
        places in prop::collection::vec(0..1_000_000_usize, 1..20),
        sizes in prop::collection::vec(1..100_000_usize, 1..8),
    ) {
        let redactor = plain();
        let filler = filler.replace(['\n', '\r'], " ");
        let mut line: Vec<u8> = filler.bytes().cycle().take(1 << 20).collect();
        for place in places {
            line.splice(place..place + SECRETS[0].len(), SECRETS[0].bytes());
        }
        let mut rest = line.as_slice();
        let mut cut = Vec::new();
        for size in sizes.iter().cycle() {
            let (piece, after) = rest.split_at(rest.len().min(*size));
            cut.push(piece);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let masked = streamed(&redactor, cut);
        prop_assert!(memchr::memmem::find(&masked, SECRETS[0].as_bytes()).is_none());
        prop_assert!(memchr::memmem::find(&masked, b"alice@example.com").is_none());
    }
}
