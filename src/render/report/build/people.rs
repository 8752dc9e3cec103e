//! Approvals, sign-offs and waivers.

use super::{badges, reasons, words};
use crate::domain::delivery::approval::{ApprovalVerdict, PersonVerdict};
use crate::domain::delivery::environment::ApprovalRule;
use crate::domain::gate::facts::SignoffFact;
use crate::domain::gate::waiver::WaiverVerdict;
use crate::render::people;
use crate::render::report::model::{ApprovalsPart, PersonPart, SignoffPart, WaiverPart};
use crate::render::report::text::{Pen, Text};

use super::Desk;

/// Who decided on a gate or environment.
pub(super) fn approvals(
    pen: Pen<'_>,
    rule: &ApprovalRule,
    verdict: &ApprovalVerdict,
) -> ApprovalsPart {
    let from: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
    let (counted, required) = (verdict.counted(), verdict.required);
    let summary = format!(
        "{counted} of {required} approvals that count, from {}",
        from.join(" or ")
    );
    ApprovalsPart {
        summary: pen.line(&summary),
        people: verdict.people.iter().map(|it| person(pen, it)).collect(),
    }
}

fn person(pen: Pen<'_>, person: &PersonVerdict) -> PersonPart {
    PersonPart {
        by: pen.name(&person.by),
        badge: badges::decision(person.decision, people::counts(person)),
        at: person.at,
        comment: pen.line(&person.comment),
        objection: person
            .objection
            .as_ref()
            .map(|reason| reasons::own(pen, reason)),
    }
}

/// A sign-off, and why it does not count.
pub(super) fn signoff(pen: Pen<'_>, fact: &SignoffFact, objection: Option<&str>) -> SignoffPart {
    let record = &fact.record;
    let place = record.environment.as_ref();
    SignoffPart {
        by: pen.name(&record.by),
        badge: badges::signoff(record.result, objection.is_none()),
        at: fact.at,
        place: place.map(|id| pen.name(id.as_str())),
        note: pen.line(&record.note),
        objection: pen.line(objection.unwrap_or_default()),
    }
}

/// `waived by mia until 2026-12-01: known issue`.
pub(super) fn waived(pen: Pen<'_>, waiver: &WaiverVerdict) -> Text {
    pen.line(&people::waived(waiver))
}

/// Every waiver.
pub(super) fn waivers(desk: &Desk<'_>) -> Vec<WaiverPart> {
    let pen = desk.pen;
    let part = |waiver: &WaiverVerdict| WaiverPart {
        id: pen.name(&waiver.id),
        scope: pen.name(&waiver.scope()),
        anchor: words::gate_anchor(&waiver.gate),
        badge: badges::waiver(waiver.state),
        by: pen.name(&waiver.by),
        reason: pen.line(&waiver.reason),
        at: waiver.at,
        expires_at: waiver.expires_at,
        note: waiver.note.as_ref().map(|reason| reasons::own(pen, reason)),
    };
    desk.sources.verdict.waivers.iter().map(part).collect()
}
