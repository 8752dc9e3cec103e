//! Whole values as canonical JSON: those of `enum`, and keywords that can't be compared.

use super::Reader;
use super::document::reference;
use super::literal::{member, single};
use super::spot::{Spot, malformed};
use crate::formats::ReadError;

/// The deepest nesting that is written out, references followed.
const DEEPEST: usize = 150;

/// What happens to references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum References {
    /// What they lead to stands in their place. One that leads back into itself stays.
    Followed,
    /// They are values like any other.
    Kept,
}

impl Reader {
    /// A value as canonical JSON: the same text for the same meaning.
    pub(super) fn canonical(
        &mut self,
        spot: Spot,
        references: References,
    ) -> Result<String, ReadError> {
        self.written(spot, references, &mut Vec::new())
    }

    fn written(
        &mut self,
        spot: Spot,
        references: References,
        open: &mut Vec<String>,
    ) -> Result<String, ReadError> {
        self.spend(&spot)?;
        if open.len() > DEEPEST {
            return Err(malformed(&spot, "it is nested too deep to be compared"));
        }
        if let Some((text, _)) = single(&spot.node) {
            self.spend_text(&spot, text.len())?;
            return Ok(text);
        }
        let named = reference(&spot).filter(|_| references == References::Followed);
        open.push(
            named
                .as_ref()
                .map(|(_, text)| text.clone())
                .unwrap_or_default(),
        );
        let written = match spot.node.is_list() {
            true => self.list(&spot, references, open),
            false => self.map(&spot, references, open),
        };
        open.pop();
        written
    }

    fn list(
        &mut self,
        spot: &Spot,
        references: References,
        open: &mut Vec<String>,
    ) -> Result<String, ReadError> {
        let items = spot
            .items()
            .map(|item| self.written(item, references, open));
        let items: Vec<_> = items.collect::<Result<_, _>>()?;
        Ok(format!("[{}]", items.join(",")))
    }

    fn map(
        &mut self,
        spot: &Spot,
        references: References,
        open: &mut Vec<String>,
    ) -> Result<String, ReadError> {
        let mut members = Vec::new();
        for (key, mut value) in spot.entries() {
            let target = reference(spot).filter(|_| key == "$ref");
            if let Some((at, text)) = target.filter(|_| references == References::Followed)
                && open.iter().filter(|other| **other == text).count() < 2
            {
                value = self.follow(&at, &text)?;
            }
            self.spend_text(&value, key.len())?;
            let value = self.written(value, references, open)?;
            members.push(member(key, &value));
        }
        members.sort();
        Ok(format!("{{{}}}", members.join(",")))
    }
}
