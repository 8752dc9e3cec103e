//! Finds the values of secrets, in all their spellings at once.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::patterns::BadPattern;
use super::spelling::spellings;

/// Up to this many bytes of spellings the faster automaton is used, which takes up to 512 bytes of
/// memory for each.
const SMALL: usize = 8 * 1024;

/// All secrets as one automaton.
pub(super) struct Secrets {
    automaton: Option<AhoCorasick>,
    longest: usize,
}

impl Secrets {
    /// Builds the automaton; fails only where the values are too many for memory.
    pub(super) fn new(values: impl IntoIterator<Item = String>) -> Result<Self, BadPattern> {
        let spellings: BTreeSet<String> = values
            .into_iter()
            .flat_map(|value| spellings(&value))
            .collect();
        if spellings.is_empty() {
            return Ok(Self {
                automaton: None,
                longest: 0,
            });
        }
        let bytes: usize = spellings.iter().map(String::len).sum();
        let kind = (bytes <= SMALL).then_some(AhoCorasickKind::DFA);
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(kind)
            .build(&spellings)
            .map_err(|error| BadPattern::new("values of secrets", error))?;
        Ok(Self {
            automaton: Some(automaton),
            longest: spellings.iter().map(String::len).max().unwrap_or(0),
        })
    }

    /// The bytes of the longest spelling.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// Where the first secret from `from` on starts.
    pub(super) fn first(&self, text: &[u8], from: usize) -> Option<usize> {
        let input = Input::new(text).range(from..);
        Some(self.automaton.as_ref()?.find(input)?.start())
    }

    /// The first secret from `from` on, with all further ones that overlap it.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let automaton = self.automaton.as_ref()?;
        let first = automaton.find(Input::new(text).range(from..))?;
        let mut found = first.range();
        let mut at = first.start() + 1;
        while at < found.end {
            let limit = text.len().min(found.end + self.longest);
            match automaton.find(Input::new(text).range(at..limit)) {
                Some(next) if next.start() < found.end => {
                    found.end = found.end.max(next.end());
                    at = next.start() + 1;
                }
                _ => break,
            }
        }
        Some(found)
    }
}
