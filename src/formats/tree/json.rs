//! JSON with lines. The parser lends strings from the text wherever they hold no escapes, and a
//! lent string tells where it stands.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Entry, LineIndex, Node, Style, Value};
use crate::formats::ReadError;

/// Reads a JSON file.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what is not JSON.
pub(in crate::formats) fn json(text: &str) -> Result<Rc<Node>, ReadError> {
    let place = Place {
        text,
        index: &LineIndex::new(text),
        line: 1,
    };
    let mut parser = serde_json::Deserializer::from_str(text);
    let outcome = place.deserialize(&mut parser);
    outcome
        .and_then(|node| parser.end().map(|()| node))
        .map_err(|error| {
            let line = u64::try_from(error.line().max(1)).unwrap_or(u64::MAX);
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or_default();
            ReadError::malformed(line, format!("not JSON: {what}"))
        })
}

/// Where a value is about to be read: the line of its key, until it tells its own.
#[derive(Clone, Copy)]
struct Place<'t> {
    text: &'t str,
    index: &'t LineIndex,
    line: usize,
}

impl Place<'_> {
    fn line_of(&self, part: &str) -> usize {
        let offset = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        let offset = offset.filter(|offset| *offset <= self.text.len());
        offset.map_or(self.line, |offset| self.index.line(offset))
    }

    fn node(&self, value: Value) -> Rc<Node> {
        Rc::new(Node {
            line: self.line,
            value,
        })
    }

    fn plain(&self, text: &dyn fmt::Display) -> Rc<Node> {
        self.node(Value::Single(text.to_string(), Style::Plain))
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Rc<Node>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rc<Node>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Rc<Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Rc<Node>, E> {
        Ok(self.node(Value::Single(String::new(), Style::Plain)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Rc<Node>, E> {
        Ok(self.plain(&value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Rc<Node>, E> {
        Ok(self.plain(&value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Rc<Node>, E> {
        Ok(self.plain(&value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Rc<Node>, E> {
        Ok(self.plain(&value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Rc<Node>, E> {
        Ok(self.node(Value::Single(value.to_owned(), Style::Quoted)))
    }

    fn visit_borrowed_str<E>(mut self, value: &'de str) -> Result<Rc<Node>, E> {
        self.line = self.line_of(value);
        Ok(self.node(Value::Single(value.to_owned(), Style::Quoted)))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Rc<Node>, S::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        Ok(self.node(Value::List(items)))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Rc<Node>, M::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            let line = match &key {
                Cow::Borrowed(key) => self.line_of(key),
                Cow::Owned(_) => self.line,
            };
            let node = map.next_value_seed(Place { line, ..self })?;
            let key = key.into_owned();
            entries.push(Entry { key, line, node });
        }
        Ok(self.node(Value::Map(entries)))
    }
}

/// A key, lent where possible.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_lines() {
        let text = "{\n  \"a\": {\n\"b\": \"1\", \"c\":\n\"2\",\n \"d\": 3, \"\\u0065\": [\n\"x\", true, null, 1.5]}\n}";
        let root = json(text).unwrap();
        let of = |path: &[&str]| {
            root.at(path)
                .map(|node| (node.text().map(str::to_owned), node.line))
        };
        assert_eq!(of(&["a", "b"]), Some((Some("1".to_owned()), 3)));
        assert_eq!(of(&["a", "c"]), Some((Some("2".to_owned()), 4)));
        assert_eq!(of(&["a", "d"]), Some((Some("3".to_owned()), 5)));
        assert_eq!(of(&["a", "z"]), None);
        let list = root.at(&["a", "e"]).unwrap();
        assert_eq!((list.items().len(), list.items()[0].line), (4, 6));
        assert_eq!(json("{\n]").unwrap_err().line(), Some(2));
        assert!(json(&"[".repeat(100_000)).is_err());
    }
}
