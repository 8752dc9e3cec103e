//! Properties of objects.

use super::check;

/// An object with these properties and further keywords.
fn object(properties: &str, more: &str) -> String {
    format!("{{type: object, properties: {{{properties}}}{more}}}")
}

#[track_caller]
fn check_objects(base: (&str, &str), current: (&str, &str), sent: &str, received: &str) {
    let of = |(properties, more)| object(properties, more);
    check(&of(base), &of(current), sent, received);
}

#[test]
fn what_is_added_is_allowed_unless_it_must_be_sent() {
    check_objects(("a: {}", ""), ("a: {}, b: {}", ""), "", "");
    check_objects(
        ("a: {}", ""),
        ("a: {}, b: {}", ", required: [b]"),
        "property_required",
        "",
    );
    check_objects(
        ("a: {}", ", additionalProperties: false"),
        ("a: {}, b: {}", ", additionalProperties: false"),
        "",
        "",
    );
}

#[test]
fn what_is_removed_breaks_both_ways() {
    check_objects(
        ("a: {}, b: {}", ""),
        ("a: {}", ""),
        "property_removed",
        "property_removed",
    );
    check_objects(
        ("a: {}, b: {}", ", required: [b]"),
        ("a: {}", ""),
        "property_removed",
        "property_removed",
    );
    check_objects(
        ("a: {}, b: {}", ""),
        ("a: {}", ", additionalProperties: {type: string}"),
        "type_changed",
        "",
    );
    check(
        "{type: object, properties: {a: {}}}",
        "{type: object}",
        "",
        "property_removed",
    );
}

#[test]
fn what_is_required_stays_so_when_received_and_becomes_so_never_when_sent() {
    check_objects(
        ("a: {}", ""),
        ("a: {}", ", required: [a]"),
        "property_required",
        "",
    );
    check_objects(
        ("a: {}", ", required: [a]"),
        ("a: {}", ""),
        "",
        "property_optional",
    );
    check_objects(("", ", required: [a]"), ("", ""), "", "property_optional");
}

#[test]
fn what_a_property_may_be_is_compared() {
    check_objects(
        ("a: {type: string}", ""),
        ("a: {type: integer}", ""),
        "type_changed",
        "type_changed",
    );
    check_objects(
        ("a: {}", ""),
        ("a: {type: integer}", ""),
        "type_changed",
        "",
    );
    check_objects(
        ("a: {type: integer}", ""),
        ("a: {}", ""),
        "",
        "type_changed",
    );
}

#[test]
fn properties_that_are_not_named() {
    let closed = ", additionalProperties: false";
    let texts = ", additionalProperties: {type: string}";
    let numbers = ", additionalProperties: {type: integer}";
    check_objects(("a: {}", ""), ("a: {}", closed), "properties_closed", "");
    check_objects(("a: {}", closed), ("a: {}", ""), "", "");
    check_objects(("", texts), ("", numbers), "type_changed", "type_changed");
    check_objects(("", texts), ("", ""), "", "type_changed");
    check_objects(
        ("", texts),
        ("b: {type: integer}", texts),
        "type_changed",
        "type_changed",
    );
    check_objects(("", texts), ("b: {type: string}", texts), "", "");
}

#[test]
fn what_travels_one_way_matters_one_way() {
    let read_only = "a: {type: string, readOnly: true}";
    let write_only = "a: {type: string, writeOnly: true}";
    check_objects((read_only, ""), ("", ""), "", "property_removed");
    check_objects((write_only, ""), ("b: {}", ""), "property_removed", "");
    check_objects(
        ("b: {}", ""),
        (&format!("b: {{}}, {read_only}"), ", required: [a]"),
        "",
        "",
    );
    check_objects(
        ("a: {type: string}, b: {}", ""),
        (&format!("b: {{}}, {read_only}"), ""),
        "property_removed",
        "",
    );
}

#[test]
fn objects_need_not_be_called_so() {
    check(
        "{properties: {a: {}}}",
        "{type: object, properties: {a: {}}}",
        "",
        "",
    );
}

#[test]
fn parts_of_an_object_are_one_object() {
    let parts =
        "{allOf: [{properties: {a: {type: string}}, required: [a]}, {properties: {b: {}}}]}";
    let whole = "{type: object, properties: {a: {type: string}, b: {}}, required: [a]}";
    check(parts, whole, "", "");
    check(whole, parts, "", "");
    check(
        whole,
        "{allOf: [{properties: {a: {type: string}}}, {properties: {b: {}}}]}",
        "",
        "property_optional",
    );
}
