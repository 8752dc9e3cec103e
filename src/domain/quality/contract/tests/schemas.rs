//! Types, values, formats and limits.

use super::{check, check_with};

#[test]
fn types_may_become_more_when_sent_and_less_when_received() {
    check("{type: string}", "{type: string}", "", "");
    check(
        "{type: string}",
        "{type: [string, 'null']}",
        "",
        "type_changed",
    );
    check(
        "{type: [string, 'null']}",
        "{type: string}",
        "type_changed",
        "",
    );
    check("{type: integer}", "{type: number}", "", "type_changed");
    check("{type: number}", "{type: integer}", "type_changed", "");
    check(
        "{type: string}",
        "{type: integer}",
        "type_changed",
        "type_changed",
    );
    check("{}", "{type: string}", "type_changed", "");
    check("{type: string}", "{}", "", "type_changed");
    check("true", "false", "type_changed", "");
    check(
        "{type: string, description: a}",
        "{type: string, title: b, x-c: d, default: e}",
        "",
        "",
    );
}

#[test]
fn a_value_that_was_removed_breaks_both_ways() {
    check("{enum: [a, b]}", "{enum: [b, a]}", "", "");
    check("{enum: [a]}", "{enum: [a, b]}", "", "value_added");
    check(
        "{enum: [a, b]}",
        "{enum: [a]}",
        "value_removed",
        "value_removed",
    );
    check("{const: a}", "{enum: [a]}", "", "");
    check("{enum: [1, 2.0]}", "{enum: [1.0, 2]}", "", "");
    check(
        "{enum: ['1']}",
        "{enum: [1]}",
        "type_changed",
        "type_changed",
    );
    check(
        "{type: string}",
        "{type: string, enum: [a]}",
        "value_removed",
        "",
    );
    check(
        "{type: string, enum: [a]}",
        "{type: string}",
        "",
        "value_added",
    );
    check("{enum: [{a: 1, b: 2}]}", "{enum: [{b: 2, a: 1}]}", "", "");
}

#[test]
fn formats_and_patterns_may_be_dropped_when_sent_and_added_when_received() {
    check(
        "{type: string}",
        "{type: string, format: uuid}",
        "format_changed",
        "",
    );
    check(
        "{type: string, format: uuid}",
        "{type: string}",
        "",
        "format_changed",
    );
    check(
        "{format: date}",
        "{format: date-time}",
        "format_changed",
        "format_changed",
    );
    check("{format: int32}", "{format: int64}", "", "format_changed");
    check("{type: integer}", "{type: integer, format: int64}", "", "");
    check("{type: number, format: double}", "{type: number}", "", "");
    check(
        "{type: integer}",
        "{type: integer, format: int32}",
        "format_changed",
        "",
    );
    check(
        "{type: string}",
        "{type: string, pattern: ^a$}",
        "pattern_changed",
        "",
    );
    check(
        "{type: string, pattern: ^a$}",
        "{type: string}",
        "",
        "pattern_changed",
    );
    check(
        "{pattern: a}",
        "{pattern: b}",
        "pattern_changed",
        "pattern_changed",
    );
}

#[test]
fn limits_may_be_wider_when_sent_and_narrower_when_received() {
    check("{maximum: 10}", "{maximum: 11}", "", "limit_changed");
    check("{maximum: 10}", "{maximum: 9}", "limit_changed", "");
    check(
        "{maximum: 10}",
        "{exclusiveMaximum: 10}",
        "limit_changed",
        "",
    );
    check(
        "{exclusiveMaximum: 10}",
        "{maximum: 10}",
        "",
        "limit_changed",
    );
    check("{minimum: 1}", "{minimum: 0}", "", "limit_changed");
    check("{minimum: 1}", "{minimum: 2}", "limit_changed", "");
    check("{}", "{minimum: -1}", "limit_changed", "");
    check(
        "{minimum: 0, exclusiveMinimum: 0}",
        "{exclusiveMinimum: 0}",
        "",
        "",
    );
    check("{type: string}", "{type: string, minLength: 0}", "", "");
    check(
        "{type: string}",
        "{type: string, minLength: 1}",
        "limit_changed",
        "",
    );
    check("{maxLength: 5}", "{maxLength: 6}", "", "limit_changed");
    check(
        "{type: array, minItems: 1}",
        "{type: array}",
        "",
        "limit_changed",
    );
    check(
        "{type: object}",
        "{type: object, maxProperties: 1}",
        "limit_changed",
        "",
    );
    check(
        "{type: array}",
        "{type: array, uniqueItems: true}",
        "limit_changed",
        "",
    );
    check("{multipleOf: 4}", "{multipleOf: 2}", "", "limit_changed");
    check(
        "{multipleOf: 2}",
        "{multipleOf: 3}",
        "limit_changed",
        "limit_changed",
    );
    check("{type: string}", "{type: string, minimum: 5}", "", "");
}

#[test]
fn items_are_compared_one_by_one() {
    check(
        "{items: {type: string}}",
        "{items: {type: integer}}",
        "type_changed",
        "type_changed",
    );
    check(
        "{type: array}",
        "{type: array, items: {type: string}}",
        "type_changed",
        "",
    );
    check(
        "{prefixItems: [{type: string}], items: {type: number}}",
        "{prefixItems: [{type: string}, {type: integer}], items: {type: number}}",
        "type_changed",
        "",
    );
    check(
        "{type: array, items: false}",
        "{type: array, items: {type: string}}",
        "",
        "type_changed",
    );
}

#[test]
fn what_cannot_be_compared_breaks_where_it_differs() {
    check("{not: {type: string}}", "{not: {type: string}}", "", "");
    check(
        "{not: {type: string}}",
        "{not: {type: integer}}",
        "incomparable",
        "incomparable",
    );
    check("{}", "{not: {type: string}}", "incomparable", "");
    check("{not: {type: string}}", "{}", "", "incomparable");
    check(
        "{if: {type: string}, then: {}}",
        "{if: {type: string}, then: false}",
        "incomparable",
        "incomparable",
    );
    check(
        "{unheard-of: 1}",
        "{unheard-of: 2}",
        "incomparable",
        "incomparable",
    );
    check(
        "{patternProperties: {a: {}}, additionalProperties: false}",
        "{patternProperties: {a: {}}, additionalProperties: true}",
        "incomparable",
        "incomparable",
    );
    let not = "{not: {$ref: '#/components/schemas/A'}}";
    check_with(
        (not, "A: {type: string}"),
        (not, "A: {type: string}"),
        "",
        "",
    );
    check_with(
        (not, "A: {type: string}"),
        (not, "A: {type: integer}"),
        "incomparable",
        "incomparable",
    );
}

#[test]
fn references_are_followed_into_themselves() {
    let tree = "{$ref: '#/components/schemas/T'}";
    let of = |value: &str| {
        format!("T: {{type: object, properties: {{v: {value}, l: {tree}, r: {tree}}}}}")
    };
    let (base, wider) = (of("{type: integer}"), of("{type: number}"));
    check_with((tree, &base), (tree, &base), "", "");
    check_with((tree, &base), (tree, &wider), "", "type_changed");
    let inline = "{type: object, properties: {v: {type: integer}}}";
    check_with((inline, ""), (tree, &of("{type: integer}")), "", "");
    let itself = "A: {allOf: [{$ref: '#/components/schemas/A'}, {type: string}]}";
    let a = "{$ref: '#/components/schemas/A'}";
    check_with((a, itself), ("{type: string}", ""), "", "");
}

#[test]
fn all_of_is_one_schema() {
    check(
        "{allOf: [{type: string}, {maxLength: 5}]}",
        "{type: string, maxLength: 5}",
        "",
        "",
    );
    check(
        "{type: string, maxLength: 5}",
        "{allOf: [{type: string}, {maxLength: 5}]}",
        "",
        "",
    );
    check(
        "{allOf: [{maximum: 3}, {maximum: 5}]}",
        "{maximum: 3}",
        "",
        "",
    );
    check(
        "{allOf: [{enum: [a, b]}, {enum: [b, c]}]}",
        "{enum: [b]}",
        "",
        "",
    );
    check(
        "{type: string}",
        "{allOf: [{type: string}, {format: uuid}]}",
        "format_changed",
        "",
    );
    let beside = "{$ref: '#/components/schemas/A', maxLength: 5}";
    check_with(
        (beside, "A: {type: string}"),
        ("{type: string, maxLength: 5}", ""),
        "",
        "",
    );
}
