//! Manual checks, item by item: what people are to look at, who did, and what they saw.

use super::{Desk, badges, people, words};
use crate::domain::check::{Check, Verb};
use crate::domain::gate::Gate;
use crate::domain::gate::facts::SignoffFact;
use crate::domain::gate::signoff;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::render::report::model::{ManualItem, PlacePart, SignoffPart};

/// How many sign-offs that do not count are shown of a check.
const SHOWN_SET_ASIDE: usize = 50;

pub(super) fn items(desk: &Desk<'_>) -> Vec<ManualItem> {
    let mut items = Vec::new();
    for (gate, verdict) in desk.gates() {
        for check in &gate.checks {
            if let (Verb::Manual(instruction), Some(seen)) = (&check.verb, verdict.check(&check.id))
            {
                let item = Item {
                    gate,
                    verdict,
                    check,
                    seen,
                };
                items.push(item.part(desk, instruction));
            }
        }
    }
    items
}

/// A manual check with its verdict.
struct Item<'a> {
    gate: &'a Gate,
    verdict: &'a GateVerdict,
    check: &'a Check,
    seen: &'a CheckVerdict,
}

impl Item<'_> {
    fn part(&self, desk: &Desk<'_>, instruction: &str) -> ManualItem {
        let (pen, gate, check) = (desk.pen, &self.gate.id, &self.check.id);
        ManualItem {
            name: pen.name(&format!("{gate}/{check}")),
            title: words::title(pen, &self.check.title, check.as_str()),
            anchor: words::manual_anchor(gate, check),
            badge: badges::check(self.verdict, self.seen),
            instruction: pen.passage(instruction),
            places: self.places(desk),
            set_aside: self.set_aside(desk),
            evidence: desk.evidence.proofs(&self.seen.evidence),
        }
    }

    /// Each environment that it is about; where it is about none, what was seen anywhere.
    fn places(&self, desk: &Desk<'_>) -> Vec<PlacePart> {
        let pen = desk.pen;
        let shown = |fact: &SignoffFact| people::signoff(pen, fact, None);
        let here = |fact: &SignoffFact| SignoffPart {
            place: None, // the part's own
            ..shown(fact)
        };
        let heard = &self.seen.signoffs;
        if self.check.only.is_empty() {
            let part = |signoff| PlacePart {
                name: None,
                signoff,
            };
            return match heard.is_empty() {
                true => vec![part(None)],
                false => heard.iter().map(|fact| part(Some(shown(fact)))).collect(),
            };
        }
        let part = |id| PlacePart {
            name: Some(pen.name(id)),
            signoff: heard
                .iter()
                .find(|fact| {
                    fact.record
                        .environment
                        .as_ref()
                        .is_some_and(|it| it.as_str() == id)
                })
                .map(here),
        };
        self.check.only.iter().map(|id| part(id.as_str())).collect()
    }

    /// The sign-offs that do not count, with why.
    fn set_aside(&self, desk: &Desk<'_>) -> Vec<SignoffPart> {
        let (gate, check) = (&self.gate.id, &self.check.id);
        let facts = desk.sources.facts.signoffs.iter();
        let mut others: Vec<&SignoffFact> = facts
            .filter(|fact| fact.record.gate == *gate && fact.record.check == *check)
            .filter(|fact| !self.seen.signoffs.contains(fact))
            .collect();
        others.sort_by_key(|fact| (fact.at, &fact.key));
        others.dedup();
        let shown = others.into_iter().rev().take(SHOWN_SET_ASIDE).rev();
        let part = |fact| people::signoff(desk.pen, fact, Some(&self.objection(desk, fact)));
        shown.map(part).collect()
    }

    fn objection(&self, desk: &Desk<'_>, fact: &SignoffFact) -> String {
        if let Some(reason) = signoff::why_not_heard(self.check, fact, desk.sources.now) {
            return reason.message;
        }
        let place = fact.record.environment.as_ref();
        let is_asked_for = self.check.only.is_empty()
            || place.is_some_and(|place| self.check.only.contains(place));
        match is_asked_for {
            true => "a later sign-off stands in its place".to_owned(),
            false => "it was not seen where it must be".to_owned(),
        }
    }
}
