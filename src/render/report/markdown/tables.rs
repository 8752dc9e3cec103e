//! The tables of the report, and the pieces of its lines.

use super::text;
use crate::render::markdown::escape::{inline, opening};
use crate::render::markdown::sections::row;
use crate::render::report::minute;
use crate::render::report::model::{
    Badge, CheckPart, DeploymentPart, EvidencePart, GatePart, JourneyPart, Proof, ReasonPart,
    Report, WaiverPart,
};
use crate::render::report::text::Text;

/// `✓ passed`.
pub(super) fn badge(badge: &Badge) -> String {
    inline(&format!("{} {}", badge.sign, badge.word))
}

/// ` in staging`; empty for no environment.
pub(super) fn place(name: Option<&Text>) -> String {
    name.map_or(String::new(), |name| format!(" in {}", text(name)))
}

/// A reason with its place and its code.
pub(super) fn reason(reason: &ReasonPart) -> String {
    let check = reason.check.as_ref();
    let check = check.map_or(String::new(), |check| format!("{}: ", text(check)));
    let place = reason.place.as_ref();
    let place = place.map_or(String::new(), |place| format!(" at {}", text(place)));
    format!(
        "{check}{}{place} (`{}`)",
        sentence(&reason.text),
        reason.code
    )
}

/// A sentence that may begin a line, with its commands as code.
pub(super) fn sentence(sentence: &Text) -> String {
    let parts = sentence.parts().into_iter().map(|part| match part.is_code {
        true => format!("`{}`", part.text),
        false => spaced(part.text),
    });
    parts.collect()
}

/// Escaped, with the spaces at its ends.
fn spaced(part: &str) -> String {
    let lead = if part.starts_with(' ') { " " } else { "" };
    let is_to_end = part.ends_with(' ') && !part.trim().is_empty();
    format!(
        "{lead}{}{}",
        opening(part),
        if is_to_end { " " } else { "" }
    )
}

/// The names of what proves something. Their numbers are those of the table of evidence.
pub(super) fn proofs(proofs: &[Proof]) -> String {
    let named = proofs.iter().map(|proof| {
        let label = text(&proof.label);
        match proof
            .anchor
            .strip_prefix('e')
            .filter(|it| it.parse::<u64>().is_ok())
        {
            Some(number) => format!("{label} ({number})"),
            None => label,
        }
    });
    named.collect::<Vec<_>>().join(", ")
}

fn table(heads: &[&str], rows: Vec<String>) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let rule = "---|".repeat(heads.len());
    Some(format!(
        "| {} |\n|{rule}\n{}",
        heads.join(" | "),
        rows.join("\n")
    ))
}

pub(super) fn gates(report: &Report) -> Option<String> {
    let mut rows = Vec::new();
    for gate in &report.gates {
        rows.push(gate_row(gate));
        rows.extend(gate.checks.iter().map(check_row));
    }
    table(
        &[
            "Stage or gate",
            "Check",
            "Status",
            "Severity",
            "Time",
            "Result",
            "Evidence",
        ],
        rows,
    )
}

fn gate_row(gate: &GatePart) -> String {
    let title = gate
        .title
        .as_ref()
        .map_or(String::new(), |it| format!(" {}", text(it)));
    row(&[
        format!("**{}**{title}", text(&gate.id)),
        String::new(),
        badge(&gate.badge),
        gate.severity.to_owned(),
        gate.took.clone(),
        inline(&gate.totals),
        proofs(&gate.evidence),
    ])
}

fn check_row(check: &CheckPart) -> String {
    let title = check
        .title
        .as_ref()
        .map_or(String::new(), |it| format!(" · {}", text(it)));
    row(&[
        String::new(),
        format!("{}{title}", text(&check.id)),
        badge(&check.badge),
        String::new(),
        check.took.clone(),
        inline(&check.totals),
        proofs(&check.evidence),
    ])
}

pub(super) fn journeys(part: &JourneyPart) -> String {
    let faults: Vec<String> = part.faults.iter().map(text).collect();
    let fixed = ["Journey", "Tests"].into_iter();
    let heads: Vec<&str> = fixed.chain(faults.iter().map(String::as_str)).collect();
    let rows = part.rows.iter().map(|journey| {
        let title = journey
            .title
            .as_ref()
            .map_or(String::new(), |it| format!(" {}", text(it)));
        let cell = |cell: &Option<Badge>| cell.as_ref().map_or("·".to_owned(), badge);
        let mut cells = vec![
            format!("**{}**{title}", text(&journey.name)),
            badge(&journey.own),
        ];
        cells.extend(journey.faults.iter().map(cell));
        row(&cells)
    });
    let shown = table(&heads, rows.collect()).unwrap_or_default();
    format!("judged by {}\n\n{shown}", text(&part.check))
}

pub(super) fn waivers(report: &Report) -> Option<String> {
    let shown = |waiver: &WaiverPart| {
        let note = waiver
            .note
            .as_ref()
            .map_or(String::new(), |it| format!("; {}", text(&it.text)));
        row(&[
            text(&waiver.scope),
            badge(&waiver.badge),
            text(&waiver.by),
            minute(waiver.at),
            minute(waiver.expires_at),
            format!("{}{note}", text(&waiver.reason)),
            text(&waiver.id),
        ])
    };
    let rows = report.waivers.iter().map(shown);
    table(
        &["Of", "State", "By", "Since", "Until", "Why", "Id"],
        rows.collect(),
    )
}

pub(super) fn timeline(report: &Report) -> Vec<String> {
    let moments = report.timeline.days.iter().flat_map(|day| &day.moments);
    let rows = moments.map(|moment| {
        let at = moment.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        row(&[at, inline(moment.badge.sign), text(&moment.text)])
    });
    let shown = table(&["When (UTC)", "", "What"], rows.collect());
    let left_out = report.timeline.left_out;
    let more = (left_out > 0).then(|| format!("{left_out} older events are left out here."));
    shown.into_iter().chain(more).collect()
}

pub(super) fn deployments(report: &Report) -> Option<String> {
    let shown = |it: &DeploymentPart| {
        let digest = it.digest.as_deref().map_or(String::new(), inline);
        row(&[
            text(&it.environment),
            it.what.to_owned(),
            badge(&it.badge),
            it.started.map_or(String::new(), minute),
            it.finished.map_or(String::new(), minute),
            it.took.clone(),
            text(&it.by),
            digest,
        ])
    };
    let rows = report.deployments.iter().map(shown);
    let heads = [
        "Environment",
        "What",
        "Status",
        "Started",
        "Ended",
        "Time",
        "By",
        "Image",
    ];
    table(&heads, rows.collect())
}

pub(super) fn evidence(report: &Report) -> Vec<String> {
    let shown = |(place, it): (usize, &EvidencePart)| {
        let of = match it.counts {
            true => text(&it.of),
            false => format!("{}, not of a result that counts", text(&it.of)),
        };
        row(&[
            (place + 1).to_string(),
            text(&it.name),
            text(&it.kind),
            of,
            it.size.clone(),
            format!("`{}`", it.sha256),
            text(&it.place),
        ])
    };
    let rows = report.evidence.iter().enumerate().map(shown);
    let heads = ["", "File", "Type", "Of", "Size", "SHA-256", "Where"];
    let left_out = report.evidence_left_out;
    let more = (left_out > 0).then(|| format!("and {left_out} more; the ledger has all."));
    table(&heads, rows.collect())
        .into_iter()
        .chain(more)
        .collect()
}
