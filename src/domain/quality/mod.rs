//! What checks measure: tests, journeys, coverage, findings, latency, and the numbers that they are held to.

pub mod contract;
pub mod coverage;
pub mod findings;
pub mod journeys;
pub mod latency;
pub mod quota;
pub mod requirement;
pub mod share;
pub mod tests;
