//! `journeys`: what the policy declares, and the verb that judges it.

use super::outline::OutlinedGate;
use super::{Scope, title};
use crate::domain::check::{FileKind, JourneysRule, Verb};
use crate::domain::ids::CheckRef;
use crate::domain::quality::journeys::{Demand, Fault, Journey, Journeys, TestPattern as Pattern};
use crate::policy::diagnostics::{Reports, Span};
use crate::policy::node::{Content, Entry, Node};
use crate::policy::raw::{OneOrMany, RawJourney, RawJourneys, RawPolicy, TestPattern};

/// The most journeys and faults of a policy together: each takes room in every result of a test.
const MOST: usize = 1000;

/// The journeys of the policy, as written.
pub(super) fn declared(raw: &RawPolicy, root: &Node, reports: &mut Reports<'_>) -> Journeys {
    let (Some(raw), Some(node)) = (&raw.journeys, root.get("journeys")) else {
        return Journeys::default();
    };
    let entries = node.entries().iter();
    let journeys = entries.filter_map(|entry| journey(entry, raw.0.get(&entry.key)?));
    let journeys: Vec<Journey> = journeys.collect();
    let faults: usize = journeys.iter().map(|journey| journey.faults.len()).sum();
    let declared = journeys.len() + faults;
    if declared > MOST {
        let message =
            format!("the policy declares {declared} journeys and faults, {MOST} are the most");
        let hint = "take several tests together by a pattern with `*`";
        reports.add(root.key_span("journeys"), message, hint);
    }
    Journeys::new(journeys)
}

fn journey(entry: &Entry, raw: &RawJourney) -> Option<Journey> {
    let written = entry.value.get("faults").map_or(&[][..], Node::entries);
    let faults = written.iter().filter_map(|fault| {
        Some(Fault {
            id: fault.key.parse().ok()?,
            tests: patterns(raw.faults.as_ref()?.0.get(&fault.key)?),
        })
    });
    Some(Journey {
        id: entry.key.parse().ok()?,
        title: title(raw.title.as_ref(), &entry.key),
        tests: patterns(&raw.tests),
        faults: faults.collect(),
    })
}

fn patterns(raw: &OneOrMany<TestPattern>) -> Vec<Pattern> {
    raw.0.iter().map(|it| it.0.as_str().into()).collect()
}

impl Scope<'_, '_, '_> {
    /// The rule of a `journeys` check; what can never hold is reported.
    pub(super) fn journeys(&mut self, raw: &RawJourneys, node: &Node) -> Option<Verb> {
        let demand = Demand {
            all: raw.all.unwrap_or(false),
            faults: raw.faults.unwrap_or(0),
        };
        if demand == Demand::default() && node.get("faults").is_none() {
            let hint = "add `all: true`, or `faults: 1`";
            self.reports
                .add(node.span, "this asks nothing of any journey", hint);
        }
        self.refuse_undeclared(demand, node);
        for (named, at) in named(node) {
            if let Err((message, hint)) = self.gives(&named, FileKind::Junit) {
                self.reports.add(at, message, hint);
            }
        }
        let from = judged(&self.outline.gates[self.place], node);
        if from.is_empty() && node.get("from").is_none() {
            let gate = self.outline.gates[self.place].name;
            let message = format!("no other check of `{gate}` has `results: junit`");
            let hint =
                "add it to the check that runs the tests, or name that check: `from: [GATE/CHECK]`";
            self.reports.add(node.span, message, hint);
        }
        Some(Verb::Journeys(JourneysRule {
            demand,
            from: from.into_iter().map(|(name, _)| name).collect(),
        }))
    }

    /// Refuses to judge what the policy does not declare.
    fn refuse_undeclared(&mut self, demand: Demand, node: &Node) {
        if self.journeys.is_empty() {
            let hint = "add them at the top level: `journeys: { order: { tests: [\"*order*\"] } }`";
            self.reports
                .add(node.span, "the policy declares no journeys", hint);
            return;
        }
        let mut journeys = self.journeys.all().iter();
        let short = journeys.find(|journey| (journey.faults.len() as u64) < demand.faults);
        if let Some(journey) = short {
            let (id, count) = (&journey.id, journey.faults.len());
            let message = format!(
                "the journey `{id}` declares {count} {}, so {} of them can never pass",
                if count == 1 { "fault" } else { "faults" },
                demand.faults
            );
            let hint = format!("declare more under `journeys.{id}.faults`, or ask for fewer");
            let at = node.get("faults").unwrap_or(node).span;
            self.reports.add(at, message, hint);
        }
    }
}

/// The checks whose tests a check judges, with the places that name them: those under `from`, else
/// the others of its gate that read JUnit files. `node` is what stands under `journeys`.
pub(super) fn judged(gate: &OutlinedGate<'_>, node: &Node) -> Vec<(CheckRef, Span)> {
    if node.get("from").is_some() {
        return named(node);
    }
    let tested = gate.checks().iter().filter(|check| {
        let results = check.value.get("results");
        results.and_then(|results| results.get("junit")).is_some()
    });
    let names = tested.filter_map(|check| format!("{}/{}", gate.name, check.key).parse().ok());
    names.map(|name| (name, node.span)).collect()
}

/// The checks under `from`, each once.
fn named(node: &Node) -> Vec<(CheckRef, Span)> {
    let mut found: Vec<(CheckRef, Span)> = Vec::new();
    for item in node.get("from").map_or(&[][..], Node::items) {
        if let Content::Scalar(scalar) = &item.content
            && let Ok(name) = scalar.text.parse()
            && found.iter().all(|(known, _)| *known != name)
        {
            found.push((name, item.span));
        }
    }
    found
}
