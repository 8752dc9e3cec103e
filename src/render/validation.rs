//! A validation run for people and programs: what is in the way, and how the release is taken back.

use serde_json::{Value, json};

use super::markdown::escape::inline;
use super::{clean, words};
use crate::domain::delivery::validation::{ItemVerdict, READINESS, REGRESSION, Validation};
use crate::domain::record::payload::EvidenceRecorded;
use crate::domain::release::Release;
use crate::domain::status::CheckStatus;

/// The name of the schema of a single validation.
pub const VALIDATION_SCHEMA: &str = "tollgate.validation/v1";

/// The name of the schema of a list of validations.
pub const VALIDATIONS_SCHEMA: &str = "tollgate.validations/v1";

/// Everything that a report tells.
#[derive(Debug, Clone)]
pub struct ValidationView {
    /// The release that was validated.
    pub release: Release,
    /// The run.
    pub validation: Validation,
    /// Its checks.
    pub items: Vec<ItemVerdict>,
    /// The rollback plans in evidence.
    pub plans: Vec<EvidenceRecorded>,
    /// The budget that was used up.
    pub out_of_time: Option<&'static str>,
}

impl ValidationView {
    fn blocking(&self) -> impl Iterator<Item = &ItemVerdict> {
        self.items.iter().filter(|item| item.blocks)
    }

    /// The groups in order, each with its checks.
    fn groups(&self) -> impl Iterator<Item = (&'static str, Vec<&ItemVerdict>)> {
        READINESS.into_iter().chain([REGRESSION]).map(|group| {
            let items = self
                .items
                .iter()
                .filter(move |item| item.item.group == group);
            (group, items.collect())
        })
    }

    fn headline(&self) -> String {
        let Validation {
            id,
            environment,
            status,
            ..
        } = &self.validation;
        let blocking = match self.blocking().count() {
            0 => String::new(),
            1 => ", 1 check is in the way".to_owned(),
            many => format!(", {many} checks are in the way"),
        };
        format!("validation {id} of {environment}: {status}{blocking}")
    }

    fn over_budget(&self) -> Option<String> {
        self.out_of_time
            .map(|budget| format!("The time of `budgets.{budget}` was used up."))
    }
}

/// What to do when the release must be taken back.
fn guidance(view: &ValidationView) -> Vec<String> {
    let environment = &view.validation.environment;
    if view.plans.is_empty() {
        return vec![format!(
            "There is no rollback plan in evidence: write one, then `tollgate evidence add rollback-plan \
             FILE`. Until then keep {environment} on the release that it has."
        )];
    }
    let plan = |plan: &EvidenceRecorded| {
        let place = plan
            .uri
            .as_deref()
            .map_or(String::new(), |uri| format!(", {uri}"));
        format!(
            "Follow {} (sha256 {}{place}).",
            clean::line(&plan.name),
            plan.sha256
        )
    };
    view.plans.iter().map(plan).collect()
}

/// The text for a terminal.
pub fn text(view: &ValidationView) -> String {
    let mut lines = vec![view.headline()];
    lines.extend(view.over_budget().map(|over| format!("  {over}")));
    for item in view.blocking() {
        let name = &item.item.check;
        let why = item
            .reasons
            .first()
            .map(|reason| clean::line(&reason.message));
        let why = why.map_or(String::new(), |why| format!(": {why}"));
        lines.push(format!(
            "  {} {name} ({}) {}{why}",
            words::check_sign(item.status),
            item.item.group,
            item.status
        ));
    }
    if view.blocking().next().is_some() {
        lines.extend(
            guidance(view)
                .into_iter()
                .map(|line| format!("  rollback: {line}")),
        );
    }
    lines.extend(
        view.validation
            .finalized
            .iter()
            .map(|(by, at)| format!("  finalised by {by} at {at:.0}")),
    );
    lines.join("\n") + "\n"
}

/// The report as Markdown: what is in the way first.
pub fn markdown(view: &ValidationView) -> String {
    let Validation {
        id,
        environment,
        by,
        started_at,
        ended_at,
        finalized,
        ..
    } = &view.validation;
    let release = &view.release;
    let mut parts = vec![format!("# {}", inline(&view.headline()))];
    let ended = ended_at.map_or("not yet".to_owned(), |at| format!("{at:.0}"));
    let version = release
        .version
        .as_deref()
        .map_or(String::new(), |version| format!(" {}", inline(version)));
    parts.push(format!(
        "| | |\n|---|---|\n| Release | {}{version} at `{}` |\n| Release id | `{}` |\n| Environment | {environment} |\n\
         | Validation | `{id}` |\n| By | {} |\n| Began | {started_at:.0} |\n| Ended | {ended} |",
        inline(release.repository.as_str()), release.sha, release.id(), inline(by),
    ));
    parts.extend(
        finalized
            .iter()
            .map(|(by, at)| format!("Finalised by {} at {at:.0}.", inline(by))),
    );
    parts.extend(view.over_budget());
    let blocking: Vec<String> = view.blocking().map(blocking_item).collect();
    parts.push("## What is in the way".to_owned());
    parts.push(match blocking.is_empty() {
        true => "Nothing.".to_owned(),
        false => blocking.join("\n"),
    });
    parts.push("## How to take the release back".to_owned());
    parts.push(
        guidance(view)
            .iter()
            .map(|line| format!("- {line}"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    parts.extend(view.groups().map(|(group, items)| table(group, &items)));
    parts.join("\n\n") + "\n"
}

fn blocking_item(item: &ItemVerdict) -> String {
    let reasons: Vec<String> = item
        .reasons
        .iter()
        .map(|reason| format!("  - {}", inline(&words::reason(reason))))
        .collect();
    let head = format!(
        "- **{}** ({}) {}",
        item.item.check, item.item.group, item.status
    );
    std::iter::once(head)
        .chain(reasons)
        .collect::<Vec<_>>()
        .join("\n")
}

fn table(group: &str, items: &[&ItemVerdict]) -> String {
    if items.is_empty() {
        return format!("## {group}\n\nNo check of the environment's gates has this group.");
    }
    let row = |item: &&ItemVerdict| {
        let why = item
            .reasons
            .first()
            .map_or(String::new(), |reason| inline(&reason.message));
        let tolerated = match (item.status, item.blocks) {
            (CheckStatus::Passed, _) | (_, true) => "",
            (_, false) => ", which its gate lets be",
        };
        format!(
            "| {} | {} {}{tolerated} | {why} |",
            item.item.check,
            words::check_sign(item.status),
            item.status
        )
    };
    let rows: Vec<String> = items.iter().map(row).collect();
    format!(
        "## {group}\n\n| Check | Status | Why |\n|---|---|---|\n{}",
        rows.join("\n")
    )
}

/// One validation for programs.
pub fn document(view: &ValidationView, report: Option<&str>) -> Value {
    json!({
        "schema": VALIDATION_SCHEMA,
        "validation": one(&view.validation),
        "out_of_time": view.out_of_time,
        "checks": view.items.iter().map(item).collect::<Vec<_>>(),
        "blocking": view.blocking().map(|item| item.item.check.to_string()).collect::<Vec<_>>(),
        "rollback": guidance(view),
        "report": report,
    })
}

/// A list of validations for programs.
pub fn documents(all: &[Validation]) -> Value {
    json!({
        "schema": VALIDATIONS_SCHEMA,
        "validations": all.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(validation: &Validation) -> Value {
    let finalized = validation.finalized.as_ref();
    json!({
        "id": validation.id.as_str(),
        "environment": validation.environment.as_str(),
        "status": validation.status.as_str(),
        "by": validation.by,
        "started_at": validation.started_at.to_string(),
        "ended_at": validation.ended_at.map(|at| at.to_string()),
        "finalized": finalized.map(|(by, at)| json!({"by": by, "at": at.to_string()})),
    })
}

fn item(item: &ItemVerdict) -> Value {
    let reasons = item
        .reasons
        .iter()
        .map(|reason| json!({"code": reason.code.as_str(), "message": reason.message}));
    json!({
        "gate": item.item.check.gate.as_str(),
        "check": item.item.check.check.as_str(),
        "group": item.item.group,
        "phase": item.item.phase.as_str(),
        "status": item.status.as_str(),
        "blocks": item.blocks,
        "reasons": reasons.collect::<Vec<_>>(),
    })
}

/// A list of validations for a terminal, one a line.
pub fn list(all: &[Validation]) -> String {
    if all.is_empty() {
        return "the release was not validated yet: `tollgate validate ENV`\n".to_owned();
    }
    let line = |it: &Validation| {
        let ended = it.ended_at.map_or("-".to_owned(), |at| format!("{at:.0}"));
        let finalized = it
            .finalized
            .as_ref()
            .map_or(String::new(), |(by, _)| format!("  finalised by {by}"));
        format!(
            "{}  {}  {}  {:.0}  {ended}  {}{finalized}\n",
            it.id, it.environment, it.status, it.started_at, it.by
        )
    };
    all.iter().map(line).collect()
}
