//! The cases that are kept to be shown: the first that failed, and the first that were flaky.

use super::attributes::{self, CaseTag};
use super::message::Message;
use super::readable::readable_line;
use super::repeats::CaseKey;
use super::suite::Suite;
use crate::domain::quality::tests::{CaseOutcome, KEPT_FAILURES, TestCase};
use crate::domain::reason::Location;

/// The longest name that is kept, in bytes.
pub(super) const LONGEST_NAME: usize = 1024;

/// The failing and flaky cases of a reading, each list bounded by [`KEPT_FAILURES`].
#[derive(Debug, Default)]
pub(super) struct Kept {
    failing: Vec<TestCase>,
    /// The keys of the failing ones. They stand apart from the cases, so that looking for one of a
    /// thousand reads 16 KB.
    keys: Vec<Option<CaseKey>>,
    flaky: Vec<TestCase>,
}

impl Kept {
    /// Whether one more case of that outcome would be kept.
    pub(super) fn wants(&self, outcome: CaseOutcome) -> bool {
        match outcome {
            CaseOutcome::Failed | CaseOutcome::Error => self.failing.len() < KEPT_FAILURES,
            CaseOutcome::Flaky => self.flaky.len() < KEPT_FAILURES,
            CaseOutcome::Skipped => false,
        }
    }

    /// Keeps a case if there is room. A flaky one needs no key: nothing can happen to it later.
    pub(super) fn keep(&mut self, key: Option<CaseKey>, case: TestCase) {
        if !self.wants(case.outcome) {
            return;
        }
        match case.outcome {
            CaseOutcome::Flaky => self.flaky.push(case),
            _ => {
                self.failing.push(case);
                self.keys.push(key);
            }
        }
    }

    /// Turns the failing cases of a key, which have passed after all, into one flaky case; `case`
    /// makes it when none of them was kept.
    pub(super) fn forgive(&mut self, key: CaseKey, case: impl FnOnce() -> TestCase) {
        let mut known = None;
        while let Some(last) = self.keys.iter().rposition(|kept| *kept == Some(key)) {
            self.keys.remove(last);
            known = Some(self.failing.remove(last));
        }
        if self.wants(CaseOutcome::Flaky) {
            let mut case = known.unwrap_or_else(case);
            case.outcome = CaseOutcome::Flaky;
            self.flaky.push(case);
        }
    }

    /// The cases, failing ones first.
    pub(super) fn finish(self) -> Vec<TestCase> {
        let all = self.failing.into_iter().chain(self.flaky);
        all.take(KEPT_FAILURES).collect()
    }
}

/// The case of a `testcase` tag that stands in `suite`.
pub(super) fn case_of(
    case: &CaseTag<'_>,
    suite: Option<&Suite>,
    outcome: CaseOutcome,
    message: Message,
) -> TestCase {
    let line = |raw: &[u8]| readable_line(raw, LONGEST_NAME).trim().to_owned();
    TestCase {
        suite: suite.map_or_else(String::new, |suite| suite.name.clone()),
        class: line(case.names.class),
        name: line(case.names.name),
        outcome,
        location: location(case, suite, message.location),
        message: message.text,
    }
}

/// Where the case stands: what its own attributes say, else the place in its message, else the
/// file of its suite. A message that names the same file is exacter than an attribute without a
/// line.
fn location(case: &CaseTag<'_>, suite: Option<&Suite>, said: Option<Location>) -> Option<Location> {
    if case.names.file.is_empty() {
        let of_suite = || suite?.file.as_deref().map(|file| at(file, None));
        return said.or_else(of_suite);
    }
    let line = attributes::count(case.names.line)
        .and_then(|line| u32::try_from(line).ok())
        .filter(|line| *line > 0);
    let own = at(&readable_line(case.names.file, LONGEST_NAME), line);
    match said {
        Some(said) if line.is_none() && said.file == own.file => Some(said),
        _ => Some(own),
    }
}

fn at(file: &str, line: Option<u32>) -> Location {
    let file = file.trim().replace('\\', "/");
    let file = file.strip_prefix("./").unwrap_or(&file).to_owned();
    Location { file, line }
}
