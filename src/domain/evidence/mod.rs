//! What proves a verdict: files with their digests, masked, kept for a time.

pub mod manifest;
pub mod redaction;
pub mod retention;
