//! Goes through everything that is to be compared, each pair of schemas once.
//!
//! Schemas may refer to themselves, so pairs that were met are not looked at again: what is broken
//! within them was found then. Nothing here calls itself, however deep schemas lead.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use super::Direction;
use super::api::{Api, Place};
use super::breaks::{Break, BreakKind, Side};
use super::level::{Found, Level, level};
use super::schema::SchemaId;
use super::whole::{View, Whole};

/// How much is looked at, in parts and properties of schemas.
const MOST_WORK: usize = 50_000_000;

/// The most breaks that are told.
const MOST_BREAKS: usize = 10_000;

/// The longest way to a value that is told, in bytes.
const LONGEST_TRAIL: usize = 200;

/// A comparison of two documents that goes on.
pub(super) struct Comparison<'a> {
    pub(super) base: &'a Api,
    pub(super) current: &'a Api,
    breaks: Vec<Break>,
    told: HashSet<Break>,
    queue: VecDeque<Pair>,
    met: HashSet<(Direction, Whole, Whole)>,
    work: usize,
}

/// Two schemas that are to be compared: does everything that fits `narrow` fit `wide`?
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) direction: Direction,
    pub(super) narrow: Whole,
    pub(super) wide: Whole,
    pub(super) about: About,
}

/// What a pair of schemas is about.
#[derive(Debug, Clone)]
pub(super) struct About {
    /// `GET /orders/{id}, response 200`.
    pub(super) subject: Rc<str>,
    /// `lines[].sku`; empty at the top.
    pub(super) trail: String,
}

impl About {
    fn below(&self, trail: &str) -> Self {
        let mut longer = self.trail.clone();
        if longer.len() + trail.len() <= LONGEST_TRAIL {
            longer.push_str(trail);
        } else if !longer.ends_with('…') {
            longer.push('…');
        }
        Self {
            subject: Rc::clone(&self.subject),
            trail: longer,
        }
    }

    fn subject(&self) -> String {
        match self.trail.trim_start_matches('.') {
            "" => self.subject.to_string(),
            trail => format!("{}, `{trail}`", self.subject),
        }
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn new(base: &'a Api, current: &'a Api) -> Self {
        Self {
            base,
            current,
            breaks: Vec::new(),
            told: HashSet::new(),
            queue: VecDeque::new(),
            met: HashSet::new(),
            work: 0,
        }
    }

    /// Asks for a comparison of what a base and a current schema say of the same value.
    pub(super) fn values(
        &mut self,
        direction: Direction,
        base: Option<SchemaId>,
        current: Option<SchemaId>,
        subject: &str,
    ) {
        let (base, current) = (Whole::of(base), Whole::of(current));
        let (narrow, wide) = match direction {
            Direction::Sent => (base, current),
            Direction::Received => (current, base),
        };
        self.push(Pair {
            direction,
            narrow,
            wide,
            about: About {
                subject: subject.into(),
                trail: String::new(),
            },
        });
    }

    pub(super) fn push(&mut self, pair: Pair) {
        let met = (pair.direction, pair.narrow.clone(), pair.wide.clone());
        if self.met.insert(met) {
            self.queue.push_back(pair);
        }
    }

    /// Compares all pairs that were asked for.
    pub(super) fn schemas(&mut self) {
        while let Some(pair) = self.queue.pop_front() {
            if self.work >= MOST_WORK {
                let detail = "the schemas are too entangled to be compared any further".to_owned();
                let place = Place::default();
                let about = pair.about.subject();
                self.broken(
                    BreakKind::Incomparable,
                    (Side::Current, &place),
                    about,
                    detail,
                );
                return;
            }
            self.compare(&pair);
        }
    }

    fn compare(&mut self, pair: &Pair) {
        let (narrow, wide) = self.views(pair);
        if !wide.alternatives.is_empty() && !narrow.types.is_empty() {
            self.alternatives(pair, &narrow, &wide);
        } else if let Some(list) = narrow.alternatives.first().filter(|_| !wide.is_anything()) {
            for alternative in *list {
                let narrow = pair.narrow.with(*alternative);
                self.push(Pair {
                    narrow,
                    ..pair.clone()
                });
            }
        } else {
            let Level { breaks, below } = self.level(&narrow, &wide, pair.direction);
            for found in breaks {
                self.found(&pair.about, found);
            }
            for parts in below {
                self.push(Pair {
                    direction: pair.direction,
                    narrow: parts.narrow,
                    wide: parts.wide,
                    about: pair.about.below(&parts.trail),
                });
            }
        }
    }

    fn level(&mut self, narrow: &View<'_>, wide: &View<'_>, direction: Direction) -> Level {
        self.work += 1 + narrow.size() + wide.size();
        level(narrow, wide, direction)
    }

    pub(super) fn views(&self, pair: &Pair) -> (View<'a>, View<'a>) {
        let (narrow, wide) = match pair.direction {
            Direction::Sent => (self.base, self.current),
            Direction::Received => (self.current, self.base),
        };
        (
            View::new(&pair.narrow, narrow, pair.direction),
            View::new(&pair.wide, wide, pair.direction),
        )
    }

    /// What is broken in a pair and directly below it, alternatives left out: how unlike the two
    /// are.
    pub(super) fn unlikeness(&mut self, pair: &Pair) -> Unlikeness {
        let (narrow, wide) = self.views(pair);
        let found = self.level(&narrow, &wide, pair.direction);
        let types_differ = found
            .breaks
            .iter()
            .any(|it| it.kind == BreakKind::TypeChanged);
        let mut breaks = found.breaks.len();
        for parts in found.below {
            let below = Pair {
                direction: pair.direction,
                narrow: parts.narrow,
                wide: parts.wide,
                about: pair.about.clone(),
            };
            let (narrow, wide) = self.views(&below);
            breaks += self.level(&narrow, &wide, pair.direction).breaks.len();
        }
        Unlikeness {
            breaks,
            types_differ,
        }
    }

    pub(super) fn broken(
        &mut self,
        kind: BreakKind,
        (side, place): (Side, &Place),
        subject: String,
        detail: String,
    ) {
        let broken = Break {
            kind,
            side,
            place: place.clone(),
            subject,
            detail,
        };
        // One place may be reached in several ways; the first one is told.
        let same = Break {
            subject: String::new(),
            ..broken.clone()
        };
        if self.breaks.len() < MOST_BREAKS && self.told.insert(same) {
            self.breaks.push(broken);
        }
    }

    pub(super) fn found(&mut self, about: &About, found: Found) {
        let subject = about.below(&found.trail).subject();
        self.broken(
            found.kind,
            (found.side, &found.place),
            subject,
            found.detail,
        );
    }

    /// Everything that is broken, in the order in which it was found.
    pub(super) fn into_breaks(self) -> Vec<Break> {
        self.breaks
    }
}

/// How unlike two schemas are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unlikeness {
    /// How much is broken, at their own level and the next.
    pub(super) breaks: usize,
    /// Whether one may be of a type that the other may not be.
    pub(super) types_differ: bool,
}
