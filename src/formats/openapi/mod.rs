//! OpenAPI documents of versions 3.0 and 3.1, in YAML or JSON, as what they promise.
//!
//! References are followed within the document. Only what operations lead to is read. What the
//! specification does not allow is an error with its line, so that nothing is passed over by
//! mistake; descriptions, examples, tags, links and `x-…` promise nothing.

mod document;
mod fields;
mod limits;
mod literal;
mod opaque;
mod operations;
mod schemas;
mod security;
mod spot;

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use crate::domain::quality::contract::{Api, Schema, SchemaId};
use crate::formats::ReadError;
use crate::formats::tree::{Node, json, sole_yaml};
use spot::{Spot, malformed};

/// The longest document that is read, in bytes.
pub const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// The most schemas that are read: aliases can make a short document say a lot.
const MOST_SCHEMAS: usize = 200_000;

/// The most other values that are read.
const MOST_VALUES: usize = 2_000_000;

/// The most bytes of text that are repeated, all together.
const MOST_TEXT: usize = 128 * 1024 * 1024;

/// The version of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// 3.0, with a dialect of JSON Schema of its own.
    V30,
    /// 3.1, with JSON Schema 2020-12.
    V31,
}

/// Reads a document.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what is no OpenAPI document of version 3.0 or 3.1,
/// for a reference that leads out of it or nowhere, and for what is too large.
pub fn read(text: &str) -> Result<Api, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = tree(text)?;
    document::check(&root)?;
    let root = Spot::root(root);
    let version = document::version(&root)?;
    let mut reader = Reader {
        root,
        version,
        api: Api::default(),
        ids: HashMap::new(),
        waiting: VecDeque::new(),
        targets: HashMap::new(),
        values: MOST_VALUES,
        text: MOST_TEXT,
    };
    reader.paths()?;
    reader.schemas()?;
    Ok(reader.api)
}

/// What begins as JSON is JSON, unless it can only be read as YAML.
fn tree(text: &str) -> Result<Rc<Node>, ReadError> {
    if !text.trim_start().starts_with('{') {
        return sole_yaml(text);
    }
    json(text).or_else(|error| sole_yaml(text).map_err(|_| error))
}

/// A document while it is read.
struct Reader {
    root: Spot,
    version: Version,
    api: Api,
    /// The numbers of schemas by their pointers.
    ids: HashMap<String, SchemaId>,
    /// Schemas that have a number and are not read yet.
    waiting: VecDeque<(SchemaId, Spot)>,
    /// What references lead to, by their texts.
    targets: HashMap<String, Spot>,
    /// How many values may still be read.
    values: usize,
    /// How many bytes of text may still be repeated.
    text: usize,
}

impl Reader {
    /// Counts what is read.
    fn spend(&mut self, spot: &Spot) -> Result<(), ReadError> {
        let left = self.values.checked_sub(1);
        self.values = left.ok_or_else(|| malformed(spot, "it says more than can be read"))?;
        Ok(())
    }

    /// Counts text that is kept.
    fn spend_text(&mut self, spot: &Spot, bytes: usize) -> Result<(), ReadError> {
        let left = self.text.checked_sub(bytes);
        self.text = left.ok_or_else(|| malformed(spot, "it says more than can be read"))?;
        Ok(())
    }

    /// Gives a schema a number, under which it is read later.
    fn number(&mut self, spot: Spot) -> Result<SchemaId, ReadError> {
        if let Some(id) = self.ids.get(&spot.pointer) {
            return Ok(*id);
        }
        let id = SchemaId(self.api.schemas.len());
        if id.0 == MOST_SCHEMAS {
            return Err(malformed(&spot, "it has more schemas than can be read"));
        }
        self.spend_text(&spot, spot.pointer.len())?;
        self.api.schemas.push(Schema::anything(spot.place()));
        self.ids.insert(spot.pointer.clone(), id);
        self.waiting.push_back((id, spot));
        Ok(id)
    }
}

#[cfg(test)]
mod tests;
