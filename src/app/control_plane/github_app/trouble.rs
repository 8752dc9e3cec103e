//! Why work for GitHub is put off, and for how long.

use std::time::Duration;

use crate::app::control_plane::{Fault, NotJudged};
use crate::github::GitHubError;
use crate::ledger::LedgerError;

/// How long the pauses between tries become.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Why something is put off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    NotJudged(#[from] NotJudged),
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error("{0}")]
    Objection(String),
}

/// The pause after so many tries that failed before the last one: a second, and twice as long each
/// time, up to an hour.
pub(super) fn pause_after(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.min(12)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_an_hour() {
        let seconds = [0, 1, 5, 11, 12, 40].map(|tries| pause_after(tries).as_secs());
        assert_eq!(seconds, [1, 2, 32, 2048, 3600, 3600]);
    }
}
