//! What people decided and saw, a clean line each.

use crate::domain::delivery::approval::{ApprovalVerdict, PersonVerdict};
use crate::domain::gate::facts::SignoffFact;
use crate::domain::gate::waiver::WaiverVerdict;

use super::clean;

/// `bob approved: ship it`, `eve approved, which does not count`.
pub(super) fn decision(person: &PersonVerdict) -> String {
    let counted = match counts(person) {
        true => "",
        false => ", which does not count",
    };
    let by = clean::line(&person.by);
    format!("{by} {}{counted}{}", person.decision, said(&person.comment))
}

/// Tells whether a decision is an approval that counts.
pub(super) fn counts(person: &PersonVerdict) -> bool {
    person.objection.is_none()
}

/// Those whose decisions are told besides the reasons, which name the others: whose approvals
/// count; everyone where nothing is missing.
pub(super) fn decisions(approvals: Option<&ApprovalVerdict>) -> Vec<String> {
    let Some(approvals) = approvals else {
        return Vec::new();
    };
    let is_told = |person: &&PersonVerdict| counts(person) || approvals.reasons.is_empty();
    let told = approvals.people.iter().filter(is_told);
    told.map(decision).collect()
}

/// `signed off as passed by carol in staging at 2026-11-21T04:00:00Z: looks good`.
pub(super) fn signoff(fact: &SignoffFact) -> String {
    let record = &fact.record;
    let place = record.environment.as_ref();
    let place = place.map_or(String::new(), |id| format!(" in {id}"));
    let (result, by, at) = (record.result, clean::line(&record.by), fact.at);
    format!(
        "signed off as {result} by {by}{place} at {at:.0}{}",
        said(&record.note)
    )
}

/// `waived by mia until 2026-12-01: known issue`; `mail waived by …` where only a check is.
pub(super) fn waived(waiver: &WaiverVerdict) -> String {
    let check = waiver.check.as_ref();
    let check = check.map_or(String::new(), |check| format!("{check} "));
    let (by, day) = (
        clean::line(&waiver.by),
        waiver.expires_at.strftime("%Y-%m-%d"),
    );
    format!("{check}waived by {by} until {day}{}", said(&waiver.reason))
}

/// `active: G1/mail by mia until 2026-12-01T00:00:00Z: known issue (w-1)`.
pub(super) fn waiver(waiver: &WaiverVerdict) -> String {
    let (state, scope) = (waiver.state.as_str(), waiver.scope());
    let (by, id) = (clean::line(&waiver.by), clean::line(&waiver.id));
    let until = waiver.expires_at;
    format!(
        "{state}: {scope} by {by} until {until:.0}{} ({id})",
        said(&waiver.reason)
    )
}

fn said(text: &str) -> String {
    match clean::line(text) {
        nothing if nothing.is_empty() => nothing,
        text => format!(": {text}"),
    }
}
