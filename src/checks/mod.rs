//! One file per kind of check: what the rule says → what was found. Each has at most one adapter.

pub mod files;
pub mod image;
pub mod tag;
pub mod variables;
pub mod versions;

mod hits;
mod reasons;
