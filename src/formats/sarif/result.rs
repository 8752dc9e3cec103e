//! One result (§3.27): what of it is read.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::bounded::First;
use super::place::Artifact;
use super::rules::{Id, RuleReference, Word};

/// How many lines and characters of a message are kept.
const LONGEST_MESSAGE: (usize, usize) = (5, 500);

/// A result as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a result (an object)")]
pub(super) struct RawResult {
    #[serde(default)]
    rule_id: Option<Id>,
    #[serde(default)]
    rule_index: Option<i64>,
    #[serde(default)]
    rule: Option<RuleReference>,
    /// The result's own level.
    #[serde(default)]
    pub(super) level: Option<Word>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    baseline_state: Option<String>,
    #[serde(default)]
    suppressions: Suppressed,
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    locations: First<Place>,
    #[serde(default)]
    provenance: Option<Provenance>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a message (an object)")]
struct Message {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    markdown: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a location (an object)")]
struct Place {
    #[serde(default)]
    physical_location: Option<PhysicalLocation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    #[serde(default)]
    artifact_location: Option<Artifact>,
    #[serde(default)]
    region: Option<Region>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    #[serde(default)]
    start_line: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provenance {
    #[serde(default)]
    invocation_index: Option<i64>,
}

impl RawResult {
    /// Tells whether the result is one that counts: it fails, it is there, and nobody suppressed it.
    pub(super) fn counts(&self) -> bool {
        let fails = self.kind.as_deref().is_none_or(|kind| kind == "fail");
        let is_there = self.baseline_state.as_deref() != Some("absent");
        fails && is_there && !self.suppressions.0
    }

    /// The rule, from whichever of the three places names it (§3.27.5 to §3.27.7).
    pub(super) fn rule(&mut self) -> RuleReference {
        let mut rule = self.rule.take().unwrap_or_default();
        rule.id = rule.id.or(self.rule_id.take());
        rule.index = rule.index.or(self.rule_index).filter(|index| *index >= 0);
        rule
    }

    /// The place of its invocation in the run's list.
    pub(super) fn invocation(&self) -> Option<usize> {
        let index = self.provenance.as_ref()?.invocation_index?;
        usize::try_from(index).ok()
    }

    /// The first lines of the message.
    pub(super) fn message(&mut self) -> String {
        let Some(message) = self.message.take() else {
            return String::new();
        };
        let text = message.text.or(message.markdown).or(message.id);
        shortened(text.unwrap_or_default().trim())
    }

    /// The artifact and the line, from 1, of the first location.
    pub(super) fn place(&mut self) -> (Artifact, Option<u32>) {
        let first = self.locations.0.take();
        let Some(physical) = first.and_then(|place| place.physical_location) else {
            return (Artifact::default(), None);
        };
        let line = physical.region.and_then(|region| region.start_line);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be in range, and a fraction of a line means nothing"
        )]
        let line = line
            .filter(|line| (1.0..=f64::from(u32::MAX)).contains(line))
            .map(|line| line as u32);
        (physical.artifact_location.unwrap_or_default(), line)
    }
}

fn shortened(text: &str) -> String {
    let (most_lines, most_chars) = LONGEST_MESSAGE;
    let lines = text.lines().take(most_lines).collect::<Vec<_>>().join("\n");
    match lines.char_indices().nth(most_chars) {
        Some((end, _)) => format!("{}…", &lines[..end]),
        None => lines,
    }
}

/// Whether `suppressions` holds one that is accepted, or that needs no acceptance (§3.35.3).
#[derive(Debug, Default)]
struct Suppressed(bool);

#[derive(Deserialize)]
#[serde(expecting = "a suppression (an object)")]
struct Suppression {
    #[serde(default)]
    status: Option<String>,
}

impl<'de> Deserialize<'de> for Suppressed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SuppressedVisitor)
    }
}

struct SuppressedVisitor;

impl<'de> Visitor<'de> for SuppressedVisitor {
    type Value = Suppressed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of suppressions")
    }

    fn visit_unit<E>(self) -> Result<Suppressed, E> {
        Ok(Suppressed(false))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Suppressed, S::Error> {
        let mut suppressed = false;
        while let Some(suppression) = list.next_element::<Suppression>()? {
            let status = suppression.status.as_deref();
            suppressed |= matches!(status, None | Some("accepted"));
        }
        Ok(Suppressed(suppressed))
    }
}
