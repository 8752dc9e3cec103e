//! The merge queue waits long enough.

use std::time::Duration;

use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "queue-too-short",
    severity: Severity::Warning,
    title: "The merge queue waits a shorter time than the pipeline may take",
    why: "A check that has not reported in time counts as failed, and throws good changes out of the queue.",
    mend: "raise `Status check timeout` of the merge queue, or lower `budgets.pipeline` of the policy",
};

/// Applies it.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let queue = audit.live.queue.known().copied().flatten();
    let minutes = queue.and_then(|queue| queue.minutes);
    let (Some(minutes), Some(budget)) = (minutes, audit.policy.budgets.pipeline) else {
        return Vec::new();
    };
    if Duration::from_secs(minutes.saturating_mul(60)) >= budget {
        return Vec::new();
    }
    let message = format!(
        "the merge queue waits {minutes} min for checks, and the pipeline may take {} min",
        budget.as_secs().div_ceil(60)
    );
    let place = format!("rules for {} › merge queue", super::default_branch(audit));
    vec![Finding::at_setting(&RULE, place, message)]
}
