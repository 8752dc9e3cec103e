//! Searches files for what must not stand in them.

use std::ops::ControlFlow;

use aho_corasick::AhoCorasick;
use regex::bytes::{Regex, RegexBuilder};

use crate::domain::check::CheckResult;
use crate::domain::reason::{Reason, ReasonCode};
use crate::worktree::Globs;
use crate::worktree::files::FoundFile;
use crate::worktree::text::each_block;

/// What is searched for.
pub(super) enum Search {
    /// A pattern.
    Pattern(Regex),
    /// Several texts, each a kind of hit.
    Texts(AhoCorasick),
}

impl Search {
    /// The rising places at which hits begin, and their kind.
    fn hits<'t>(&'t self, text: &'t [u8]) -> Box<dyn Iterator<Item = (usize, usize)> + 't> {
        match self {
            Self::Pattern(regex) => Box::new(regex.find_iter(text).map(|hit| (hit.start(), 0))),
            Self::Texts(texts) => Box::new(
                texts
                    .find_iter(text)
                    .map(|hit| (hit.start(), hit.pattern().as_usize())),
            ),
        }
    }
}

/// Calls `on_line` with the line and the kind of each hit, in order.
///
/// # Errors
/// Says why the file could not be read.
pub(super) fn each_hit(
    file: &FoundFile,
    search: &Search,
    mut on_line: impl FnMut(u64, usize),
) -> Result<(), String> {
    each_block(&file.absolute, |block| {
        for (line, kind) in block.lines(search.hits(block.bytes)) {
            on_line(line, kind);
        }
        ControlFlow::Continue(())
    })
    .map_err(|error| format!("can't be read: {error}"))
}

/// Compiles a pattern that is searched for in whole files: `^` and `$` stand at each line.
pub(super) fn in_files(pattern: &str) -> Result<Regex, Box<CheckResult>> {
    RegexBuilder::new(pattern)
        .multi_line(true)
        .crlf(true)
        .build()
        .map_err(|error| unusable(&format!("The pattern `{pattern}` can't be used: {error}")))
}

/// Reads the globs of a rule.
pub(super) fn globs<T: AsRef<str>>(globs: &[T]) -> Result<Globs, Box<CheckResult>> {
    Globs::new(globs).map_err(|error| unusable(&error.to_string()))
}

/// The result of a rule that cannot be followed: nothing was measured.
pub(super) fn unusable(message: &str) -> Box<CheckResult> {
    let message = format!("{message}. Correct the policy.");
    Box::new(CheckResult::errored(Reason::new(
        ReasonCode::NotStarted,
        message,
    )))
}

/// A line as a location holds it.
pub(super) fn line_number(line: u64) -> Option<u32> {
    u32::try_from(line).ok()
}
