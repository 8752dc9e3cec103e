//! One check: its verb, its common keys, and the digest of its definition.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::outline::OutlinedGate;
use super::paths::Anchor;
use super::{RawParts, Scope, VERBS, environments, github, http, journeys, title};
use crate::domain::check::{Binding, Check, EvidenceRule, Results, TokenAccess, Verb};
use crate::domain::ids::Sha256Digest;
use crate::domain::policy::OWN_VARIABLES;
use crate::policy::diagnostics::quoted;
use crate::policy::node::{Content, Entry, Node};
use crate::policy::raw::{Glob, OneOrMany, RawCheck, RawResults};
use crate::policy::words;

/// How long an attempt may take where the policy does not say.
const TIME_OUT: Duration = Duration::from_secs(30 * 60);

/// Keys that say something about a command.
const WITH_RUN: [&str; 5] = [
    "working-directory",
    "env",
    "results",
    "require",
    "needs-token",
];

impl Scope<'_, '_, '_> {
    /// The checks of a gate, as written.
    pub(super) fn checks(&mut self, gate: &OutlinedGate<'_>, raw: &RawParts<'_>) -> Vec<Check> {
        let needs = self.needs(gate, super::pace(raw.sequential));
        let mut checks = Vec::new();
        for (entry, needs) in gate.checks().iter().zip(needs) {
            let verb = self.only_verb(entry);
            let Some(parts) = raw.checks.and_then(|all| all.0.get(&entry.key)) else {
                continue;
            };
            if let Some(mut check) = self.check(entry, parts, verb) {
                let names = needs.iter().map(|place| gate.checks()[*place].key.parse());
                check.needs = names.filter_map(Result::ok).collect();
                checks.push(check);
            }
        }
        checks
    }

    fn check(&mut self, entry: &Entry, raw: &RawCheck, verb: Option<&str>) -> Option<Check> {
        let node = &entry.value;
        self.refuse_strangers(node, verb);
        let critical = raw.critical == Some(true);
        let directory = raw.working_directory.as_ref();
        let directory = directory.map(|line| (&line.0, node.get("working-directory")));
        let mut check = Check {
            id: entry.key.parse().ok()?,
            title: title(raw.title.as_ref(), &entry.key),
            definition: definition(&self.defining(node, verb)),
            binding: binding(&self.defining(node, verb)),
            needs: Vec::new(),
            time_out: raw.timeout.and_then(|it| it.0).unwrap_or(TIME_OUT),
            retries: raw.retries.unwrap_or(0),
            working_directory: match directory {
                Some((text, Some(at))) => self.directory(text, at),
                _ => ".".to_owned(),
            },
            environment: self.environment(raw, node),
            results: self.results(raw.results.as_ref(), node),
            require: self.requirement(raw.require.as_ref(), node, critical),
            evidence: self.evidence(raw, node),
            group: raw.group.as_ref().map(|name| name.0.clone()),
            only: environments::only(node, self.environments, self.reports),
            critical,
            tokens: match raw.needs_token {
                Some(true) => TokenAccess::Granted,
                _ => TokenAccess::Withheld,
            },
            verb: self
                .verb(raw, node, verb)
                .unwrap_or(Verb::Files(Default::default())),
        };
        if let Verb::Http(rule) = &check.verb {
            check.require.p95 = rule.p95;
            check.require.availability = rule.availability;
        }
        Some(check)
    }

    /// What would be executed and read, as written, without the numbers that a recorded measurement
    /// is held to. A look at an environment reads what the policy declares for it elsewhere.
    fn defining(&self, node: &Node, verb: Option<&str>) -> Value {
        let keys = verb
            .into_iter()
            .chain(["env", "working-directory", "results", "needs-token"]);
        let mut parts: Map<String, Value> = keys
            .filter_map(|key| Some((key.to_owned(), node.get(key)?.as_written())))
            .collect();
        let named = node.get("github").and_then(|it| it.get("environment"));
        if let Some(Content::Scalar(name)) = named.map(|node| &node.content) {
            let declared = github::declared(self.environments, &name.text);
            for key in ["secrets", "variables"] {
                let names = declared.and_then(|node| node.get(key));
                parts.extend(names.map(|names| (format!("declared-{key}"), names.as_written())));
            }
        }
        parts.extend(
            node.get("journeys")
                .into_iter()
                .flat_map(|it| self.judging(it)),
        );
        if let Some(Value::Object(http)) = parts.get_mut("http") {
            http.retain(|key, _| !http::JUDGED_LATER.contains(&key.as_str()));
        }
        Value::Object(parts)
    }

    /// What a `journeys` check judges besides what is written in it.
    fn judging(&self, node: &Node) -> [(String, Value); 2] {
        let judged = journeys::judged(&self.outline.gates[self.place], node);
        let judged = judged.iter().map(|(name, _)| Value::from(name.to_string()));
        let declared = self.journeys.digest().to_string();
        [
            ("declared-journeys".to_owned(), declared.into()),
            ("judged".to_owned(), judged.collect()),
        ]
    }

    /// The one verb of a check, which is reported when there is none or more than one.
    fn only_verb(&mut self, check: &Entry) -> Option<&'static str> {
        let has = |verb: &&str| check.value.entry(verb).is_some();
        let verbs: Vec<&'static str> = VERBS.into_iter().filter(has).collect();
        match verbs[..] {
            [verb] => return Some(verb),
            [] if check
                .value
                .entries()
                .iter()
                .any(|entry| meant_as_verb(&entry.key)) => {}
            [] => {
                let message = format!("the check {} has no verb", quoted(&check.key));
                let hint = format!("add one of {}", words::listed(VERBS));
                self.reports.add(check.key_span, message, hint);
            }
            _ => {
                let named = verbs.iter().map(|verb| {
                    let line = check.value.key_span(verb).line;
                    format!("`{verb}` on line {line}")
                });
                let named = named.collect::<Vec<_>>().join(" and ");
                let message = format!(
                    "the check {} has more than one verb: {named}",
                    quoted(&check.key)
                );
                let hint =
                    "make a check of its own for each, with `needs` if one follows the other";
                self.reports
                    .add(check.value.key_span(verbs[1]), message, hint);
            }
        }
        None
    }

    /// Refuses keys that say something about a command where there is none.
    fn refuse_strangers(&mut self, node: &Node, verb: Option<&str>) {
        let Some(verb) = verb.filter(|verb| *verb != "run") else {
            return;
        };
        for key in WITH_RUN {
            if let Some(entry) = node.entry(key) {
                let message = format!("`{key}` has no meaning beside `{verb}`");
                let hint = format!("`{key}` belongs to a check with `run`; remove it here");
                self.reports.add(entry.key_span, message, hint);
            }
        }
    }

    fn environment(&mut self, raw: &RawCheck, node: &Node) -> BTreeMap<String, String> {
        for entry in node.get("env").map_or(&[][..], Node::entries) {
            if OWN_VARIABLES.contains(&entry.key.as_str()) {
                let message = format!("{} is set by Tollgate itself", quoted(&entry.key));
                let hint = "give the variable another name";
                self.reports.add(entry.key_span, message, hint);
            }
        }
        let values = raw.env.iter().flat_map(|env| &env.0);
        values
            .map(|(name, value)| (name.clone(), value.0.clone()))
            .collect()
    }

    fn results(&mut self, raw: Option<&RawResults>, node: &Node) -> Results {
        let (Some(raw), Some(node)) = (raw, node.get("results")) else {
            return Results::default();
        };
        let mut globs = |given: &Option<OneOrMany<Glob>>, key: &str| match (given, node.get(key)) {
            (Some(given), Some(at)) => self.globs(&given.0, at, Anchor::Refused),
            _ => Vec::new(),
        };
        Results {
            junit: globs(&raw.junit, "junit"),
            coverage: globs(&raw.coverage, "coverage"),
            sarif: globs(&raw.sarif, "sarif"),
            latency: globs(&raw.latency, "latency"),
            image_digest: globs(&raw.image_digest, "image-digest"),
        }
    }

    fn evidence(&mut self, raw: &RawCheck, node: &Node) -> Vec<EvidenceRule> {
        let (Some(raw), Some(node)) = (&raw.evidence, node.get("evidence")) else {
            return Vec::new();
        };
        let mut rules = Vec::new();
        for (kind, globs) in &raw.0 {
            let globs: Vec<Glob> = globs.iter().cloned().map(Glob).collect();
            let at = node.get(kind).unwrap_or(node);
            for glob in self.globs(&globs, at, Anchor::Refused) {
                let kind = kind.clone();
                rules.push(EvidenceRule { kind, glob });
            }
        }
        rules
    }
}

/// Tells whether an unknown key was most probably meant to be the verb, which is reported as an
/// unknown key already.
fn meant_as_verb(key: &str) -> bool {
    words::known_elsewhere(words::object::CHECK, key).is_some_and(|hint| hint.contains("`run`"))
        || words::nearest(key, VERBS).is_some()
}

/// A check whose definition names the version is another one for another version.
fn binding(parts: &Value) -> Binding {
    match parts.to_string().contains("TOLLGATE_VERSION") {
        true => Binding::Version,
        false => Binding::Commit,
    }
}

/// SHA-256 of what would be executed and read, as written: canonical JSON (RFC 8785) of the verb,
/// the variables, the directory, the result files and the access to tokens.
fn definition(parts: &Value) -> Sha256Digest {
    let canonical = serde_json_canonicalizer::to_vec(parts);
    Sha256Digest::of(&canonical.unwrap_or_else(|_| parts.to_string().into_bytes()))
}
