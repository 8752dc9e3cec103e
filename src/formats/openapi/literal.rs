//! Values as canonical JSON: equal values have equal texts, however they are written.

use crate::domain::quality::contract::Types;
use crate::formats::tree::{Node, Style};

/// A single value as JSON, with its type; `None` for a list or map. Plain texts are read by the
/// core schema of YAML 1.2, of which JSON is a part.
pub(super) fn single(node: &Node) -> Option<(String, Types)> {
    let (text, style) = node.scalar()?;
    if style == Style::Plain {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Some(("null".to_owned(), Types::NULL)),
            "true" | "True" | "TRUE" => return Some(("true".to_owned(), Types::BOOLEAN)),
            "false" | "False" | "FALSE" => return Some(("false".to_owned(), Types::BOOLEAN)),
            text => {
                if let Some(number) = number(text) {
                    return Some(number);
                }
            }
        }
    }
    Some((quoted(text), Types::STRING))
}

/// The type of a value.
pub(super) fn kind(node: &Node) -> Types {
    match single(node) {
        Some((_, types)) => types,
        None if node.is_list() => Types::ARRAY,
        None => Types::OBJECT,
    }
}

/// A member of an object.
pub(super) fn member(key: &str, value: &str) -> String {
    format!("{}:{value}", quoted(key))
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A number as JSON, whole ones without a point.
fn number(text: &str) -> Option<(String, Types)> {
    if let Ok(whole) = text.parse::<i128>() {
        return Some((whole.to_string(), Types::INTEGER));
    }
    let number = as_number(text)?;
    let whole = number.to_string();
    let is_whole = number.fract() == 0.0;
    let types = match is_whole {
        true => Types::INTEGER,
        false => Types::NUMBER.without(Types::INTEGER),
    };
    Some((whole, types))
}

/// A finite number as it is written in JSON or YAML.
pub(super) fn as_number(text: &str) -> Option<f64> {
    let is_numeric = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    let number: f64 = (has_digit && text.chars().all(is_numeric)).then(|| text.parse().ok())??;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::tree::{json, yaml};

    #[test]
    fn equal_values_have_equal_texts_and_others_have_not() {
        let of = |text: &str| single(&yaml(text).unwrap()).unwrap().0;
        assert_eq!(of("1.0"), of("1"));
        assert_eq!(of("1e2"), of("100"));
        assert_eq!(of("'a'"), of("a"));
        assert_eq!(of("~"), of(""));
        assert_ne!(of("'1'"), of("1"));
        assert_ne!(of("'null'"), of("null"));
        assert_ne!(of("''"), of(""));
        assert_ne!(of("' a'"), of("a"));
    }

    #[test]
    fn values_have_types() {
        let list = json(r#"["", null, true, 0.5, 3, 3.0, [], {}]"#).unwrap();
        let kinds: Vec<_> = list
            .items()
            .iter()
            .map(|item| kind(item).to_string())
            .collect();
        let expect = [
            "string",
            "null",
            "boolean",
            "a number that is not whole",
            "integer",
            "integer",
            "array",
            "object",
        ];
        assert_eq!(kinds, expect);
        assert_eq!(kind(&yaml("1.10.2").unwrap()), Types::STRING);
        assert_eq!(kind(&yaml("-").unwrap()), Types::ARRAY);
    }
}
