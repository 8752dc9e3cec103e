//! `oneOf` and `anyOf`.

use super::{check, check_with};

const CAT: &str = "{type: object, required: [kind, lives], properties: {kind: {const: cat}, lives: {type: integer}}}";
const DOG: &str =
    "{type: object, required: [kind], properties: {kind: {const: dog}, tricks: {type: string}}}";
const COW: &str =
    "{type: object, required: [kind], properties: {kind: {const: cow}, milk: {type: number}}}";

fn one_of(alternatives: &[&str]) -> String {
    format!("{{oneOf: [{}]}}", alternatives.join(", "))
}

#[test]
fn alternatives_may_be_more_when_sent_and_less_when_received() {
    let (two, three) = (one_of(&[CAT, DOG]), one_of(&[CAT, DOG, COW]));
    check(&two, &two, "", "");
    check(&two, &one_of(&[DOG, CAT]), "", "");
    check(
        &two,
        &three,
        "",
        "property_removed value_added value_removed",
    );
    check(&three, &two, "property_removed value_removed", "");
    check(
        "{type: string}",
        "{oneOf: [{type: string}, {type: integer}]}",
        "",
        "type_changed",
    );
    check(
        "{oneOf: [{type: string}, {type: integer}]}",
        "{type: string}",
        "type_changed",
        "",
    );
    check(
        "{anyOf: [{type: string}, {type: integer}]}",
        "{type: [integer, string]}",
        "",
        "",
    );
    check(
        "{type: [integer, string]}",
        "{anyOf: [{type: string}, {type: integer}]}",
        "",
        "",
    );
    check(
        "{type: [string, 'null']}",
        "{anyOf: [{type: string}, {type: 'null'}]}",
        "",
        "",
    );
    check(
        "{anyOf: [{type: [string, 'null']}, {type: integer}]}",
        "{anyOf: [{type: 'null'}, {type: integer}, {type: string}]}",
        "",
        "",
    );
    check(
        "{anyOf: [{type: string}]}",
        "{anyOf: [{type: string}, {type: integer}]}",
        "",
        "alternative_added",
    );
    check(
        "{anyOf: [{type: string}, {type: integer}]}",
        "{anyOf: [{type: string}]}",
        "alternative_removed",
        "",
    );
}

#[test]
fn a_component_is_held_against_itself() {
    let names = |names: &[&str]| {
        let all: Vec<_> = names
            .iter()
            .map(|name| format!("{{$ref: '#/components/schemas/{name}'}}"))
            .collect();
        one_of(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let all = format!("Cat: {CAT}, Dog: {DOG}, Cow: {COW}");
    let lively = all.replace("lives: {type: integer}", "lives: {type: number}");
    let (two, three) = (names(&["Cat", "Dog"]), names(&["Cow", "Dog", "Cat"]));
    check_with((&two, &all), (&two, &all), "", "");
    check_with((&two, &all), (&two, &lively), "", "type_changed");
    check_with((&two, &all), (&three, &all), "", "alternative_added");
    check_with((&three, &all), (&two, &all), "alternative_removed", "");
    check_with(
        (CAT, ""),
        (&two, &all),
        "",
        "property_removed value_added value_removed",
    );
}

#[test]
fn what_stands_beside_alternatives_counts_with_each() {
    let of = |id: &str| {
        format!("{{type: object, required: [id], properties: {{id: {id}}}, oneOf: [{CAT}, {DOG}]}}")
    };
    let (texts, numbers) = (of("{type: string}"), of("{type: integer}"));
    check(&texts, &texts, "", "");
    check(&texts, &numbers, "type_changed", "type_changed");
    let both =
        "{oneOf: [{required: [a]}, {required: [b]}], anyOf: [{required: [c]}, {required: [d]}]}";
    check(both, both, "", "");
}

#[test]
fn alternatives_are_told_apart_as_before() {
    let of = |property: &str, mapping: &str| {
        format!(
            "{{oneOf: [{CAT}, {DOG}], discriminator: {{propertyName: {property}, mapping: {{{mapping}}}}}}}"
        )
    };
    check(&of("kind", ""), &of("kind", "cat: Cat"), "", "");
    check(
        &of("kind", "cat: Cat"),
        &of("kind", ""),
        "discriminator_changed",
        "discriminator_changed",
    );
    check(
        &of("kind", ""),
        &of("type", ""),
        "discriminator_changed",
        "discriminator_changed",
    );
}

#[test]
fn alternatives_may_lead_into_themselves() {
    let list = "{$ref: '#/components/schemas/L'}";
    let of = |value: &str| {
        format!(
            "L: {{anyOf: [{{type: 'null'}}, {{type: object, properties: {{v: {value}, next: {list}}}}}]}}"
        )
    };
    let (base, other) = (of("{type: string}"), of("{type: integer}"));
    check_with((list, &base), (list, &base), "", "");
    check_with(
        (list, &base),
        (list, &other),
        "type_changed",
        "type_changed",
    );
    let knot = "A: {anyOf: [{$ref: '#/components/schemas/A'}, {type: string}]}";
    let a = "{$ref: '#/components/schemas/A'}";
    check_with((a, knot), (a, knot), "", "");
}
