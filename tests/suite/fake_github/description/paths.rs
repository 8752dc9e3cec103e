//! Which template of a path an address fits.

use std::collections::BTreeMap;

use serde_json::Value;

/// The templates, in their parts.
pub(super) struct Paths(Vec<Template>);

struct Template {
    text: String,
    parts: Vec<Part>,
}

enum Part {
    Word(String),
    /// A value; with `true` one that may hold slashes.
    Value(String, bool),
}

/// A template that an address fits, what was looked up there, and the values in it.
type Found<T> = (String, T, BTreeMap<String, String>);

impl Paths {
    pub(super) fn of(document: &Value) -> Self {
        let templates = document["paths"].as_object().unwrap().iter();
        let templates = templates.map(|(text, methods)| Template::of(document, text, methods));
        Self(templates.collect())
    }

    /// The template with the most words that an address fits and `look_up` knows.
    pub(super) fn find<T>(
        &self,
        path: &str,
        look_up: impl Fn(&str) -> Option<T>,
    ) -> Option<Found<T>> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let fitting = self.0.iter().filter_map(|template| {
            let mut values = BTreeMap::new();
            fits(&template.parts, &segments, &mut values).then_some(())?;
            let found = look_up(&template.text)?;
            Some((template.words(), (template.text.clone(), found, values)))
        });
        let best = fitting.max_by_key(|(words, _)| *words);
        best.map(|(_, found)| found)
    }
}

impl Template {
    fn of(document: &Value, text: &str, methods: &Value) -> Self {
        let parts = text.split('/').skip(1).map(|part| {
            let name = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            match name {
                Some(name) => {
                    let may_hold_slashes = may_hold_slashes(document, methods, name);
                    Part::Value(name.to_owned(), may_hold_slashes)
                }
                None => Part::Word(part.to_owned()),
            }
        });
        Self {
            text: text.to_owned(),
            parts: parts.collect(),
        }
    }

    fn words(&self) -> usize {
        let words = self.parts.iter();
        words.filter(|part| matches!(part, Part::Word(_))).count()
    }
}

/// The description marks such parameters.
fn may_hold_slashes(document: &Value, methods: &Value, name: &str) -> bool {
    let operations = methods.as_object().unwrap().values();
    let mut parameters = operations
        .filter_map(|operation| operation["parameters"].as_array())
        .flatten()
        .map(|parameter| match parameter["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap(),
            None => parameter,
        });
    parameters.any(|parameter| parameter["name"] == name && parameter["x-multi-segment"] == true)
}

fn fits(parts: &[Part], segments: &[&str], values: &mut BTreeMap<String, String>) -> bool {
    let Some((part, parts)) = parts.split_first() else {
        return segments.is_empty();
    };
    let most = match part {
        Part::Word(word) => {
            let is_same = segments.first() == Some(&word.as_str());
            return is_same && fits(parts, &segments[1..], values);
        }
        Part::Value(_, false) => segments.len().min(1),
        Part::Value(_, true) => segments.len(),
    };
    let Part::Value(name, _) = part else {
        return false;
    };
    (1..=most).any(|count| {
        let value = segments[..count].join("/");
        !value.is_empty() && fits(parts, &segments[count..], values) && {
            values.insert(name.clone(), value);
            true
        }
    })
}
