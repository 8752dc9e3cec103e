//! Runs of lines that can be run and were not: of any number of them, the longest are kept.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::domain::quality::coverage::UncoveredLines;

/// The longest runs so far, and the one that goes on.
pub(super) struct Longest {
    most: usize,
    kept: BinaryHeap<Reverse<Span>>,
    file: usize,
    open: Option<Open>,
}

/// A run of a file. The greater one has more lines; of two equal ones, the one that comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    lines: u32,
    place: Reverse<(usize, u32)>,
    to: u32,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    from: u32,
    to: u32,
    lines: u32,
}

impl Longest {
    /// Keeps so many.
    pub(super) fn of(most: usize) -> Self {
        Self {
            most,
            kept: BinaryHeap::new(),
            file: 0,
            open: None,
        }
    }

    /// Begins a file. What follows are its lines in order.
    pub(super) fn begin(&mut self, file: usize) {
        self.close();
        self.file = file;
    }

    /// Adds 32 lines, of which a bit set in `found` can be run, and one set in `hit` was.
    pub(super) fn add(&mut self, block: u32, found: u32, hit: u32) {
        let first = block * 32;
        if hit == 0 && found != 0 {
            let (low, high) = (found.trailing_zeros(), 31 - found.leading_zeros());
            self.miss(first + low, first + high, found.count_ones());
            return;
        }
        for bit in (0..32).filter(|bit| found >> bit & 1 == 1) {
            if hit >> bit & 1 == 1 {
                self.close();
            } else {
                self.miss(first + bit, first + bit, 1);
            }
        }
    }

    fn miss(&mut self, from: u32, to: u32, lines: u32) {
        let open = self.open.get_or_insert(Open { from, to, lines: 0 });
        open.to = to;
        open.lines = open.lines.saturating_add(lines);
    }

    fn close(&mut self) {
        let Some(Open { from, to, lines }) = self.open.take() else {
            return;
        };
        let place = Reverse((self.file, from));
        self.kept.push(Reverse(Span { lines, place, to }));
        if self.kept.len() > self.most {
            self.kept.pop();
        }
    }

    /// The longest first. `names` are those of the files.
    pub(super) fn finish(mut self, names: &[&str]) -> Vec<UncoveredLines> {
        self.close();
        let spans = self.kept.into_sorted_vec().into_iter();
        let uncovered = spans.map(|Reverse(span)| {
            let Reverse((file, from)) = span.place;
            UncoveredLines {
                file: names.get(file).copied().unwrap_or_default().to_owned(),
                from: from.max(1),
                to: span.to.max(1),
                lines: span.lines,
            }
        });
        uncovered.collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::quality::coverage::KEPT_UNCOVERED;
    use crate::formats::coverage::read;

    /// Runs of one file as `from-to/lines`, from lines and whether they were run.
    fn found(most: usize, lines: &[(u32, bool)]) -> Vec<String> {
        let mut longest = Longest::of(most);
        longest.begin(0);
        for block in lines.chunk_by(|one, two| one.0 / 32 == two.0 / 32) {
            let bits = |wanted: fn(bool) -> bool| {
                let chosen = block.iter().filter(|(_, run)| wanted(*run));
                chosen.fold(0, |bits, (line, _)| bits | 1 << (line % 32))
            };
            longest.add(block[0].0 / 32, bits(|_| true), bits(|run| run));
        }
        let spans = longest.finish(&["a"]).into_iter();
        spans
            .map(|span| format!("{}-{}/{}", span.from, span.to, span.lines))
            .collect()
    }

    fn missed(lines: impl IntoIterator<Item = u32>) -> Vec<(u32, bool)> {
        lines.into_iter().map(|line| (line, false)).collect()
    }

    #[test]
    fn runs_reach_over_what_can_not_be_run_and_end_at_what_was() {
        for (lines, expected) in [
            (vec![], &[][..]),
            (vec![(1, true)], &[]),
            (vec![(7, false)], &["7-7/1"]),
            (vec![(3, false), (9, false)], &["3-9/2"]),
            (vec![(3, false), (4, true), (5, false)], &["3-3/1", "5-5/1"]),
            (missed(30..=100), &["30-100/71"]),
            (vec![(0, false)], &["1-1/1"]),
        ] {
            assert_eq!(found(9, &lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_longest_are_kept_and_of_equal_ones_the_first() {
        let lines: Vec<_> = [1, 2, 4, 6, 7, 8, 10]
            .into_iter()
            .map(|line| (line, false))
            .chain([3, 5, 9].into_iter().map(|line| (line, true)))
            .collect();
        let mut lines = lines;
        lines.sort_unstable();
        assert_eq!(found(3, &lines), ["6-8/3", "1-2/2", "4-4/1"]);
    }

    #[test]
    fn a_run_ends_with_its_file() {
        let mut longest = Longest::of(9);
        for file in 0..2 {
            longest.begin(file);
            longest.add(0, 0b110, 0);
        }
        let files: Vec<_> = longest
            .finish(&["a", "b"])
            .into_iter()
            .map(|span| (span.file, span.from, span.to))
            .collect();
        assert_eq!(files, [("a".to_owned(), 1, 2), ("b".to_owned(), 1, 2)]);
    }

    /// The runs of uncovered lines as `file:from-to`, and the directories of sources.
    fn uncovered(text: &str) -> (Vec<String>, Vec<String>) {
        let report = read("cov", text.as_bytes()).unwrap();
        let spans = report.uncovered.iter();
        let spans = spans.map(|span| format!("{}:{}-{}", span.file, span.from, span.to));
        (spans.collect(), report.sources)
    }

    #[test]
    fn uncovered_lines_are_named_by_every_format() {
        let missed =
            "<line number='3' hits='0'/><line number='5' hits='0'/><line number='6' hits='1'/>";
        for (text, expected) in [
            (
                format!(
                    "<coverage><packages><class filename='./a.py'>{missed}</class></packages></coverage>"
                ),
                "a.py:3-5",
            ),
            (
                "SF:/w/src/a.c\nDA:2,0\nDA:3,0\nDA:4,1\nend_of_record".to_owned(),
                "/w/src/a.c:2-3",
            ),
            (
                "<report name='r'><group name='api'><package name='a/b'><sourcefile name='C.java'>\
                 <line nr='4' ci='0'/></sourcefile></package></group></report>"
                    .to_owned(),
                "api:a/b/C.java:4-4",
            ),
            (
                "<coverage><project><file name='A.ts' path='/w/A.ts'>\
                 <line num='9' type='stmt' count='0'/></file></project></coverage>"
                    .to_owned(),
                "/w/A.ts:9-9",
            ),
        ] {
            assert_eq!(uncovered(&text).0, [expected], "{text}");
        }
    }

    #[test]
    fn the_sources_of_cobertura_are_told_and_bounded() {
        assert_eq!(uncovered("<coverage><packages/></coverage>").1, [""; 0]);
        let many = "<source>\n/w/app </source>".repeat(50);
        let text = format!("<coverage><sources>{many}<source/></sources><packages/></coverage>");
        assert_eq!(uncovered(&text).1, vec!["/w/app"; 16]);
    }

    #[test]
    fn of_many_uncovered_lines_the_longest_runs_are_kept() {
        let mut text = "SF:a\n".to_owned();
        for line in 0..3000_u32 {
            text += &format!("DA:{line},{}\n", u8::from(line % 3 == 0));
        }
        text += "end_of_record\nSF:b\nDA:1,0\nDA:2,0\nDA:3,0\nend_of_record\n";
        let (spans, _) = uncovered(&text);
        assert_eq!(spans.len(), KEPT_UNCOVERED);
        assert_eq!((spans[0].as_str(), spans[1].as_str()), ("b:1-3", "a:1-2"));
    }

    proptest! {
        #[test]
        fn every_missed_line_is_in_one_run_and_no_run_line_is(
            lines in proptest::collection::btree_map(1_u32..200, any::<bool>(), 0..80),
        ) {
            let lines: Vec<_> = lines.into_iter().collect();
            let mut expected = Vec::new();
            for run in lines.chunk_by(|one, two| one.1 == two.1).filter(|run| !run[0].1) {
                expected.push(format!("{}-{}/{}", run[0].0, run[run.len() - 1].0, run.len()));
            }
            let mut found = found(1000, &lines);
            expected.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
