//! The report as Markdown, as GitHub shows it.

mod tables;

use super::minute;
use super::model::{
    ApprovalsPart, Badge, ChecklistGroup, EnvironmentPart, GatePart, ManualItem, Obstacle, Report,
    SignoffPart, Tone,
};
use super::text::Text;
use crate::render::markdown::Document;
use crate::render::markdown::escape::{fence, html, inline, opening};
use tables::{badge, place, proofs, reason};

/// The record of a release. Whatever others wrote is escaped.
pub fn markdown(report: &Report) -> String {
    let mut document = Document::default();
    head(report, &mut document);
    document.section("What keeps it back", obstacles(report));
    document.section("What to do next", steps(report));
    document.section(
        "Environments",
        report.environments.iter().flat_map(environment),
    );
    document.section("Stages and gates", tables::gates(report));
    document.section("What gates say", report.gates.iter().flat_map(gate));
    document.section(
        "Journeys and faults",
        report.journeys.iter().map(tables::journeys),
    );
    document.section("Manual checks", report.manual.iter().map(manual));
    document.section("Waivers", tables::waivers(report));
    document.section("Checklist", report.checklist.iter().map(checklist));
    document.section("Timeline", tables::timeline(report));
    document.section("Deployments", tables::deployments(report));
    document.section("Evidence", tables::evidence(report));
    document.push(seal(report));
    document.whole()
}

fn text(text: &Text) -> String {
    inline(text.as_str())
}

fn head(report: &Report, document: &mut Document) {
    let head = &report.head;
    let version = head
        .version
        .as_ref()
        .map_or(String::new(), |it| format!(" {}", text(it)));
    document.push(format!(
        "# {} · {}{version}",
        badge(&head.badge),
        text(&head.repository)
    ));
    document.push(format!("**{}**", text(&head.outcome)));
    let mut facts = vec![
        format!("- project {}", text(&head.project)),
        format!("- commit `{}`", head.commit),
    ];
    let images = head.images.iter();
    facts.extend(images.map(|it| format!("- image `{}`, built by {}", it.digest, text(&it.check))));
    facts.extend((!head.totals.is_empty()).then(|| format!("- {}", head.totals)));
    facts.extend(head.created.map(|at| format!("- created {}", minute(at))));
    facts.push(format!("- as of {}", minute(head.as_of)));
    document.push(facts.join("\n"));
}

fn obstacles(report: &Report) -> Vec<String> {
    let mut shown: Vec<String> = report.obstacles.iter().map(obstacle).collect();
    let waiting: Vec<String> = report.waiting.iter().map(|it| text(&it.name)).collect();
    if !waiting.is_empty() {
        shown.push(format!("Blocked until then: {}.", waiting.join(", ")));
    }
    match shown.is_empty() {
        true => vec!["Nothing.".to_owned()],
        false => shown,
    }
}

fn obstacle(obstacle: &Obstacle) -> String {
    let title = obstacle.title.as_ref().map(text);
    let severity = obstacle.severity.map(str::to_owned);
    let mut said = vec![format!(
        "{} **{}**",
        badge(&obstacle.badge),
        text(&obstacle.name)
    )];
    said.extend(title.into_iter().chain(severity));
    let mut lines = vec![said.join(" · ")];
    lines.extend(
        obstacle
            .reasons
            .iter()
            .map(|it| format!("- {}", reason(it))),
    );
    if obstacle.more > 0 {
        lines.push(format!("- … and {} more", obstacle.more));
    }
    lines.join("\n")
}

fn steps(report: &Report) -> Option<String> {
    let steps = report.steps.iter().enumerate();
    let steps = steps.map(|(place, step)| format!("{}. {}", place + 1, tables::sentence(step)));
    let steps: Vec<String> = steps.collect();
    (!steps.is_empty()).then(|| steps.join("\n"))
}

fn environment(part: &EnvironmentPart) -> Vec<String> {
    let (eligible, deployed) = (badge(&part.badge), badge(&part.deployed));
    let mut lines = vec![format!("{eligible} **{}** · {deployed}", text(&part.id))];
    let named = |list: &[super::model::Mention]| {
        let named = list
            .iter()
            .map(|it| format!("{} {}", text(&it.name), badge(&it.badge)));
        named.collect::<Vec<_>>().join(", ")
    };
    if !part.gates.is_empty() {
        lines.push(format!("- asks for {}", named(&part.gates)));
    }
    if !part.after.is_empty() {
        lines.push(format!("- after {}", named(&part.after)));
    }
    lines.extend(part.reasons.iter().map(|it| format!("- {}", reason(it))));
    let approvals = part.approvals.iter().map(approvals);
    std::iter::once(lines.join("\n")).chain(approvals).collect()
}

fn approvals(part: &ApprovalsPart) -> String {
    let mut lines = vec![opening(part.summary.as_str())];
    for person in &part.people {
        let said = match person.comment.is_empty() {
            true => String::new(),
            false => format!(": {}", text(&person.comment)),
        };
        let why = person.objection.as_ref();
        let why = why.map_or(String::new(), |why| format!(" ({})", reason(why)));
        let (who, at) = (who(&person.badge, &person.by), minute(person.at));
        lines.push(format!("- {who}, {at}{said}{why}"));
    }
    lines.join("\n")
}

/// What a gate says that its row in the table does not: reasons, waiver, approvals, failing tests.
fn gate(gate: &GatePart) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(
        gate.waiver
            .as_ref()
            .map(|waiver| format!("- {}", opening(waiver.as_str()))),
    );
    lines.extend(gate.reasons.iter().map(|it| format!("- {}", reason(it))));
    for check in &gate.checks {
        let named = |it| format!("- **{}**: {}", text(&check.id), reason(it));
        lines.extend(check.reasons.iter().map(named));
    }
    let mut blocks: Vec<String> = (!lines.is_empty())
        .then(|| lines.join("\n"))
        .into_iter()
        .collect();
    blocks.extend(gate.approvals.as_ref().map(approvals));
    blocks.extend(gate.checks.iter().flat_map(|check| &check.cases).map(case));
    if !blocks.is_empty() {
        let title = gate
            .title
            .as_ref()
            .map_or(String::new(), |it| format!(" · {}", text(it)));
        blocks.insert(
            0,
            format!("### {} {}{title}", text(&gate.id), badge(&gate.badge)),
        );
    }
    blocks
}

fn case(case: &super::model::CasePart) -> String {
    let message = match case.message.is_empty() {
        true => "No message was given.".to_owned(),
        false => fence(case.message.as_str()),
    };
    let title = html(case.title.as_str());
    let place = case
        .place
        .as_ref()
        .map_or(String::new(), |it| format!(" · {}", html(it.as_str())));
    let sign = case.badge.sign;
    format!("<details><summary>{sign} <b>{title}</b>{place}</summary>\n\n{message}\n\n</details>")
}

fn manual(item: &ManualItem) -> String {
    let title = item
        .title
        .as_ref()
        .map_or(String::new(), |it| format!(" · {}", text(it)));
    let mut lines = vec![format!(
        "{} **{}**{title}",
        badge(&item.badge),
        text(&item.name)
    )];
    lines.push(format!(
        "- to do: {}",
        inline(&item.instruction.as_str().replace('\n', " "))
    ));
    for part in &item.places {
        let place = place(part.name.as_ref());
        lines.push(match &part.signoff {
            Some(signed) => format!("- {}", signoff(signed, part.name.as_ref())),
            None => format!("- ○ nobody looked yet{place}"),
        });
    }
    lines.extend(
        item.set_aside
            .iter()
            .map(|signed| format!("- {}", signoff(signed, None))),
    );
    lines.extend(
        Some(proofs(&item.evidence))
            .filter(|it| !it.is_empty())
            .map(|it| format!("- shown by {it}")),
    );
    lines.join("\n")
}

fn signoff(part: &SignoffPart, name: Option<&Text>) -> String {
    let place = place(name.or(part.place.as_ref()));
    let beside = [&part.note, &part.objection]
        .into_iter()
        .filter(|it| !it.is_empty());
    let beside: String = beside.map(|it| format!(": {}", text(it))).collect();
    let (who, at) = (who(&part.badge, &part.by), minute(part.at));
    format!("{who}{place}, {at}{beside}")
}

/// `✓ **carol**: passed`.
fn who(badge: &Badge, by: &Text) -> String {
    format!(
        "{} **{}**: {}",
        inline(badge.sign),
        text(by),
        inline(&badge.word)
    )
}

fn checklist(group: &ChecklistGroup) -> String {
    let title = group
        .title
        .as_ref()
        .map_or(String::new(), |it| format!(" · {}", text(it)));
    let mut lines = vec![format!("**{}**{title}", text(&group.head.name))];
    for item in &group.items {
        let done = if item.badge.tone == Tone::Good {
            "x"
        } else {
            " "
        };
        let mut said = vec![format!(
            "{}: {}",
            text(&item.text),
            inline(&item.badge.word)
        )];
        said.extend(Some(proofs(&item.proofs)).filter(|it| !it.is_empty()));
        lines.push(format!("- [{done}] {}", said.join(" — ")));
    }
    lines.join("\n")
}

fn seal(report: &Report) -> String {
    let head = &report.head;
    let chain = head.chain.map_or(String::new(), |hash| {
        format!(" The last event has the hash `{hash}`; `tollgate ledger verify` checks the chain.")
    });
    format!(
        "Release `{}`, made from the {} events of its record and from the policy.{chain}",
        head.id, head.events
    )
}
