//! The stages and gates of a policy, their order and who requires whom.

use std::collections::HashMap;

use super::graph;
use crate::domain::gate::GateKind;
use crate::domain::ids::is_name;
use crate::domain::pipeline;
use crate::policy::diagnostics::{Reports, Span, quoted};
use crate::policy::node::{Content, Entry, Node};
use crate::policy::words;

/// All stages and gates: the stages in order, then the gates as written.
pub(super) struct Outline<'n> {
    /// The stages and gates.
    pub(super) gates: Vec<OutlinedGate<'n>>,
    /// The places in `gates` of those that each requires directly.
    pub(super) requires: Vec<Vec<usize>>,
    /// The place of each name.
    places: HashMap<&'n str, usize>,
}

/// A stage or gate by its name and place in the text.
pub(super) struct OutlinedGate<'n> {
    /// Its name, which need not be a good one.
    pub(super) name: &'n str,
    /// Where the name stands.
    pub(super) span: Span,
    /// What it holds.
    pub(super) node: &'n Node,
    /// Stage or gate.
    pub(super) kind: GateKind,
    /// The place of each of its checks.
    checks: HashMap<&'n str, usize>,
}

impl<'n> OutlinedGate<'n> {
    fn new(entry: &'n Entry, kind: GateKind) -> Self {
        let checks = entry.value.get("checks").map_or(&[][..], Node::entries);
        let places = checks.iter().enumerate();
        Self {
            name: &entry.key,
            span: entry.key_span,
            node: &entry.value,
            kind,
            checks: places
                .map(|(place, check)| (check.key.as_str(), place))
                .collect(),
        }
    }

    /// Its checks with their names, as written.
    pub(super) fn checks(&self) -> &'n [Entry] {
        self.node.get("checks").map_or(&[], Node::entries)
    }

    /// The number of a check among its checks.
    pub(super) fn check_place(&self, name: &str) -> Option<usize> {
        self.checks.get(name).copied()
    }
}

impl<'n> Outline<'n> {
    /// Reads the outline; names that stand twice, stages out of order, requirements that point
    /// nowhere and cycles are reported.
    pub(super) fn of(root: &'n Node, reports: &mut Reports<'_>) -> Self {
        let part = |key, kind| {
            let entries = root.get(key).map_or(&[][..], Node::entries);
            entries
                .iter()
                .map(move |entry| OutlinedGate::new(entry, kind))
        };
        let stages: Vec<_> = part("pipeline", GateKind::Stage).collect();
        stage_order(&stages, reports);
        let mut outline = Self {
            gates: stages,
            requires: Vec::new(),
            places: HashMap::new(),
        };
        outline.gates.extend(part("gates", GateKind::Gate));
        outline.name_places(reports);
        outline.read_requires(reports);
        outline.report_cycles(reports);
        outline
    }

    /// The place of a stage or gate.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The names of all stages and gates.
    pub(super) fn names(&self) -> impl Iterator<Item = &'n str> + Clone {
        self.gates.iter().map(|gate| gate.name)
    }

    fn name_places(&mut self, reports: &mut Reports<'_>) {
        for (place, gate) in self.gates.iter().enumerate() {
            let Some(first) = self.places.get(gate.name) else {
                self.places.insert(gate.name, place);
                continue;
            };
            let line = self.gates[*first].span.line;
            let name = quoted(gate.name);
            let message = format!("{name} is the name of a stage on line {line} already");
            let hint = "stages and gates share their names; give one of the two another";
            reports.add(gate.span, message, hint);
        }
    }

    fn read_requires(&mut self, reports: &mut Reports<'_>) {
        let mut all = Vec::with_capacity(self.gates.len());
        for (place, gate) in self.gates.iter().enumerate() {
            let mut requires = Vec::new();
            if gate.kind == GateKind::Stage {
                requires.extend(place.checked_sub(1));
            } else if let Some(node) = gate.node.get("requires") {
                requires = self.required(node, reports);
            }
            all.push(requires);
        }
        self.requires = all;
    }

    fn required(&self, node: &Node, reports: &mut Reports<'_>) -> Vec<usize> {
        let mut required = Vec::new();
        for item in node.items() {
            let Content::Scalar(scalar) = &item.content else {
                continue;
            };
            match self.place(&scalar.text) {
                Some(place) => required.push(place),
                None if !is_name(&scalar.text) || reports.is_full() => {} // is reported
                None => {
                    let message = format!("there is no stage or gate {}", quoted(&scalar.text));
                    let hint = words::suggestion(&scalar.text, self.names(), "there are");
                    reports.add(item.span, message, hint);
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        required.retain(|place| seen.insert(*place));
        required
    }

    fn report_cycles(&self, reports: &mut Reports<'_>) {
        for cycle in graph::cycles(&self.requires) {
            let names = cycle
                .iter()
                .chain(cycle.first())
                .map(|at| self.gates[*at].name);
            let way = names.collect::<Vec<_>>().join(" → ");
            let gate = &self.gates[cycle[0]];
            let message = format!("the gates require one another in a circle: {way}");
            let hint = "take one of them out of a `requires`";
            reports.add(gate.node.key_span("requires"), message, hint);
        }
    }
}

/// Known stages must stand in the mandated order.
fn stage_order(stages: &[OutlinedGate<'_>], reports: &mut Reports<'_>) {
    let mut last: Option<(usize, &OutlinedGate<'_>)> = None;
    for stage in stages {
        let Some(rank) = pipeline::rank(stage.name) else {
            continue;
        };
        match last {
            Some((highest, before)) if rank < highest => {
                let message = format!(
                    "the stage `{}` on line {} stands after `{}` on line {}",
                    stage.name, stage.span.line, before.name, before.span.line
                );
                let hint = format!("the order is {}", pipeline::STAGES.join(", "));
                reports.add(stage.span, message, hint);
            }
            _ => last = Some((rank, stage)),
        }
    }
}
