//! OpenAPI 3.0 schemas as JSON Schema.

use serde_json::{Map, Value, json};

/// Whether an object may have more than its schema names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Answers: GitHub adds fields as it likes.
    Open,
    /// Requests: a field that GitHub does not know is a slip.
    Known,
}

/// What both languages have.
const KEPT: [&str; 17] = [
    "type",
    "enum",
    "format",
    "pattern",
    "required",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "multipleOf",
    "default",
    "const",
];

/// A schema with everything that it refers to.
/// <https://spec.openapis.org/oas/v3.0.3#schema-object>
pub(super) fn translated(schema: &Value, components: &Value, strictness: Strictness) -> Value {
    let mut translation = Translation {
        strictness,
        wanted: Vec::new(),
    };
    let mut root = translation.schema(schema);
    let mut definitions = Map::new();
    while let Some(name) = translation.wanted.pop() {
        if !definitions.contains_key(&name) {
            let definition = translation.schema(&components[&name]);
            definitions.insert(name, definition);
        }
    }
    root["$defs"] = Value::Object(definitions);
    root
}

struct Translation {
    strictness: Strictness,
    /// Components that are referred to.
    wanted: Vec<String>,
}

impl Translation {
    fn schema(&mut self, schema: &Value) -> Value {
        let Some(fields) = schema.as_object() else {
            return schema.clone();
        };
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            self.wanted.push(name.to_owned());
            return json!({"$ref": format!("#/$defs/{name}")});
        }
        let mut translated = Map::new();
        for (keyword, value) in fields {
            if let Some(value) = self.keyword(keyword, value) {
                translated.insert(keyword.clone(), value);
            }
        }
        if self.closes(fields) {
            translated.insert("additionalProperties".to_owned(), json!(false));
        }
        match schema["nullable"] == true {
            true => json!({"anyOf": [{"type": "null"}, translated]}),
            false => Value::Object(translated),
        }
    }

    fn keyword(&mut self, keyword: &str, value: &Value) -> Option<Value> {
        match keyword {
            "items" | "not" | "additionalProperties" => Some(self.schema(value)),
            "allOf" | "anyOf" | "oneOf" => {
                let alternatives = value.as_array()?.iter();
                Some(alternatives.map(|schema| self.schema(schema)).collect())
            }
            "properties" => {
                let properties = value.as_object()?.iter();
                let properties =
                    properties.map(|(name, schema)| (name.clone(), self.schema(schema)));
                Some(Value::Object(properties.collect()))
            }
            kept if KEPT.contains(&kept) => Some(value.clone()),
            _ => None,
        }
    }

    fn closes(&self, fields: &Map<String, Value>) -> bool {
        let says = |keyword: &str| fields.contains_key(keyword);
        let is_combined = says("allOf") || says("anyOf") || says("oneOf");
        self.strictness == Strictness::Known
            && says("properties")
            && !says("additionalProperties")
            && !is_combined
    }
}

#[test]
fn null_is_where_the_description_allows_it() {
    let components = json!({"thing": {"type": "string", "nullable": true, "enum": ["a"]}});
    let schema = json!({
        "type": "object",
        "properties": {"nullable": {"$ref": "#/components/schemas/thing"}, "other": {"type": "string"}},
    });
    let open = translated(&schema, &components, Strictness::Open);
    let known = translated(&schema, &components, Strictness::Known);
    let is_valid = |schema: &Value, instance: Value| jsonschema::is_valid(schema, &instance);
    assert!(is_valid(&open, json!({"nullable": null, "more": 1})));
    assert!(is_valid(&open, json!({"nullable": "a"})));
    assert!(!is_valid(&open, json!({"nullable": "b"})));
    assert!(!is_valid(&open, json!({"other": null})));
    assert!(!is_valid(&known, json!({"more": 1})));
}
