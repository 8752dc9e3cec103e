//! Policy + facts + verdict + now → the model of a report.

pub(in crate::render) mod badges;
mod checklist;
mod deployments;
mod environments;
mod evidence;
mod gates;
mod head;
mod journeys;
mod manual;
mod obstacles;
mod people;
mod reasons;
mod steps;
pub(in crate::render) mod timeline;
mod words;

use crate::domain::gate::Gate;
use crate::domain::gate::verdict::GateVerdict;

use super::Sources;
use super::model::Report;
use super::text::Pen;
use evidence::Evidence;

/// What every part is built with.
#[derive(Debug)]
struct Desk<'a> {
    sources: &'a Sources<'a>,
    pen: Pen<'a>,
    evidence: Evidence<'a>,
}

impl<'a> Desk<'a> {
    /// Every gate of the policy with its verdict, as written.
    fn gates(&self) -> impl Iterator<Item = (&'a Gate, &'a GateVerdict)> {
        let Sources {
            policy, verdict, ..
        } = *self.sources;
        let gates = policy.gates.iter();
        gates.filter_map(|gate| Some((gate, verdict.gate(&gate.id)?)))
    }
}

/// The record of a release.
pub(super) fn report(sources: &Sources<'_>) -> Report {
    let pen = Pen::new(sources.redactor);
    let desk = Desk {
        sources,
        evidence: Evidence::of(sources, pen),
        pen,
    };
    let (evidence, evidence_left_out) = desk.evidence.listed();
    Report {
        head: head::head(&desk),
        obstacles: obstacles::obstacles(&desk),
        waiting: obstacles::waiting(&desk),
        steps: steps::steps(&desk),
        environments: environments::environments(&desk),
        gates: gates::gates(&desk),
        journeys: journeys::journeys(&desk),
        manual: manual::items(&desk),
        waivers: people::waivers(&desk),
        checklist: checklist::groups(&desk),
        deployments: deployments::deployments(&desk),
        timeline: timeline::timeline(&desk),
        evidence,
        evidence_left_out,
    }
}
