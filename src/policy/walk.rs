//! Holds a policy's tree against its shape: every unknown key, wrong type and missing key is
//! reported, `${…}` is expanded, and what is left is a JSON value that fits the raw structs.
//!
//! What is wrong is left out of that value together with everything that cannot be without it,
//! so that the rest can be looked at too.

mod scalar;

use serde_json::{Map, Value};

use super::diagnostics::{Reports, Span, quoted};
use super::expand::Expansion;
use super::node::{Content, Entry, Kind, Node};
use super::shape::{Object, Pattern, Shape};
use super::words;
use crate::domain::ids::CheckRef;

/// Walks through a policy.
pub(super) struct Walker<'a, 'r, 's> {
    expansion: Expansion<'a>,
    reports: &'r mut Reports<'s>,
    /// The keys from the root to where the walk is.
    path: Vec<String>,
}

impl<'a, 'r, 's> Walker<'a, 'r, 's> {
    /// Starts at the root.
    pub(super) fn new(expansion: Expansion<'a>, reports: &'r mut Reports<'s>) -> Self {
        Self {
            expansion,
            reports,
            path: Vec::new(),
        }
    }

    /// The value of the root. Where a key that it must have is missing or wrong, which is then
    /// reported, `version` stands in, so that everything else can be looked at.
    pub(super) fn root(&mut self, node: &Node, shape: &Shape) -> Option<Value> {
        let (Shape::Object(object), Content::Mapping(_)) = (shape, &node.content) else {
            return self.value(node, shape);
        };
        let (mut fields, _) = self.fields(node, object);
        fields.entry("version").or_insert_with(|| Value::from(1));
        Some(Value::Object(fields))
    }

    fn value(&mut self, node: &Node, shape: &Shape) -> Option<Value> {
        match (shape, &node.content) {
            (Shape::Any(options), _) => self.any(node, options),
            (Shape::List { item, least }, Content::Sequence(items)) => {
                self.list(node, items, item, *least)
            }
            (Shape::Map { key, value, least }, Content::Mapping(entries)) => {
                self.at_least(node, entries.len(), *least)?;
                Some(self.map(entries, key.as_ref(), value))
            }
            (Shape::Object(object), Content::Mapping(entries)) => {
                self.at_least(node, entries.len(), object.least)?;
                let (fields, complete) = self.fields(node, object);
                complete.then_some(Value::Object(fields))
            }
            (Shape::List { .. } | Shape::Map { .. } | Shape::Object(_), _)
            | (_, Content::Sequence(_) | Content::Mapping(_)) => self.wrong_type(node, shape),
            (_, Content::Scalar(scalar)) => self.scalar(node.span, scalar, shape),
        }
    }

    /// The option for a scalar, a list or a mapping, whichever the value is.
    fn any(&mut self, node: &Node, options: &[Shape]) -> Option<Value> {
        let fits = |option: &&Shape| match node.content {
            Content::Scalar(_) => option.is_scalar(),
            Content::Sequence(_) => matches!(option, Shape::List { .. }),
            Content::Mapping(_) => matches!(option, Shape::Map { .. } | Shape::Object(_)),
        };
        match (options.iter().find(fits), node_kind(node)) {
            (Some(option), kind) if kind != Some(Kind::Null) => self.value(node, option),
            _ => self.wrong_type_of(node, &options.iter().map(Shape::wanted).collect::<Vec<_>>()),
        }
    }

    /// All parts; none when one of them is wrong, so that places can be found by number.
    fn list(&mut self, node: &Node, items: &[Node], shape: &Shape, least: u64) -> Option<Value> {
        self.at_least(node, items.len(), least)?;
        let values: Vec<_> = items.iter().map(|item| self.value(item, shape)).collect();
        values.into_iter().collect()
    }

    fn at_least(&mut self, node: &Node, count: usize, least: u64) -> Option<()> {
        if count as u64 >= least {
            return Some(());
        }
        let message = format!("{} is empty", self.subject());
        let hint = "write at least one, or remove the key";
        self.reports.add(node.span, message, hint);
        None
    }

    fn map(&mut self, entries: &[Entry], pattern: Option<&Pattern>, shape: &Shape) -> Value {
        let mut fields = Map::new();
        for entry in entries {
            let fits = pattern.is_none_or(|pattern| pattern.regex.is_match(&entry.key));
            if let Some(pattern) = pattern.filter(|_| !fits) {
                let message = format!("{} is not {}", quoted(&entry.key), pattern.title);
                self.reports
                    .add(entry.key_span, message, pattern.description.as_str());
            }
            let value = self.entry(entry, shape);
            if let Some(value) = value.filter(|_| fits) {
                fields.insert(entry.key.clone(), value);
            }
        }
        Value::Object(fields)
    }

    /// The known keys with their good values, and whether none of the required ones is lacking.
    fn fields(&mut self, node: &Node, object: &Object) -> (Map<String, Value>, bool) {
        let mut fields = Map::new();
        for entry in node.entries() {
            let Some(shape) = object.fields.get(&entry.key) else {
                self.unknown(entry, object);
                continue;
            };
            if let Some(value) = self.entry(entry, shape) {
                fields.insert(entry.key.clone(), value);
            }
        }
        for key in &object.required {
            if node.entry(key).is_none() {
                let message = format!("{} has no `{key}`", self.subject());
                let hint = format!("add `{key}`; known keys: {}", object.keys());
                self.reports.add(self.place(node), message, hint);
            }
        }
        let complete = object.required.iter().all(|key| fields.contains_key(key));
        (fields, complete)
    }

    fn entry(&mut self, entry: &Entry, shape: &Shape) -> Option<Value> {
        self.path.push(entry.key.clone());
        let value = match node_kind(&entry.value) {
            Some(Kind::Null) => self.empty(entry, shape),
            _ => self.value(&entry.value, shape),
        };
        self.path.pop();
        value
    }

    fn empty<T>(&mut self, entry: &Entry, shape: &Shape) -> Option<T> {
        let message = format!("{} has no value", self.subject());
        let hint = match shape {
            Shape::Text(text) if text.pattern.is_none() => {
                "write a text, \"\" for an empty one, or remove the key".to_owned()
            }
            _ => format!("write {}, or remove the key", shape.wanted()),
        };
        self.reports.add(entry.key_span, message, hint);
        None
    }

    fn unknown(&mut self, entry: &Entry, object: &Object) {
        let key = quoted(&entry.key);
        let hint = if words::is_later(&object.name, &entry.key) {
            format!("this version of Tollgate cannot do {key}; remove it or use a version that can")
        } else if let Some(hint) = words::known_elsewhere(&object.name, &entry.key) {
            hint.to_owned()
        } else {
            let known = object.fields.keys().map(String::as_str);
            words::suggestion(&entry.key, known, "known keys")
        };
        let message = format!("unknown key {key}");
        self.reports.add(entry.key_span, message, hint);
    }

    fn wrong_type<T>(&mut self, node: &Node, shape: &Shape) -> Option<T> {
        self.wrong_type_of(node, &[shape.wanted()])
    }

    fn wrong_type_of<T>(&mut self, node: &Node, wanted: &[String]) -> Option<T> {
        let found = match &node.content {
            Content::Sequence(_) => "a list".to_owned(),
            Content::Mapping(_) => "a mapping".to_owned(),
            Content::Scalar(scalar) => scalar::called(scalar),
        };
        let wanted = wanted.join(" or ");
        let message = format!("{} must be {wanted}, not {found}", self.subject());
        self.reports
            .add(node.span, message, format!("write {wanted} here"));
        None
    }

    /// The innermost key, as messages call it.
    fn subject(&self) -> String {
        self.path
            .last()
            .map_or("the policy".to_owned(), |key| quoted(key))
    }

    /// Where something that is missing is reported.
    fn place(&self, node: &Node) -> Span {
        if self.path.is_empty() {
            Span::START
        } else {
            node.span
        }
    }

    /// The stage or gate in which the walk is.
    fn gate(&self) -> Option<&str> {
        match self.path.as_slice() {
            [part, gate, ..] if part == "pipeline" || part == "gates" => Some(gate),
            _ => None,
        }
    }

    /// The check in which the walk is.
    fn check(&self) -> Option<CheckRef> {
        match self.path.as_slice() {
            [_, gate, checks, check, ..] if self.gate().is_some() && checks == "checks" => {
                Some(CheckRef::new(gate.parse().ok()?, check.parse().ok()?))
            }
            _ => None,
        }
    }
}

impl Shape {
    fn is_scalar(&self) -> bool {
        !matches!(
            self,
            Self::List { .. } | Self::Map { .. } | Self::Object(_) | Self::Any(_)
        )
    }

    /// What people are told to write, with its article.
    fn wanted(&self) -> String {
        match self {
            Self::Text(text) => match &text.pattern {
                Some(pattern) => pattern.title.clone(),
                None => "a text".to_owned(),
            },
            Self::Integer { least, most } if least == most => least.to_string(),
            Self::Integer { .. } => "a whole number".to_owned(),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Choice(options) => {
                format!(
                    "one of {}",
                    words::listed(options.iter().map(String::as_str))
                )
            }
            Self::List { .. } => "a list".to_owned(),
            Self::Map { .. } | Self::Object(_) => "a mapping".to_owned(),
            Self::Any(options) => {
                let options: Vec<_> = options.iter().map(Self::wanted).collect();
                options.join(" or ")
            }
        }
    }
}

impl Object {
    fn keys(&self) -> String {
        words::listed(self.fields.keys().map(String::as_str))
    }
}

fn node_kind(node: &Node) -> Option<Kind> {
    match &node.content {
        Content::Scalar(scalar) => Some(scalar.kind()),
        _ => None,
    }
}
