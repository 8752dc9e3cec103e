//! JSON, TOML and YAML as one tree in which every value knows its line.

mod json;
mod toml;
mod yaml;

use std::rc::Rc;

pub(in crate::formats) use json::json;
pub(in crate::formats) use toml::toml;
pub(in crate::formats) use yaml::{sole_yaml, yaml};

/// The deepest nesting that is followed.
const DEEPEST: usize = 100;

/// A value of a file.
#[derive(Debug)]
pub(in crate::formats) struct Node {
    /// The line, from 1, where it begins. Of a block of text (YAML `|`), the first that is not
    /// empty.
    pub(in crate::formats) line: usize,
    value: Value,
}

#[derive(Debug)]
enum Value {
    /// A string, number or other single value, as it is written.
    Single(String, Style),
    List(Vec<Rc<Node>>),
    /// Keys in the file's order.
    Map(Vec<Entry>),
}

/// A key of a map with its value.
#[derive(Debug)]
pub(in crate::formats) struct Entry {
    /// As it is read: without quotes.
    pub(in crate::formats) key: String,
    /// The line of the key; of TOML that of the value.
    pub(in crate::formats) line: usize,
    /// The value.
    pub(in crate::formats) node: Rc<Node>,
}

/// How a single value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Style {
    /// In quotes.
    Quoted,
    /// Without quotes, so it may be a number.
    Plain,
    /// As a block of lines (YAML `|` and `>`).
    Block,
}

impl Node {
    /// The value of a key.
    pub(in crate::formats) fn get(&self, key: &str) -> Option<&Rc<Self>> {
        let mut entries = self.entries();
        entries.find(|(name, _)| *name == key).map(|(_, node)| node)
    }

    /// The value that a path of keys leads to.
    pub(in crate::formats) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter()
            .try_fold(self, |node, key| Some(&**node.get(key)?))
    }

    /// The keys and values of a map; nothing of anything else.
    pub(in crate::formats) fn entries(&self) -> impl Iterator<Item = (&str, &Rc<Self>)> {
        let entries = self.map().unwrap_or_default().iter();
        entries.map(|entry| (entry.key.as_str(), &entry.node))
    }

    /// The entries of a map with the lines of their keys; `None` of anything else.
    pub(in crate::formats) fn map(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Tells whether it is a list.
    pub(in crate::formats) fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// The items of a list; nothing of anything else.
    pub(in crate::formats) fn items(&self) -> &[Rc<Self>] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// A single value, trimmed; `None` where it is empty.
    pub(in crate::formats) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Single(text, _) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// A single value as it stands, with how it is written; JSON's `null` is an empty plain one.
    pub(in crate::formats) fn scalar(&self) -> Option<(&str, Style)> {
        match &self.value {
            Value::Single(text, style) => Some((text, *style)),
            _ => None,
        }
    }

    /// How a single value is written.
    pub(in crate::formats) fn style(&self) -> Option<Style> {
        match &self.value {
            Value::Single(_, style) => Some(*style),
            _ => None,
        }
    }

    /// The lines of a single value with their numbers; of what is no block of text, one.
    pub(in crate::formats) fn text_lines(&self) -> Vec<(&str, usize)> {
        match &self.value {
            Value::Single(text, Style::Block) => {
                let empty = text.lines().take_while(|line| line.is_empty()).count();
                let lines = text.lines().enumerate().skip(empty);
                let numbered = lines.map(|(index, line)| (line.trim(), self.line + index - empty));
                numbered.filter(|(line, _)| !line.is_empty()).collect()
            }
            _ => self
                .text()
                .map(|text| (text, self.line))
                .into_iter()
                .collect(),
        }
    }
}

/// Finds the line of a place in a text.
struct LineIndex {
    /// Where each line ends.
    ends: Vec<usize>,
}

impl LineIndex {
    fn new(text: &str) -> Self {
        Self {
            ends: text.match_indices('\n').map(|(at, _)| at).collect(),
        }
    }

    fn line(&self, offset: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < offset)
    }
}
