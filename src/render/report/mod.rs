//! The record of a release for people: what the ledger says, as one page.
//!
//! [`Report::of`] builds one model from policy, facts, verdict and time; [`markdown`] and [`html`]
//! show it, [`json()`] gives it to programs. Everything that others wrote is masked, cleaned and
//! bounded when the model is built ([`text`]); the forms escape it.

mod build;
pub mod html;
mod json;
mod markdown;
pub mod model;
pub mod picture;
pub mod text;

use jiff::Timestamp;

use crate::domain::evidence::redaction::Redactor;
use crate::domain::gate::facts::Facts;
use crate::domain::gate::verdict::Verdict;
use crate::domain::policy::Policy;
use crate::domain::record::chain::Link;
use crate::domain::release::Release;

pub(in crate::render) use build::badges;
pub(in crate::render) use build::timeline::in_short;
pub use html::html;
pub(in crate::render) use json::masked;
pub use json::{REPORT_SCHEMA, json};
pub use markdown::markdown;
pub use model::Report;

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The release's chain in the ledger.
    pub links: &'a [Link],
    /// What its events add up to.
    pub facts: &'a Facts,
    /// How the release stands.
    pub verdict: &'a Verdict,
    /// The release, with the newest version that is known.
    pub release: &'a Release,
    /// What masks everything that is told.
    pub redactor: &'a Redactor,
    /// As of when.
    pub now: Timestamp,
}

impl Report {
    /// Builds the record of a release.
    pub fn of(sources: &Sources<'_>) -> Self {
        build::report(sources)
    }
}

/// `2026-11-21 04:00 UTC`.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
pub(in crate::render) mod tests;
