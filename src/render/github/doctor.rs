//! What `tollgate doctor` found, in the log of GitHub Actions.

use super::commands::{Annotation, Gravity, harmless};
use crate::domain::doctor::{Finding, Severity};
use crate::render::clean;
use crate::render::doctor::{AuditView, text};
use crate::render::paint::Paint;

/// The whole report, and an annotation at the place of each finding. The runner shows ten of each
/// gravity; the report has them all.
pub fn audit(view: &AuditView<'_>) -> String {
    let mut log = String::new();
    for line in text(view, Paint::plain()).lines() {
        log.push_str(&harmless(line));
        log.push('\n');
    }
    for finding in view.findings {
        log.push_str(&annotation(finding).to_string());
        log.push('\n');
    }
    log
}

fn annotation(finding: &Finding) -> Annotation {
    let message = format!("{}. To mend it: {}", finding.message, finding.rule.mend);
    Annotation {
        gravity: match finding.severity {
            Severity::Error => Gravity::Error,
            Severity::Warning => Gravity::Warning,
            Severity::Note => Gravity::Notice,
        },
        place: finding.place.location(),
        title: finding.rule.id.to_owned(),
        message: harmless(&clean::line(&message)),
    }
}
