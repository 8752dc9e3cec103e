//! Reasons of the verdict, each on a line.

use crate::domain::reason::Reason;
use crate::render::report::model::ReasonPart;
use crate::render::report::text::Pen;

/// A reason where its check is known by where it stands.
pub(super) fn own(pen: Pen<'_>, reason: &Reason) -> ReasonPart {
    let text = pen.line(&reason.message);
    let place = reason.location.as_ref();
    let place = place.map(|place| pen.name(&place.to_string()));
    ReasonPart {
        check: None,
        place: place.filter(|place| !text.as_str().contains(place.as_str())),
        code: reason.code.as_str(),
        text,
    }
}

/// A reason with the check that it is about.
pub(super) fn named(pen: Pen<'_>, reason: &Reason) -> ReasonPart {
    let check = reason.check.as_ref();
    ReasonPart {
        check: check.map(|check| pen.name(check.as_str())),
        ..own(pen, reason)
    }
}
