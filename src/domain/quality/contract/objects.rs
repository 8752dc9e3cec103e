//! What two schemas say of properties and items.

use std::collections::BTreeSet;

use super::breaks::{BreakKind, Side};
use super::level::{Look, shown};
use super::schema::Types;

impl Look<'_, '_> {
    /// Properties: those that must be there, those that are named, and all others.
    pub(super) fn objects(&mut self) {
        if !self.narrow.types.meets(Types::OBJECT) {
            return;
        }
        match self.is_sent() {
            true => self.required_now(),
            false => self.absent_now(),
        }
        let names = self
            .narrow
            .property_names()
            .chain(self.wide.property_names());
        for name in names.collect::<BTreeSet<_>>() {
            self.property(name);
        }
        self.other_properties();
    }

    /// What is sent must have a property that it need not have before.
    fn required_now(&mut self) {
        let before = self.narrow.required();
        for (name, place) in self.wide.required() {
            if before.contains_key(name) {
                continue;
            }
            let detail = match self.narrow.property(name).place {
                Some(_) => "it must be sent now",
                None => "it is new, and must be sent",
            };
            let at = (Side::Current, place);
            self.at(
                BreakKind::PropertyRequired,
                at,
                dotted(name),
                detail.to_owned(),
            );
        }
    }

    /// What is received may lack a property that was always there.
    fn absent_now(&mut self) {
        let now = self.narrow.required();
        for (name, place) in self.wide.required() {
            let (own, promised) = (self.narrow.property(name), self.wide.property(name));
            let is_gone = own.place.is_none() && !own.is_described() && promised.place.is_some();
            // What is gone is told as such.
            if now.contains_key(name) && own.is_possible || is_gone {
                continue;
            }
            let at = match own.place {
                Some(own) => (Side::Current, own),
                None => (Side::Base, place),
            };
            let detail = "it may be absent now".to_owned();
            self.at(BreakKind::PropertyOptional, at, dotted(name), detail);
        }
    }

    fn property(&mut self, name: &str) {
        let (own, allowed) = (self.narrow.property(name), self.wide.property(name));
        match (own.place, allowed.place) {
            (Some(place), None) if self.is_sent() && !allowed.is_described() => {
                // An object that names no property takes them all.
                if self.wide.property_names().next().is_some() || !allowed.is_possible {
                    self.gone(name, place);
                }
            }
            (None, Some(place)) if !self.is_sent() && !own.is_described() => {
                self.gone(name, place);
            }
            // What is added to something that says nothing of it.
            (Some(_), None) if !allowed.is_described() => {}
            (None, Some(_)) if !own.is_described() => {}
            _ => self.below(own.whole(), allowed.whole(), dotted(name)),
        }
    }

    fn gone(&mut self, name: &str, place: &super::api::Place) {
        let detail = match self.is_sent() {
            true => "it is not read any more",
            false => "it is gone",
        };
        let at = (Side::Base, place);
        self.at(
            BreakKind::PropertyRemoved,
            at,
            dotted(name),
            detail.to_owned(),
        );
    }

    fn other_properties(&mut self) {
        let (own, allowed) = (self.narrow.other_properties(), self.wide.other_properties());
        if !own.is_possible {
            return;
        }
        if allowed.is_possible {
            self.below(own.whole(), allowed.whole(), ".*".to_owned());
        } else if self.is_sent() {
            let Some(place) = self.wide.place() else {
                return;
            };
            let detail = "properties that are not named are not accepted any more".to_owned();
            let at = (Side::Current, place);
            self.at(BreakKind::PropertiesClosed, at, String::new(), detail);
        }
    }

    /// Items of a list: the first ones with schemas of their own, then all others.
    pub(super) fn arrays(&mut self) {
        if !self.narrow.types.meets(Types::ARRAY) {
            return;
        }
        for number in 0..self.narrow.first_items().max(self.wide.first_items()) {
            let (own, allowed) = (self.narrow.item(Some(number)), self.wide.item(Some(number)));
            self.below(own, allowed, format!("[{number}]"));
        }
        let (own, allowed) = (self.narrow.item(None), self.wide.item(None));
        self.below(own, allowed, "[]".to_owned());
    }
}

fn dotted(name: &str) -> String {
    let shown = shown(name);
    format!(".{}", shown.trim_matches('`'))
}
