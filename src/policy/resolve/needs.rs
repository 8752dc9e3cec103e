//! Which checks of a gate wait for which others of it.

use super::Scope;
use super::graph;
use super::journeys;
use super::outline::OutlinedGate;
use crate::domain::gate::Pace;
use crate::domain::ids::is_name;
use crate::policy::diagnostics::{Span, quoted};
use crate::policy::node::{Content, Entry};
use crate::policy::words;

/// A check that another one waits for.
#[derive(Clone, Copy)]
struct Need {
    place: usize,
    at: Span,
    /// What the check does with the other one, for messages.
    does: &'static str,
}

impl Scope<'_, '_, '_> {
    /// For each check of a gate the places of those that it needs: the ones under `needs`, and
    /// the one under `image.same-as` when it lies in the same gate. What a check judges it waits
    /// for too, but does not need to pass.
    pub(super) fn needs(&mut self, gate: &OutlinedGate<'_>, pace: Pace) -> Vec<Vec<usize>> {
        let mut all: Vec<Vec<usize>> = Vec::new();
        let mut waits: Vec<Vec<usize>> = Vec::new();
        for (place, check) in gate.checks().iter().enumerate() {
            let mut needs = self.written_needs(gate, check);
            needs.extend(implied_need(gate, check));
            let mut judged = judged_here(gate, check);
            if pace == Pace::Sequential {
                self.refuse_later(gate, place, &needs);
                self.refuse_later(gate, place, &judged);
                judged.retain(|need| need.place <= place);
                needs.retain(|need| need.place <= place);
            }
            let mut places: Vec<usize> = Vec::new();
            for need in needs {
                if !places.contains(&need.place) {
                    places.push(need.place);
                }
            }
            let judged = judged.iter().map(|need| need.place);
            waits.push(places.iter().copied().chain(judged).collect());
            all.push(places);
        }
        self.report_cycles(gate, &waits);
        all
    }

    fn written_needs(&mut self, gate: &OutlinedGate<'_>, check: &Entry) -> Vec<Need> {
        let items = check
            .value
            .get("needs")
            .map_or(&[][..], |needs| needs.items());
        let mut needs = Vec::new();
        for item in items {
            let Content::Scalar(scalar) = &item.content else {
                continue;
            };
            let at = item.span;
            match gate.check_place(&scalar.text) {
                Some(place) => needs.push(Need {
                    place,
                    at,
                    does: "needs",
                }),
                None if !is_name(&scalar.text) || self.reports.is_full() => {} // is reported
                None => self.unknown_need(gate, &scalar.text, at),
            }
        }
        needs
    }

    fn unknown_need(&mut self, gate: &OutlinedGate<'_>, name: &str, at: Span) {
        let message = format!("`{}` has no check {}", gate.name, quoted(name));
        let mut gates = self.outline.gates.iter();
        let elsewhere = gates.find(|it| it.check_place(name).is_some() || it.name == name);
        let checks = gate.checks().iter().map(|check| check.key.as_str());
        let hint = match (words::nearest(name, checks.clone()), elsewhere) {
            (None, Some(_)) => "`needs` names checks of the same gate; a gate waits for another \
                                gate with `requires`"
                .to_owned(),
            _ => words::suggestion(name, checks, "its checks"),
        };
        self.reports.add(at, message, hint);
    }

    /// In a sequential gate the written order decides, and a need cannot turn it round.
    fn refuse_later(&mut self, gate: &OutlinedGate<'_>, place: usize, needs: &[Need]) {
        for need in needs.iter().filter(|need| need.place > place) {
            let check = &gate.checks()[place].key;
            let later = &gate.checks()[need.place];
            let message = format!(
                "`{check}` {} `{}`, which comes after it on line {} in a sequential gate",
                need.does, later.key, later.key_span.line
            );
            let hint = format!(
                "move `{}` before `{check}`, or remove `sequential`",
                later.key
            );
            self.reports.add(need.at, message, hint);
        }
    }

    fn report_cycles(&mut self, gate: &OutlinedGate<'_>, needs: &[Vec<usize>]) {
        for cycle in graph::cycles(needs) {
            let names = cycle.iter().chain(cycle.first());
            let names: Vec<_> = names.map(|at| gate.checks()[*at].key.as_str()).collect();
            let check = &gate.checks()[cycle[0]];
            let message = format!(
                "the checks need one another in a circle: {}",
                names.join(" → ")
            );
            let mut checks = cycle.iter().map(|at| &gate.checks()[*at]);
            let hint = match checks.any(|check| check.value.get("journeys").is_some()) {
                true => {
                    "take one of them out of a `needs`, or name what is judged: `from: [GATE/CHECK]`"
                }
                false => "take one of them out of a `needs`",
            };
            self.reports
                .add(check.value.key_span("needs"), message, hint);
        }
    }
}

/// The check of the same gate whose image a check compares with.
fn implied_need(gate: &OutlinedGate<'_>, check: &Entry) -> Option<Need> {
    let node = check.value.get("image")?.get("same-as")?;
    let Content::Scalar(scalar) = &node.content else {
        return None;
    };
    let (other, name) = scalar.text.split_once('/')?;
    let place = gate.check_place(name).filter(|_| other == gate.name)?;
    Some(Need {
        place,
        at: node.span,
        does: "needs",
    })
}

/// The checks of the same gate whose tests a check judges.
fn judged_here(gate: &OutlinedGate<'_>, check: &Entry) -> Vec<Need> {
    let Some(node) = check.value.get("journeys") else {
        return Vec::new();
    };
    let judged = journeys::judged(gate, node).into_iter();
    let here = judged.filter(|(name, _)| name.gate.as_str() == gate.name);
    here.filter_map(|(name, at)| {
        Some(Need {
            place: gate.check_place(name.check.as_str())?,
            at,
            does: "judges",
        })
    })
    .collect()
}
