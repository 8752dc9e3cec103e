//! No text makes the reader of OpenAPI documents panic, no two documents make comparing them panic,
//! and no document breaks what it promises itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::domain::quality::contract::compare;
use tollgate::formats::openapi::read;

/// What stands between two documents of one input.
const BETWEEN: &str = "\n===\n";

fuzz_target!(|text: &str| {
    let (one, other) = text.split_once(BETWEEN).unwrap_or((text, ""));
    let Ok(one) = read(one) else { return };
    assert_eq!(compare(&one, &one), []);
    if let Ok(other) = read(other) {
        compare(&one, &other);
    }
});
