//! What a value may be: a schema of OpenAPI 3.0 or 3.1, read into one form.

use std::collections::BTreeMap;
use std::fmt;

use super::api::Place;

/// The number of a schema in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaId(pub usize);

/// One schema, its references followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Where it stands.
    pub place: Place,
    /// The name of a component, which may be the same in another document.
    pub component: Option<String>,
    /// What types it allows.
    pub types: Types,
    /// Types that it adds to those of its `allOf`: `null` where it is `nullable`.
    pub grants: Types,
    /// The only values that it allows (`enum`, `const`).
    pub values: Option<Vec<Literal>>,
    /// `format`.
    pub format: Option<String>,
    /// `pattern`.
    pub pattern: Option<String>,
    /// Limits of numbers and sizes, by what is measured.
    pub limits: BTreeMap<Measure, Limits>,
    /// `multipleOf`.
    pub multiple_of: Option<f64>,
    /// `uniqueItems`.
    pub items_are_unique: bool,
    /// `properties`.
    pub properties: BTreeMap<String, Property>,
    /// `required`.
    pub required: BTreeMap<String, Place>,
    /// `additionalProperties`.
    pub additional: Additional,
    /// `prefixItems`.
    pub first_items: Vec<SchemaId>,
    /// `items`.
    pub items: Option<SchemaId>,
    /// `allOf`, and what a reference beside other keywords leads to.
    pub all_of: Vec<SchemaId>,
    /// `anyOf` and `oneOf`.
    pub alternatives: Vec<Vec<SchemaId>>,
    /// `discriminator`.
    pub discriminator: Option<Discriminator>,
    /// `readOnly`, `writeOnly`.
    pub access: Access,
    /// Keywords that can't be compared, with what they say as canonical text.
    pub opaque: BTreeMap<String, String>,
}

impl Schema {
    /// A schema that allows anything.
    pub fn anything(place: Place) -> Self {
        Self {
            place,
            component: None,
            types: Types::ALL,
            grants: Types::NONE,
            values: None,
            format: None,
            pattern: None,
            limits: BTreeMap::new(),
            multiple_of: None,
            items_are_unique: false,
            properties: BTreeMap::new(),
            required: BTreeMap::new(),
            additional: Additional::default(),
            first_items: Vec::new(),
            items: None,
            all_of: Vec::new(),
            alternatives: Vec::new(),
            discriminator: None,
            access: Access::default(),
            opaque: BTreeMap::new(),
        }
    }

    /// Tells whether it says nothing of a value by itself.
    pub fn says_nothing(&self) -> bool {
        let says_no_value =
            self.types == Types::ALL && self.values.is_none() && self.discriminator.is_none();
        let says_no_form = self.format.is_none()
            && self.pattern.is_none()
            && self.limits.is_empty()
            && self.multiple_of.is_none()
            && !self.items_are_unique;
        let says_no_part = self.properties.is_empty()
            && self.required.is_empty()
            && self.additional == Additional::Anything
            && self.first_items.is_empty()
            && self.items.is_none()
            && self.alternatives.is_empty();
        says_no_value && says_no_form && says_no_part && self.opaque.is_empty()
    }
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// What its value is.
    pub schema: SchemaId,
    /// Where it is named.
    pub place: Place,
}

/// What other properties than the named ones may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Additional {
    /// Anything.
    #[default]
    Anything,
    /// There may be none.
    Nothing,
    /// What fits a schema.
    Fitting(SchemaId),
}

/// Which way a value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Both ways.
    #[default]
    Both,
    /// From the server only.
    ReadOnly,
    /// To the server only.
    WriteOnly,
}

/// `discriminator`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discriminator {
    /// The property that tells alternatives apart.
    pub property: String,
    /// Which alternative its values stand for.
    pub mapping: BTreeMap<String, String>,
}

/// A value of an `enum`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// As JSON, objects with sorted keys.
    pub text: String,
    /// Its type.
    pub kind: Types,
    /// Where it stands.
    pub place: Place,
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// A number.
    Number,
    /// The length of a text.
    Length,
    /// The number of items.
    Items,
    /// The number of properties.
    Properties,
}

impl Measure {
    /// What is measured, for messages.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Number => "the value",
            Self::Length => "the length",
            Self::Items => "the number of items",
            Self::Properties => "the number of properties",
        }
    }

    /// The types that have it.
    pub fn types(self) -> Types {
        match self {
            Self::Number => Types::NUMBER,
            Self::Length => Types::STRING,
            Self::Items => Types::ARRAY,
            Self::Properties => Types::OBJECT,
        }
    }
}

/// Limits of one measure.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// The least.
    pub least: Option<Bound>,
    /// The most.
    pub most: Option<Bound>,
}

/// One end of what is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The number.
    pub number: f64,
    /// Whether the number itself is allowed.
    pub end: End,
}

/// Whether a bound itself is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is.
    Included,
    /// It is not.
    Excluded,
}

/// A set of the JSON types; `integer` is a part of `number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Types(u8);

impl Types {
    /// No type, so no value.
    pub const NONE: Self = Self(0);
    /// `null`.
    pub const NULL: Self = Self(1);
    /// `boolean`.
    pub const BOOLEAN: Self = Self(1 << 1);
    /// Whole numbers.
    pub const INTEGER: Self = Self(1 << 2);
    /// Numbers, whole ones among them.
    pub const NUMBER: Self = Self(1 << 2 | 1 << 3);
    /// `string`.
    pub const STRING: Self = Self(1 << 4);
    /// `array`.
    pub const ARRAY: Self = Self(1 << 5);
    /// `object`.
    pub const OBJECT: Self = Self(1 << 6);
    /// Every type.
    pub const ALL: Self = Self((1 << 7) - 1);

    const NAMED: [(Self, &'static str); 7] = [
        (Self::NUMBER, "number"),
        (Self::INTEGER, "integer"),
        (Self::NULL, "null"),
        (Self::BOOLEAN, "boolean"),
        (Self::STRING, "string"),
        (Self::ARRAY, "array"),
        (Self::OBJECT, "object"),
    ];

    /// The type of a name.
    pub fn named(name: &str) -> Option<Self> {
        let mut named = Self::NAMED.into_iter();
        named.find(|(_, it)| *it == name).map(|(types, _)| types)
    }

    /// Those of both.
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are not in another set.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Tells whether there are none.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Tells whether some type is in both.
    pub fn meets(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }
}

impl fmt::Display for Types {
    /// `string or null`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = *self;
        let mut names = Vec::new();
        for (types, name) in Self::NAMED {
            if !types.is_empty() && rest.and(types) == types {
                names.push(name);
                rest = rest.without(types);
            }
        }
        if !rest.is_empty() {
            names.push("a number that is not whole");
        }
        match names.is_empty() {
            true => f.write_str("nothing"),
            false => f.write_str(&names.join(" or ")),
        }
    }
}
