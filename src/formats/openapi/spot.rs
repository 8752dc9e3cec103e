//! A value of a document together with where it stands.

use std::rc::Rc;

use crate::domain::quality::contract::Place;
use crate::formats::ReadError;
use crate::formats::tree::{Node, Style};

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) node: Rc<Node>,
    /// A JSON pointer (RFC 6901); of what a reference led to, the place that it led to.
    pub(super) pointer: String,
    /// The line of its key, or of the value where it has none.
    pub(super) line: usize,
}

impl Spot {
    pub(super) fn root(node: Rc<Node>) -> Self {
        Self {
            line: node.line,
            node,
            pointer: String::new(),
        }
    }

    pub(super) fn place(&self) -> Place {
        Place {
            pointer: self.pointer.clone(),
            line: u32::try_from(self.line.max(1)).unwrap_or(u32::MAX),
        }
    }

    /// The keys of a map with their values; nothing of anything else.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Self)> {
        let entries = self.node.map().unwrap_or_default().iter();
        entries.map(|entry| {
            (
                entry.key.as_str(),
                self.below(&entry.key, &entry.node, entry.line),
            )
        })
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let mut entries = self.node.map()?.iter();
        let entry = entries.find(|entry| entry.key == key)?;
        Some(self.below(key, &entry.node, entry.line))
    }

    /// The items of a list; nothing of anything else.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.node.items().iter().enumerate();
        items.map(|(number, item)| self.below(&number.to_string(), item, item.line))
    }

    fn below(&self, key: &str, node: &Rc<Node>, line: usize) -> Self {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        Self {
            node: Rc::clone(node),
            pointer: format!("{}/{escaped}", self.pointer),
            line,
        }
    }

    /// Itself, when it is a map.
    pub(super) fn must_be_map(self, what: &str) -> Result<Self, ReadError> {
        match self.node.map() {
            Some(_) => Ok(self),
            None => Err(malformed(&self, format!("{what} must be a map"))),
        }
    }

    /// Itself, when it is a list.
    pub(super) fn must_be_list(self, what: &str) -> Result<Self, ReadError> {
        match self.node.is_list() {
            true => Ok(self),
            false => Err(malformed(&self, format!("{what} must be a list"))),
        }
    }

    /// A text; numbers are taken as they are written.
    pub(super) fn text(&self, what: &str) -> Result<&str, ReadError> {
        match self.node.scalar() {
            Some((text, _)) if !text.is_empty() => Ok(text),
            _ => Err(malformed(self, format!("{what} must be a text"))),
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.node.scalar()? {
            ("true" | "True" | "TRUE", Style::Plain) => Some(true),
            ("false" | "False" | "FALSE", Style::Plain) => Some(false),
            _ => None,
        }
    }

    /// Whether something is so; it is not where nothing is said.
    pub(super) fn flag(&self, key: &str) -> Result<bool, ReadError> {
        let Some(value) = self.get(key) else {
            return Ok(false);
        };
        let message = format!("`{key}` must be `true` or `false`");
        value.boolean().ok_or_else(|| malformed(&value, message))
    }
}

/// What is wrong with a value.
pub(super) fn malformed(spot: &Spot, message: impl Into<String>) -> ReadError {
    ReadError::malformed(u64::try_from(spot.line.max(1)).unwrap_or(u64::MAX), message)
}

/// A key or other text of the document, as messages show it.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(80).collect();
    match short.len() < text.len() {
        true => format!("`{short}…`"),
        false => format!("`{short}`"),
    }
}
