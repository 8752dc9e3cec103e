//! Environments: names that point somewhere, no circles, and approvals that can be given.

use std::collections::{HashMap, HashSet};

use super::outline::Outline;
use super::{graph, part_span};
use crate::domain::delivery::environment::{ApprovalRule, Approver, Environment, SelfApproval};
use crate::domain::ids::{GateId, is_name};
use crate::policy::diagnostics::{Reports, quoted};
use crate::policy::node::{Content, Entry, Node};
use crate::policy::raw::{OneOrMany, RawApprovals, RawEnvironment, RawPolicy, VariableName};
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
            approvals: raw.approvals.as_ref().map(|raw| self.approvals(raw, node)),
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
        self.refuse_repeated(list, str::to_owned);
        let mut gates = Vec::new();
        for (text, item) in scalars(list) {
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
        self.refuse_repeated(list, str::to_owned);
        let mut places = Vec::new();
        for (text, item) in scalars(list) {
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

    fn approvals(&mut self, raw: &RawApprovals, environment: &Node) -> ApprovalRule {
        let from: Vec<Approver> = raw
            .from
            .0
            .iter()
            .filter_map(|it| it.0.parse().ok())
            .collect();
        let minimum = raw.minimum.unwrap_or(1);
        if let Some(node) = environment.get("approvals") {
            if let Some(list) = node.get("from") {
                self.refuse_repeated(list, str::to_lowercase);
            }
            let are_people = from.iter().all(|entry| matches!(entry, Approver::User(_)));
            if are_people && (from.len() as u64) < u64::from(minimum) {
                let message = format!(
                    "{minimum} people must approve, but `from` names {}",
                    from.len()
                );
                let hint = "name more people, a team or a role, or lower `minimum`";
                self.reports.add(node.key_span("minimum"), message, hint);
            }
        }
        ApprovalRule {
            minimum,
            from,
            self_approval: match raw.prevent_self_approval {
                Some(true) => SelfApproval::Refused,
                _ => SelfApproval::Allowed,
            },
            max_age: raw.max_age.and_then(|most| most.0),
        }
    }

    fn names(
        &mut self,
        raw: Option<&OneOrMany<VariableName>>,
        node: &Node,
        key: &str,
    ) -> Vec<String> {
        if let Some(list) = node.get(key) {
            self.refuse_repeated(list, str::to_lowercase);
        }
        let names = raw.into_iter().flat_map(|list| &list.0);
        names.map(|name| name.0.clone()).collect()
    }

    /// Reports what stands twice in a list.
    fn refuse_repeated(&mut self, list: &Node, key: impl Fn(&str) -> String) {
        let mut seen = HashSet::new();
        for (number, (text, _)) in scalars(list).enumerate() {
            if !seen.insert(key(text)) {
                let message = format!("{} stands twice", quoted(text));
                self.reports
                    .add(part_span(list, number), message, "remove one of the two");
            }
        }
    }
}

/// The texts of a list with their places.
fn scalars(list: &Node) -> impl Iterator<Item = (&str, &Node)> {
    list.items().iter().filter_map(|item| match &item.content {
        Content::Scalar(scalar) => Some((scalar.text.as_str(), item)),
        _ => None,
    })
}
