//! What always holds, whatever the documents.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::compare;
use crate::formats::openapi::read;

/// A schema. All objects name the properties `a` and `b`, so that none is ever added or removed.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop::sample::select(vec![
        json!({}),
        json!(true),
        json!(false),
        json!({"type": "string"}),
        json!({"type": "string", "maxLength": 3}),
        json!({"type": "string", "minLength": 1, "pattern": "^a"}),
        json!({"type": ["integer", "null"]}),
        json!({"type": "integer", "minimum": 0, "maximum": 3}),
        json!({"type": "number", "exclusiveMinimum": 0, "multipleOf": 2}),
        json!({"type": "boolean"}),
        json!({"enum": ["a", "b", 1]}),
        json!({"const": "a"}),
        json!({"not": {"type": "string"}}),
        json!({"$ref": "#/components/schemas/A"}),
    ]);
    leaf.prop_recursive(3, 20, 3, |inner| {
        let lists = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            (inner.clone(), inner.clone(), 0_u8..8).prop_map(|(a, b, marks)| object(&a, &b, marks)),
            (inner, 0_u8..3).prop_map(
                |(items, least)| json!({"type": "array", "items": items, "minItems": least})
            ),
            (lists, prop::sample::select(vec!["allOf", "anyOf", "oneOf"])).prop_map(
                |(list, key)| Value::Object(Map::from_iter([(key.to_owned(), list.into())]))
            ),
        ]
    })
}

fn object(a: &Value, b: &Value, marks: u8) -> Value {
    let required = [("a", 1), ("b", 2)]
        .into_iter()
        .filter(|(_, mark)| marks & mark > 0);
    let required: Vec<_> = required.map(|(name, _)| name).collect();
    let mut object =
        json!({"type": "object", "properties": {"a": a, "b": b}, "required": required});
    if marks & 4 > 0 {
        object["additionalProperties"] = json!(false);
    }
    object
}

/// A document in which a schema travels one way, with a component `A`.
fn document(schema: &Value, component: &Value, is_sent: bool) -> Value {
    let content = json!({"content": {"application/json": {"schema": schema}}});
    let operation = match is_sent {
        true => json!({"requestBody": content, "responses": {}}),
        false => json!({"responses": {"200": content}}),
    };
    json!({
        "openapi": "3.1.0",
        "paths": {"/x": {"post": operation}},
        "components": {"schemas": {"A": component}}
    })
}

fn keeps(base: &Value, current: &Value) -> bool {
    let read = |document: &Value| read(&document.to_string()).unwrap();
    compare(&read(base), &read(current)).is_empty()
}

/// Changes a schema a little, as the choices say. What names properties keeps its type: without one
/// it is taken for an object all the same.
fn change(schema: &mut Value, choices: &mut impl Iterator<Item = u8>) {
    let choice = choices.next().unwrap_or(0);
    let Value::Object(keys) = schema else {
        if choice % 5 == 1 {
            *schema = json!({});
        }
        return;
    };
    for (key, value) in keys.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(|it| change(it, choices));
            }
            ("items", value) => change(value, choices),
            ("allOf" | "anyOf" | "oneOf", Value::Array(list)) => {
                list.iter_mut().for_each(|it| change(it, choices));
                match choice {
                    1 => list.reverse(),
                    2 => list.push(json!({"type": "boolean"})),
                    3 if list.len() > 1 => drop(list.pop()),
                    _ => {}
                }
            }
            ("required" | "enum", Value::Array(list)) if choice == 4 => drop(list.pop()),
            ("maxLength" | "minItems" | "minimum" | "maximum", value) if choice == 5 => {
                *value = json!(1)
            }
            _ => {}
        }
    }
    match choice {
        6 => drop(keys.remove("additionalProperties")),
        7 if !keys.contains_key("properties") => drop(keys.remove("type")),
        8 => drop(keys.insert("type".to_owned(), json!(["string", "integer", "object"]))),
        9 => drop(keys.insert("maxLength".to_owned(), json!(2))),
        10 => *schema = json!({"anyOf": [schema, {"type": "null"}]}),
        11 => *schema = json!({"allOf": [schema]}),
        _ => {}
    }
}

/// Adds a property that need not be there to every object.
fn add_property(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            keys.values_mut().for_each(add_property);
            if let Some(Value::Object(properties)) = keys.get_mut("properties") {
                properties.insert("new".to_owned(), json!({"type": "string", "enum": ["x"]}));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(add_property),
        _ => {}
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(4),
        json!(0.5),
        json!(""),
        json!("a"),
        json!("b"),
        json!("abc"),
        json!("abcd"),
    ]);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn has(schema: &Value, key: &str) -> bool {
    schema.to_string().contains(&format!("\"{key}\""))
}

proptest! {
    #[test]
    fn a_document_keeps_what_it_promises(schema in schema(), component in schema()) {
        for is_sent in [true, false] {
            let document = document(&schema, &component, is_sent);
            prop_assert!(keeps(&document, &document), "{document}");
        }
    }

    #[test]
    fn adding_what_need_not_be_there_breaks_nothing(schema in schema(), component in schema()) {
        for is_sent in [true, false] {
            let base = document(&schema, &component, is_sent);
            let mut current = base.clone();
            add_property(&mut current);
            let operation = &mut current["paths"]["/x"]["post"];
            operation["parameters"] = json!([{"name": "q", "in": "query"}]);
            operation["responses"]["418"] = json!({"content": {"a/b": {"schema": schema}}});
            current["paths"]["/y"] = json!({"get": {"responses": {}}});
            prop_assert!(keeps(&base, &current), "{base}\n{current}");
        }
    }

    /// Whatever passes lets every value pass, as an independent validator sees it. `oneOf` is left
    /// out: that a value fits several of its alternatives is not thought of.
    #[test]
    fn values_that_fitted_still_fit(
        schema in schema().prop_filter("oneOf", |it| !has(it, "oneOf")),
        component in schema().prop_filter("oneOf", |it| !has(it, "oneOf") && !has(it, "$ref")),
        choices in prop::collection::vec(0_u8..24, 0..12),
        values in prop::collection::vec(value(), 30),
    ) {
        let mut changed = schema.clone();
        change(&mut changed, &mut choices.into_iter());
        let validator = |schema: &Value| {
            let mut whole = json!({"components": {"schemas": {"A": component}}});
            whole["allOf"] = json!([schema]);
            jsonschema::draft202012::new(&whole).unwrap()
        };
        let (base, current) = (validator(&schema), validator(&changed));
        let of = |schema: &Value, is_sent| document(schema, &component, is_sent);
        if keeps(&of(&schema, true), &of(&changed, true)) {
            for value in values.iter().filter(|value| base.is_valid(value)) {
                prop_assert!(current.is_valid(value), "sent {value}: {schema} to {changed}, {component}");
            }
        }
        if keeps(&of(&schema, false), &of(&changed, false)) {
            for value in values.iter().filter(|value| current.is_valid(value)) {
                prop_assert!(base.is_valid(value), "received {value}: {schema} to {changed}, {component}");
            }
        }
    }

    #[test]
    fn no_document_makes_it_panic(text in "\\PC{0,200}", schema in "[a-z\\[\\]{}:,\"'&*!| \n-]{0,120}") {
        let schema = format!("{{openapi: 3.1.0, paths: {{/a: {{get: {{responses: {{200: {{content: {{a/b: {{schema: {schema}}}}}}}}}}}}}}}}}");
        for text in [text, schema] {
            if let Ok(api) = read(&text) {
                prop_assert_eq!(compare(&api, &api), []);
            }
        }
    }
}
