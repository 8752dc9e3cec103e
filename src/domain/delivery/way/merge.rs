//! Fewer steps that do the same.

use super::step::{Run, Step};
use super::world::World;
use crate::domain::ids::GateId;
use crate::domain::pipeline;
use crate::domain::policy::Policy;

/// The steps with as few runs as may be, and without those that can be left out. Where that would
/// not open the way, the steps as they are.
pub(super) fn merged(steps: Vec<Step>, world: &World<'_>) -> Vec<Step> {
    let fewer = with_few_runs(&steps, &world.policy);
    if !world.clone().opens_by(fewer.iter()) {
        return match world.clone().opens_by(steps.iter()) {
            true => steps,
            false => fewer, // of a way that leads nowhere, or that no careful person goes
        };
    }
    let mut kept = fewer;
    let mut place = 0;
    while place < kept.len() {
        let others = kept.iter().enumerate().filter(|(other, _)| *other != place);
        match world.clone().opens_by(others.map(|(_, step)| step)) {
            true => drop(kept.remove(place)),
            false => place += 1,
        }
    }
    kept
}

/// One run does what several do one after the other: it brings what its gates require.
fn with_few_runs(steps: &[Step], policy: &Policy) -> Vec<Step> {
    let mut fewer: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps.iter().cloned() {
        let step = match step {
            Step::Run(run) => Step::Run(absorb(run, &mut fewer, policy)),
            step => step,
        };
        fewer.push(step);
    }
    for step in &mut fewer {
        if let Step::Run(run) = step {
            run.gates = leaves(&run.gates, policy);
        }
    }
    fewer
}

/// Takes an earlier run into a later one, where neither a person nor another run that needs it comes
/// in between.
fn absorb(mut run: Run, before: &mut Vec<Step>, policy: &Policy) -> Run {
    let mut between: Vec<GateId> = Vec::new();
    for place in (0..before.len()).rev() {
        let Step::Run(earlier) = &before[place] else {
            return run;
        };
        let is_needed = |gate| between.iter().any(|other| requires(policy, other, gate));
        if fit(earlier, &run) && !earlier.gates.iter().any(is_needed) {
            if let Step::Run(earlier) = before.remove(place) {
                run.place = earlier.place.or(run.place);
                run.gates.splice(0..0, earlier.gates);
            }
            return run;
        }
        between.extend(earlier.gates.iter().cloned());
    }
    run
}

fn fit(one: &Run, other: &Run) -> bool {
    let is_again = one.gates.iter().any(|gate| other.gates.contains(gate));
    let same_place = one.place.is_none() || other.place.is_none() || one.place == other.place;
    same_place && !is_again
}

/// Tells whether a gate requires another, directly or not.
fn requires(policy: &Policy, one: &GateId, other: &GateId) -> bool {
    let all = pipeline::with_required(policy, std::slice::from_ref(one));
    one != other && all.iter().any(|gate| gate.id == *other)
}

/// The gates that no other of them requires.
fn leaves(gates: &[GateId], policy: &Policy) -> Vec<GateId> {
    let is_leaf = |gate: &&GateId| !gates.iter().any(|other| requires(policy, other, gate));
    gates.iter().filter(is_leaf).cloned().collect()
}
