//! Schemas that a value must all fit, seen as one.

use std::collections::{BTreeMap, HashSet};

use super::Direction;
use super::api::{Api, Place};
use super::schema::{
    Access, Additional, Bound, Discriminator, End, Limits, Literal, Measure, Schema, SchemaId,
    Types,
};

/// Schemas of one document that a value must all fit; none of them lets anything be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Whole {
    /// In order, each once.
    parts: Vec<Part>,
    /// The types that are looked at.
    only: Types,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Part {
    schema: SchemaId,
    /// Whether one of its alternatives is a part already.
    is_chosen: bool,
}

impl Whole {
    /// All of these.
    pub(super) fn of(schemas: impl IntoIterator<Item = SchemaId>) -> Self {
        let part = |schema| Part {
            schema,
            is_chosen: false,
        };
        Self::in_order(schemas.into_iter().map(part).collect(), Types::ALL)
    }

    /// One of the alternatives was chosen.
    pub(super) fn with(&self, alternative: SchemaId) -> Self {
        let chosen = self.parts.iter().map(|part| Part {
            is_chosen: true,
            ..*part
        });
        let own = Part {
            schema: alternative,
            is_chosen: false,
        };
        Self::in_order(chosen.chain([own]).collect(), self.only)
    }

    /// Only its values of these types.
    pub(super) fn of_types(&self, only: Types) -> Self {
        Self {
            parts: self.parts.clone(),
            only,
        }
    }

    /// Tells whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    fn in_order(mut parts: Vec<Part>, only: Types) -> Self {
        parts.sort();
        parts.dedup();
        Self { parts, only }
    }
}

/// A whole with everything that its parts say. `allOf` is one more part.
pub(super) struct View<'a> {
    parts: Vec<&'a Schema>,
    /// The types that all parts allow.
    pub(super) types: Types,
    /// Lists of alternatives; of each list a value fits one.
    pub(super) alternatives: Vec<&'a [SchemaId]>,
    /// Properties that do not travel this way are not there.
    hidden: Access,
    api: &'a Api,
}

impl<'a> View<'a> {
    pub(super) fn new(whole: &Whole, api: &'a Api, direction: Direction) -> Self {
        let mut view = Self {
            parts: Vec::new(),
            types: whole.only,
            alternatives: Vec::new(),
            hidden: match direction {
                Direction::Sent => Access::ReadOnly,
                Direction::Received => Access::WriteOnly,
            },
            api,
        };
        let mut seen = HashSet::new();
        // A schema that may be null lets the schemas of its `allOf` be null too.
        let parts = whole.parts.iter().rev();
        let mut open: Vec<_> = parts.map(|part| (*part, Types::NONE)).collect();
        while let Some((part, granted)) = open.pop() {
            let Some(schema) = api.schema(part.schema).filter(|_| seen.insert(part)) else {
                continue;
            };
            let granted = granted.or(schema.grants);
            view.take(schema, part.is_chosen, granted);
            let below = schema.all_of.iter().rev().map(|inner| Part {
                schema: *inner,
                ..part
            });
            open.extend(below.map(|part| (part, granted)));
        }
        view
    }

    fn take(&mut self, schema: &'a Schema, is_chosen: bool, granted: Types) {
        self.types = self.types.and(schema.types.or(granted));
        if let Some(values) = &schema.values {
            let kinds = values.iter().map(|value| value.kind);
            self.types = self.types.and(kinds.fold(granted, Types::or));
        }
        if !is_chosen {
            let lists = schema.alternatives.iter().map(Vec::as_slice);
            self.alternatives.extend(lists);
        }
        self.parts.push(schema);
    }

    /// How much there is to look at.
    pub(super) fn size(&self) -> usize {
        let named = self.parts.iter().map(|part| part.properties.len());
        self.parts.len() * (1 + named.sum::<usize>())
    }

    /// Tells whether it allows anything.
    pub(super) fn is_anything(&self) -> bool {
        self.types == Types::ALL && self.parts.iter().all(|part| part.says_nothing())
    }

    /// Where its first part stands.
    pub(super) fn place(&self) -> Option<&'a Place> {
        self.parts.first().map(|part| &part.place)
    }

    /// The only values, in all parts that name some.
    pub(super) fn values(&self) -> Option<Vec<&'a Literal>> {
        let mut lists = self.parts.iter().filter_map(|part| part.values.as_ref());
        let mut values: Vec<_> = lists.next()?.iter().collect();
        for list in lists {
            let others: HashSet<_> = list.iter().map(|other| &other.text).collect();
            values.retain(|value| others.contains(&value.text));
        }
        values.retain(|value| value.kind.meets(self.types));
        Some(values)
    }

    pub(super) fn formats(&self) -> impl Iterator<Item = &'a str> {
        self.parts.iter().filter_map(|part| part.format.as_deref())
    }

    pub(super) fn patterns(&self) -> impl Iterator<Item = &'a str> {
        self.parts.iter().filter_map(|part| part.pattern.as_deref())
    }

    pub(super) fn multiples(&self) -> impl Iterator<Item = f64> {
        self.parts.iter().filter_map(|part| part.multiple_of)
    }

    pub(super) fn items_are_unique(&self) -> bool {
        self.parts.iter().any(|part| part.items_are_unique)
    }

    pub(super) fn opaque(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = self.parts.iter().flat_map(|part| &part.opaque);
        all.map(|(keyword, text)| (keyword.as_str(), text.as_str()))
    }

    pub(super) fn discriminator(&self) -> Option<&'a Discriminator> {
        self.parts
            .iter()
            .find_map(|part| part.discriminator.as_ref())
    }

    /// The narrowest limits of all parts.
    pub(super) fn limits(&self, measure: Measure) -> Limits {
        let all = self
            .parts
            .iter()
            .filter_map(|part| part.limits.get(&measure));
        all.fold(Limits::default(), |one, other| Limits {
            least: narrower(one.least, other.least, |a, b| a > b),
            most: narrower(one.most, other.most, |a, b| a < b),
        })
    }

    /// The properties that must be there and travel this way.
    pub(super) fn required(&self) -> BTreeMap<&'a str, &'a Place> {
        let all = self.parts.iter().flat_map(|part| &part.required);
        let all = all.map(|(name, place)| (name.as_str(), place));
        all.filter(|(name, _)| !self.is_hidden(name)).collect()
    }

    /// The names of all properties that travel this way.
    pub(super) fn property_names(&self) -> impl Iterator<Item = &'a str> {
        let all = self.parts.iter().flat_map(|part| part.properties.keys());
        all.map(String::as_str).filter(|name| !self.is_hidden(name))
    }

    fn is_hidden(&self, name: &str) -> bool {
        let named = self
            .parts
            .iter()
            .filter_map(|part| part.properties.get(name));
        let mut accesses = named.map(|property| {
            let whole = Whole::of([property.schema]);
            // Only what the property itself says, and not in which direction this view looks.
            View::new(&whole, self.api, Direction::Sent).access()
        });
        accesses.any(|access| access == self.hidden)
    }

    fn access(&self) -> Access {
        let said = self.parts.iter().map(|part| part.access);
        let mut said = said.filter(|access| *access != Access::Both);
        said.next().unwrap_or_default()
    }

    /// What a property may be.
    pub(super) fn property(&self, name: &str) -> Slot<'a> {
        let mut slot = Slot::default();
        if self.is_hidden(name) {
            return slot;
        }
        for part in &self.parts {
            match part.properties.get(name) {
                Some(property) => {
                    slot.place = slot.place.or(Some(&property.place));
                    slot.schemas.push(property.schema);
                }
                None => slot.other(part),
            }
        }
        slot.place = slot.place.filter(|_| slot.is_possible);
        slot
    }

    /// What properties may be that are not named.
    pub(super) fn other_properties(&self) -> Slot<'a> {
        let mut slot = Slot::default();
        self.parts.iter().for_each(|part| slot.other(part));
        slot
    }

    /// What an item may be; `None` asks for those after the first ones.
    pub(super) fn item(&self, number: Option<usize>) -> Whole {
        Whole::of(self.parts.iter().filter_map(|part| {
            let first = number.and_then(|number| part.first_items.get(number));
            first.copied().or(part.items)
        }))
    }

    /// How many first items have a schema of their own.
    pub(super) fn first_items(&self) -> usize {
        let lengths = self.parts.iter().map(|part| part.first_items.len());
        lengths.max().unwrap_or(0)
    }
}

/// What a property may be.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    /// Where it is named; `None` where it is not named or may not be there.
    pub(super) place: Option<&'a Place>,
    /// What it must fit.
    schemas: Vec<SchemaId>,
    /// Whether it may be there at all.
    pub(super) is_possible: bool,
}

impl Default for Slot<'_> {
    fn default() -> Self {
        Self {
            place: None,
            schemas: Vec::new(),
            is_possible: true,
        }
    }
}

impl Slot<'_> {
    fn other(&mut self, part: &Schema) {
        match part.additional {
            Additional::Anything => {}
            Additional::Nothing => self.is_possible = false,
            Additional::Fitting(schema) => self.schemas.push(schema),
        }
    }

    /// Tells whether something is said of what it may be.
    pub(super) fn is_described(&self) -> bool {
        self.is_possible && !self.schemas.is_empty()
    }

    pub(super) fn whole(&self) -> Whole {
        Whole::of(self.schemas.iter().copied())
    }
}

fn narrower(
    one: Option<Bound>,
    other: Option<Bound>,
    is_narrower: impl Fn(f64, f64) -> bool,
) -> Option<Bound> {
    match (one, other) {
        (Some(a), Some(b)) if a.number == b.number => Some(Bound {
            end: match a.end {
                End::Excluded => a.end,
                End::Included => b.end,
            },
            ..a
        }),
        (Some(a), Some(b)) if is_narrower(a.number, b.number) => Some(a),
        (Some(_), Some(b)) => Some(b),
        (one, other) => one.or(other),
    }
}
