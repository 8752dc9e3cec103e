//! `docs/reference/policy.md`, generated from the schema.

mod sections;

use serde_json::{Map, Value};

use super::resolve::VERBS;
use super::schema::generated;
use super::words::object;
use sections::{SECTIONS, Section};

/// What stands before the generated part.
const INTRO: &str = include_str!("reference/intro.md");

/// The reference of the policy as Markdown: every key with its type, default and meaning.
pub fn reference() -> String {
    let definitions = generated().get("$defs").and_then(Value::as_object);
    let none = Map::new();
    let definitions = definitions.unwrap_or(&none);
    let mut text = INTRO.to_owned();
    text.push_str("\nThe rest of this page is generated from the schema.\n");
    for section in &SECTIONS {
        let schema = match section.definition {
            object::POLICY => generated(),
            name => definitions.get(name).unwrap_or(&Value::Null),
        };
        text.push_str(&render(section, schema));
    }
    text.push_str(&values(definitions));
    text
}

fn render(section: &Section, schema: &Value) -> String {
    let mut text = format!("\n## {}\n\n", section.title);
    if let Some(description) = string(schema, "description") {
        text.push_str(&format!("{description}\n\n"));
    }
    text.push_str(&if schema.get("properties").is_some() {
        keys(schema)
    } else if let Some(words) = schema.get("oneOf").and_then(Value::as_array) {
        choices(words)
    } else {
        format!("It is {}.\n", kind(schema))
    });
    if !section.example.is_empty() {
        text.push_str(&format!("\n```yaml\n{}```\n", section.example));
    }
    text
}

/// The keys of an object: those that it must have, then the verbs, then the others.
fn keys(schema: &Value) -> String {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |keys| {
            keys.iter().filter_map(Value::as_str).collect()
        });
    let mut properties: Vec<_> = properties.collect();
    let verb = |key: &str| VERBS.iter().position(|verb| *verb == key);
    properties.sort_by_key(|(key, _)| {
        let optional = !required.contains(&key.as_str());
        (optional, verb(key).unwrap_or(VERBS.len()))
    });
    let mut text = "| key | type | default | meaning |\n|---|---|---|---|\n".to_owned();
    for (key, property) in properties {
        let default = match property.get("default") {
            Some(default) => format!("`{}`", flow(default)),
            None if required.contains(&key.as_str()) => "required".to_owned(),
            None => String::new(),
        };
        let meaning = string(property, "description").unwrap_or_default();
        text.push_str(&format!(
            "| `{key}` | {} | {default} | {} |\n",
            kind(property),
            cell(meaning)
        ));
    }
    text
}

fn choices(words: &[Value]) -> String {
    let mut text = "| word | meaning |\n|---|---|\n".to_owned();
    for word in words {
        let name = string(word, "const").unwrap_or_default();
        let meaning = string(word, "description").unwrap_or_default();
        text.push_str(&format!("| `{name}` | {} |\n", cell(meaning)));
    }
    text
}

/// The kinds of text, which are all definitions without a section.
fn values(definitions: &Map<String, Value>) -> String {
    let mut text = "\n## Values\n\n| value | looks like |\n|---|---|\n".to_owned();
    for schema in definitions.values() {
        if let Some(title) = string(schema, "title") {
            let meaning = string(schema, "description").unwrap_or_default();
            text.push_str(&format!("| {title} | {} |\n", cell(meaning)));
        }
    }
    text
}

/// What a value is, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = string(schema, "$ref").and_then(|path| path.rsplit('/').next()) {
        return referred(name);
    }
    match schema
        .get("anyOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([one, many]) if many["items"] == *one => {
            return format!("{} or a list of them", kind(one));
        }
        Some(options) => return options.iter().map(kind).collect::<Vec<_>>().join("; or "),
        None => {}
    }
    match schema.get("type") {
        Some(Value::Array(types)) if types.contains(&"number".into()) => {
            "a text, number or truth value".to_owned()
        }
        Some(Value::Array(_)) => "a text".to_owned(),
        Some(Value::String(name)) => match name.as_str() {
            "boolean" => "`true` or `false`".to_owned(),
            "integer" => integer(schema),
            "array" => format!("a list, each {}", kind(&schema["items"])),
            "object" => {
                let key = kind(&schema["propertyNames"]);
                format!(
                    "a mapping of {key} to {}",
                    kind(&schema["additionalProperties"])
                )
            }
            _ => "a text".to_owned(),
        },
        _ => "a value".to_owned(),
    }
}

/// A definition by its section, or by its name among the values.
fn referred(name: &str) -> String {
    let section = SECTIONS.iter().find(|section| section.definition == name);
    match section {
        Some(section) => {
            let (first, rest) = section.title.split_at(1);
            let title = format!("{}{rest}", first.to_lowercase());
            format!("[{title}](#{})", anchor(section.title))
        }
        None => {
            let title = generated()["$defs"][name]
                .get("title")
                .and_then(Value::as_str);
            format!("[{}](#values)", title.unwrap_or(name))
        }
    }
}

fn integer(schema: &Value) -> String {
    let number = |key| schema.get(key).and_then(Value::as_u64);
    match (number("const"), number("maximum")) {
        (Some(only), _) => format!("`{only}`"),
        (None, Some(most)) => format!("a whole number, {most} at most"),
        (None, None) => "a whole number".to_owned(),
    }
}

/// The anchor that GitHub gives a heading.
fn anchor(title: &str) -> String {
    let kept = title
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// A small value as YAML on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) if !fields.is_empty() => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{key}: {}", flow(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn string<'v>(schema: &'v Value, key: &str) -> Option<&'v str> {
    schema.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
