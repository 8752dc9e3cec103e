//! When something outside is asked again, and how long to wait before.
//!
//! Only what may be repeated comes here: reads, and writes that look first whether they are done.

use std::time::Duration;

/// How often, and with which pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most tries, the first one included.
    pub tries: u32,
    /// The pause after the first try; each further pause is twice as long.
    pub first_pause: Duration,
    /// No pause of our own choice is longer.
    pub longest_pause: Duration,
}

/// A wait that the other side asks for may be so many times as long as our own longest pause.
const PATIENCE: u32 = 6;

impl Default for RetryPolicy {
    /// Three tries, after one and after two seconds, or after the minute that the other side asks
    /// for.
    fn default() -> Self {
        Self {
            tries: 3,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(10),
        }
    }
}

/// What a try came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try<T> {
    /// This is the answer.
    Answer(T),
    /// This is the answer if nothing better comes.
    Again(T),
    /// The same; and the other side says how long to wait.
    After(T, Duration),
}

impl RetryPolicy {
    /// The pause after try number `tried` (from 1); `None` when that was the last.
    pub fn pause_after(&self, tried: u32) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let doubled = 1_u32.checked_shl(tried.saturating_sub(1));
        let pause = doubled.map_or(self.longest_pause, |factor| {
            self.first_pause.saturating_mul(factor)
        });
        Some(pause.min(self.longest_pause))
    }

    /// The longest wait that the other side may ask for.
    pub fn longest_wait(&self) -> Duration {
        self.longest_pause.saturating_mul(PATIENCE)
    }

    /// The pause after try number `tried` when the other side asks for `wait`; `None` when that was
    /// the last try, or the wait is longer than [`Self::longest_wait`].
    pub fn wait_after(&self, tried: u32, wait: Option<Duration>) -> Option<Duration> {
        let pause = self.pause_after(tried)?;
        match wait {
            Some(wait) if wait > self.longest_wait() => None,
            Some(wait) => Some(wait.max(pause)),
            None => Some(pause),
        }
    }

    /// Asks until there is an answer, the tries are used up, or the wait would be too long.
    pub async fn ask<T>(&self, mut ask: impl AsyncFnMut() -> Try<T>) -> T {
        let mut tried = 0;
        loop {
            tried += 1;
            let (answer, wait) = match ask().await {
                Try::Answer(answer) => return answer,
                Try::Again(answer) => (answer, None),
                Try::After(answer, wait) => (answer, Some(wait)),
            };
            match self.wait_after(tried, wait) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return answer,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn policy(tries: u32) -> RetryPolicy {
        RetryPolicy {
            tries,
            first_pause: SECOND,
            longest_pause: 5 * SECOND,
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = |tries| (1..=tries).map(move |tried| policy(tries).pause_after(tried));
        assert!(pauses(1).eq([None]));
        assert!(pauses(3).eq([Some(SECOND), Some(2 * SECOND), None]));
        assert!(
            pauses(5)
                .skip(2)
                .eq([Some(4 * SECOND), Some(5 * SECOND), None])
        );
        assert_eq!(policy(100).pause_after(60), Some(5 * SECOND));
        assert_eq!(policy(0).pause_after(1), None);
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_unless_it_is_too_long() {
        let after = |tried, wait| policy(3).wait_after(tried, Some(wait));
        assert_eq!(after(1, 20 * SECOND), Some(20 * SECOND));
        assert_eq!(after(2, SECOND), Some(2 * SECOND));
        assert_eq!(after(1, 30 * SECOND), Some(30 * SECOND));
        assert_eq!(after(1, 31 * SECOND), None);
        assert_eq!(after(3, SECOND), None);
        assert_eq!(RetryPolicy::default().longest_wait(), 60 * SECOND);
    }

    fn at_once(tries: u32) -> RetryPolicy {
        RetryPolicy {
            first_pause: Duration::ZERO,
            ..policy(tries)
        }
    }

    #[tokio::test]
    async fn an_answer_ends_the_asking() {
        let mut asked = 0;
        let ask = async || {
            asked += 1;
            if asked == 2 {
                Try::Answer(asked)
            } else {
                Try::Again(asked)
            }
        };
        assert_eq!(at_once(5).ask(ask).await, 2);
        assert_eq!(asked, 2);
    }

    #[tokio::test]
    async fn the_last_try_counts_whatever_it_gave() {
        let mut asked = 0;
        let ask = async || {
            asked += 1;
            Try::Again(asked)
        };
        assert_eq!(at_once(3).ask(ask).await, 3);
    }

    #[tokio::test]
    async fn a_wait_that_is_too_long_ends_the_asking() {
        let mut asked = 0;
        let ask = async || {
            asked += 1;
            Try::After(
                asked,
                if asked == 1 {
                    Duration::ZERO
                } else {
                    31 * SECOND
                },
            )
        };
        assert_eq!(at_once(5).ask(ask).await, 2);
    }
}
