//! Coverage reports: Cobertura, JaCoCo and Clover (XML) and LCOV (text) → counted lines.
//!
//! The content decides which of them a file is, its name does not. Counts come from the lines that
//! the report shows, each counted once a file however often it is named; declared rates and sums
//! are never believed. Memory is bounded, see [`lines`].

mod clover;
mod cobertura;
mod jacoco;
mod lcov;
mod lines;
mod text;
mod uncovered;
mod xml;

use std::io::Read;

use crate::domain::quality::coverage::CoverageReport;
use crate::formats::ReadError;
use lines::{Lines, MOST_HELD};
use text::Text;

/// Reads a coverage report. `name` is the file's name, for messages. Files of uncovered lines are
/// named as the report names them: `MODULE:PATH` where it names them below a module or package,
/// whose place it does not tell (JaCoCo).
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what is no report of the four kinds, is cut off, has
/// text or elements beside its root, declares entities, shows no line although it declares a rate,
/// or names more lines than are held at once (64 MiB).
pub fn read(name: &str, input: impl Read) -> Result<CoverageReport, ReadError> {
    let mut text = Text::new(input)?;
    match text.first_char()? {
        Some('<') => xml::read(text, Lines::up_to(MOST_HELD)),
        Some(_) => lcov::read(text, Lines::up_to(MOST_HELD)),
        None => Err(ReadError::malformed(
            1,
            format!("{name} is empty; a coverage report was expected"),
        )),
    }
}

#[cfg(test)]
mod tests;
