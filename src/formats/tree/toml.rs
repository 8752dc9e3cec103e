//! TOML with lines.

use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, LineIndex, Node, Style, Value};
use crate::formats::ReadError;

/// Reads a TOML file.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what is not TOML.
pub(in crate::formats) fn toml(text: &str) -> Result<Rc<Node>, ReadError> {
    let index = LineIndex::new(text);
    let root = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let line = u64::try_from(index.line(offset)).unwrap_or(u64::MAX);
        ReadError::malformed(line, format!("not TOML: {}", error.message()))
    })?;
    Ok(table(root.get_ref(), 1, text, &index))
}

fn table(table: &DeTable<'_>, line: usize, text: &str, index: &LineIndex) -> Rc<Node> {
    let entries = table.iter().map(|(key, value)| {
        let (key, node) = (key.get_ref().to_string(), node(value, text, index));
        let line = node.line;
        Entry { key, line, node }
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|entry| entry.line);
    Rc::new(Node {
        line,
        value: Value::Map(entries),
    })
}

fn node(spanned: &Spanned<DeValue<'_>>, text: &str, index: &LineIndex) -> Rc<Node> {
    let line = index.line(spanned.span().start);
    let value = match spanned.get_ref() {
        DeValue::Table(inner) => return table(inner, line, text, index),
        DeValue::String(string) => Value::Single(string.to_string(), Style::Quoted),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| node(item, text, index)).collect())
        }
        _ => {
            let written = text.get(spanned.span()).unwrap_or_default();
            Value::Single(written.to_owned(), Style::Plain)
        }
    };
    Rc::new(Node { line, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_lines() {
        let root =
            toml("a = 1\n[b.c]\nd = \"2\"\ne = [\n \"3\",\n 3.10]\n[[f]]\ng = {h = 4}").unwrap();
        let of = |path: &[&str]| {
            root.at(path)
                .map(|node| (node.text().map(str::to_owned), node.line))
        };
        assert_eq!(of(&["a"]), Some((Some("1".to_owned()), 1)));
        assert_eq!(of(&["b", "c", "d"]), Some((Some("2".to_owned()), 3)));
        let list = root.at(&["b", "c", "e"]).unwrap();
        assert_eq!(
            (list.items()[1].text(), list.items()[1].line),
            (Some("3.10"), 6)
        );
        let tables = root.get("f").unwrap();
        assert_eq!(tables.items()[0].at(&["g", "h"]).unwrap().line, 8);
        assert_eq!(toml("a = 1\nb = = 2").unwrap_err().line(), Some(2));
        assert!(toml(&format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
