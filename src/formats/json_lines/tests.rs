//! What is found in lines.

use proptest::prelude::*;

use super::*;

fn found(text: &[u8], fields: &[&str], events: &[&str], event_field: &str) -> Found {
    let owned = |list: &[&str]| {
        list.iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let (fields, events) = (owned(fields), owned(events));
    let wanted = Wanted {
        fields: &fields,
        events: &events,
        event_field,
    };
    read(text, wanted).unwrap()
}

/// The lines that lack one field: `first+further`, or nothing.
#[track_caller]
fn lacks(text: &str, field: &str, expect: &str) {
    let found = found(text.as_bytes(), &[field], &[], "event");
    assert_eq!(found.unreadable, None, "{text}");
    let told = found.lacking[0].map(|it| format!("{}+{}", it.first, it.count - 1));
    assert_eq!(told.unwrap_or_default(), expect, "{text}");
}

#[test]
fn every_line_has_the_field() {
    lacks(
        "{\"a\": 1}\n{\"a\": false}\n\n{\"a\": \"\"}\n{\"a\": []}\n{\"a\": {}}\n",
        "a",
        "",
    );
    lacks("{\"a\": 1}\r\n{\"b\": 1}\r\n{\"c\": 1}", "a", "2+1");
    lacks("{\"a\": null}", "a", "1+0");
    lacks("\u{feff}{\"a\": 1}", "a", "");
    lacks("{\"\\u0061\": 1}", "a", "");
    lacks("", "a", "");
}

#[test]
fn a_path_leads_into_objects_and_through_names_with_dots() {
    lacks(r#"{"a": {"b": {"c": 1}}}"#, "a.b.c", "");
    lacks(r#"{"a.b": {"c": 1}}"#, "a.b.c", "");
    lacks(r#"{"a.b.c": 1}"#, "a.b.c", "");
    lacks(r#"{"a": {"b": {}}}"#, "a.b.c", "1+0");
    lacks(r#"{"a": {"b": null}}"#, "a.b.c", "1+0");
    lacks(r#"{"a": [{"b": 1}]}"#, "a.b", "1+0");
    lacks(r#"{"ab": 1, "a": "b"}"#, "a.b", "1+0");
}

#[test]
fn events_occur_in_any_line() {
    let occurs = |text: &str, field: &str| {
        found(
            text.as_bytes(),
            &[],
            &["order.created", "order.paid"],
            field,
        )
        .occurs
    };
    let text = "{\"event\": \"order.paid\"}\n{\"event\": \"order.created2\"}";
    assert_eq!(occurs(text, "event"), [false, true]);
    assert_eq!(occurs(text, "name"), [false, false]);
    assert_eq!(
        occurs(r#"{"x": {"name": "order.created"}}"#, "x.name"),
        [true, false]
    );
    assert_eq!(
        occurs(r#"{"event": ["order.created"]}"#, "event"),
        [false, false]
    );
}

#[test]
fn a_line_that_is_no_object_is_told_without_its_content() {
    let why = |text: &[u8]| {
        let (lines, why) = found(text, &["a"], &[], "event").unreadable.unwrap();
        (lines.first, lines.count, why)
    };
    let no_object = |first, count| (first, count, "is no JSON object".to_owned());
    assert_eq!(why(b"{\"a\": 1}\n[]\n\"secret\"\n7\nnull"), no_object(2, 4));
    assert_eq!(
        why(b"started\n"),
        (1, 1, "is no JSON from column 1".to_owned())
    );
    assert_eq!(
        why(b"{\"a\": 1} x"),
        (1, 1, "is no JSON from column 10".to_owned())
    );
    assert_eq!(why(b"{\"a\": 1}{\"a\": 1}").0, 1);
    assert_eq!(why(b"{\"b\": \"\xff\"}"), (1, 1, "is not UTF-8".to_owned()));
    let deep = format!("{{\"a\": {}", "{\"a\": ".repeat(1000));
    assert!(why(deep.as_bytes()).2.starts_with("is no JSON"));
}

#[test]
fn a_huge_line_is_passed_over() {
    let huge = format!("{{\"a\": \"{}\"}}", "x".repeat(2 * LONGEST_LINE));
    let text = format!("{{\"a\": 1}}\n{huge}\n{{\"b\": 1}}\n");
    let found = found(text.as_bytes(), &["a"], &[], "event");
    let (lines, why) = found.unreadable.unwrap();
    assert_eq!((lines.first, lines.count), (2, 1));
    assert_eq!(why, "is longer than 1 MiB");
    assert_eq!(found.lacking[0], Some(Lines { first: 3, count: 1 }));
    assert_eq!(found.lines, 3);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_every_line_counts_once(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let found = found(&bytes, &["a", "a.b"], &["x"], "a");
        let unreadable = found.unreadable.map_or(0, |(lines, _)| lines.count);
        for lacking in found.lacking {
            prop_assert!(lacking.map_or(0, |lines| lines.count) + unreadable <= found.lines);
        }
    }

    #[test]
    fn the_fields_of_any_object_are_found(
        names in prop::collection::vec("[a-zé\"\\\\ ]{1,6}", 1..6),
        values in prop::collection::vec("\\PC{0,6}", 6),
    ) {
        let object: serde_json::Map<_, _> = names
            .iter()
            .zip(values)
            .map(|(name, value)| (name.clone(), value.into()))
            .collect();
        let line = serde_json::Value::Object(object).to_string();
        let wanted: Vec<_> = names.iter().map(String::as_str).collect();
        let found = found(line.as_bytes(), &wanted, &[], "event");
        prop_assert_eq!(found.lacking, vec![None; names.len()]);
    }
}
