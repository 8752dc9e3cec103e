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
    /// No pause is longer.
    pub longest_pause: Duration,
}

impl Default for RetryPolicy {
    /// Three tries, after one and after two seconds.
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

    /// Asks until there is an answer or the tries are used up.
    pub async fn ask<T>(&self, mut ask: impl AsyncFnMut() -> Try<T>) -> T {
        let mut tried = 0;
        loop {
            tried += 1;
            match (ask().await, self.pause_after(tried)) {
                (Try::Again(_), Some(pause)) => tokio::time::sleep(pause).await,
                (Try::Answer(answer) | Try::Again(answer), _) => return answer,
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
}
