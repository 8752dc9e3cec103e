//! What breaks an API and what does not, in small documents.

use std::collections::BTreeSet;

use super::{Break, Side, compare};
use crate::formats::openapi::read;

mod alternatives;
mod laws;
mod operations;
mod properties;
mod schemas;

/// What breaks between two documents.
#[track_caller]
fn breaks(base: &str, current: &str) -> Vec<Break> {
    let read = |text: &str| read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    compare(&read(base), &read(current))
}

/// The kinds of what breaks, each once, in the order of the alphabet.
fn kinds(breaks: &[Break]) -> String {
    let kinds: BTreeSet<_> = breaks.iter().map(|it| it.kind.as_str()).collect();
    kinds.into_iter().collect::<Vec<_>>().join(" ")
}

/// A document whose only operation is `POST /a`, with these keys in YAML's flow style.
fn operation(keys: &str) -> String {
    document(
        &format!("/a: {{post: {{{keys}, responses: {{200: {{}}}}}}}}"),
        "",
    )
}

/// A document with paths and components.
fn document(paths: &str, components: &str) -> String {
    format!("{{openapi: 3.1.0, components: {{{components}}},\npaths: {{{paths}}}}}")
}

/// A document in which a schema is sent by clients.
fn sends(schema: &str, components: &str) -> String {
    let body = format!("{{content: {{application/json: {{schema: {schema}}}}}}}");
    document(
        &format!("/a: {{post: {{requestBody: {body}, responses: {{200: {{}}}}}}}}"),
        &format!("schemas: {{{components}}}"),
    )
}

/// A document in which a schema is received by clients.
fn receives(schema: &str, components: &str) -> String {
    let content = format!("{{application/json: {{schema: {schema}}}}}");
    document(
        &format!("/a: {{get: {{responses: {{200: {{content: {content}}}}}}}}}"),
        &format!("schemas: {{{components}}}"),
    )
}

/// Compares two schemas, both as what is sent and as what is received. What is expected are the
/// kinds of breaks; nothing says that the change is allowed.
#[track_caller]
fn check(base: &str, current: &str, sent: &str, received: &str) {
    check_with((base, ""), (current, ""), sent, received);
}

/// The same of two schemas with their components.
#[track_caller]
fn check_with(base: (&str, &str), current: (&str, &str), sent: &str, received: &str) {
    let found = breaks(&sends(base.0, base.1), &sends(current.0, current.1));
    assert_eq!(
        kinds(&found),
        sent,
        "sent, {base:?} to {current:?}: {found:#?}"
    );
    let found = breaks(&receives(base.0, base.1), &receives(current.0, current.1));
    assert_eq!(
        kinds(&found),
        received,
        "received, {base:?} to {current:?}: {found:#?}"
    );
}

/// Compares two operations.
#[track_caller]
fn check_operation(base: &str, current: &str, expect: &str) {
    let found = breaks(&operation(base), &operation(current));
    assert_eq!(kinds(&found), expect, "{base} to {current}: {found:#?}");
}

#[test]
fn a_break_is_told_with_its_place() {
    let base = "openapi: 3.0.3
paths:
  /orders/{id}:
    get:
      responses:
        '200':
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
components:
  schemas:
    Order:
      required: [lines]
      properties:
        lines:
          type: array
          items:
            type: object
            properties:
              sku: { type: string }
              note/x: { type: string }
";
    let current = base
        .replace("{id}", "{order_id}")
        .replace("              note/x: { type: string }\n", "")
        .replace(
            "sku: { type: string }",
            "sku: { type: string, nullable: true }",
        );
    let found = breaks(base, &current);
    let told: Vec<_> = found.iter().map(ToString::to_string).collect();
    let subject = "`GET /orders/{id}`, response 200, `application/json`";
    assert_eq!(
        told,
        [
            format!("property_removed: {subject}, `lines[].note/x`: it is gone"),
            format!("type_changed: {subject}, `lines[].sku`: it may be null now"),
        ]
    );
    let order = "/components/schemas/Order/properties/lines/items/properties";
    let place = |it: &Break| (it.side, it.place.line, it.place.pointer.clone());
    assert_eq!(
        place(&found[0]),
        (Side::Base, 21, format!("{order}/note~1x"))
    );
    assert_eq!(
        place(&found[1]),
        (Side::Current, 20, format!("{order}/sku"))
    );
}

#[test]
fn a_shared_schema_is_told_once_for_each_way() {
    let paths = "/a: {get: {responses: {200: {content: {x/y: {schema: {$ref: '#/components/schemas/A'}}}}}}, \
                 put: {responses: {200: {content: {x/y: {schema: {$ref: '#/components/schemas/A'}}}}}}}";
    let of = |schema: &str| document(paths, &format!("schemas: {{A: {schema}}}"));
    let found = breaks(&of("{type: string}"), &of("{type: integer}"));
    assert_eq!(found.len(), 1, "{found:#?}");
}
