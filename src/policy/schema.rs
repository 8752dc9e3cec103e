//! The policy's JSON Schema, generated from the raw structs.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema as _, Schema};
use serde_json::{Value, json};

use super::raw::RawPolicy;

/// The schema's own name.
const ID: &str = "urn:tollgate:policy:v1";

/// The JSON Schema (draft 2020-12) of a policy as it is typed, so that a text may hold `${…}`
/// wherever that is expanded. The keyword `x-literal` marks texts in which it is not; everything
/// else is standard.
pub fn schema() -> Value {
    let mut schema = generated().clone();
    open(&mut schema);
    schema
}

/// Lets every text that is expanded hold `${…}`, whatever it must look like afterwards.
fn open(schema: &mut Value) {
    let literal = schema.get("x-literal").is_some();
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(pattern)) = fields.get_mut("pattern").filter(|_| !literal) {
                *pattern = format!(r"{pattern}|\$\{{");
            }
            fields.values_mut().for_each(open);
        }
        Value::Array(items) => items.iter_mut().for_each(open),
        _ => {}
    }
}

/// The JSON Schema of a policy after expansion, made once.
pub(super) fn generated() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(generate)
}

fn generate() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(tidy));
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<RawPolicy>();
    schema.insert("$id".to_owned(), json!(ID));
    schema.insert("title".to_owned(), json!("Tollgate policy"));
    schema.insert("examples".to_owned(), json!([example()]));
    debug_assert_eq!(RawPolicy::schema_name(), super::words::object::POLICY);
    schema.to_value()
}

/// Takes out what Rust says and YAML does not: that a key which may be absent may be null, and
/// the widths of integers. Joins the lines of descriptions.
fn tidy(schema: &mut Schema) {
    let null = json!({"type": "null"});
    if let Some(Value::Array(options)) = schema.get_mut("anyOf") {
        options.retain(|option| *option != null);
        if let [only] = options.as_mut_slice() {
            let only = only.take();
            schema.remove("anyOf");
            for (key, value) in only.as_object().into_iter().flatten() {
                schema.insert(key.clone(), value.clone());
            }
        }
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_mut_slice() {
            let only = only.take();
            schema.insert("type".to_owned(), only);
        }
    }
    if schema.get("type") == Some(&json!("integer")) {
        schema.remove("format");
    }
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

/// A small policy.
fn example() -> Value {
    json!({
        "version": 1,
        "project": "shop",
        "pipeline": {
            "lint": {"checks": {"ruff": {"run": "ruff check ."}}},
            "test": {"checks": {"pytest": {
                "run": "pytest --junitxml=reports/pytest.xml",
                "timeout": "10m",
                "results": {"junit": "reports/pytest.xml"},
                "require": {"skipped": 0}
            }}}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expanded_may_hold_a_variable_and_what_is_literal_may_not() {
        let schema = schema();
        let fits = |definition: &str, text: &str| {
            let pattern = schema["$defs"][definition]["pattern"].as_str().unwrap();
            regex::Regex::new(pattern).unwrap().is_match(text)
        };
        assert!(fits("Duration", "10m") && fits("Duration", "${TIME}") && !fits("Duration", "10"));
        assert!(fits("Name", "test") && !fits("Name", "${NAME}"));
    }

    #[test]
    fn it_names_the_dialect_and_itself() {
        let schema = schema();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(schema["$id"], ID);
        assert!(!schema.to_string().contains("null"), "no key may be empty");
    }
}
