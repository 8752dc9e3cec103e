//! Regular expressions, which must be valid.

use regex::Regex;

use super::Scope;
use crate::policy::diagnostics::{Reports, Span};

/// Compiles a pattern; what is wrong with it is reported.
pub(super) fn compile(pattern: &str, at: Span, reports: &mut Reports<'_>) -> Option<Regex> {
    match Regex::new(pattern) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let text = error.to_string();
            let why = text.lines().rev().find(|line| !line.trim().is_empty());
            let why = why.unwrap_or_default().trim().trim_start_matches("error: ");
            let message = format!("this is not a regular expression: {why}");
            let hint = if pattern.contains("${") {
                "`${…}` is not expanded in patterns; for the text itself write `\\$\\{`"
            } else {
                "the syntax is that of Rust's `regex`; single quotes keep backslashes as they are"
            };
            reports.add(at, message, hint);
            None
        }
    }
}

impl Scope<'_, '_, '_> {
    /// Reports a pattern that is not valid.
    pub(super) fn check_pattern(&mut self, pattern: &str, at: Span) {
        compile(pattern, at, self.reports);
    }
}
