//! Every piece of evidence with a number, so that others can point at it.

use std::collections::{HashMap, HashSet};

use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckId, GateId, RunId, Sha256Digest};
use crate::domain::policy::Policy;
use crate::domain::record::payload::EvidenceRecorded;
use crate::render::report::Sources;
use crate::render::report::model::{EvidencePart, Proof};
use crate::render::report::text::{Pen, Text};
use crate::render::words;

/// How many pieces are listed.
const LISTED: usize = 2_000;

/// What makes two pieces one.
type Key<'a> = (
    Option<&'a GateId>,
    Option<&'a CheckId>,
    &'a str,
    &'a str,
    Sha256Digest,
    Option<&'a RunId>,
);

/// The evidence of a release, in the order in which it is listed.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    pen: Pen<'a>,
    directory: &'a str,
    pieces: Vec<&'a EvidenceRecorded>,
    numbers: HashMap<Key<'a>, usize>,
    counting: HashSet<Key<'a>>,
}

impl<'a> Evidence<'a> {
    /// What counts first; then by gate and check as in the policy, type and name.
    pub(super) fn of(sources: &Sources<'a>, pen: Pen<'a>) -> Self {
        let counting: HashSet<Key<'a>> = counting(sources.verdict).map(key).collect();
        let mut pieces: Vec<&EvidenceRecorded> = sources.facts.evidence.iter().collect();
        let order = |piece: &'a EvidenceRecorded| {
            let key = key(piece);
            (!counting.contains(&key), place(sources.policy, piece), key)
        };
        pieces.sort_by_cached_key(|piece| order(piece));
        pieces.dedup_by_key(|piece| key(piece));
        let numbers = pieces.iter().enumerate();
        Self {
            numbers: numbers
                .map(|(place, piece)| (key(piece), place + 1))
                .collect(),
            pieces,
            counting,
            directory: &sources.policy.evidence_directory,
            pen,
        }
    }

    /// Links to pieces, as far as they are listed.
    pub(super) fn proofs<'p>(
        &self,
        pieces: impl IntoIterator<Item = &'p EvidenceRecorded>,
    ) -> Vec<Proof> {
        let proof = |piece| {
            let number = self.numbers.get(&key(piece)).filter(|it| **it <= LISTED)?;
            Some(Proof {
                label: self.pen.name(&piece.name),
                anchor: anchor(*number),
            })
        };
        pieces.into_iter().filter_map(proof).collect()
    }

    /// The list, and how many pieces there is no room for.
    pub(super) fn listed(&self) -> (Vec<EvidencePart>, usize) {
        let listed = self.pieces.iter().take(LISTED).enumerate();
        let listed = listed.map(|(place, piece)| self.part(place + 1, piece));
        (listed.collect(), self.pieces.len().saturating_sub(LISTED))
    }

    /// A path within the evidence directory, seen from the project's root.
    fn place(&self, uri: &str) -> Text {
        let is_path = !uri.is_empty() && !uri.contains(':') && !uri.starts_with('/');
        match is_path {
            true => self.pen.line(&format!("{}/{uri}", self.directory)),
            false => self.pen.line(uri),
        }
    }

    fn part(&self, number: usize, piece: &EvidenceRecorded) -> EvidencePart {
        let pen = self.pen;
        let of = match (&piece.gate, &piece.check) {
            (Some(gate), Some(check)) => format!("{gate}/{check}"),
            (Some(gate), None) => gate.to_string(),
            (None, _) => "the release".to_owned(),
        };
        let uri = piece.uri.as_deref().unwrap_or_default();
        let link = pen.link(uri);
        let address = uri.contains("://").then(|| uri.split(['?', '#']).next());
        let uri = address.flatten().unwrap_or(uri); // what stands behind may be a credential
        EvidencePart {
            anchor: anchor(number),
            of: pen.name(&of),
            kind: pen.name(&piece.kind),
            name: pen.name(&piece.name),
            size: words::size(piece.size),
            bytes: piece.size,
            sha256: piece.sha256,
            place: link.clone().unwrap_or_else(|| self.place(uri)),
            uri: link.clone().unwrap_or_else(|| pen.line(uri)),
            link,
            counts: self.counting.contains(&key(piece)),
        }
    }
}

fn anchor(number: usize) -> String {
    format!("e{number}")
}

fn key(piece: &EvidenceRecorded) -> Key<'_> {
    (
        piece.gate.as_ref(),
        piece.check.as_ref(),
        &piece.kind,
        &piece.name,
        piece.sha256,
        piece.run.as_ref(),
    )
}

/// The pieces of results that count.
fn counting(verdict: &Verdict) -> impl Iterator<Item = &EvidenceRecorded> {
    verdict.gates.iter().flat_map(|gate| {
        let checks = gate.checks.iter().flat_map(|check| &check.evidence);
        checks.chain(&gate.evidence)
    })
}

/// Where a piece belongs in the policy; what is of none comes last.
fn place(policy: &Policy, piece: &EvidenceRecorded) -> (usize, usize) {
    let gate = piece.gate.as_ref();
    let position = policy.gates.iter().position(|it| Some(&it.id) == gate);
    let Some(position) = position else {
        return (usize::MAX, 0);
    };
    let checks = &policy.gates[position].checks;
    let check = checks
        .iter()
        .position(|it| Some(&it.id) == piece.check.as_ref());
    (position, check.unwrap_or(usize::MAX))
}
