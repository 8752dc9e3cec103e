//! Names that users type and that the policy does not have.

use super::failure::Failure;
use crate::domain::ids::{CheckRef, EnvironmentId, GateId};
use crate::domain::policy::Policy;

/// How alike two names must be for the one to be offered for the other.
const ALIKE: f64 = 0.7;

/// The failure for a gate that the policy does not have.
pub fn unknown_gate(policy: &Policy, id: &GateId) -> Failure {
    let known: Vec<&str> = policy.gates.iter().map(|gate| gate.id.as_str()).collect();
    unknown(
        &format!("the policy has no stage or gate {id}"),
        id.as_str(),
        &known,
    )
}

/// The failure for a check that the policy does not have.
pub fn unknown_check(policy: &Policy, check: &CheckRef) -> Failure {
    let Some(gate) = policy.gate(&check.gate) else {
        return unknown_gate(policy, &check.gate);
    };
    let known: Vec<&str> = gate.checks.iter().map(|check| check.id.as_str()).collect();
    let message = format!("{} has no check {}", check.gate, check.check);
    unknown(&message, check.check.as_str(), &known)
}

/// The failure for an environment that the policy does not have.
pub fn unknown_environment(policy: &Policy, id: &EnvironmentId) -> Failure {
    let known: Vec<&str> = policy
        .environments
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    let message = format!("the policy has no environment {id}");
    match known.is_empty() {
        true => Failure::usage(message).hint("it has no `environments` at all; add them"),
        false => unknown(&message, id.as_str(), &known),
    }
}

/// The failure for a name that is neither a gate nor an environment of the policy.
pub fn unknown_subject(policy: &Policy, name: &str) -> Failure {
    let gates = policy.gates.iter().map(|gate| gate.id.as_str());
    let environments = policy.environments.iter().map(|it| it.id.as_str());
    let known: Vec<&str> = gates.chain(environments).collect();
    unknown(
        &format!("the policy has no gate and no environment {name}"),
        name,
        &known,
    )
}

fn unknown(message: &str, typed: &str, known: &[&str]) -> Failure {
    let likeness = |name: &&&str| strsim::jaro_winkler(typed, name);
    let nearest = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|name| likeness(name) >= ALIKE);
    let hint = match nearest {
        Some(name) => format!("did you mean {name}?"),
        None => format!("it has {}", known.join(", ")),
    };
    Failure::usage(message).hint(hint)
}
