//! Commands in a line of output, as the runner finds them (`ActionCommand.cs`).

use std::collections::{BTreeMap, BTreeSet};

/// What was escaped, and how, in the order in which it is unescaped.
type Escapes = &'static [(&'static str, &'static str)];

const DATA: Escapes = &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")];
const PROPERTY: Escapes = &[
    ("%0D", "\r"),
    ("%0A", "\n"),
    ("%3A", ":"),
    ("%2C", ","),
    ("%25", "%"),
];
const OLD: Escapes = &[
    ("%3B", ";"),
    ("%0D", "\r"),
    ("%0A", "\n"),
    ("%5D", "]"),
    ("%25", "%"),
];

/// A command that the runner has recognised.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// Its name, in lower case: names are compared without case.
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) data: String,
}

impl Command {
    /// Finds a command in a line: `::name key=value,…::data` at its start, or else
    /// `##[name key=value;…]data` anywhere.
    pub(crate) fn find(line: &str, registered: &BTreeSet<String>) -> Option<Self> {
        Self::new_form(line, registered).or_else(|| Self::old_form(line, registered))
    }

    fn new_form(line: &str, registered: &BTreeSet<String>) -> Option<Self> {
        let rest = line.trim_start().strip_prefix("::")?;
        let (info, data) = rest.split_once("::")?;
        let (name, properties) = split(info);
        let name = known(name, registered)?;
        Some(Self {
            name,
            properties: read(properties.trim(), ',', PROPERTY),
            data: unescape(data, DATA),
        })
    }

    /// Only the first `##[` of a line is looked at.
    fn old_form(line: &str, registered: &BTreeSet<String>) -> Option<Self> {
        let (_, rest) = line.split_once("##[")?;
        let (info, data) = rest.split_once(']')?;
        let (name, properties) = split(info);
        let name = known(name, registered)?;
        Some(Self {
            name,
            properties: read(properties, ';', OLD),
            data: unescape(data, OLD),
        })
    }
}

fn split(info: &str) -> (&str, &str) {
    info.split_once(' ').unwrap_or((info, ""))
}

fn known(name: &str, registered: &BTreeSet<String>) -> Option<String> {
    let name = name.to_lowercase();
    registered.contains(&name).then_some(name)
}

fn read(properties: &str, separator: char, escapes: Escapes) -> BTreeMap<String, String> {
    let pairs = properties.split(separator).filter_map(|property| {
        // As .NET splits with empty entries removed: leading `=` are passed over.
        let (key, value) = property.trim_start_matches('=').split_once('=')?;
        (!value.is_empty()).then(|| (key.to_lowercase(), unescape(value, escapes)))
    });
    pairs.collect()
}

fn unescape(text: &str, escapes: Escapes) -> String {
    let replace = |text: String, (escaped, plain): &(&str, &str)| text.replace(escaped, plain);
    escapes.iter().fold(text.to_owned(), replace)
}
