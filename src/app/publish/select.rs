//! Which gates are reported, and under which check run.

use std::collections::BTreeMap;

use crate::app::handover::anchors::{Anchor, Anchors};
use crate::domain::gate::facts::Facts;
use crate::domain::gate::verdict::{GateVerdict, Verdict};
use crate::domain::ids::{GateId, RunId, Sha256Digest};
use crate::domain::status::GateStatus;

/// What is known when gates are chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// Everything that the ledger says.
    pub(super) facts: &'a Facts,
    /// The check runs on the commit.
    pub(super) anchors: &'a Anchors,
    /// The manifests of this workspace.
    pub(super) local: &'a BTreeMap<Sha256Digest, RunId>,
}

/// A gate that is to be reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) gate: GateId,
    pub(super) how: How,
}

/// How a gate is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    /// By a new check run.
    New,
    /// By a check run that this job posted before.
    Update {
        /// Which.
        check_run: u64,
        /// The run that it told about: its remarks stand there already.
        told: Option<RunId>,
    },
}

/// Chooses.
pub(super) fn gates(verdict: &Verdict, asked: &[GateId], known: &Known<'_>) -> Vec<Choice> {
    let chosen = verdict.gates.iter().filter_map(|gate| {
        let how = how(gate, asked, known)?;
        Some(Choice {
            gate: gate.id.clone(),
            how,
        })
    });
    chosen.collect()
}

fn how(gate: &GateVerdict, asked: &[GateId], known: &Known<'_>) -> Option<How> {
    let own = own_check_run(&gate.id, known);
    if let Some(newest) = newest_local_run(&gate.id, known) {
        return match own {
            Some((reported, _)) if reported >= newest => None,
            Some((reported, check_run)) => Some(How::Update {
                check_run,
                told: Some(reported.clone()),
            }),
            None => Some(How::New),
        };
    }
    let is_decided = matches!(
        gate.status,
        GateStatus::Passed | GateStatus::Failed | GateStatus::Waived
    );
    if is_decided {
        return (has_results(&gate.id, known) && !is_told(&gate.id, known)).then_some(How::New);
    }
    (asked.contains(&gate.id) && own.is_none()).then_some(How::New)
}

fn anchors_of<'a>(gate: &'a GateId, known: &Known<'a>) -> impl Iterator<Item = &'a Anchor> {
    let of_gate = move |anchor: &&Anchor| anchor.id.gate == *gate;
    known.anchors.trusted.iter().filter(of_gate)
}

/// The newest check run that this workspace posted for a gate, and the run that it told about.
fn own_check_run<'a>(gate: &'a GateId, known: &Known<'a>) -> Option<(&'a RunId, u64)> {
    anchors_of(gate, known)
        .filter_map(|anchor| Some((known.local.get(&anchor.id.manifest)?, anchor.check_run)))
        .max()
}

/// The newest run of this workspace that has a result for a gate.
fn newest_local_run<'a>(gate: &GateId, known: &Known<'a>) -> Option<&'a RunId> {
    let results = known.facts.checks.iter().map(|fact| &fact.report);
    let of_gate = results.filter(|report| report.gate == *gate);
    let runs = of_gate.filter_map(|report| report.run.as_ref());
    runs.filter(|run| known.local.values().any(|local| local == *run))
        .max()
}

fn has_results(gate: &GateId, known: &Known<'_>) -> bool {
    known
        .facts
        .checks
        .iter()
        .any(|fact| fact.report.gate == *gate)
}

/// Whether a decided check run stands on the commit.
fn is_told(gate: &GateId, known: &Known<'_>) -> bool {
    anchors_of(gate, known).any(|anchor| anchor.is_completed)
}

#[cfg(test)]
mod tests;
