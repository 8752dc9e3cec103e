//! No bytes make the reader of packs panic, and what it lets through is what it counted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::ledger::pack::{Entry, PackReader, check};

fuzz_target!(|bytes: &[u8]| {
    let Ok(summary) = check(bytes) else { return };
    let mut reader = PackReader::start(bytes).expect("a sound pack starts");
    let mut links = 0;
    while let Some(entry) = reader.next_entry().expect("a sound pack is read") {
        links += u64::from(matches!(entry, Entry::Link(_)));
    }
    assert_eq!(links, summary.events);
});
