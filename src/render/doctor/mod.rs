//! What `tollgate doctor` found: for people, programs and code scanning.

mod reference;
mod sarif;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::clean;
use super::paint::Paint;
use crate::domain::doctor::{Finding, Place, Severity};

pub use reference::reference;
pub use sarif::sarif;

/// What is shown.
#[derive(Debug, Clone, Copy)]
pub struct AuditView<'a> {
    /// What was found, in order.
    pub findings: &'a [Finding],
    /// How many workflow files there are.
    pub workflows: usize,
    /// Why GitHub could not be asked, where it was to be.
    pub trouble: Option<&'a str>,
}

impl AuditView<'_> {
    /// How many findings there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let of = |finding: &&Finding| finding.severity == severity;
        self.findings.iter().filter(of).count()
    }
}

/// The report for people: each finding with why it matters and how it is mended.
pub fn text(view: &AuditView<'_>, paint: Paint) -> String {
    let mut text = String::new();
    for finding in view.findings {
        let word = match finding.severity {
            Severity::Error => paint.bad("error"),
            Severity::Warning => paint.odd("warning"),
            Severity::Note => paint.faint("note"),
        };
        let (place, message) = (finding.place.to_string(), clean::line(&finding.message));
        let place = paint.strong(&clean::line(&place));
        let rule = finding.rule;
        // A String takes everything.
        let _ = writeln!(text, "{place}\n  {word} {}: {message}", rule.id);
        let _ = writeln!(text, "  why:  {}\n  mend: {}\n", rule.why, rule.mend);
    }
    text.push_str(&summary(view));
    text
}

/// `2 errors, 1 warning, 0 notes in 3 workflow files and the settings`.
fn summary(view: &AuditView<'_>) -> String {
    let counted = |severity, one: &str, many: &str| counted(view.count(severity), one, many);
    format!(
        "{}, {}, {} ({} looked at)\n",
        counted(Severity::Error, "error", "errors"),
        counted(Severity::Warning, "warning", "warnings"),
        counted(Severity::Note, "note", "notes"),
        self::counted(view.workflows, "workflow file", "workflow files"),
    )
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// `tollgate.doctor/v1`.
pub fn json(view: &AuditView<'_>) -> Value {
    let findings: Vec<Value> = view.findings.iter().map(finding).collect();
    json!({
        "schema": "tollgate.doctor/v1",
        "complete": view.trouble.is_none(),
        "trouble": view.trouble,
        "workflows": view.workflows,
        "errors": view.count(Severity::Error),
        "warnings": view.count(Severity::Warning),
        "notes": view.count(Severity::Note),
        "findings": findings,
    })
}

fn finding(finding: &Finding) -> Value {
    let (file, line, setting) = match &finding.place {
        Place::File(file, line) => (Some(file), Some(line), None),
        Place::Setting(setting) => (None, None, Some(setting)),
    };
    json!({
        "rule": finding.rule.id,
        "severity": finding.severity.as_str(),
        "message": finding.message,
        "file": file,
        "line": line,
        "setting": setting,
        "why": finding.rule.why,
        "mend": finding.rule.mend,
    })
}

#[cfg(test)]
mod tests;
