//! A policy's text as a tree in which everything knows its place.

use serde_json::Value;

use super::diagnostics::Span;

/// One value of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// Where it stands; of a list or mapping, where it begins.
    pub(super) span: Span,
    /// What it is.
    pub(super) content: Content,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// A text, number, truth value or nothing.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with their values, in the written order, each key once.
    Mapping(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The key's text.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) key_span: Span,
    /// Its value.
    pub(super) value: Node,
}

/// A value without parts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scalar {
    /// The text after quotes and escapes are taken away; `3.10` stays `3.10`.
    pub(super) text: String,
    /// Whether it was written without quotes and not as a block.
    pub(super) plain: bool,
}

/// What a scalar is by YAML's core schema (YAML 1.2.2, section 10.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: `~`, `null`, or no text at all.
    Null,
    /// `true` or `false`. `yes`, `no`, `on` and `off` are texts.
    Boolean,
    /// A whole number.
    Integer,
    /// Another number.
    Float,
    /// Anything else, and whatever is quoted.
    Text,
}

impl Node {
    /// The value of a key; `None` too when this is no mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key with its value; `None` too when this is no mapping.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The keys and values of a mapping; none for anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The parts of a list; anything else is the only part of itself.
    pub(super) fn items(&self) -> &[Node] {
        match &self.content {
            Content::Sequence(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Where a key stands, or the whole where it does not have that key.
    pub(super) fn key_span(&self, key: &str) -> Span {
        self.entry(key).map_or(self.span, |entry| entry.key_span)
    }

    /// How many values it is made of, itself among them, and how many bytes of text they have.
    pub(super) fn size(&self) -> (usize, usize) {
        let add = |sum: (usize, usize), part: (usize, usize)| (sum.0 + part.0, sum.1 + part.1);
        match &self.content {
            Content::Scalar(scalar) => (1, scalar.text.len()),
            Content::Sequence(items) => items.iter().map(Self::size).fold((1, 0), add),
            Content::Mapping(entries) => entries
                .iter()
                .map(|entry| add((1, entry.key.len()), entry.value.size()))
                .fold((1, 0), add),
        }
    }

    /// How deep it is nested: 1 for a scalar.
    pub(super) fn height(&self) -> usize {
        let below = match &self.content {
            Content::Scalar(_) => None,
            Content::Sequence(items) => items.iter().map(Self::height).max(),
            Content::Mapping(entries) => entries.iter().map(|entry| entry.value.height()).max(),
        };
        1 + below.unwrap_or(0)
    }

    /// The value as it is written, with every scalar as its text: what a check's definition is
    /// hashed from, so that quotes and `${…}` make no difference.
    pub(super) fn as_written(&self) -> Value {
        match &self.content {
            Content::Scalar(scalar) => Value::from(scalar.text.as_str()),
            Content::Sequence(items) => items.iter().map(Self::as_written).collect(),
            Content::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.as_written()))
                .collect(),
        }
    }
}

impl Scalar {
    /// What it is.
    pub(super) fn kind(&self) -> Kind {
        if !self.plain {
            return Kind::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Boolean,
            text if integer(text) => Kind::Integer,
            text if float(text) => Kind::Float,
            _ => Kind::Text,
        }
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn integer(text: &str) -> bool {
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal) && !octal.contains(['8', '9']);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    digits(unsigned(text))
}

fn float(text: &str) -> bool {
    let number = unsigned(text);
    if matches!(number, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let some = |part: &str| part.is_empty() || digits(part);
    let any_digit = digits(whole) || (whole.is_empty() && mantissa.len() > 1);
    any_digit && some(decimals) && digits(unsigned(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        let scalar = Scalar {
            text: text.to_owned(),
            plain: true,
        };
        scalar.kind()
    }

    #[test]
    fn scalars_are_what_yaml_1_2_says() {
        for (texts, expect) in [
            (&["", "~", "null", "NULL"][..], Kind::Null),
            (&["true", "False", "TRUE"], Kind::Boolean),
            (&["0", "12", "-3", "+4", "0o17", "0xfF"], Kind::Integer),
            (
                &[
                    "3.12", ".5", "1.", "-1e3", "2.5E-1", ".inf", "-.Inf", ".nan",
                ],
                Kind::Float,
            ),
            (
                &[
                    "yes", "no", "on", "off", "nULL", "0o8", "0x", "1.2.3", "1e", ".", "-", "10m",
                    "70%", "+-1", "-0x1", "e3",
                ],
                Kind::Text,
            ),
        ] {
            for text in texts {
                assert_eq!(kind(text), expect, "{text}");
            }
        }
    }

    #[test]
    fn what_is_quoted_is_a_text() {
        let scalar = Scalar {
            text: "1".to_owned(),
            plain: false,
        };
        assert_eq!(scalar.kind(), Kind::Text);
    }
}
