//! How fast something answers.

use serde::{Deserialize, Serialize};

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
