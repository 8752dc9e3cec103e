//! No bytes make the reader of GitHub's deliveries panic, and what it cannot read it names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::github::webhook::read;

fuzz_target!(|bytes: &[u8]| {
    for event in ["deployment_protection_rule", "deployment_review", "ping"] {
        if let Err(unreadable) = read(event, bytes, "https://api.github.com") {
            assert!(unreadable.to_string().contains(event));
        }
    }
});
