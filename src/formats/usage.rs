//! What is used of quotas: `{"builds": {"used": 4, "limit": 10}}`.

use std::rc::Rc;

use super::ReadError;
use super::tree::{Entry, Node, Style, json};
use crate::domain::quality::quota::{Quantity, Usage};

/// The longest file that is read, in bytes.
pub const MOST_BYTES: u64 = 1024 * 1024;

/// A file of quotas. An entry is looked at when it is asked for.
#[derive(Debug)]
pub struct UsageFile {
    root: Rc<Node>,
}

/// Reads a JSON file of quotas.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what is no JSON object.
pub fn read(text: &str) -> Result<UsageFile, ReadError> {
    let root = json(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    match root.map() {
        Some(_) => Ok(UsageFile { root }),
        None => Err(malformed(root.line, "an object of quotas was expected")),
    }
}

impl UsageFile {
    /// What is used of a quota; `None` when the file does not have it.
    ///
    /// # Errors
    /// [`ReadError::Malformed`] with the line for an entry that is there twice, or that does not
    /// say how much is used of how much.
    pub fn usage(&self, name: &str) -> Result<Option<Usage>, ReadError> {
        let Some(entry) = only(&self.root, name)? else {
            return Ok(None);
        };
        if entry.node.map().is_none() {
            let message = format!("`{name}` is no object with `used` and `limit`");
            return Err(malformed(entry.line, message));
        }
        let limit = quantity(entry, "limit")?;
        if limit.is_zero() {
            return Err(malformed(entry.line, format!("`{name}.limit` is 0")));
        }
        let used = quantity(entry, "used")?;
        Ok(Some(Usage { used, limit }))
    }

    /// The names of the first quotas that the file has.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.root.entries().map(|(name, _)| name)
    }
}

fn quantity(quota: &Entry, key: &str) -> Result<Quantity, ReadError> {
    let name = &quota.key;
    let Some(entry) = only(&quota.node, key)? else {
        let message = format!("`{name}` has no `{key}`");
        return Err(malformed(quota.line, message));
    };
    let number = entry.node.text().filter(|_| {
        // A number in quotes is a text.
        entry.node.style() == Some(Style::Plain)
    });
    Quantity::parse(number.unwrap_or_default())
        .map_err(|why| malformed(entry.line, format!("`{name}.{key}` {why}")))
}

/// The entry of a key, which must not be there twice.
fn only<'n>(node: &'n Node, key: &str) -> Result<Option<&'n Entry>, ReadError> {
    let entries = node.map().unwrap_or_default().iter();
    let mut found = entries.filter(|entry| entry.key == key);
    let first = found.next();
    match found.next() {
        Some(second) => Err(malformed(second.line, format!("`{key}` is there twice"))),
        None => Ok(first),
    }
}

fn malformed(line: usize, message: impl Into<String>) -> ReadError {
    ReadError::malformed(u64::try_from(line).unwrap_or(u64::MAX), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let found = match read(text).and_then(|file| file.usage("a")) {
            Ok(Some(usage)) => format!("{} of {}", usage.used, usage.limit),
            Ok(None) => "none".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn entries_are_read_when_they_are_asked_for() {
        check(r#"{"a": {"used": 4, "limit": 10}}"#, "4 of 10");
        check(
            r#"{"a": {"limit": 10.5, "used": 0.25, "unit": "GB"}, "b": 1}"#,
            "0.25 of 10.5",
        );
        check(r#"{"b": {"used": 4, "limit": 10}}"#, "none");
    }

    #[test]
    fn what_says_no_usage_is_refused_with_its_line() {
        for (text, expect) in [
            ("", "line 1: not JSON: EOF while parsing a value"),
            ("[]", "line 1: an object of quotas was expected"),
            (
                "{\n\"a\": 4}",
                "line 2: `a` is no object with `used` and `limit`",
            ),
            ("{\"a\":\n{}}", "line 1: `a` has no `limit`"),
            (
                "{\"a\": {\"limit\": 0,\n\"used\": 0}}",
                "line 1: `a.limit` is 0",
            ),
            (
                "{\"a\": {\"limit\": 1,\n\"used\": -1}}",
                "line 2: `a.used` is negative",
            ),
            (
                "{\"a\": {\"limit\": 1,\n\"used\": \"1\"}}",
                "line 2: `a.used` is no number",
            ),
            (
                "{\"a\": {\"limit\": 1,\n\"used\": null}}",
                "line 2: `a.used` is no number",
            ),
            (
                "{\"a\": {\"limit\": 1e30,\n\"used\": 1}}",
                "line 1: `a.limit` has more than 18 digits",
            ),
            (
                "{\"a\": {\"limit\": 1,\n\"used\": 1,\n\"used\": 0}}",
                "line 3: `used` is there twice",
            ),
            ("{\"a\": 1,\n\"a\": 1}", "line 2: `a` is there twice"),
        ] {
            check(text, expect);
        }
    }
}
