//! No bytes make the reader of logs panic, and no line is counted twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::formats::json_lines::{Wanted, read};

fuzz_target!(|bytes: &[u8]| {
    let (fields, events) = (["a".to_owned(), "a.b".to_owned()], ["x".to_owned()]);
    let wanted = Wanted {
        fields: &fields,
        events: &events,
        event_field: "a",
    };
    let Ok(found) = read(bytes, wanted) else { return };
    let unreadable = found.unreadable.map_or(0, |(lines, _)| lines.count);
    for lacking in found.lacking {
        assert!(lacking.map_or(0, |lines| lines.count) + unreadable <= found.lines);
    }
});
