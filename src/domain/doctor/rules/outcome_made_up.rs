//! What is recorded of a step is how that step ended.

use crate::domain::check::{Check, Verb};
use crate::domain::doctor::calls::{Call, Targets};
use crate::domain::doctor::{Audit, Finding, Rule, Severity, jobs};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "outcome-made-up",
    severity: Severity::Error,
    title: "A check is recorded as passed, however its step ended",
    why: "A constant `success` says nothing, and `steps.ID.conclusion` is `success` after `continue-on-error` too.",
    mend: "give `${{ steps.ID.outcome }}`, with the id of the step that the check stands for",
};

/// Applies it; a conclusion is a warning, since only `continue-on-error` makes it wrong.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for view in jobs::all(audit) {
        let records = view.calls.iter().filter(|call| call.command == "record");
        for call in records.filter(|call| !stands_for_no_step(audit, call)) {
            let outcome = call.outcome.as_deref().unwrap_or_default();
            let at =
                |message: String| Finding::at_line(&RULE, &view.workflow.path, call.line, message);
            let bare = outcome.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if bare.eq_ignore_ascii_case("success") {
                findings.push(at(format!(
                    "the job `{}` always records success",
                    view.job.id
                )));
            } else if outcome.contains("steps") && outcome.contains("conclusion") {
                let message = format!(
                    "the job `{}` records `{outcome}`, not the outcome",
                    view.job.id
                );
                findings.push(at(message).milder(Severity::Warning));
            }
        }
    }
    findings
}

/// Whether Tollgate itself judges what is recorded, from what the ledger knows.
fn stands_for_no_step(audit: &Audit, call: &Call) -> bool {
    let (Targets::Named(gates), Some(check)) = (&call.targets, &call.check) else {
        return false;
    };
    let judged = |check: &Check| matches!(check.verb, Verb::Journeys(_));
    let names = gates.iter().map(|gate| format!("{gate}/{check}"));
    let mut checks = names.filter_map(|name| audit.policy.check(&name.parse().ok()?));
    checks.any(judged)
}
