//! The section about environments.

use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::render::chronicle::Chronicle;
use crate::render::{environments, words};

use super::document::Document;
use super::escape::{inline, opening};

/// A table of the environments; of a promotion also who decided and what is missing.
pub(super) fn environments(chronicle: &Chronicle, document: &mut Document) {
    let shown = chronicle.environments();
    if shown.is_empty() {
        return;
    }
    let mut rows = vec![
        "| Environment | Status | Why |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    rows.extend(shown.iter().map(row));
    let mut blocks = vec![rows.join("\n")];
    if let Some(judged) = &chronicle.environment {
        let mut items: Vec<String> = judged.reasons.iter().map(words::reason).collect();
        items.extend(environments::decisions(judged));
        let items: Vec<String> = items
            .iter()
            .map(|item| format!("- {}", opening(item)))
            .collect();
        blocks.extend((!items.is_empty()).then(|| items.join("\n")));
    }
    document.section("Environments", blocks);
}

fn row(verdict: &EnvironmentVerdict) -> String {
    let sign = words::gate_sign(environments::likeness(verdict));
    let why = environments::why(verdict).unwrap_or_default();
    let id = inline(verdict.id.as_str());
    format!(
        "| **{id}** | {sign} {} | {} |",
        environments::word(verdict),
        inline(&why)
    )
}
