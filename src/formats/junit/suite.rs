//! An open suite: what its counters claim against what its cases show.

use super::attributes::{self, Attributes};
use super::kept::LONGEST_NAME;
use super::readable::readable_line;

/// A `testsuite` or `testsuites` that is open.
#[derive(Debug)]
pub(super) struct Suite {
    /// Its name; empty where it has none.
    pub(super) name: String,
    /// The file that it names.
    pub(super) file: Option<String>,
    /// The hash of its raw name and file.
    pub(super) key: u64,
    line: u64,
    failures: u64,
    errors: u64,
    shown: u64,
    claimed_below: u64,
}

/// The raw attributes of a suite that tell its cases from those of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct SuiteNames<'a> {
    /// The key of the suite around it.
    within: u64,
    name: &'a [u8],
    file: &'a [u8],
    /// `hostname`, `package`, `id`: the browser, the machine, the project.
    more: [&'a [u8]; 3],
    /// The line of a suite that has no name, since nothing else tells it from its like.
    line: u64,
}

impl Suite {
    /// Reads the tag of a suite at `line` within another; `hash` gives the key of its names.
    pub(super) fn open(
        tag: &[u8],
        line: u64,
        within: Option<&Self>,
        hash: impl Fn(SuiteNames<'_>) -> u64,
    ) -> Self {
        let mut names = SuiteNames {
            within: within.map_or(0, |suite| suite.key),
            ..SuiteNames::default()
        };
        let (mut failures, mut errors) = (0, 0);
        for (name, value) in Attributes::of(tag).map_while(Result::ok) {
            match name {
                b"name" => names.name = value,
                b"file" | b"filepath" => names.file = value,
                b"hostname" => names.more[0] = value,
                b"package" => names.more[1] = value,
                b"id" => names.more[2] = value,
                b"failures" => failures = attributes::count(value).unwrap_or(0),
                b"errors" => errors = attributes::count(value).unwrap_or(0),
                _ => {}
            }
        }
        if names.name.is_empty() {
            names.line = line;
        }
        Self {
            name: readable_line(names.name, LONGEST_NAME),
            file: (!names.file.is_empty()).then(|| readable_line(names.file, LONGEST_NAME)),
            key: hash(names),
            line,
            failures,
            errors,
            shown: 0,
            claimed_below: 0,
        }
    }

    /// Notes that a case of the suite explains so many failures and errors.
    pub(super) fn show(&mut self, explained: u64) {
        self.shown = self.shown.saturating_add(explained);
    }

    /// Takes in a suite that has ended inside this one. What it claims is settled with it, so that
    /// a sum that repeats its claim contradicts nothing.
    pub(super) fn take_in(&mut self, inner: &Self) {
        self.show(inner.shown.max(inner.claimed()));
        let below = inner.claimed_below.saturating_add(inner.claimed());
        self.claimed_below = self.claimed_below.saturating_add(below);
    }

    /// Whether the counters claim what no case shows. Failures and errors are compared together:
    /// writers disagree on which is which.
    pub(super) fn contradicts(&self) -> bool {
        let summed_twice = self.shown > 0 && self.claimed() <= self.claimed_below;
        self.claimed() > self.shown && !summed_twice
    }

    /// The sentence that says which failures no case shows.
    pub(super) fn contradiction(&self, report: &str) -> String {
        let suite = match self.name.as_str() {
            "" => "a suite without a name".to_owned(),
            name => format!("the suite {name:?}"),
        };
        format!(
            "{report}:{}: {suite} claims {} and {}, but its cases show {}",
            self.line,
            counted(self.failures, "failure"),
            counted(self.errors, "error"),
            self.shown,
        )
    }

    fn claimed(&self) -> u64 {
        self.failures.saturating_add(self.errors)
    }
}

fn counted(number: u64, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(tag: &str) -> Suite {
        Suite::open(tag.as_bytes(), 3, None, |_| 0)
    }

    #[test]
    fn claims_that_no_case_shows_contradict() {
        let mut suite = suite(" name='s' failures='2' errors='1'");
        suite.show(1);
        assert!(suite.contradicts());
        let sentence = suite.contradiction("a.xml");
        let expected =
            "a.xml:3: the suite \"s\" claims 2 failures and 1 error, but its cases show 1";
        assert_eq!(sentence, expected);
    }

    #[test]
    fn claims_of_fewer_are_no_contradiction() {
        for tag in [
            "",
            " failures='0'",
            " failures='1' errors='1'",
            " failures='none'",
            " errors='2'",
        ] {
            let mut suite = suite(tag);
            suite.show(2);
            assert!(!suite.contradicts(), "{tag}");
        }
    }

    #[test]
    fn a_sum_of_a_contradicting_suite_is_not_said_twice() {
        let mut outer = suite(" failures='1'");
        outer.take_in(&suite(" failures='1'"));
        assert!(!outer.contradicts());
    }

    #[test]
    fn sums_that_count_nested_suites_twice_contradict_nothing() {
        let mut inner = suite(" failures='1'");
        inner.show(1);
        let mut middle = suite(" failures='1'");
        middle.take_in(&inner);
        let mut outer = suite(" failures='2'");
        outer.take_in(&middle);
        assert!(!outer.contradicts());
    }

    #[test]
    fn huge_claims_do_not_overflow() {
        let huge = format!(" failures='{0}' errors='{0}'", u64::MAX);
        let mut outer = suite(&huge);
        outer.take_in(&suite(&huge));
        outer.take_in(&suite(&huge));
        assert!(!outer.contradicts());
        assert!(suite(&huge).contradicts());
    }
}
