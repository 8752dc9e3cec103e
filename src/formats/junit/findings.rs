//! What the files of a check say so far: the tally, the cases worth a look, and what was odd.

use super::attributes::CaseTag;
use super::kept::{Kept, case_of};
use super::message::Message;
use super::outcome::Outcome;
use super::readable::readable_line;
use super::repeats::{CaseKey, Fault, Repeats, TakenBack};
use super::suite::{Suite, SuiteNames};
use crate::domain::quality::journeys::{CaseName, JourneyCounter};
use crate::domain::quality::tests::{CaseOutcome, TestCase, TestReport, TestTally};

/// How many sentences of a kind are kept.
const MOST_SENTENCES: usize = 50;

/// How much of a name is compared with the patterns of journeys, in bytes.
const COMPARED_NAME: usize = 64 * 1024;

/// A case that has ended.
pub(super) struct CaseEnd<'a> {
    /// What its tag says.
    pub(super) tag: CaseTag<'a>,
    /// Whether that is all of the tag. A case of which only a part is known is never compared
    /// with others.
    pub(super) is_whole: bool,
    pub(super) suite: Option<&'a Suite>,
    pub(super) outcome: Outcome,
    pub(super) message: Message,
}

/// What is gathered over all files.
#[derive(Debug, Default)]
pub(super) struct Findings {
    tally: TestTally,
    kept: Kept,
    contradictions: Vec<String>,
    warnings: Vec<String>,
    repeats: Repeats,
    journeys: Option<JourneyCounter>,
}

impl Findings {
    pub(super) fn with(repeats: Repeats) -> Self {
        Self {
            repeats,
            ..Self::default()
        }
    }

    /// Counts the cases for journeys too.
    pub(super) fn count_for(&mut self, journeys: JourneyCounter) {
        self.journeys = Some(journeys);
    }

    pub(super) fn repeats(&self) -> &Repeats {
        &self.repeats
    }

    /// Whether the message of a case that ended so would be shown.
    pub(super) fn wants(&self, outcome: CaseOutcome) -> bool {
        self.kept.wants(outcome)
    }

    /// Begins a file.
    pub(super) fn begin(&mut self, file: &str) {
        self.repeats.begin(file);
    }

    /// The key of a suite's names.
    pub(super) fn suite_key(&self, names: SuiteNames<'_>) -> u64 {
        self.repeats.suite(names)
    }

    /// Notes something odd, once a place.
    pub(super) fn warn(&mut self, sentence: String) {
        add_sentence(&mut self.warnings, || sentence);
    }

    /// Notes a counter that claims what no case shows.
    pub(super) fn contradict(&mut self, sentence: impl FnOnce() -> String) {
        add_sentence(&mut self.contradictions, sentence);
    }

    /// Counts a case.
    #[inline]
    pub(super) fn end_case(&mut self, end: CaseEnd<'_>) {
        match end.outcome {
            Outcome::Skipped => self.count(&end, |tally| {
                tally.total += 1;
                tally.skipped += 1;
            }),
            Outcome::Failed => {
                self.count(&end, |tally| {
                    tally.total += 1;
                    tally.failed += 1;
                });
                self.did_not_pass(end, Fault::Failed);
            }
            Outcome::Error => {
                self.count(&end, add_error);
                self.did_not_pass(end, Fault::Error);
            }
            Outcome::Passed => self.passed(&end),
            Outcome::Flaky => self.passed_in_the_end(end),
        }
    }

    /// Counts a failure that stands in a suite, outside any case, as an error named after it.
    pub(super) fn suite_fault(&mut self, suite: Option<&Suite>, message: Message) {
        add_error(&mut self.tally);
        let mut case = case_of(&CaseTag::default(), suite, CaseOutcome::Error, message);
        if let Some(journeys) = &mut self.journeys {
            journeys.count(&CaseName::new(&case.suite, "", ""), add_error);
        }
        case.name = match case.suite.as_str() {
            "" => "(suite)".to_owned(),
            name => name.to_owned(),
        };
        self.kept.keep(None, case);
    }

    /// Changes the tally, and those of the journeys that the case is a test of.
    #[inline]
    fn count(&mut self, end: &CaseEnd<'_>, change: impl Fn(&mut TestTally)) {
        change(&mut self.tally);
        if let Some(journeys) = &mut self.journeys {
            journeys.count(&name_of(end), change);
        }
    }

    /// The report of everything that was read.
    pub(super) fn finish(self) -> TestReport {
        TestReport {
            tally: self.tally,
            cases: self.kept.finish(),
            journeys: self.journeys.map(JourneyCounter::finish),
            contradictions: self.contradictions,
            warnings: self.warnings,
        }
    }

    fn did_not_pass(&mut self, end: CaseEnd<'_>, fault: Fault) {
        let key = self.key(&end);
        if let Some(key) = key {
            self.repeats.did_not_pass(key, fault);
        }
        let outcome = match fault {
            Fault::Failed => CaseOutcome::Failed,
            Fault::Error => CaseOutcome::Error,
        };
        if self.kept.wants(outcome) {
            self.kept.keep(key, kept_case(end, outcome));
        }
    }

    #[inline]
    fn passed(&mut self, end: &CaseEnd<'_>) {
        let key = match self.repeats.is_empty() {
            true => None,
            false => self.key(end),
        };
        let taken = key.and_then(|key| self.repeats.passed(key));
        self.count(end, |tally| add_pass(tally, taken));
        if let (Some(key), Some(_)) = (key, taken) {
            self.kept.forgive(key, || {
                case_of(&end.tag, end.suite, CaseOutcome::Flaky, Message::default())
            });
        }
    }

    /// A case that failed and passed within itself.
    fn passed_in_the_end(&mut self, end: CaseEnd<'_>) {
        let key = self.key(&end);
        let taken = key.and_then(|key| self.repeats.passed(key));
        self.count(&end, |tally| {
            add_pass(tally, Some(taken.unwrap_or_default()))
        });
        if let Some(key) = key {
            self.repeats.was_flaky(key);
        }
        let case = || kept_case(end, CaseOutcome::Flaky);
        match (key, taken) {
            (Some(key), Some(_)) => self.kept.forgive(key, case),
            _ if self.kept.wants(CaseOutcome::Flaky) => self.kept.keep(key, case()),
            _ => {}
        }
    }

    fn key(&self, end: &CaseEnd<'_>) -> Option<CaseKey> {
        let suite = end.suite.map_or(0, |suite| suite.key);
        let names = end.is_whole.then_some(end.tag.names)?;
        self.repeats.key(suite, names)
    }
}

fn add_error(tally: &mut TestTally) {
    tally.total += 1;
    tally.errors += 1;
}

/// Adds a pass; with the cases that it takes back it is one flaky case.
#[inline]
fn add_pass(tally: &mut TestTally, taken: Option<TakenBack>) {
    tally.total += 1;
    tally.passed += 1;
    if let Some(taken) = taken {
        tally.failed = tally.failed.saturating_sub(taken.failed);
        tally.errors = tally.errors.saturating_sub(taken.errors);
        tally.total = tally.total.saturating_sub(taken.failed + taken.errors);
        tally.flaky += 1;
    }
}

/// The names of a case that the patterns of journeys are compared with.
fn name_of(end: &CaseEnd<'_>) -> CaseName {
    let line = |raw: &[u8]| readable_line(raw, COMPARED_NAME).trim().to_owned();
    let suite = end.suite.map_or("", |suite| suite.name.trim());
    CaseName::new(suite, &line(end.tag.names.class), &line(end.tag.names.name))
}

fn kept_case(end: CaseEnd<'_>, outcome: CaseOutcome) -> TestCase {
    case_of(&end.tag, end.suite, outcome, end.message)
}

fn add_sentence(sentences: &mut Vec<String>, sentence: impl FnOnce() -> String) {
    match sentences.len() {
        MOST_SENTENCES => sentences.push("and more of the same".to_owned()),
        0..MOST_SENTENCES => sentences.push(sentence()),
        _ => {}
    }
}
