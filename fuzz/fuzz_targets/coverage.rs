//! No bytes make the coverage reader panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::formats::coverage::read;

fuzz_target!(|bytes: &[u8]| {
    if let Err(fault) = read("report", bytes) {
        assert!(!fault.to_string().is_empty());
    }
});
