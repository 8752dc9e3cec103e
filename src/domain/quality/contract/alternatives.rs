//! `anyOf` and `oneOf`: each alternative is held against the one most like it.
//!
//! A value that fits several alternatives of a `oneOf` at once is not thought of.

use super::Direction;
use super::api::Place;
use super::breaks::{BreakKind, Side};
use super::level::shown;
use super::schema::{SchemaId, Types};
use super::walk::{Comparison, Pair};
use super::whole::View;

/// The types that are told apart where a schema without alternatives meets some.
const SINGLE_TYPES: [Types; 6] = [
    Types::NULL,
    Types::BOOLEAN,
    Types::NUMBER,
    Types::STRING,
    Types::ARRAY,
    Types::OBJECT,
];

/// Alternatives of the narrower schema while they look for their like.
struct Search<'s> {
    pair: &'s Pair,
    /// The alternatives of the narrower schema.
    own: &'s [SchemaId],
    /// Those of the wider one.
    others: &'s [SchemaId],
}

impl Comparison<'_> {
    /// Finds for each alternative of the narrower schema one of the wider; a schema that has none
    /// is an alternative itself.
    pub(super) fn alternatives(&mut self, pair: &Pair, narrow: &View<'_>, wide: &View<'_>) {
        for (number, others) in wide.alternatives.iter().enumerate() {
            let own = narrow
                .alternatives
                .get(number)
                .or(narrow.alternatives.first());
            let own = own.copied().unwrap_or_default();
            let search = Search { pair, own, others };
            for (place, alternative) in own.iter().enumerate() {
                let narrow = pair.narrow.with(*alternative);
                let one = Pair {
                    narrow,
                    ..pair.clone()
                };
                self.place_of_one(&search, one, Some((place, *alternative)));
            }
            if own.is_empty() {
                self.place_of_one(&search, pair.clone(), None);
            }
        }
    }

    fn place_of_one(&mut self, search: &Search<'_>, one: Pair, own: Option<(usize, SchemaId)>) {
        if let Some(other) = own.and_then(|(_, own)| self.namesake(search, own)) {
            return self.push_with(&one, other);
        }
        let mut ranked = Vec::new();
        for (place, other) in search.others.iter().enumerate() {
            let wide = search.pair.wide.with(*other);
            let unlike = self.unlikeness(&Pair {
                wide,
                ..one.clone()
            });
            let distance = own.map_or(0, |(own, _)| own.abs_diff(place));
            ranked.push((unlike.breaks, distance, unlike.types_differ, *other));
        }
        ranked.sort_by_key(|(breaks, distance, ..)| (*breaks, *distance));
        match ranked.first() {
            Some((0, _, _, other)) => return self.push_with(&one, *other),
            _ if self.by_type(search, &one, own) => return,
            _ => {}
        }
        let claimed = |other: SchemaId| {
            search
                .own
                .iter()
                .any(|own| self.is_namesake(search, *own, other))
        };
        let like = ranked
            .iter()
            .find(|(_, _, differ, other)| !differ && !claimed(*other));
        match like {
            Some((.., other)) => self.push_with(&one, *other),
            None => self.without_like(&one, own.map(|(_, own)| own)),
        }
    }

    fn push_with(&mut self, one: &Pair, other: SchemaId) {
        self.push(Pair {
            wide: one.wide.with(other),
            ..one.clone()
        });
    }

    /// A schema of several types may find its like for each of them.
    fn by_type(&mut self, search: &Search<'_>, one: &Pair, own: Option<(usize, SchemaId)>) -> bool {
        let types = self.views(one).0.types;
        let single = SINGLE_TYPES.into_iter().map(|single| single.and(types));
        let single: Vec<_> = single.filter(|single| !single.is_empty()).collect();
        if single.len() < 2 {
            return false;
        }
        for types in single {
            let narrow = one.narrow.of_types(types);
            let part = Pair {
                narrow,
                ..one.clone()
            };
            self.place_of_one(search, part, own);
        }
        true
    }

    /// The alternative that is the same component.
    fn namesake(&self, search: &Search<'_>, own: SchemaId) -> Option<SchemaId> {
        let mut others = search.others.iter().copied();
        others.find(|other| self.is_namesake(search, own, *other))
    }

    fn is_namesake(&self, search: &Search<'_>, own: SchemaId, other: SchemaId) -> bool {
        let (narrow, wide) = match search.pair.direction {
            Direction::Sent => (self.base, self.current),
            Direction::Received => (self.current, self.base),
        };
        let component = narrow.schema(own).and_then(|it| it.component.as_ref());
        let other = wide.schema(other).and_then(|it| it.component.as_ref());
        component.is_some() && component == other
    }

    /// Nothing in the other document is like an alternative.
    fn without_like(&mut self, one: &Pair, own: Option<SchemaId>) {
        let (document, kind, side, what) = match one.direction {
            Direction::Sent => (
                self.base,
                BreakKind::AlternativeRemoved,
                Side::Base,
                "is not accepted any more",
            ),
            Direction::Received => (
                self.current,
                BreakKind::AlternativeAdded,
                Side::Current,
                "is new",
            ),
        };
        let narrow = self.views(one).0;
        let place = own.and_then(|own| document.schema(own)).map(|it| &it.place);
        let place = place
            .or(narrow.place())
            .cloned()
            .unwrap_or_else(Place::default);
        let name = own.and_then(|own| document.schema(own)?.component.as_deref());
        let name = match name {
            Some(name) => shown(name),
            None => narrow.types.to_string(),
        };
        let detail = format!("the alternative {name} {what}");
        let found = super::level::Found {
            kind,
            side,
            place,
            trail: String::new(),
            detail,
        };
        self.found(&one.about, found);
    }
}
