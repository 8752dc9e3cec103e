//! Lists of names, with the places at which they stand.

use std::collections::HashSet;

use super::part_span;
use crate::policy::diagnostics::{Reports, quoted};
use crate::policy::node::{Content, Node};

/// Reports what stands twice in a list.
pub(super) fn refuse_repeated(
    list: &Node,
    key: impl Fn(&str) -> String,
    reports: &mut Reports<'_>,
) {
    let mut seen = HashSet::new();
    for (number, (text, _)) in scalars(list).enumerate() {
        if !seen.insert(key(text)) {
            let message = format!("{} stands twice", quoted(text));
            reports.add(part_span(list, number), message, "remove one of the two");
        }
    }
}

/// The texts of a list with their places.
pub(super) fn scalars(list: &Node) -> impl Iterator<Item = (&str, &Node)> {
    list.items().iter().filter_map(|item| match &item.content {
        Content::Scalar(scalar) => Some((scalar.text.as_str(), item)),
        _ => None,
    })
}
