//! What two schemas say of a value itself, compared; what they say of its parts is left to later.

use std::collections::HashSet;

use super::Direction;
use super::api::Place;
use super::breaks::{BreakKind, Side};
use super::schema::{Bound, End, Literal, Measure};
use super::whole::{View, Whole};

/// The longest text of a document that a message repeats, in characters.
const SHOWN: usize = 60;

/// What was found at one level.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// What is broken.
    pub(super) breaks: Vec<Found>,
    /// What is to be compared below.
    pub(super) below: Vec<Below>,
}

/// Something that is broken.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kind: BreakKind,
    pub(super) side: Side,
    pub(super) place: Place,
    /// The way to it from the schema that is looked at: `.sku`.
    pub(super) trail: String,
    pub(super) detail: String,
}

/// Parts of the two schemas.
#[derive(Debug)]
pub(super) struct Below {
    pub(super) narrow: Whole,
    pub(super) wide: Whole,
    /// The way to them: `.sku`, `[]`.
    pub(super) trail: String,
}

/// Compares one level: does everything that fits `narrow` fit `wide`?
pub(super) fn level(narrow: &View<'_>, wide: &View<'_>, direction: Direction) -> Level {
    let mut look = Look {
        narrow,
        wide,
        direction,
        level: Level::default(),
    };
    let nothing_can_break = wide.is_anything() || narrow.types.is_empty();
    if !nothing_can_break && look.types_fit() {
        look.values();
        look.forms();
        look.limits();
        look.discriminators();
        look.opaque();
        look.objects();
        look.arrays();
    }
    look.level
}

/// A look at two schemas.
pub(super) struct Look<'v, 'a> {
    pub(super) narrow: &'v View<'a>,
    pub(super) wide: &'v View<'a>,
    pub(super) direction: Direction,
    pub(super) level: Level,
}

impl Look<'_, '_> {
    pub(super) fn is_sent(&self) -> bool {
        self.direction == Direction::Sent
    }

    /// Something is broken in the current document as a whole.
    fn here(&mut self, kind: BreakKind, detail: String) {
        let (base, current) = match self.direction {
            Direction::Sent => (self.narrow, self.wide),
            Direction::Received => (self.wide, self.narrow),
        };
        let found = match (current.place(), base.place()) {
            (Some(place), _) => (Side::Current, place),
            (None, Some(place)) => (Side::Base, place),
            (None, None) => return,
        };
        self.at(kind, found, String::new(), detail);
    }

    /// Something is broken at a place.
    pub(super) fn at(
        &mut self,
        kind: BreakKind,
        (side, place): (Side, &Place),
        trail: String,
        detail: String,
    ) {
        self.level.breaks.push(Found {
            kind,
            side,
            place: place.clone(),
            trail,
            detail,
        });
    }

    /// Asks for a comparison of parts, unless anything is allowed there.
    pub(super) fn below(&mut self, narrow: Whole, wide: Whole, trail: String) {
        if !wide.is_empty() {
            self.level.below.push(Below {
                narrow,
                wide,
                trail,
            });
        }
    }

    /// Tells whether every type is allowed; where one is not, the rest says little.
    fn types_fit(&mut self) -> bool {
        let further = self.narrow.types.without(self.wide.types);
        if further.is_empty() {
            return true;
        }
        let detail = match self.direction {
            Direction::Sent => format!("{further} is not accepted any more"),
            Direction::Received => format!("it may be {further} now"),
        };
        self.here(BreakKind::TypeChanged, detail);
        false
    }

    fn values(&mut self) {
        let Some(allowed) = self.wide.values() else {
            return;
        };
        let Some(given) = self.narrow.values() else {
            let named: Vec<_> = allowed.iter().take(5).map(|it| shown(&it.text)).collect();
            let named = named.join(", ");
            let (kind, detail) = match self.direction {
                Direction::Sent => (
                    BreakKind::ValueRemoved,
                    format!("only {named} are accepted now"),
                ),
                Direction::Received => (
                    BreakKind::ValueAdded,
                    format!("it may be other values than {named} now"),
                ),
            };
            self.here(kind, detail);
            return;
        };
        let (base, current) = match self.direction {
            Direction::Sent => (&given, &allowed),
            Direction::Received => (&allowed, &given),
        };
        for value in lacking(base, current) {
            let detail = format!("the value {} is gone", shown(&value.text));
            let at = (Side::Base, &value.place);
            self.at(BreakKind::ValueRemoved, at, String::new(), detail);
        }
        if self.is_sent() {
            return;
        }
        for value in lacking(current, base) {
            let detail = format!("the value {} is new", shown(&value.text));
            let at = (Side::Current, &value.place);
            self.at(BreakKind::ValueAdded, at, String::new(), detail);
        }
    }

    fn forms(&mut self) {
        for format in self.wide.formats() {
            if !is_usual(format) && !self.narrow.formats().any(|own| own == format) {
                self.form(BreakKind::FormatChanged, "the format", format);
            }
        }
        for pattern in self.wide.patterns() {
            if !self.narrow.patterns().any(|own| own == pattern) {
                self.form(BreakKind::PatternChanged, "the pattern", pattern);
            }
        }
    }

    fn form(&mut self, kind: BreakKind, what: &str, wanted: &str) {
        let wanted = shown(wanted);
        let detail = match self.direction {
            Direction::Sent => format!("it must have {what} {wanted} now"),
            Direction::Received => format!("it need not have {what} {wanted} any more"),
        };
        self.here(kind, detail);
    }

    fn limits(&mut self) {
        use Measure::{Items, Length, Number, Properties};
        for measure in [Number, Length, Items, Properties] {
            if !self.narrow.types.meets(measure.types()) {
                continue;
            }
            let (own, allowed) = (self.narrow.limits(measure), self.wide.limits(measure));
            // No size is below 0.
            let says = |bound: &Bound| measure == Number || bound.number > 0.0;
            if let Some(least) = allowed.least.filter(says)
                && !own.least.is_some_and(|own| is_above(own, least))
            {
                self.limit(measure, "at least", "below", least);
            }
            if let Some(most) = allowed.most
                && !own
                    .most
                    .is_some_and(|own| is_above(turned(own), turned(most)))
            {
                self.limit(measure, "at most", "above", most);
            }
        }
        self.multiples();
        if self.wide.items_are_unique() && !self.narrow.items_are_unique() {
            let detail = match self.direction {
                Direction::Sent => "its items must differ now",
                Direction::Received => "its items may be equal now",
            };
            self.here(BreakKind::LimitChanged, detail.to_owned());
        }
    }

    fn limit(&mut self, measure: Measure, kept: &str, broken: &str, bound: Bound) {
        let (what, number) = (measure.in_words(), bound.number);
        let detail = match (self.direction, bound.end) {
            (Direction::Sent, End::Included) => format!("{what} must be {kept} {number} now"),
            (Direction::Sent, End::Excluded) => {
                format!("{what} must be {kept} {number} now, and not {number} itself")
            }
            (Direction::Received, End::Included) => format!("{what} may be {broken} {number} now"),
            (Direction::Received, End::Excluded) => {
                format!("{what} may be {number} or {broken} it now")
            }
        };
        self.here(BreakKind::LimitChanged, detail);
    }

    fn multiples(&mut self) {
        for wanted in self.wide.multiples() {
            let is_kept = |own: f64| own == wanted || (own / wanted).fract() == 0.0;
            if !self.narrow.multiples().any(is_kept) {
                let detail = match self.direction {
                    Direction::Sent => format!("it must be a multiple of {wanted} now"),
                    Direction::Received => {
                        format!("it need not be a multiple of {wanted} any more")
                    }
                };
                self.here(BreakKind::LimitChanged, detail);
            }
        }
    }

    fn discriminators(&mut self) {
        let (base, current) = match self.direction {
            Direction::Sent => (self.narrow.discriminator(), self.wide.discriminator()),
            Direction::Received => (self.wide.discriminator(), self.narrow.discriminator()),
        };
        let Some(base) = base else { return };
        let is_kept = current.is_some_and(|current| {
            let mut mapping = base.mapping.iter();
            current.property == base.property
                && mapping.all(|(value, name)| current.mapping.get(value) == Some(name))
        });
        if !is_kept {
            let property = shown(&base.property);
            let detail = format!("alternatives are not told apart by {property} as before");
            self.here(BreakKind::DiscriminatorChanged, detail);
        }
    }

    /// What can't be compared must be the same.
    fn opaque(&mut self) {
        for (keyword, text) in self.wide.opaque() {
            if !self.narrow.opaque().any(|own| own == (keyword, text)) {
                let detail = format!("`{keyword}` differs, and nobody can tell what that breaks");
                self.here(BreakKind::Incomparable, detail);
            }
        }
    }
}

/// The values that another list does not have.
fn lacking<'a>(values: &[&'a Literal], others: &[&Literal]) -> Vec<&'a Literal> {
    let known: HashSet<_> = others.iter().map(|other| other.text.as_str()).collect();
    let values = values.iter().copied();
    values
        .filter(|value| !known.contains(value.text.as_str()))
        .collect()
}

/// A text of a document, as messages show it.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    match short.len() < text.len() {
        true => format!("`{short}…`"),
        false => format!("`{short}`"),
    }
}

/// Tells whether a format is what programs take numbers for anyway, so that it demands nothing.
fn is_usual(format: &str) -> bool {
    matches!(format, "int64" | "double")
}

/// Tells whether all numbers from one bound on lie above another.
fn is_above(own: Bound, least: Bound) -> bool {
    own.number > least.number
        || (own.number == least.number && (own.end == End::Excluded || least.end == End::Included))
}

fn turned(bound: Bound) -> Bound {
    Bound {
        number: -bound.number,
        ..bound
    }
}
