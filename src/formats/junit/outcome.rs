//! How a case ended, from what stands in it.

use super::elements::Element;

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Flaky,
    Skipped,
    Failed,
    Error,
}

/// The elements of a case that tell how it ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Signs {
    failures: u64,
    errors: u64,
    attempts: u64,
    skipped: bool,
}

impl Signs {
    /// Takes in an element of the case.
    pub(super) fn add(&mut self, element: Element) {
        match element {
            Element::Failure => self.failures += 1,
            Element::Error => self.errors += 1,
            Element::Attempt => self.attempts += 1,
            Element::Skipped => self.skipped = true,
            _ => {}
        }
    }

    /// Whether the case shows a failure or an error.
    pub(super) fn is_failing(self) -> bool {
        self.failures + self.errors > 0
    }

    /// How the case ended: a failure wins over an error, both win over a skip, and what failed in
    /// some attempts and shows no failure in the end is flaky. `word` is what its status says.
    pub(super) fn outcome(self, word: Option<Outcome>) -> Outcome {
        match (self, word) {
            (Self { failures: 1.., .. }, _) => Outcome::Failed,
            (Self { errors: 1.., .. }, _) => Outcome::Error,
            (_, Some(Outcome::Failed)) => Outcome::Failed,
            (_, Some(Outcome::Error)) => Outcome::Error,
            (Self { attempts: 1.., .. }, _) => Outcome::Flaky,
            (Self { skipped: true, .. }, _) => Outcome::Skipped,
            (_, Some(Outcome::Skipped)) => Outcome::Skipped,
            _ => Outcome::Passed,
        }
    }

    /// How many failures and errors of a counter the case explains. Some writers count elements
    /// and some count cases; each attempt of a failing case may have been counted too.
    pub(super) fn explains(self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Failed | Outcome::Error => {
                (self.failures + self.errors + self.attempts).max(1)
            }
            Outcome::Flaky => 1,
            Outcome::Skipped | Outcome::Passed => 0,
        }
    }
}

/// The outcome that the `status` and `result` of a case name, the worse of the two. Other words,
/// such as `run`, name none.
pub(super) fn said_by(words: [&[u8]; 2]) -> Option<Outcome> {
    match words.map(named) {
        [Some(first), Some(second)] => Some(worse(first, second)),
        [first, second] => first.or(second),
    }
}

fn worse(first: Outcome, second: Outcome) -> Outcome {
    if first == Outcome::Skipped {
        second
    } else {
        first
    }
}

fn named(word: &[u8]) -> Option<Outcome> {
    if word.is_empty() {
        return None;
    }
    let word = word.trim_ascii().to_ascii_lowercase();
    match word.as_slice() {
        b"fail" | b"failed" | b"failure" => Some(Outcome::Failed),
        b"error" | b"errored" | b"broken" | b"crashed" | b"timeout" => Some(Outcome::Error),
        b"skip" | b"skipped" | b"disabled" | b"ignored" | b"notrun" | b"not run" | b"not_run"
        | b"notexecuted" | b"inconclusive" | b"suppressed" | b"pending" | b"todo" => {
            Some(Outcome::Skipped)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(elements: &[Element]) -> Signs {
        let mut signs = Signs::default();
        elements.iter().for_each(|element| signs.add(*element));
        signs
    }

    #[test]
    fn the_worst_sign_wins() {
        use Element::{Attempt, Error, Failure, Other, Skipped};
        for (elements, outcome) in [
            (&[][..], Outcome::Passed),
            (&[Other], Outcome::Passed),
            (&[Skipped], Outcome::Skipped),
            (&[Attempt], Outcome::Flaky),
            (&[Attempt, Skipped], Outcome::Flaky),
            (&[Failure, Attempt], Outcome::Failed),
            (&[Skipped, Failure], Outcome::Failed),
            (&[Skipped, Error], Outcome::Error),
            (&[Error, Failure], Outcome::Failed),
        ] {
            assert_eq!(signs(elements).outcome(None), outcome, "{elements:?}");
        }
    }

    #[test]
    fn words_count_where_no_element_says_worse() {
        for (words, outcome) in [
            (["notrun", ""], Some(Outcome::Skipped)),
            (["run", "suppressed"], Some(Outcome::Skipped)),
            (["run", "completed"], None),
            (["fail", ""], Some(Outcome::Failed)),
            (["", "Error"], Some(Outcome::Error)),
            (["skipped", "failed"], Some(Outcome::Failed)),
            ([" Disabled ", ""], Some(Outcome::Skipped)),
            (["", ""], None),
        ] {
            assert_eq!(said_by(words.map(str::as_bytes)), outcome, "{words:?}");
        }
        let failed = Some(Outcome::Failed);
        assert_eq!(signs(&[Element::Skipped]).outcome(failed), Outcome::Failed);
        assert_eq!(signs(&[Element::Error]).outcome(failed), Outcome::Error);
    }

    #[test]
    fn signs_explain_counters() {
        use Element::{Attempt, Error, Failure};
        for (elements, explained) in [
            (&[][..], 0),
            (&[Element::Skipped], 0),
            (&[Failure], 1),
            (&[Failure, Error], 2),
            (&[Failure, Attempt, Attempt], 3),
            (&[Attempt, Attempt], 1),
        ] {
            let signs = signs(elements);
            assert_eq!(
                signs.explains(signs.outcome(None)),
                explained,
                "{elements:?}"
            );
        }
        assert_eq!(Signs::default().explains(Outcome::Failed), 1);
    }
}
