//! What a policy means: raw structs and their places → domain types, with every default filled
//! in. Whatever contradicts itself or points nowhere is reported.

mod approvals;
mod check;
mod earlier;
mod environments;
mod github;
mod graph;
mod http;
mod image;
mod journeys;
mod lists;
mod needs;
mod outline;
mod paths;
mod patterns;
mod project_files;
mod require;
mod settings;
mod sql;
mod storage;
mod verbs;

use super::diagnostics::{Reports, Span, quoted};
use super::expand::Expansion;
use super::node::{Content, Node};
use super::raw::{
    Keyed, Line, Name, OneOrMany, RawApprovals, RawCheck, RawGate, RawPolicy, RawSeverity, RawStage,
};
use crate::domain::gate::{Gate, GateKind, Pace, Severity};
use crate::domain::ids::{GateId, Sha256Digest};
use crate::domain::policy::Policy;
use crate::domain::quality::journeys::Journeys;
use outline::{Outline, OutlinedGate};

/// The verbs of this version, as they are called in the policy.
pub(super) const VERBS: [&str; 16] = [
    "run",
    "versions",
    "files",
    "variables",
    "image",
    "journeys",
    "tag",
    "github",
    "manual",
    "contract",
    "logs",
    "quota",
    "migrations",
    "http",
    "sql",
    "storage",
];

/// The meaning of a policy. Where something was reported, now or before, the result has gaps.
pub(super) fn policy(
    raw: &RawPolicy,
    root: &Node,
    expansion: Expansion<'_>,
    reports: &mut Reports<'_>,
) -> Policy {
    let outline = Outline::of(root, reports);
    if root.get("pipeline").is_none() && root.get("gates").is_none() {
        let hint = "add `pipeline` with a stage, or `gates` with a gate";
        reports.add(root.span, "the policy has neither stages nor gates", hint);
    }
    let journeys = journeys::declared(raw, root, reports);
    let mut gates = Vec::new();
    for place in 0..outline.gates.len() {
        let gate = &outline.gates[place];
        let mut scope = Scope {
            reports,
            kept: !expansion.covers(Some(gate.name)),
            outline: &outline,
            place,
            environments: root.get("environments"),
            journeys: &journeys,
        };
        gates.extend(RawParts::find(raw, gate).and_then(|parts| scope.gate(gate, &parts)));
    }
    let environments = environments::environments(raw, root, &outline, reports);
    let mut top = Top {
        reports,
        kept: !expansion.covers(None),
    };
    Policy {
        project: raw
            .project
            .as_ref()
            .map(|line| line.0.clone())
            .unwrap_or_default(),
        gates,
        environments,
        journeys,
        evidence_directory: top.evidence_directory(raw, root),
        retention: top.retention(raw, root),
        redact: top.redaction(raw, root),
        budgets: raw
            .budgets
            .as_ref()
            .map(settings::budgets)
            .unwrap_or_default(),
        spooled: settings::spooled(raw),
        waivers: raw.waivers.as_ref().map(|it| top.waivers(it, root)),
        digest: digest(root),
    }
}

/// SHA-256 of a policy as written: canonical JSON (RFC 8785) of its keys and texts.
fn digest(root: &Node) -> Sha256Digest {
    let written = root.as_written();
    let canonical = serde_json_canonicalizer::to_vec(&written);
    Sha256Digest::of(&canonical.unwrap_or_else(|_| written.to_string().into_bytes()))
}

/// What is outside of all gates.
struct Top<'r, 's> {
    reports: &'r mut Reports<'s>,
    /// Whether `${…}` is still in the texts.
    kept: bool,
}

/// A stage or gate while it is resolved.
struct Scope<'o, 'r, 's> {
    reports: &'r mut Reports<'s>,
    /// Whether `${…}` is still in the texts.
    kept: bool,
    outline: &'o Outline<'o>,
    /// The gate's place in the outline.
    place: usize,
    /// What stands under `environments`.
    environments: Option<&'o Node>,
    /// The journeys of the policy.
    journeys: &'o Journeys,
}

/// What a stage and a gate have in common.
struct RawParts<'r> {
    title: Option<&'r Line>,
    severity: Option<RawSeverity>,
    tolerate: Option<u64>,
    sequential: Option<bool>,
    checks: Option<&'r Keyed<Name, RawCheck>>,
    evidence: Option<&'r OneOrMany<Name>>,
    approvals: Option<&'r RawApprovals>,
}

impl<'r> RawParts<'r> {
    fn find(raw: &'r RawPolicy, gate: &OutlinedGate<'_>) -> Option<Self> {
        match gate.kind {
            GateKind::Stage => raw.pipeline.as_ref()?.0.get(gate.name).map(Self::of_stage),
            GateKind::Gate => raw.gates.as_ref()?.0.get(gate.name).map(Self::of_gate),
        }
    }

    fn of_stage(stage: &'r RawStage) -> Self {
        Self {
            title: stage.title.as_ref(),
            severity: None,
            tolerate: None,
            sequential: stage.sequential,
            checks: stage.checks.as_ref(),
            evidence: stage.evidence.as_ref(),
            approvals: stage.approvals.as_ref(),
        }
    }

    fn of_gate(gate: &'r RawGate) -> Self {
        Self {
            title: gate.title.as_ref(),
            severity: gate.severity,
            tolerate: gate.tolerate,
            sequential: gate.sequential,
            checks: gate.checks.as_ref(),
            evidence: gate.evidence.as_ref(),
            approvals: gate.approvals.as_ref(),
        }
    }
}

impl Scope<'_, '_, '_> {
    fn gate(&mut self, outlined: &OutlinedGate<'_>, raw: &RawParts<'_>) -> Option<Gate> {
        let id: GateId = outlined.name.parse().ok()?;
        let severity = raw.severity.map_or(Severity::Blocking, severity);
        if raw.tolerate.is_some() && severity != Severity::Advisory {
            let at = outlined.node.key_span("tolerate");
            let message = format!(
                "`tolerate` has no meaning in a gate that is {}",
                severity.as_str()
            );
            let hint = "add `severity: advisory`, or remove `tolerate`";
            self.reports.add(at, message, hint);
        }
        self.asks_for_something(outlined);
        let requires = self.outline.requires[self.place].iter();
        let requires = requires.filter_map(|at| self.outline.gates[*at].name.parse().ok());
        Some(Gate {
            title: title(raw.title, outlined.name),
            kind: outlined.kind,
            severity,
            requires: requires.collect(),
            tolerate: raw.tolerate,
            checks: self.checks(outlined, raw),
            evidence: self.evidence_types(outlined, raw),
            approvals: raw
                .approvals
                .zip(outlined.node.get("approvals"))
                .map(|(raw, node)| approvals::rule(raw, node, self.reports)),
            pace: pace(raw.sequential),
            id,
        })
    }

    fn asks_for_something(&mut self, outlined: &OutlinedGate<'_>) {
        let has = |key: &str| outlined.node.entry(key).is_some();
        if !["checks", "evidence", "approvals"].into_iter().any(has) {
            let message = format!("{} asks for nothing", quoted(outlined.name));
            let hint = "add `checks`, `evidence` or `approvals`";
            self.reports.add(outlined.span, message, hint);
        }
    }

    fn evidence_types(&mut self, outlined: &OutlinedGate<'_>, raw: &RawParts<'_>) -> Vec<String> {
        if let Some(list) = outlined.node.get("evidence") {
            lists::refuse_repeated(list, str::to_owned, self.reports);
        }
        let types = raw.evidence.into_iter().flat_map(|list| &list.0);
        types.map(|kind| kind.0.clone()).collect()
    }
}

fn title(given: Option<&Line>, name: &str) -> String {
    given.map_or(name, |line| line.0.as_str()).to_owned()
}

fn pace(sequential: Option<bool>) -> Pace {
    match sequential {
        Some(true) => Pace::Sequential,
        _ => Pace::Parallel,
    }
}

fn severity(raw: RawSeverity) -> Severity {
    match raw {
        RawSeverity::Blocking => Severity::Blocking,
        RawSeverity::Absolute => Severity::Absolute,
        RawSeverity::Advisory => Severity::Advisory,
    }
}

/// The text of a scalar as the user wrote it, for messages: never what a variable stands for.
fn written(node: &Node) -> String {
    match &node.content {
        Content::Scalar(scalar) => quoted(&scalar.text),
        _ => "this".to_owned(),
    }
}

/// The place of the part with a number, in a value that is a list or the only part itself.
fn part_span(node: &Node, number: usize) -> Span {
    node.items().get(number).unwrap_or(node).span
}
