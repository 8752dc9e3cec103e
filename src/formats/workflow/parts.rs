//! The parts of which a workflow is made: maps, lists, texts.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Reader, entry, line, malformed, text_at};
use crate::domain::workflow::{Concurrency, Pair, Permissions, Text};
use crate::formats::ReadError;
use crate::formats::tree::{Entry, Node, Style};

impl Reader {
    /// The entries of what must be a map, each key once.
    pub(super) fn map<'n>(&mut self, node: &'n Node, what: &str) -> Result<&'n [Entry], ReadError> {
        let Some(entries) = node.map() else {
            return Err(malformed(node.line, format!("{what} must be a map here")));
        };
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for entry in entries {
            self.spend(entry.line, entry.key.len())?;
            if entry.key == "<<" {
                let message = "GitHub knows no merge keys (`<<`); write the keys out";
                return Err(malformed(entry.line, message));
            }
            if let Some(first) = seen.insert(&entry.key, entry.line) {
                let message = format!("the key `{}` stands on line {first} already", entry.key);
                return Err(malformed(entry.line, message));
            }
        }
        Ok(entries)
    }

    /// The entries of a map; none where nothing is written.
    pub(super) fn optional_map<'n>(&mut self, node: &'n Node) -> Result<&'n [Entry], ReadError> {
        match node.map() {
            Some(_) => self.map(node, "this"),
            None => Ok(&[]),
        }
    }

    /// The key of an entry.
    pub(super) fn key(&mut self, entry: &Entry) -> Result<Text, ReadError> {
        self.spend(entry.line, entry.key.len())?;
        Ok(text_at(&entry.key, entry.line))
    }

    /// A single value; `None` where nothing is written or it is a list or map.
    pub(super) fn single(&mut self, node: &Node) -> Result<Option<Text>, ReadError> {
        let is_null =
            node.style() == Some(Style::Plain) && matches!(node.text(), Some("~" | "null"));
        let Some(text) = node.text().filter(|_| !is_null) else {
            return Ok(None);
        };
        self.spend(node.line, text.len())?;
        Ok(Some(text_at(text, node.line)))
    }

    /// The single value of a key.
    pub(super) fn text(&mut self, map: &[Entry], key: &str) -> Result<Option<Text>, ReadError> {
        match entry(map, key) {
            Some(found) => self.single(&found.node),
            None => Ok(None),
        }
    }

    /// One value or a list of values.
    pub(super) fn texts(&mut self, node: &Rc<Node>) -> Result<Vec<Text>, ReadError> {
        let nodes = match node.is_list() {
            true => node.items(),
            false => std::slice::from_ref(node),
        };
        let mut texts = Vec::new();
        for node in nodes {
            texts.extend(self.single(node)?);
        }
        Ok(texts)
    }

    /// The lines of a script that hold something.
    pub(super) fn lines(&mut self, map: &[Entry], key: &str) -> Result<Vec<Text>, ReadError> {
        let mut lines = Vec::new();
        if let Some(found) = entry(map, key) {
            for (text, at) in found.node.text_lines() {
                self.spend(at, text.len())?;
                lines.push(text_at(text, at));
            }
        }
        Ok(lines)
    }

    /// A map of single values. An expression may stand for the whole; then nothing is known.
    pub(super) fn pairs(&mut self, map: &[Entry], key: &str) -> Result<Vec<Pair>, ReadError> {
        let mut pairs = Vec::new();
        if let Some(found) = entry(map, key) {
            for inner in self.optional_map(&found.node)? {
                let value = self.single(&inner.node)?;
                let value = value.unwrap_or_else(|| text_at("", inner.line));
                let name = inner.key.clone();
                pairs.push(Pair { name, value });
            }
        }
        Ok(pairs)
    }

    /// `permissions: read-all`, `permissions: { contents: read }`, `permissions: {}`.
    pub(super) fn permissions(&mut self, map: &[Entry]) -> Result<Permissions, ReadError> {
        let Some(found) = entry(map, "permissions") else {
            return Ok(Permissions::Unstated);
        };
        if found.node.map().is_some() {
            let mut pairs = self.pairs(map, "permissions")?;
            if pairs.is_empty() {
                let (name, value) = ("none".to_owned(), text_at("none", found.line));
                pairs.push(Pair { name, value });
            }
            return Ok(Permissions::Listed(pairs));
        }
        let word = self.single(&found.node)?;
        Ok(word.map_or(Permissions::Unstated, Permissions::Everything))
    }

    /// `concurrency: group`, `concurrency: { group: …, cancel-in-progress: … }`.
    pub(super) fn concurrency(&mut self, map: &[Entry]) -> Result<Option<Concurrency>, ReadError> {
        let Some(found) = entry(map, "concurrency") else {
            return Ok(None);
        };
        let inner = self.optional_map(&found.node)?;
        let cancel_in_progress = self.text(inner, "cancel-in-progress")?;
        Ok(Some(Concurrency { cancel_in_progress }))
    }
}

/// A line of a workflow.
pub(super) fn line_of(entry: &Entry) -> u32 {
    line(entry.line)
}
