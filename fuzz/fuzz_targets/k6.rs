//! No bytes make the k6 reader panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::formats::k6::read;

fuzz_target!(|bytes: &[u8]| {
    if let Err(fault) = read("report", bytes) {
        assert!(!fault.to_string().is_empty());
    }
});
