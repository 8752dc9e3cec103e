//! Cases that come more than once: which of them failed, in this attempt or in an earlier one.
//!
//! Only a 64-bit hash of a failing case is kept, so memory is bounded by [`MOST_FAILING`]. A
//! failing case beyond that is never forgiven by a later pass.

use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

use foldhash::HashMap;
use foldhash::quality::RandomState;

use super::attributes::CaseNames;
use super::suite::SuiteNames;

/// How many failing cases are remembered. The table of this many takes 9 MB.
const MOST_FAILING: usize = 450_000;

/// Stands for a case in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CaseKey(u64);

/// The cases that failed at some time in the attempts of one check so far.
#[derive(Debug, Clone, Default)]
pub struct FailedCases {
    hasher: RandomState,
    times: HashMap<CaseKey, u16>,
}

impl FailedCases {
    /// Whether no case has failed so far.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }
}

/// What is remembered of one case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Past {
    /// Failures in this attempt that no pass has followed yet.
    failed: u16,
    /// Errors in this attempt that no pass has followed yet.
    errors: u16,
    /// Failures of earlier attempts that no pass of this one has answered.
    earlier: u16,
    /// How many cases of this name failed at some time.
    ever: u16,
}

/// How a case did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// An assertion failed.
    Failed,
    /// The case ended in an error.
    Error,
}

/// The cases that a pass takes back: they and the pass are one flaky case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TakenBack {
    pub(super) failed: u64,
    pub(super) errors: u64,
}

/// The memory of one attempt.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    hasher: RandomState,
    /// The file that is being read. Cases of two files are two cases, however alike their names:
    /// one file a browser, a shard, a system is how many projects write them.
    file: u64,
    past: HashMap<CaseKey, Past>,
}

impl Repeats {
    /// The memory of an attempt that comes after others.
    pub(super) fn after(earlier: &FailedCases) -> Self {
        let past = |times: u16| Past {
            earlier: times,
            ever: times,
            ..Past::default()
        };
        let known = earlier.times.iter();
        Self {
            hasher: earlier.hasher.clone(),
            file: 0,
            past: known.map(|(key, times)| (*key, past(*times))).collect(),
        }
    }

    /// Everything that failed at some time, for the next attempt.
    pub(super) fn failed_cases(&self) -> FailedCases {
        let known = self.past.iter();
        FailedCases {
            hasher: self.hasher.clone(),
            times: known.map(|(key, past)| (*key, past.ever)).collect(),
        }
    }

    /// Begins a file.
    pub(super) fn begin(&mut self, file: &str) {
        self.file = self.hasher.hash_one(file);
    }

    /// Whether no case has failed, so that there is nothing to look up.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.past.is_empty()
    }

    /// The key of a case; `None` for one that has no name.
    #[inline]
    pub(super) fn key(&self, suite: u64, names: CaseNames<'_>) -> Option<CaseKey> {
        let named = !names.name.trim_ascii().is_empty();
        named.then(|| CaseKey(self.hasher.hash_one((self.file, suite, names))))
    }

    /// The hash of a suite's names.
    pub(super) fn suite(&self, names: SuiteNames<'_>) -> u64 {
        self.hasher.hash_one(names)
    }

    /// Remembers a case that did not pass.
    pub(super) fn did_not_pass(&mut self, key: CaseKey, fault: Fault) {
        if let Some(past) = self.remember(key) {
            let times = match fault {
                Fault::Failed => &mut past.failed,
                Fault::Error => &mut past.errors,
            };
            *times = times.saturating_add(1);
            past.ever = past.ever.max(past.failed.saturating_add(past.errors));
        }
    }

    /// Remembers a case that failed and passed within itself.
    pub(super) fn was_flaky(&mut self, key: CaseKey) {
        if let Some(past) = self.remember(key) {
            past.ever = past.ever.max(1);
        }
    }

    /// What a pass takes back; `None` when the case did not fail before.
    #[inline]
    pub(super) fn passed(&mut self, key: CaseKey) -> Option<TakenBack> {
        let past = self.past.get_mut(&key)?;
        let taken = TakenBack {
            failed: u64::from(past.failed),
            errors: u64::from(past.errors),
        };
        if taken == TakenBack::default() && past.earlier == 0 {
            return None;
        }
        past.failed = 0;
        past.errors = 0;
        past.earlier = past.earlier.saturating_sub(1);
        Some(taken)
    }

    fn remember(&mut self, key: CaseKey) -> Option<&mut Past> {
        let full = self.past.len() >= MOST_FAILING;
        match self.past.entry(key) {
            Entry::Occupied(entry) => Some(entry.into_mut()),
            Entry::Vacant(_) if full => None,
            Entry::Vacant(entry) => Some(entry.insert(Past::default())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: CaseKey = CaseKey(1);

    fn taken(failed: u64, errors: u64) -> Option<TakenBack> {
        Some(TakenBack { failed, errors })
    }

    #[test]
    fn a_pass_takes_back_what_came_before() {
        let mut repeats = Repeats::default();
        repeats.did_not_pass(KEY, Fault::Failed);
        repeats.did_not_pass(KEY, Fault::Error);
        assert_eq!(repeats.passed(KEY), taken(1, 1));
        assert_eq!(repeats.passed(KEY), None);
        repeats.did_not_pass(KEY, Fault::Failed);
        assert_eq!(repeats.passed(KEY), taken(1, 0));
    }

    #[test]
    fn a_pass_of_another_case_takes_nothing_back() {
        let mut repeats = Repeats::default();
        repeats.did_not_pass(KEY, Fault::Failed);
        assert_eq!(repeats.passed(CaseKey(2)), None);
    }

    #[test]
    fn each_earlier_failure_is_answered_once() {
        let mut first = Repeats::default();
        first.did_not_pass(KEY, Fault::Failed);
        let mut second = Repeats::after(&first.failed_cases());
        assert_eq!(second.passed(KEY), taken(0, 0));
        assert_eq!(second.passed(KEY), None);
    }

    #[test]
    fn a_failure_is_still_known_two_attempts_later() {
        let mut first = Repeats::default();
        first.did_not_pass(KEY, Fault::Failed);
        first.was_flaky(CaseKey(2));
        let mut second = Repeats::after(&first.failed_cases());
        second.passed(KEY);
        let mut third = Repeats::after(&second.failed_cases());
        assert_eq!(third.passed(KEY), taken(0, 0));
        assert_eq!(third.passed(CaseKey(2)), taken(0, 0));
    }

    #[test]
    fn keys_survive_from_attempt_to_attempt() {
        let first = Repeats::default();
        let names = CaseNames {
            name: b"a",
            ..CaseNames::default()
        };
        let second = Repeats::after(&first.failed_cases());
        assert_eq!(first.key(1, names), second.key(1, names));
        assert_ne!(first.key(1, names), first.key(2, names));
        assert_eq!(first.key(1, CaseNames::default()), None);
    }

    #[test]
    fn beyond_the_limit_nothing_is_forgiven() {
        let mut repeats = Repeats::default();
        for number in 0..MOST_FAILING as u64 {
            repeats.did_not_pass(CaseKey(number), Fault::Failed);
        }
        let beyond = CaseKey(u64::MAX);
        repeats.did_not_pass(beyond, Fault::Failed);
        assert_eq!(repeats.passed(beyond), None);
        assert_eq!(repeats.passed(CaseKey(0)), taken(1, 0));
    }

    #[test]
    fn cases_of_two_files_are_two_cases() {
        let case =
            |inner: &str| format!("<testsuite><testcase name=\"a\">{inner}</testcase></testsuite>");
        let (bad, good) = (case("<failure/>"), case(""));
        let tally = |files: [(&str, &str); 2]| {
            let mut reading = crate::formats::junit::Reading::new();
            for (name, text) in files {
                reading.read(name, text.as_bytes()).unwrap();
            }
            let tally = reading.finish().tally;
            (tally.total, tally.failed, tally.flaky)
        };
        assert_eq!(
            tally([("chrome.xml", &bad), ("firefox.xml", &good)]),
            (2, 1, 0)
        );
        assert_eq!(tally([("a.xml", &bad), ("a.xml", &good)]), (1, 0, 1));
    }
}
