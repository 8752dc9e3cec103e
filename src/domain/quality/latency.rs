//! How fast something answers.

use serde::{Deserialize, Serialize};

use super::share::Ratio;

/// What a load test says, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Latency {
    /// The 95th percentile of the request duration, in milliseconds.
    pub p95_ms: f64,
    /// Requests made, where the report says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Requests that failed, where the report says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<u64>,
}

impl Latency {
    /// How many of the requests did not fail, where both numbers are known.
    pub fn availability(&self) -> Option<Ratio> {
        let (total, failed) = (self.requests?, self.failed?);
        let covered = total.saturating_sub(failed);
        Some(Ratio { covered, total })
    }
}
