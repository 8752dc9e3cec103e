//! What Python projects pin: `pyproject.toml` and requirements files.

use super::Pin;
use super::spec::{Grammar, Spec};
use crate::formats::ReadError;
use crate::formats::tree::{Node, toml};

/// Keys below which `pyproject.toml` has lists of requirements.
const LISTS: [&[&str]; 5] = [
    &["project", "dependencies"],
    &["build-system", "requires"],
    &["tool", "uv", "dev-dependencies"],
    &["tool", "uv", "constraint-dependencies"],
    &["tool", "uv", "override-dependencies"],
];

/// Keys below which it has tables whose entries are lists of requirements.
const TABLES_OF_LISTS: [&[&str]; 3] = [
    &["project", "optional-dependencies"],
    &["dependency-groups"],
    &["tool", "pdm", "dev-dependencies"],
];

/// `pyproject.toml`: `requires-python`, dependencies (PEP 621, PEP 735), Poetry and uv.
pub(super) fn pyproject(text: &str) -> Result<Vec<Pin>, ReadError> {
    let root = toml(text)?;
    let mut pins = Vec::new();
    for (path, tool) in [
        (&["project", "requires-python"][..], "python"),
        (&["tool", "uv", "required-version"], "uv"),
        (&["tool", "poetry", "requires-poetry"], "poetry"),
    ] {
        pins.extend(root.at(path).and_then(|node| ranged(tool, node)));
    }
    let lists = LISTS.iter().filter_map(|path| root.at(path));
    let tables = TABLES_OF_LISTS.iter().filter_map(|path| root.at(path));
    let more = tables.flat_map(|table| table.entries().map(|(_, list)| &**list));
    for item in lists.chain(more).flat_map(Node::items) {
        let text = item.text().unwrap_or_default();
        pins.extend(requirement(text, item.line));
    }
    if let Some(poetry) = root.at(&["tool", "poetry"]) {
        pins.extend(of_poetry(poetry));
    }
    pins.sort_by_key(|pin| pin.line);
    Ok(pins)
}

fn ranged(tool: &str, node: &Node) -> Option<Pin> {
    let text = node.text()?;
    let spec = Spec::range(text, Grammar::Python);
    Some(Pin::new(tool, text, spec, node.line))
}

fn of_poetry(poetry: &Node) -> Vec<Pin> {
    let groups = poetry
        .get("group")
        .into_iter()
        .flat_map(|groups| groups.entries());
    let tables = groups
        .filter_map(|(_, group)| group.get("dependencies"))
        .chain(poetry.get("dependencies"))
        .chain(poetry.get("dev-dependencies"));
    tables
        .flat_map(|table| table.entries())
        .flat_map(|(name, value)| {
            let tool = match name {
                "python" => name.to_owned(),
                _ => format!("pypi:{name}"),
            };
            // A dependency may have several constraints, each for some platforms.
            let alternatives = match value.items() {
                [] => std::slice::from_ref(value),
                items => items,
            };
            let versions = alternatives
                .iter()
                .map(|one| one.get("version").unwrap_or(one));
            versions
                .filter_map(|node| ranged(&tool, node))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// A requirements or constraints file of pip.
pub(super) fn requirements(text: &str) -> Vec<Pin> {
    let mut pins = Vec::new();
    let mut entry = String::new();
    let mut begins = 1;
    for (index, line) in text.lines().enumerate() {
        if entry.is_empty() {
            begins = index + 1;
        }
        // A comment begins the line, or stands after white space: `#` is also part of URLs.
        let is_comment = line.trim_start().starts_with('#');
        let code = if is_comment {
            ""
        } else {
            line.split(" #").next().unwrap_or_default()
        };
        match code.trim_end().strip_suffix('\\') {
            Some(part) => entry.push_str(part),
            None => {
                entry.push_str(code);
                pins.extend(requirement(&entry, begins));
                entry.clear();
            }
        }
    }
    pins.extend(requirement(&entry, begins));
    pins
}

/// One requirement (PEP 508): `name[extra]>=1,<2; marker`, `name @ URL`. Options (`-r`, `-e`),
/// paths and names without a version pin nothing.
fn requirement(text: &str, line: usize) -> Option<Pin> {
    let text = text.split(';').next()?.split(" --").next()?.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1.trim_start(),
        None => rest,
    };
    let tool = format!("pypi:{name}");
    if let Some(url) = rest.strip_prefix('@') {
        let spec = Spec::unclear("a URL, which names no version");
        return Some(Pin::new(&tool, url, spec, line));
    }
    let range = rest.trim_start_matches('(').trim_end_matches(')').trim();
    let is_range = range.starts_with(['=', '<', '>', '~', '!']);
    is_range.then(|| Pin::new(&tool, range, Spec::range(range, Grammar::Python), line))
}
