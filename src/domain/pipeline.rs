//! The pipeline: which stages there are, in which order gates open, and what a wish entails.

use std::collections::BTreeSet;

use super::gate::Gate;
use super::ids::GateId;
use super::policy::Policy;

/// The known stages. Those that a policy has must stand in this order.
pub const STAGES: [&str; 6] = ["lint", "test", "contract", "build", "push", "tag"];

/// The place of a known stage in the mandated order.
pub fn rank(stage: &str) -> Option<usize> {
    STAGES.iter().position(|known| *known == stage)
}

/// The gates of a policy so that each stands behind all that it requires. Gates in a cycle, and
/// gates that require one of those, are left out.
pub fn in_order(policy: &Policy) -> Vec<&Gate> {
    let mut order: Vec<&Gate> = Vec::with_capacity(policy.gates.len());
    let mut placed: BTreeSet<&GateId> = BTreeSet::new();
    loop {
        let before = order.len();
        for gate in &policy.gates {
            if !placed.contains(&gate.id) && gate.requires.iter().all(|id| placed.contains(id)) {
                placed.insert(&gate.id);
                order.push(gate);
            }
        }
        if order.len() == before {
            return order;
        }
    }
}

/// The wanted gates and everything that they require, in the order in which they open.
pub fn with_required<'a>(policy: &'a Policy, wanted: &[GateId]) -> Vec<&'a Gate> {
    let mut needed: BTreeSet<GateId> = BTreeSet::new();
    let mut open: Vec<GateId> = wanted.to_vec();
    while let Some(id) = open.pop() {
        if let Some(gate) = policy.gate(&id)
            && needed.insert(id)
        {
            open.extend(gate.requires.iter().cloned());
        }
    }
    let mut order = in_order(policy);
    order.retain(|gate| needed.contains(&gate.id));
    order
}
