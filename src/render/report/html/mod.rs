//! The report as one HTML page: no script, no outside file, nothing is fetched. A content policy in
//! the page has the browser hold it to that.

use std::io;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::model::{Report, Tone};
use super::picture::Shape;
use crate::domain::ids::Sha256Digest;

/// Lists of more moments than this begin folded.
const UNFOLDED_MOMENTS: usize = 40;

/// The style sheet that stands in the page, byte for byte.
pub const STYLE: &str = include_str!("report.css");

/// What a page may show, whose whole style sheet this is: that, and nothing else
/// (<https://www.w3.org/TR/CSP3/#external-hash>).
pub fn content_policy(style: &str) -> String {
    let hash = STANDARD.encode(Sha256Digest::of(style.as_bytes()).bytes());
    format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'")
}

/// The page. Whatever the templates show is escaped by the engine.
#[derive(Template)]
#[template(path = "report.html", config = "src/render/report/html/askama.toml")]
struct Page<'a> {
    report: &'a Report,
}

/// The page as text.
///
/// # Errors
/// When the template cannot be filled, which memory never refuses.
pub fn html(report: &Report) -> io::Result<String> {
    Page { report }.render().map_err(io::Error::other)
}

impl Page<'_> {
    /// `acme/shop 1.4.0`.
    fn name(&self) -> String {
        let head = &self.report.head;
        match &head.version {
            Some(version) => format!("{} {version}", head.repository),
            None => head.repository.to_string(),
        }
    }

    fn moments(&self) -> usize {
        let days = self.report.timeline.days.iter();
        days.map(|day| day.moments.len()).sum()
    }

    fn is_timeline_open(&self) -> bool {
        self.moments() <= UNFOLDED_MOMENTS
    }
}

/// A sign that the fonts of browsers have.
pub(in crate::render) fn sign(sign: &str) -> &str {
    match sign {
        "⏸" => "‖",
        sign => sign,
    }
}

/// `2026-11-21 04:00 UTC`.
pub(in crate::render) fn minute(at: &Timestamp) -> String {
    super::minute(*at)
}

/// `04:00:12`, of a day that is known.
fn second(at: &Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// For `datetime` attributes.
pub(in crate::render) fn machine(at: &Timestamp) -> String {
    format!("{at:.0}")
}

/// The corners of a diamond around a point.
fn diamond(x: &f64, y: &f64) -> String {
    let r = 6.5;
    format!("{x},{} {},{y} {x},{} {},{y}", y - r, x + r, y + r, x - r)
}

#[cfg(test)]
mod tests;
