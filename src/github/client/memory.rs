//! What a client and its clones remember: answers that GitHub need not send again, and how much of
//! what it allows was used.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use super::Usage;

/// The most bytes of answers that are kept.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    answers: Mutex<Answers>,
    usage: Mutex<Usage>,
}

#[derive(Debug, Default)]
struct Answers {
    by_address: HashMap<String, Remembered>,
    bytes: usize,
}

/// An answer that was complete
/// (<https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remembered {
    /// GitHub's name for this state of things.
    pub(super) etag: String,
    pub(super) body: String,
    pub(super) next_page: Option<String>,
}

impl Memory {
    /// What was answered last.
    pub(super) fn answer(&self, address: &str) -> Option<Remembered> {
        locked(&self.answers).by_address.get(address).cloned()
    }

    /// Keeps an answer, as long as there is room.
    pub(super) fn keep(&self, address: &str, answer: Remembered) {
        let mut answers = locked(&self.answers);
        if let Some(old) = answers.by_address.remove(address) {
            answers.bytes -= old.body.len();
        }
        if answers.bytes + answer.body.len() <= MOST_BYTES {
            answers.bytes += answer.body.len();
            answers.by_address.insert(address.to_owned(), answer);
        }
    }

    pub(super) fn usage(&self) -> Usage {
        *locked(&self.usage)
    }

    pub(super) fn count_call(&self) {
        locked(&self.usage).calls += 1;
    }

    /// Takes over what GitHub says of the limits of its REST API; others are counted apart.
    pub(super) fn note_limits(&self, headers: &HeaderMap) {
        let resource = headers.get("x-ratelimit-resource");
        if resource.is_some_and(|resource| resource != "core") {
            return;
        }
        let mut usage = locked(&self.usage);
        usage.limit = number(headers, "x-ratelimit-limit").or(usage.limit);
        usage.remaining = number(headers, "x-ratelimit-remaining").or(usage.remaining);
        let resets = number(headers, "x-ratelimit-reset");
        usage.resets = resets.and_then(timestamp).or(usage.resets);
    }
}

/// A header that is a number.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

pub(super) fn timestamp(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

/// What is behind a lock is whole at all times, so a thread that panicked does no harm.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(bytes: usize) -> Remembered {
        Remembered {
            etag: "\"x\"".to_owned(),
            body: "x".repeat(bytes),
            next_page: None,
        }
    }

    #[test]
    fn memory_is_bounded() {
        let memory = Memory::default();
        memory.keep("a", answer(MOST_BYTES - 10));
        memory.keep("b", answer(11));
        assert_eq!(memory.answer("b"), None, "there is no room");
        memory.keep("a", answer(5));
        memory.keep("b", answer(11));
        assert_eq!(memory.answer("b"), Some(answer(11)), "there is room again");
        memory.keep("a", answer(MOST_BYTES + 1));
        assert_eq!(memory.answer("a"), None, "the old one is not true any more");
    }
}
