//! The document as a whole: its version, its form, and where references lead.

use std::collections::HashSet;
use std::rc::Rc;

use super::spot::{Spot, malformed, shown};
use super::{Reader, Version};
use crate::formats::ReadError;
use crate::formats::tree::Node;

/// The most references that lead from one to the next.
const LONGEST_CHAIN: usize = 100;

/// The longest key, in bytes: keys make up the pointers of all that lies below them.
const LONGEST_KEY: usize = 1000;

/// Refuses keys that are too long or there twice, and merge keys, which YAML 1.2 does not have.
pub(super) fn check(root: &Rc<Node>) -> Result<(), ReadError> {
    let mut open = vec![root];
    // Aliases make one node of several.
    let mut seen: HashSet<*const Node> = HashSet::new();
    while let Some(node) = open.pop() {
        if !seen.insert(Rc::as_ptr(node)) {
            continue;
        }
        let mut keys = HashSet::new();
        for entry in node.map().unwrap_or_default() {
            let wrong = if entry.key == "<<" {
                "a merge key (`<<`) can't be read; write out what it stands for".to_owned()
            } else if entry.key.len() > LONGEST_KEY {
                format!("the key {} is too long", shown(&entry.key))
            } else if !keys.insert(entry.key.as_str()) {
                format!("{} is there twice", shown(&entry.key))
            } else {
                open.push(&entry.node);
                continue;
            };
            let line = u64::try_from(entry.line).unwrap_or(u64::MAX);
            return Err(ReadError::malformed(line, wrong));
        }
        open.extend(node.items());
    }
    Ok(())
}

/// The version that the document says it is of.
pub(super) fn version(root: &Spot) -> Result<Version, ReadError> {
    let Some(version) = root.get("openapi") else {
        let (at, message) = match root.get("swagger") {
            Some(swagger) => (
                swagger,
                "it is Swagger 2.0, and OpenAPI 3.0 or 3.1 was expected; convert it first",
            ),
            None => (
                root.clone(),
                "it has no `openapi`, so it is no OpenAPI document",
            ),
        };
        return Err(malformed(&at, message));
    };
    let text = version.text("`openapi`")?;
    let is = |wanted: &str| text == wanted || text.starts_with(&format!("{wanted}."));
    if is("3.0") {
        Ok(Version::V30)
    } else if is("3.1") {
        Ok(Version::V31)
    } else {
        let text = shown(text);
        let message = format!("it is OpenAPI {text}, and 3.0 or 3.1 was expected");
        Err(malformed(&version, message))
    }
}

impl Reader {
    /// What a value stands for in the end: itself, or what its reference leads to.
    pub(super) fn resolve(&mut self, spot: Spot) -> Result<Spot, ReadError> {
        let begin = spot.clone();
        let mut spot = spot;
        for _ in 0..LONGEST_CHAIN {
            self.spend(&spot)?;
            match reference(&spot) {
                Some((reference, text)) => spot = self.follow(&reference, &text)?,
                None => return Ok(spot),
            }
        }
        Err(malformed(&begin, "its `$ref` leads to itself"))
    }

    /// Where a reference leads.
    pub(super) fn follow(&mut self, reference: &Spot, text: &str) -> Result<Spot, ReadError> {
        if let Some(found) = self.targets.get(text) {
            return Ok(found.clone());
        }
        let found = self.target(reference, text)?;
        self.targets.insert(text.to_owned(), found.clone());
        Ok(found)
    }

    fn target(&self, reference: &Spot, text: &str) -> Result<Spot, ReadError> {
        let Some(fragment) = text.strip_prefix('#') else {
            let message = format!(
                "`$ref: {}` leads out of the file; bundle the document into one file first",
                shown(text).trim_matches('`')
            );
            return Err(malformed(reference, message));
        };
        let nowhere = || {
            let text = shown(text);
            malformed(
                reference,
                format!("`$ref` leads to {text}, which is not there"),
            )
        };
        let mut found = self.root.clone();
        if fragment.is_empty() {
            return Ok(found);
        }
        let path = fragment.strip_prefix('/').ok_or_else(nowhere)?;
        for part in path.split('/') {
            let name = percent_decoded(part).replace("~1", "/").replace("~0", "~");
            let number = name.parse().ok().filter(|_| found.node.is_list());
            let next = match number {
                Some(number) => found.items().nth(number),
                None => found.get(&name),
            };
            found = next.ok_or_else(nowhere)?;
        }
        Ok(found)
    }
}

/// The reference of a value, where it is one.
pub(super) fn reference(spot: &Spot) -> Option<(Spot, String)> {
    let reference = spot.get("$ref")?;
    let text = reference.node.scalar()?.0.to_owned();
    Some((reference, text))
}

/// A part of a URI's fragment as the text that it stands for (RFC 3986, section 2.1).
fn percent_decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
