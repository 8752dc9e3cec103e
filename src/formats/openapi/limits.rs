//! Limits of numbers and sizes.

use std::collections::BTreeMap;

use super::literal::as_number;
use super::spot::{Spot, malformed};
use crate::domain::quality::contract::{Bound, End, Limits, Measure};
use crate::formats::ReadError;
use crate::formats::tree::Style;

const SIZES: [(Measure, &str, &str); 3] = [
    (Measure::Length, "minLength", "maxLength"),
    (Measure::Items, "minItems", "maxItems"),
    (Measure::Properties, "minProperties", "maxProperties"),
];

const NUMBERS: [&str; 4] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];

/// Tells whether a keyword is a limit.
pub(super) fn is_limit(key: &str) -> bool {
    let mut sizes = SIZES.iter();
    NUMBERS.contains(&key) || sizes.any(|(_, least, most)| key == *least || key == *most)
}

/// The limits of a schema.
pub(super) fn limits(schema: &Spot) -> Result<BTreeMap<Measure, Limits>, ReadError> {
    let mut all = BTreeMap::new();
    for (measure, least, most) in SIZES {
        let limits = Limits {
            least: number_of(schema, least)?.map(included),
            most: number_of(schema, most)?.map(included),
        };
        all.insert(measure, limits);
    }
    let numbers = Limits {
        least: bound(schema, ("minimum", "exclusiveMinimum"), |one, other| {
            one > other
        })?,
        most: bound(schema, ("maximum", "exclusiveMaximum"), |one, other| {
            one < other
        })?,
    };
    all.insert(Measure::Number, numbers);
    all.retain(|_, limits| *limits != Limits::default());
    Ok(all)
}

/// In 3.0 the second keyword says whether the number of the first is excluded; in 3.1 it is a
/// number too, and the narrower counts.
fn bound(
    schema: &Spot,
    (plain, exclusive): (&str, &str),
    is_narrower: impl Fn(f64, f64) -> bool,
) -> Result<Option<Bound>, ReadError> {
    let number = number_of(schema, plain)?;
    let excluded = |number| Bound {
        number,
        end: End::Excluded,
    };
    let says = schema.get(exclusive).and_then(|spot| spot.boolean());
    if let Some(is_excluded) = says {
        return Ok(number.map(|number| match is_excluded {
            true => excluded(number),
            false => included(number),
        }));
    }
    Ok(match (number, number_of(schema, exclusive)?) {
        (Some(plain), Some(exclusive)) if is_narrower(plain, exclusive) => Some(included(plain)),
        (_, Some(exclusive)) => Some(excluded(exclusive)),
        (plain, None) => plain.map(included),
    })
}

fn included(number: f64) -> Bound {
    Bound {
        number,
        end: End::Included,
    }
}

fn number_of(schema: &Spot, key: &str) -> Result<Option<f64>, ReadError> {
    schema.get(key).map(|spot| number(&spot, key)).transpose()
}

/// A number; one in quotes is none.
pub(super) fn number(spot: &Spot, key: &str) -> Result<f64, ReadError> {
    let scalar = spot.node.scalar();
    let plain = scalar.filter(|(_, style)| *style == Style::Plain);
    let number = plain.and_then(|(text, _)| as_number(text));
    number.ok_or_else(|| malformed(spot, format!("`{key}` must be a number")))
}
