//! Every required check of Tollgate is one that a gate posts.

use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "check-unknown",
    severity: Severity::Error,
    title: "A check is required that no gate posts",
    why: "It stays pending for ever, so that nothing can be merged until somebody bypasses the rules.",
    mend: "name the check `tollgate / GATE` after a stage or gate of the policy, or remove it from the ruleset",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let required = audit.live.required_checks.known();
    let unknown = required.into_iter().flatten().filter(|check| {
        let gate = jobs::gate_of_check(audit, &check.name);
        let is_gate = |name: &str| {
            audit
                .policy
                .gates
                .iter()
                .any(|gate| gate.id.as_str() == name)
        };
        gate.is_some_and(|gate| !is_gate(gate))
    });
    let findings = unknown.map(|check| {
        let message = format!(
            "the check `{}` is required, and no gate posts it",
            check.name
        );
        Finding::at_setting(&RULE, super::required_checks_place(audit), message)
    });
    findings.collect()
}
