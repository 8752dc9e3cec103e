//! Whether an API keeps what an earlier version of it promised.
//!
//! What clients **send** must still be accepted: the new document may allow more, not less. What
//! they **receive** must still be what they know: it may be less, not more. So one question is
//! asked of every pair of schemas: does all that fits the one fit the other? It is asked with the
//! base first for what is sent, and with the current document first for what is received.
//!
//! Beyond that question, by decision: what clients may name must not vanish (a parameter or
//! property that is sent, a value of an `enum` that is received), and what is added to an object
//! that is received is no surprise, even where `additionalProperties` was `false`. Where alternatives (`anyOf`, `oneOf`) differ, each is held
//! against the one most like it. What can't be compared is broken where it differs.

mod alternatives;
mod api;
mod breaks;
mod level;
mod media;
mod objects;
mod operations;
mod schema;
mod security;
mod walk;
mod whole;

pub use api::{
    Api, Body, Caller, Field, Media, Operation, PathItem, Place, Presence, Requirement, Response,
    Security,
};
pub use breaks::{Break, BreakKind, Side};
pub use schema::{
    Access, Additional, Bound, Discriminator, End, Limits, Literal, Measure, Property, Schema,
    SchemaId, Types,
};

use walk::Comparison;

/// Which way a value travels, seen from a client of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Direction {
    /// Clients send it.
    Sent,
    /// Clients receive it.
    Received,
}

/// Every promise of `base` that `current` does not keep, each once.
pub fn compare(base: &Api, current: &Api) -> Vec<Break> {
    let mut comparison = Comparison::new(base, current);
    comparison.paths();
    comparison.schemas();
    comparison.into_breaks()
}

#[cfg(test)]
mod tests;
