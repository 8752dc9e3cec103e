//! What is wrong with a policy: every problem with its place, the line itself and a hint.

use std::fmt;

use serde::Serialize;

use super::Source;

/// How much of a source line is shown around a problem, in characters.
const WINDOW: usize = 120;

/// How many characters of a long line stand before the problem.
const BEFORE: usize = 40;

/// The most problems that are kept.
const MOST: usize = 500;

/// One problem in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The policy's path, as it was given.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub length: usize,
    /// What is wrong, on one line.
    pub message: String,
    /// What to do about it, on one line.
    pub hint: String,
    /// The line itself without control characters; of a very long line the part that matters.
    pub source: String,
    /// Where in `source` the place is, from 1, in characters.
    pub source_column: usize,
}

/// All problems of a policy (the first 500 that were found), in the order of the text. Never
/// empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// The problems as JSON: a list of objects with the fields of [`Diagnostic`].
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl std::error::Error for Diagnostics {}

impl fmt::Display for Diagnostics {
    /// Every problem, a blank line after each, and how many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.0 {
            writeln!(f, "{diagnostic}\n")?;
        }
        let path = self.0.first().map_or("", |first| first.path.as_str());
        match self.0.len() {
            1 => write!(f, "1 problem in {path}"),
            MOST => write!(f, "at least {MOST} problems in {path}"),
            count => write!(f, "{count} problems in {path}"),
        }
    }
}

impl fmt::Display for Diagnostic {
    /// Four lines: `path:line:column: message`, the line, a caret under the place, the hint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, source, .. } = self;
        let at = self.source_column.saturating_sub(1);
        let blank: usize = source.chars().take(at).map(width).sum();
        let marked = source.chars().skip(at).take(self.length).map(width);
        let caret = "^".repeat(marked.sum::<usize>().max(1));
        writeln!(f, "{}:{line}:{}: {}", self.path, self.column, self.message)?;
        writeln!(f, "  {line:>4} | {source}")?;
        writeln!(f, "       | {:blank$}{caret}", "")?;
        write!(f, "  hint: {}", self.hint)
    }
}

/// How many columns a terminal gives a character: 2 for the scripts of East Asia and for emoji.
fn width(character: char) -> usize {
    let wide = matches!(
        u32::from(character),
        0x1100..=0x115F
            | 0x2E80..=0xA4CF
            | 0xAC00..=0xD7A3
            | 0xF900..=0xFAFF
            | 0xFE30..=0xFE6F
            | 0xFF00..=0xFF60
            | 0x1F300..=0x1FAFF
            | 0x20000..=0x3FFFD
    );
    if wide { 2 } else { 1 }
}

/// A place in the policy's text. Lines and columns count from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// The line it starts on.
    pub(super) line: usize,
    /// The column it starts in.
    pub(super) column: usize,
    /// How many characters it has, line ends among them.
    pub(super) length: usize,
}

impl Span {
    /// The very beginning of the text.
    pub(super) const START: Self = Self {
        line: 1,
        column: 1,
        length: 1,
    };
}

/// Gathers the problems of one policy.
#[derive(Debug)]
pub(super) struct Reports<'s> {
    path: &'s str,
    lines: Vec<&'s str>,
    found: Vec<Diagnostic>,
}

impl<'s> Reports<'s> {
    /// Starts without any; `text` is the policy's text with `\n` as its line end.
    pub(super) fn new(source: &'s Source, text: &'s str) -> Self {
        Self {
            path: &source.path,
            lines: text.split('\n').collect(),
            found: Vec::new(),
        }
    }

    /// Notes a problem.
    pub(super) fn add(&mut self, at: Span, message: impl Into<String>, hint: impl Into<String>) {
        if self.is_full() {
            return;
        }
        let line = self.line(at.line);
        let (source, source_column) = excerpt(line, at.column);
        let rest = source.chars().count().saturating_sub(source_column - 1);
        self.found.push(Diagnostic {
            path: self.path.to_owned(),
            line: at.line,
            column: at.column,
            length: at.length.min(rest).max(1),
            message: message.into(),
            hint: hint.into(),
            source,
            source_column,
        });
    }

    /// Tells whether nothing was found so far.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Tells whether further problems are dropped.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// A line of the text, from 1; empty where there is none.
    pub(super) fn line(&self, number: usize) -> &'s str {
        let index = number.saturating_sub(1);
        self.lines.get(index).copied().unwrap_or_default()
    }

    /// All problems in the order of the text, each once.
    pub(super) fn finish(mut self) -> Diagnostics {
        self.found.sort_by_key(|found| (found.line, found.column));
        self.found.dedup();
        Diagnostics(self.found)
    }
}

/// The part of a line around a column, and the column within that part.
fn excerpt(line: &str, column: usize) -> (String, usize) {
    let start = match line.chars().nth(WINDOW) {
        Some(_) => column.saturating_sub(BEFORE + 1),
        None => 0,
    };
    let part = line.chars().skip(start).take(WINDOW).map(printable);
    (part.collect(), column - start)
}

/// Replaces what would move a terminal's cursor or turn the direction of the text.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        control if control.is_control() => '\u{fffd}',
        other => other,
    }
}

/// A user's text as it stands in messages: between backticks, on one line, bounded.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = text.chars().take(MOST).map(printable).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, at: Span) -> String {
        let source = Source {
            path: "p.yml".to_owned(),
            text: text.to_owned(),
        };
        let mut reports = Reports::new(&source, &source.text);
        reports.add(at, "wrong", "right it");
        reports.finish().0[0].to_string()
    }

    fn at(line: usize, column: usize, length: usize) -> Span {
        Span {
            line,
            column,
            length,
        }
    }

    #[test]
    fn a_problem_is_shown_with_its_place_its_line_and_a_hint() {
        assert_eq!(
            shown("a: 1\n  bc: 2\n", at(2, 3, 2)),
            "p.yml:2:3: wrong\n     2 |   bc: 2\n       |   ^^\n  hint: right it"
        );
    }

    #[test]
    fn the_caret_stands_under_the_place_after_wide_characters() {
        let text = shown("标题: x", at(1, 5, 1));
        assert!(text.contains("\n       |       ^\n"), "{text}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}HERE{}", "a".repeat(5000), "b".repeat(5000));
        let text = shown(&text, at(1, 5001, 4));
        assert!(
            text.contains("aHEREb") && text.chars().count() < 400,
            "{text}"
        );
        assert!(
            text.contains(&format!("| {:40}^^^^\n", "")),
            "the caret moved along: {text}"
        );
    }

    #[test]
    fn nothing_of_the_text_can_steer_a_terminal() {
        let text = shown("a\u{1b}[31m\u{202e}\tb", at(1, 1, 1));
        assert!(
            text.contains("a\u{fffd}[31m\u{fffd} b"),
            "{}",
            text.escape_debug()
        );
        assert_eq!(quoted("x\ny\u{7}"), "`x\u{fffd}y\u{fffd}`");
    }

    #[test]
    fn a_place_past_the_end_is_shown_too() {
        assert!(shown("a", at(9, 4, 3)).starts_with("p.yml:9:4: wrong\n"));
    }

    #[test]
    fn problems_stand_in_the_order_of_the_text_and_once_each() {
        let source = Source {
            path: "p.yml".to_owned(),
            text: "a\nb".to_owned(),
        };
        let mut reports = Reports::new(&source, &source.text);
        for line in [2, 1, 2] {
            reports.add(at(line, 1, 1), "wrong", "right it");
        }
        let diagnostics = reports.finish();
        let lines: Vec<_> = diagnostics.0.iter().map(|found| found.line).collect();
        assert_eq!(lines, [1, 2]);
        assert!(diagnostics.to_string().ends_with("\n\n2 problems in p.yml"));
        assert_eq!(diagnostics.to_json()[0]["message"], "wrong");
    }
}
