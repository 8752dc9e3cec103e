//! No bytes make the reader of image digests panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::formats::image_digest::read;

fuzz_target!(|bytes: &[u8]| {
    if let Err(fault) = read(bytes) {
        assert!(!fault.to_string().is_empty());
    }
});
