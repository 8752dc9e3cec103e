//! One run (§3.14): its results are counted as they come; those that take their level from a rule
//! wait, in counts and a few examples, until the run has ended and the rules are known.

use std::collections::HashMap;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::bounded::{AtMost, First, FirstOfMap};
use super::kept::Kept;
use super::place::{Artifact, Bases};
use super::result::RawResult;
use super::rules::{Catalogue, Invocation, RulePlace, RuleReference, Tool};
use crate::domain::quality::findings::{Finding, KEPT_FINDINGS, Level};
use crate::domain::reason::Location;

/// The most different rules that results of one run may name.
const MOST_RULES: usize = 50_000;

/// The most findings that wait for their level with their text; others wait as a number.
const MOST_WAITING: usize = 5_000;

/// The most invocations and bases of a run.
const MOST_PARTS: usize = 10_000;

/// A run that is being read.
pub(super) struct Run<'a> {
    kept: &'a mut Kept,
    tool: Tool,
    invocations: Vec<Invocation>,
    bases: Bases,
    has_results: bool,
    /// Findings with their own level, which wait only for the bases of their paths.
    levelled: [Vec<Found>; 4],
    waiting: HashMap<(RuleReference, Option<usize>), Waiting>,
    waiting_findings: usize,
}

#[derive(Default)]
struct Waiting {
    count: u64,
    findings: Vec<Found>,
}

/// A finding whose level or path is not known yet.
struct Found {
    place: u64,
    level: Option<Level>,
    rule: RuleReference,
    message: String,
    artifact: Artifact,
    line: Option<u32>,
}

impl<'a> Run<'a> {
    /// Begins a run.
    pub(super) fn new(kept: &'a mut Kept) -> Self {
        Self {
            kept,
            tool: Tool::default(),
            invocations: Vec::new(),
            bases: Bases::new(),
            has_results: false,
            levelled: Default::default(),
            waiting: HashMap::new(),
            waiting_findings: 0,
        }
    }

    fn take(&mut self, mut result: RawResult) -> Result<(), String> {
        if !result.counts() {
            return Ok(());
        }
        let place = self.kept.next_place();
        let rule = result.rule();
        let level = result.level.map(|word| word.0);
        let key = (rule.clone(), result.invocation());
        let (artifact, line) = result.place();
        let found = Found {
            place,
            level,
            rule,
            message: result.message(),
            artifact,
            line,
        };
        match level {
            Some(level) => {
                self.kept.count(level, 1);
                let held = &mut self.levelled[level as usize];
                if held.len() < KEPT_FINDINGS {
                    held.push(found);
                }
                Ok(())
            }
            None => self.hold_waiting(key, found),
        }
    }

    fn hold_waiting(
        &mut self,
        key: (RuleReference, Option<usize>),
        found: Found,
    ) -> Result<(), String> {
        if self.waiting.len() == MOST_RULES && !self.waiting.contains_key(&key) {
            return Err(format!(
                "results of more than {MOST_RULES} different rules in one run"
            ));
        }
        let waiting = self.waiting.entry(key).or_default();
        waiting.count += 1;
        if waiting.findings.len() < KEPT_FINDINGS && self.waiting_findings < MOST_WAITING {
            waiting.findings.push(found);
            self.waiting_findings += 1;
        }
        Ok(())
    }

    /// Gives everything that waited its level.
    fn finish(self) -> Result<(), String> {
        if !self.has_results {
            return Err("a run without results: the tool did not scan (§3.14.23)".to_owned());
        }
        let has_failed = |invocation: &Invocation| invocation.execution_successful == Some(false);
        if self.invocations.iter().any(has_failed) {
            return Err(
                "the tool says that its execution failed (executionSuccessful is false); see its \
                 output"
                    .to_owned(),
            );
        }
        let catalogue = self.tool.into_catalogue();
        let overrides: Vec<_> = self
            .invocations
            .iter()
            .map(|invocation| invocation.overrides(&catalogue))
            .collect();
        let mut known: Vec<_> = self.levelled.into_iter().flatten().collect();
        for ((rule, invocation), waiting) in self.waiting {
            let overrides = match invocation {
                Some(index) => overrides.get(index),
                // A run of one invocation need not say which of them it is.
                None => overrides.first().filter(|_| overrides.len() == 1),
            };
            let level = level_of(&rule, &catalogue, overrides);
            self.kept.count(level, waiting.count);
            known.extend(waiting.findings.into_iter().map(|found| Found {
                level: Some(level),
                ..found
            }));
        }
        for found in known {
            let place = found.place;
            self.kept
                .keep(place, found.into_finding(&catalogue, &self.bases));
        }
        Ok(())
    }
}

fn level_of(
    rule: &RuleReference,
    catalogue: &Catalogue,
    overrides: Option<&HashMap<RulePlace, Level>>,
) -> Level {
    let Some(place) = catalogue.find(rule) else {
        return Level::Warning;
    };
    let overridden = overrides.and_then(|levels| levels.get(&place)).copied();
    overridden
        .or_else(|| catalogue.default_level(place))
        .unwrap_or(Level::Warning)
}

impl Found {
    fn into_finding(self, catalogue: &Catalogue, bases: &Bases) -> Finding {
        let rule = match &self.rule.id {
            Some(id) => id.as_str(),
            None => catalogue
                .find(&self.rule)
                .map_or("", |place| catalogue.id(place)),
        };
        Finding {
            level: self.level.unwrap_or(Level::Warning),
            rule: rule.to_owned(),
            message: self.message,
            location: self.artifact.path(bases).map(|file| Location {
                file,
                line: self.line,
            }),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Run<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Run<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a run: an object with tool and results")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "tool" => self.tool = map.next_value()?,
                "results" => map.next_value_seed(Results(&mut self))?,
                "invocations" => {
                    self.invocations = map.next_value::<AtMost<_, MOST_PARTS>>()?.0;
                }
                "originalUriBaseIds" => {
                    self.bases = map.next_value::<FirstOfMap<_, MOST_PARTS>>()?.0;
                }
                "externalPropertyFileReferences" => {
                    let elsewhere = map.next_value::<Option<External>>()?;
                    if elsewhere.is_some_and(|files| files.has_results()) {
                        return Err(M::Error::custom(
                            "the run keeps its results in other files \
                             (externalPropertyFileReferences); write them into one",
                        ));
                    }
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        self.finish().map_err(M::Error::custom)
    }
}

/// Properties that stand outside of their run: in other files, or inline in the log (§3.15, §4).
#[derive(serde::Deserialize)]
pub(super) struct External {
    #[serde(default)]
    results: First<IgnoredAny>,
}

impl External {
    /// Tells whether results are among them.
    pub(super) fn has_results(&self) -> bool {
        self.results.0.is_some()
    }
}

/// The results of a run, one by one.
struct Results<'a, 'b>(&'a mut Run<'b>);

impl<'de> DeserializeSeed<'de> for Results<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Results<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of results")
    }

    /// `null` says the same as no results at all.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut results: S) -> Result<(), S::Error> {
        self.0.has_results = true;
        while let Some(result) = results.next_element()? {
            self.0.take(result).map_err(S::Error::custom)?;
        }
        Ok(())
    }
}
