//! `action.yml`, as the runner reads it.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// What the runner takes from `action.yml`.
pub(crate) struct Action {
    /// The inputs by name, each with its default.
    pub(crate) inputs: Vec<(String, String)>,
    /// The names of the outputs, sorted.
    pub(crate) outputs: Vec<String>,
    /// `runs.image`.
    pub(crate) image: String,
    /// `runs.entrypoint`.
    pub(crate) entry_point: String,
    /// `runs.args`.
    pub(crate) arguments: Vec<String>,
}

impl Action {
    /// The action of this repository.
    pub(crate) fn of_this_repository() -> Self {
        Self::read(include_str!("../../../action.yml"))
    }

    pub(crate) fn read(text: &str) -> Self {
        let document = yaml(text);
        let runs = &document["runs"];
        assert_eq!(runs["using"], "docker", "a Docker container action");
        let arguments = runs["args"].as_array().unwrap().iter().map(text_of);
        Self {
            inputs: entries(&document["inputs"])
                .map(|(name, input)| (name.clone(), text_of(&input["default"])))
                .collect(),
            outputs: entries(&document["outputs"])
                .map(|(name, _)| name.clone())
                .collect(),
            image: text_of(&runs["image"]),
            entry_point: text_of(&runs["entrypoint"]),
            arguments: arguments.collect(),
        }
    }

    /// The inputs of a step: those given, and for the others their defaults. Beside them, the
    /// runner's warning where some are not the action's.
    pub(super) fn inputs(
        &self,
        given: &[(&str, &str)],
        context: &BTreeMap<String, String>,
    ) -> (Vec<(String, String)>, Option<String>) {
        let mut inputs: Vec<_> = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        for (name, default) in &self.inputs {
            let is_same = |(other, _): &(&str, &str)| other.eq_ignore_ascii_case(name);
            if !given.iter().any(is_same) {
                inputs.push((name.clone(), resolve(default, context)));
            }
        }
        (inputs, self.warning(given))
    }

    fn warning(&self, given: &[(&str, &str)]) -> Option<String> {
        let mut valid = vec!["entryPoint", "args"];
        valid.extend(self.inputs.iter().map(|(name, _)| name.as_str()));
        let known = |name: &str| valid.iter().any(|known| known.eq_ignore_ascii_case(name));
        let unexpected: Vec<_> = given
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !known(name))
            .collect();
        (!unexpected.is_empty()).then(|| {
            format!(
                "Unexpected input(s) '{}', valid inputs are ['{}']",
                unexpected.join("', '"),
                valid.join("', '")
            )
        })
    }
}

/// Replaces each `${{ github.NAME }}`; other expressions are more than this emulation knows.
fn resolve(text: &str, context: &BTreeMap<String, String>) -> String {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) = after.split_once("}}").expect("the expression ends");
        let name = expression.trim().strip_prefix("github.");
        let value = name.and_then(|name| context.get(name));
        resolved.push_str(before);
        resolved.push_str(value.unwrap_or_else(|| panic!("{expression}: not known here")));
        rest = after;
    }
    resolved + rest
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Reads YAML without anchors; every scalar is text, as in the runner.
fn yaml(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    let is_value = |event: &Event<'_>| {
        matches!(
            event,
            Event::Scalar(..) | Event::MappingStart(..) | Event::SequenceStart(..)
        )
    };
    let first = events.find(is_value).expect("a document");
    value(first, &mut events)
}

fn value<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
    match event {
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut list = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => return Value::Array(list),
                    item => list.push(value(item, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut map = Map::new();
            loop {
                let key = match events.next().unwrap() {
                    Event::MappingEnd => return Value::Object(map),
                    key => text_of(&value(key, events)),
                };
                let first = events.next().unwrap();
                map.insert(key, value(first, events));
            }
        }
        other => panic!("{other:?} is more than this reader knows"),
    }
}
