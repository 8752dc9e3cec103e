//! No bytes make the ZIP reader panic, give a name that leads elsewhere, or inflate to more than was
//! asked for.
#![no_main]

use std::io::Cursor;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tollgate::store::Archive;

const MOST_BYTES: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let mut archive = match Archive::of(Cursor::new(bytes), Path::new("a.zip")) {
        Ok(archive) => archive,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let names: Vec<_> = archive.names().map(str::to_owned).collect();
    assert!(names.is_sorted_by(|one, next| one < next));
    for name in names {
        assert!(!name.starts_with('/') && !name.contains('\\'));
        assert!(name.split('/').all(|part| !matches!(part, "" | "." | "..")));
        if let Ok(content) = archive.read(&name, MOST_BYTES) {
            assert!(content.is_some_and(|content| content.len() as u64 <= MOST_BYTES));
        }
    }
    assert!(archive.read("../none", MOST_BYTES).is_ok_and(|content| content.is_none()));
});
