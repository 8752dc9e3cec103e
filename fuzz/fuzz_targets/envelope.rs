//! No bytes make the reader of envelopes panic; what it takes has one canonical form, which reads as the
//! same event, alone and beside others.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::domain::record::chain::canonical;
use tollgate::domain::record::envelope::{Label, of, read, read_all};

fuzz_target!(|bytes: &[u8]| {
    let _ = (Label::read(bytes), read_all(bytes));
    let event = match read(bytes) {
        Ok(event) => event,
        Err(malformed) => return assert!(!malformed.to_string().is_empty()),
    };
    let text = canonical(&event).expect("what is taken can be hashed");
    assert_eq!(read(text.as_bytes()).as_ref(), Ok(&event));
    let both = read_all(format!("[{text},{text}]").as_bytes()).expect("both are objects");
    assert!(both.into_iter().all(|it| of(it).as_ref() == Ok(&event)));
});
