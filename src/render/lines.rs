//! Output that comes in pieces, as whole lines.

use std::collections::VecDeque;

use super::clean;

/// The longest line that is waited for, in bytes; a longer one is passed on in parts.
const LONGEST_LINE: usize = 8 * 1024;

/// Puts pieces of output together to lines, each clean and without its line end.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: String,
}

impl Lines {
    /// Takes a piece of output and passes on every line that it completes.
    pub(super) fn push(&mut self, piece: &str, mut each: impl FnMut(String)) {
        for part in piece.split_inclusive('\n') {
            self.partial.push_str(part);
            while self.partial.len() > LONGEST_LINE && !self.partial.ends_with('\n') {
                let rest = self
                    .partial
                    .split_off(self.partial.floor_char_boundary(LONGEST_LINE));
                each(clean::line(&self.partial));
                self.partial = rest;
            }
            if self.partial.ends_with('\n') {
                each(clean::line(&self.partial));
                self.partial.clear();
            }
        }
    }

    /// The last line, which had no line end.
    pub(super) fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.partial);
        (!rest.is_empty()).then(|| clean::line(&rest))
    }
}

/// The newest lines of something, bounded in bytes, with the count of those that were dropped.
#[derive(Debug)]
pub(super) struct Tail {
    most_bytes: usize,
    bytes: usize,
    dropped: u64,
    lines: VecDeque<String>,
}

impl Tail {
    /// An empty tail of at most so many bytes.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self {
            most_bytes,
            bytes: 0,
            dropped: 0,
            lines: VecDeque::new(),
        }
    }

    /// Adds a line; the oldest ones give way.
    pub(super) fn push(&mut self, line: String) {
        self.bytes += line.len() + 1;
        self.lines.push_back(line);
        while self.bytes > self.most_bytes
            && let Some(oldest) = self.lines.pop_front()
        {
            self.bytes -= oldest.len() + 1;
            self.dropped += 1;
        }
    }

    /// Takes the lines out, with the number of those before them that were dropped.
    pub(super) fn take(&mut self) -> (u64, VecDeque<String>) {
        self.bytes = 0;
        (
            std::mem::take(&mut self.dropped),
            std::mem::take(&mut self.lines),
        )
    }

    /// Tells whether there is nothing to take.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.dropped == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines_of(pieces: &[&str]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        for piece in pieces {
            lines.push(piece, |line| out.push(line));
        }
        out.extend(lines.rest());
        out
    }

    #[test]
    fn pieces_become_lines() {
        assert_eq!(
            lines_of(&["a\nb", "c\r", "\n", "\nend"]),
            ["a", "bc", "", "end"]
        );
        assert_eq!(lines_of(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_line_without_an_end_is_passed_on_in_parts() {
        let long = "é".repeat(LONGEST_LINE);
        let parts = lines_of(&[&long, &long]);
        assert!(parts.iter().all(|part| part.len() <= LONGEST_LINE));
        assert_eq!(parts.concat(), long.repeat(2));
    }

    #[test]
    fn a_tail_keeps_the_newest() {
        let mut tail = Tail::new(6);
        for line in ["one", "two", "x", "y"] {
            tail.push(line.to_owned());
        }
        assert_eq!(tail.take(), (2, ["x", "y"].map(str::to_owned).into()));
        assert!(tail.is_empty());
    }

    proptest! {
        #[test]
        fn how_output_is_cut_makes_no_difference(text in "[a-z\n]{0,60}", cut in 0usize..60) {
            let (one, two) = text.split_at(cut.min(text.len()));
            prop_assert_eq!(lines_of(&[one, two]), lines_of(&[&text]));
        }
    }
}
