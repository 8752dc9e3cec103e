//! The policy's own patterns.

use std::ops::Range;

use regex::bytes::{Regex, RegexSet};
use thiserror::Error;

/// A pattern of the policy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the pattern `{pattern}` to mask cannot be used: {problem}")]
pub struct BadPattern {
    /// The pattern, as written.
    pub pattern: String,
    /// What is wrong with it.
    pub problem: String,
}

impl BadPattern {
    pub(super) fn new(pattern: &str, problem: impl ToString) -> Self {
        Self {
            pattern: pattern.to_owned(),
            problem: problem.to_string(),
        }
    }
}

/// All patterns, each for itself and together.
pub(super) struct Patterns {
    each: Vec<Regex>,
    any: RegexSet,
}

impl Patterns {
    /// Compiles the patterns. They are held to what is valid for text, so that no match splits a
    /// character.
    pub(super) fn new(patterns: &[String]) -> Result<Self, BadPattern> {
        let mut each = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            regex::Regex::new(pattern).map_err(|error| BadPattern::new(pattern, error))?;
            each.push(Regex::new(pattern).map_err(|error| BadPattern::new(pattern, error))?);
        }
        let any = RegexSet::new(patterns)
            .map_err(|error| BadPattern::new(&patterns.join("` or `"), error))?;
        Ok(Self { each, any })
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &Regex> {
        self.each.iter()
    }

    /// The start of the first line from `from` on in which a pattern matches. `from` is at the
    /// start or the end of a line.
    pub(super) fn first_line(&self, text: &[u8], from: usize) -> Option<usize> {
        if self.each.is_empty() {
            return None;
        }
        let mut start = from;
        while start < text.len() {
            let rest = &text[start..];
            let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            if length > 0 && self.any.is_match(&rest[..length]) {
                return Some(start);
            }
            start += length + 1;
        }
        None
    }
}

/// The first match of a pattern from `from` on that is not empty.
pub(super) fn find(pattern: &Regex, text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    while at <= text.len() {
        let found = pattern.find_at(text, at)?;
        if !found.is_empty() {
            return Some(found.range());
        }
        at = found.end() + 1;
    }
    None
}
