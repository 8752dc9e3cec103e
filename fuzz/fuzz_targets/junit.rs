//! No bytes make the JUnit reader panic; what it counts adds up, and how the bytes arrive does not
//! matter.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use tollgate::formats::junit::Reading;

/// Gives a few bytes at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        let size = self.0.len().min(target.len()).min(7);
        target[..size].copy_from_slice(&self.0[..size]);
        self.0 = &self.0[size..];
        Ok(size)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (mut whole, mut in_drops) = (Reading::new(), Reading::new());
    let read = whole.read("a.xml", bytes);
    let read_in_drops = in_drops.read("a.xml", Drip(bytes));
    assert_eq!(
        read.as_ref().map_err(ToString::to_string),
        read_in_drops.as_ref().map_err(ToString::to_string)
    );
    if read.is_err() {
        return;
    }
    let mut again = Reading::after(&whole.failed_cases());
    let read_again = again.read("a.xml", bytes);
    assert!(read_again.is_ok());
    let (report, again) = (whole.finish(), again.finish());
    assert_eq!(report, in_drops.finish());
    assert_eq!(report.tally.total, again.tally.total);
    for tally in [report.tally, again.tally] {
        let ended = tally.passed + tally.failed + tally.errors + tally.skipped;
        assert_eq!(tally.total, ended);
        assert!(tally.flaky <= tally.passed);
    }
});
