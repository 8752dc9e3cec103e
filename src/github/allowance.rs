//! How long a file may be on its way, so that a store that hangs does not keep a verdict back.

use std::time::Duration;

/// However small it is: one request that hangs, and the same once more.
const LEAST: Duration = Duration::from_secs(120);

/// What a line has to carry beyond that. Runners of GitHub carry fifty times as much.
const BYTES_A_SECOND: u64 = 1 << 20;

/// How long a file may be on its way, whatever is tried within that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whatever its size; a second for each MiB comes on top.
    pub least: Duration,
}

impl Allowance {
    /// The time for a file of so many bytes.
    pub fn of(self, bytes: u64) -> Duration {
        self.least + Duration::from_secs(bytes / BYTES_A_SECOND)
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self { least: LEAST }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_file_has_more_time() {
        let seconds = |bytes| Allowance::default().of(bytes).as_secs();
        assert_eq!(seconds(0), 120);
        assert_eq!(seconds(8 << 20), 128);
        assert_eq!(seconds(4 << 30), 120 + 4096);
        let short = Allowance {
            least: Duration::from_secs(1),
        };
        assert_eq!(short.of(3 << 20), Duration::from_secs(4));
    }
}
