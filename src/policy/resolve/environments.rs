//! Environments: names that point somewhere, and no circles.

use std::collections::HashMap;

use super::outline::Outline;
use super::{approvals, graph, lists};
use crate::domain::delivery::environment::Environment;
use crate::domain::ids::{EnvironmentId, GateId, is_name};
use crate::policy::diagnostics::{Reports, quoted};
use crate::policy::node::{Entry, Node};
use crate::policy::raw::{OneOrMany, RawEnvironment, RawPolicy, VariableName};
use crate::policy::words;

/// The environments of a policy, as written.
pub(super) fn environments(
    raw: &RawPolicy,
    root: &Node,
    outline: &Outline<'_>,
    reports: &mut Reports<'_>,
) -> Vec<Environment> {
    let entries = root.get("environments").map_or(&[][..], Node::entries);
    let places = entries.iter().enumerate();
    let mut map = Map {
        entries,
        places: places
            .map(|(place, entry)| (entry.key.as_str(), place))
            .collect(),
        outline,
        reports,
    };
    map.name_places();
    let after: Vec<Vec<usize>> = entries.iter().map(|entry| map.after(entry)).collect();
    map.report_cycles(&after);
    let mut found = Vec::new();
    for (entry, after) in entries.iter().zip(&after) {
        let typed = raw
            .environments
            .as_ref()
            .and_then(|all| all.0.get(&entry.key));
        found.extend(typed.and_then(|raw| map.environment(entry, raw, after)));
    }
    found
}

/// The environments under `only` of a check.
pub(super) fn only(
    check: &Node,
    environments: Option<&Node>,
    reports: &mut Reports<'_>,
) -> Vec<EnvironmentId> {
    let Some(list) = check.get("only") else {
        return Vec::new();
    };
    lists::refuse_repeated(list, str::to_owned, reports);
    let known = environments.map_or(&[][..], Node::entries);
    let mut found = Vec::new();
    for (text, item) in lists::scalars(list) {
        if known.iter().any(|entry| entry.key == text) {
            found.extend(text.parse());
        } else if is_name(text) && !reports.is_full() {
            let message = format!("there is no environment {}", quoted(text));
            let names = known.iter().map(|entry| entry.key.as_str());
            reports.add(
                item.span,
                message,
                words::suggestion(text, names, "there are"),
            );
        }
    }
    found
}

/// All environments while they are resolved.
struct Map<'n, 'r, 's> {
    entries: &'n [Entry],
    places: HashMap<&'n str, usize>,
    outline: &'n Outline<'n>,
    reports: &'r mut Reports<'s>,
}

impl Map<'_, '_, '_> {
    fn environment(
        &mut self,
        entry: &Entry,
        raw: &RawEnvironment,
        after: &[usize],
    ) -> Option<Environment> {
        let node = &entry.value;
        if ["gates", "after", "approvals"]
            .iter()
            .all(|key| node.entry(key).is_none())
        {
            let message = format!("{} asks for nothing", quoted(&entry.key));
            let hint = "add `gates`, `after` or `approvals`: a release may not go anywhere unasked";
            self.reports.add(entry.key_span, message, hint);
        }
        let names = after.iter().map(|place| self.entries[*place].key.parse());
        let after = names.filter_map(Result::ok).collect();
        Some(Environment {
            id: entry.key.parse().ok()?,
            gates: self.gates(node),
            after,
            approvals: raw
                .approvals
                .as_ref()
                .zip(node.get("approvals"))
                .map(|(raw, node)| approvals::rule(raw, node, self.reports)),
            secrets: self.names(raw.secrets.as_ref(), node, "secrets"),
            variables: self.names(raw.variables.as_ref(), node, "variables"),
        })
    }

    /// GitHub does not tell names apart by case, and people approve gates and environments by
    /// their names.
    fn name_places(&mut self) {
        let mut places: HashMap<String, &Entry> = HashMap::new();
        for entry in self.entries {
            let (name, at) = (quoted(&entry.key), entry.key_span);
            if let Some(place) = self.outline.place(&entry.key) {
                let line = self.outline.gates[place].span.line;
                let message =
                    format!("{name} is the name of a stage or gate on line {line} already");
                let hint = "stages, gates and environments share their names; give one another";
                self.reports.add(at, message, hint);
            }
            match places.get(&entry.key.to_lowercase()) {
                Some(first) => {
                    let line = first.key_span.line;
                    let message =
                        format!("{name} is `{}` of line {line} in another case", first.key);
                    let hint = "GitHub takes both for the same environment; keep one of the two";
                    self.reports.add(at, message, hint);
                }
                None => {
                    places.insert(entry.key.to_lowercase(), entry);
                }
            }
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    fn gates(&mut self, node: &Node) -> Vec<GateId> {
        let Some(list) = node.get("gates") else {
            return Vec::new();
        };
        lists::refuse_repeated(list, str::to_owned, self.reports);
        let mut gates = Vec::new();
        for (text, item) in lists::scalars(list) {
            if self.outline.place(text).is_some() {
                gates.extend(text.parse());
            } else if is_name(text) && !self.reports.is_full() {
                let message = format!("there is no stage or gate {}", quoted(text));
                let hint = match self.place(text) {
                    Some(_) => format!("{} is an environment: name it under `after`", quoted(text)),
                    None => words::suggestion(text, self.outline.names(), "there are"),
                };
                self.reports.add(item.span, message, hint);
            }
        }
        gates
    }

    /// The places of the environments that come before one.
    fn after(&mut self, entry: &Entry) -> Vec<usize> {
        let Some(list) = entry.value.get("after") else {
            return Vec::new();
        };
        lists::refuse_repeated(list, str::to_owned, self.reports);
        let mut places = Vec::new();
        for (text, item) in lists::scalars(list) {
            match self.place(text) {
                Some(place) => places.push(place),
                None if !is_name(text) || self.reports.is_full() => {} // is reported
                None => {
                    let message = format!("there is no environment {}", quoted(text));
                    let hint = match self.outline.place(text) {
                        Some(_) => format!("{} is a gate: name it under `gates`", quoted(text)),
                        None => {
                            let names = self.entries.iter().map(|entry| entry.key.as_str());
                            words::suggestion(text, names, "there are")
                        }
                    };
                    self.reports.add(item.span, message, hint);
                }
            }
        }
        places
    }

    fn report_cycles(&mut self, after: &[Vec<usize>]) {
        for cycle in graph::cycles(after) {
            let members = cycle.iter().chain(cycle.first());
            let names: Vec<_> = members.map(|at| self.entries[*at].key.as_str()).collect();
            let message = format!(
                "the environments come after one another in a circle: {}",
                names.join(" → ")
            );
            let at = self.entries[cycle[0]].value.key_span("after");
            let hint = "take one of them out of an `after`";
            self.reports.add(at, message, hint);
        }
    }

    fn names(
        &mut self,
        raw: Option<&OneOrMany<VariableName>>,
        node: &Node,
        key: &str,
    ) -> Vec<String> {
        if let Some(list) = node.get(key) {
            lists::refuse_repeated(list, str::to_lowercase, self.reports);
        }
        let names = raw.into_iter().flat_map(|list| &list.0);
        names.map(|name| name.0.clone()).collect()
    }
}
