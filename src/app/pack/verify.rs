//! `tollgate verify`: a pack by itself. Nothing in it is believed, and nothing else is asked.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use jiff::Timestamp;

use super::compare::{self, Words};
use super::export::heard;
use super::{evidence, policy};
use crate::app::failure::Failure;
use crate::domain::evidence::manifest::Manifest;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckRef, RunId, Sha256Digest};
use crate::domain::policy::Policy;
use crate::domain::record::chain::Link;
use crate::domain::record::history;
use crate::domain::release::{Release, ReleaseId};
use crate::ledger::pack::parts::{
    ManifestPart, Part, PolicyPart, ReleasePart, VERSION, VerdictPart,
};
use crate::ledger::pack::{Entry, PackError, PackReader};
use crate::render::{StatusView, json};

/// What became of a pack.
#[derive(Debug)]
pub enum Checked {
    /// Everything in it fits.
    Sound(Box<Verified>),
    /// Something does not.
    Tampered(Finding),
}

/// The first thing in a pack that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line, from 1; `None` where it is about several.
    pub line: Option<u64>,
    /// What it is: `event 17 (check_reported test/pytest)`, `policy`, `manifest of run …`.
    pub item: String,
    /// What is wrong with it.
    pub message: String,
}

/// What a sound pack holds.
#[derive(Debug)]
pub struct Verified {
    /// How many events.
    pub events: u64,
    /// The end of each chain: release, number and hash of its last event.
    pub heads: Vec<(ReleaseId, u64, Sha256Digest)>,
    /// What was judged again; `None` for a pack that holds events alone.
    pub rejudged: Option<Rejudged>,
}

/// A release that was judged again, to the same verdict.
#[derive(Debug)]
pub struct Rejudged {
    /// The release.
    pub release: Release,
    /// Whether the work tree differed from the commit.
    pub dirty: bool,
    /// The policy's path and digest.
    pub policy: (String, Sha256Digest),
    /// The manifests, by run.
    pub manifests: Vec<(RunId, Sha256Digest)>,
    /// When the pack was made.
    pub at: Timestamp,
    /// By which version of Tollgate.
    pub tollgate: String,
    /// Of the results that say under which definition they were made: how many that of this policy
    /// is, and how many there are.
    pub results: (usize, usize),
    /// Of the approvals that say under which policy they were given: how many this is, and how many
    /// there are.
    pub approvals: (usize, usize),
    /// The verdict.
    pub verdict: Verdict,
}

/// Checks a pack, from its first line to its last, and judges its release again.
///
/// # Errors
/// Only when the file cannot be read; what is wrong with it is a finding.
pub fn verify(path: &Path) -> Result<Checked, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::usage(format!(
            "the pack {} cannot be read: {error}",
            path.display()
        ))
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    match check(BufReader::new(file)) {
        Ok(verified) => Ok(Checked::Sound(Box::new(verified))),
        Err(Fault::Tampered(finding)) => Ok(Checked::Tampered(finding)),
        Err(Fault::Unreadable(error)) => Err(unreadable(&error)),
    }
}

/// Why a pack is not sound, or cannot be read.
pub(super) enum Fault {
    Tampered(Finding),
    Unreadable(PackError),
}

impl From<PackError> for Fault {
    fn from(error: PackError) -> Self {
        match error {
            PackError::Refused {
                line,
                item,
                message,
            } => Self::Tampered(Finding {
                line: Some(line),
                item,
                message,
            }),
            other => Self::Unreadable(other),
        }
    }
}

/// A fault of an item that stands in no single line.
fn tampered(item: &str, message: impl Into<String>) -> Fault {
    Fault::Tampered(Finding {
        line: None,
        item: item.to_owned(),
        message: message.into(),
    })
}

pub(super) fn check(input: impl BufRead) -> Result<Verified, Fault> {
    let mut reader = PackReader::start(input)?;
    let mut reading = Reading::of(&reader)?;
    while let Some(entry) = reader.next_entry()? {
        match entry {
            Entry::Link(link) => reading.link(link)?,
            Entry::Other(kind, content) => reading.part(&kind, content, reader.line())?,
        }
    }
    let summary = reader.summary()?;
    let heads = std::mem::take(&mut reading.heads);
    let rejudged = match reading.version {
        None => None,
        Some(_) => {
            let tollgate = reader.header().tollgate.clone().unwrap_or_default();
            Some(reading.rejudge(tollgate)?)
        }
    };
    Ok(Verified {
        events: summary.events,
        heads,
        rejudged,
    })
}

/// What was read so far.
struct Reading {
    version: Option<u32>,
    /// The parts that are still to come, with the digests that their lines must have.
    listed: std::collections::VecDeque<(String, Sha256Digest)>,
    release: Option<ReleasePart>,
    policy: Option<PolicyPart>,
    manifests: Vec<Manifest>,
    sums: Vec<(RunId, Sha256Digest)>,
    verdict: Option<VerdictPart>,
    links: Vec<Link>,
    heads: Vec<(ReleaseId, u64, Sha256Digest)>,
}

impl Reading {
    fn of<R: BufRead>(reader: &PackReader<R>) -> Result<Self, Fault> {
        let header = reader.header();
        if header.version.is_some_and(|version| version != VERSION) {
            let message = format!(
                "it is of a version that Tollgate {} does not read; a newer one does, unless it was \
                 altered",
                env!("CARGO_PKG_VERSION")
            );
            return Err(tampered("pack", message));
        }
        let listed = header.parts.iter();
        Ok(Self {
            version: header.version,
            listed: listed.map(|it| (it.name.clone(), it.sha256)).collect(),
            release: None,
            policy: None,
            manifests: Vec::new(),
            sums: Vec::new(),
            verdict: None,
            links: Vec::new(),
            heads: Vec::new(),
        })
    }

    fn link(&mut self, link: Link) -> Result<(), Fault> {
        let release = link.event.release_id;
        let head = (release, link.sequence, link.hash);
        match self.heads.last_mut() {
            Some(last) if last.0 == release => *last = head,
            _ => self.heads.push(head),
        }
        let is_other = |part: &ReleasePart| part.id != release;
        if self.release.as_ref().is_some_and(is_other) {
            let item = format!("event {} ({})", link.sequence, link.event.event_type);
            let message = format!("it belongs to another release, {release}");
            return Err(tampered(&item, message));
        }
        if self.version.is_some() {
            self.links.push(link);
        }
        Ok(())
    }

    /// A line that is no event. Packs without parts may have any, which nothing is read from.
    fn part(
        &mut self,
        kind: &str,
        content: serde_json::Value,
        (line, sha256): (u64, Sha256Digest),
    ) -> Result<(), Fault> {
        if self.version.is_none() {
            return Ok(());
        }
        let at = |item: &str, message: String| {
            Fault::Tampered(Finding {
                line: Some(line),
                item: item.to_owned(),
                message,
            })
        };
        let Some((name, wanted)) = self.listed.pop_front() else {
            let message = format!("a `{kind}` stands here that the first line does not list");
            return Err(at(&format!("line {line}"), message));
        };
        let item = item(&name);
        let part = match Part::read(kind, content) {
            Some(Ok(part)) if part.name() == name => part,
            Some(Err(error)) if name.starts_with(kind) => {
                return Err(at(&item, format!("it cannot be read: {error}")));
            }
            _ => {
                return Err(at(
                    &item,
                    format!("it is missing: a `{kind}` stands in its place"),
                ));
            }
        };
        if sha256 != wanted {
            let own = format!("its line has the SHA-256 {sha256}");
            let message = format!("it was altered: {own}, and the first line says {wanted}");
            return Err(at(&item, message));
        }
        self.take(part).map_err(|message| at(&item, message))
    }

    fn take(&mut self, part: Part) -> Result<(), String> {
        match part {
            Part::Release(part) => {
                let id = part.release().id();
                if part.id != id {
                    return Err(format!("its id is {}, and its commit has {id}", part.id));
                }
                self.release = Some(part);
            }
            Part::Policy(part) => self.policy = Some(part),
            Part::Manifest(part) => self.manifest(&part)?,
            Part::Verdict(part) => self.verdict = Some(*part),
        }
        Ok(())
    }

    fn manifest(&mut self, part: &ManifestPart) -> Result<(), String> {
        let release = self
            .release
            .as_ref()
            .ok_or("it stands before the release")?;
        self.manifests.push(evidence::manifest(part, release.id)?);
        self.sums.push((part.run.clone(), part.sha256));
        Ok(())
    }

    /// Judges the release again, at the moment at which the pack was made.
    fn rejudge(self, tollgate: String) -> Result<Rejudged, Fault> {
        if let Some((name, _)) = self.listed.front() {
            return Err(tampered(&item(name), "it is missing"));
        }
        let missing = |item: &'static str| move || tampered(item, "it is missing");
        let release = self.release.ok_or_else(missing("release"))?;
        let part = self.policy.ok_or_else(missing("policy"))?;
        let told = self.verdict.ok_or_else(missing("verdict"))?;
        let version = release.release();
        let policy = policy::meant(&part, &version)
            .map_err(|failure| tampered("policy", format!("it cannot be read: {failure}")))?;
        if policy.digest != part.digest {
            let message = format!(
                "it was altered: it has the digest {}, and the pack says {}",
                policy.digest, part.digest
            );
            return Err(tampered("policy", message));
        }
        let (facts, _) = history::fold(self.links.iter().map(|link| &link.event));
        for manifest in &self.manifests {
            if let Some(message) = evidence::difference(manifest, &facts) {
                return Err(tampered(
                    &item(&format!("manifest {}", manifest.run)),
                    message,
                ));
            }
        }
        let facts = heard(facts, told.teams, &version);
        let verdict = judge(&policy, &facts, &Viewpoint::Ledger, told.at);
        let judged = json::status(&StatusView {
            release: &version,
            dirty: release.dirty,
            verdict: &verdict,
        });
        let judged = as_read(&judged);
        let words = match tollgate == env!("CARGO_PKG_VERSION") {
            true => Words::Same,
            false => Words::May,
        };
        if let Some(message) = compare::difference(&told.status, &judged, words) {
            return Err(tampered("verdict", message));
        }
        Ok(Rejudged {
            results: results(&policy, &facts),
            approvals: approvals(&policy, &facts),
            dirty: release.dirty,
            release: version,
            policy: (part.path, part.digest),
            manifests: self.sums,
            at: told.at,
            tollgate,
            verdict,
        })
    }
}

/// How many results were made under the definitions of a policy, of how many that say so.
fn results(policy: &Policy, facts: &Facts) -> (usize, usize) {
    let reports = facts.checks.iter().map(|fact| &fact.report);
    let bound = reports.filter_map(|it| {
        let name = CheckRef::new(it.gate.clone(), it.check.clone());
        Some((
            policy.check(&name).map(|check| check.definition),
            it.definition?,
        ))
    });
    let bound: Vec<_> = bound.collect();
    let fits = bound.iter().filter(|(here, there)| *here == Some(*there));
    (fits.count(), bound.len())
}

/// How many approvals were given under a policy, of how many that say so.
fn approvals(policy: &Policy, facts: &Facts) -> (usize, usize) {
    let bound = facts
        .approvals
        .iter()
        .filter_map(|it| it.record.policy_digest);
    let bound: Vec<_> = bound.collect();
    let here = bound.iter().filter(|digest| **digest == policy.digest);
    (here.count(), bound.len())
}

/// A document as it is after it stood in a pack: there `12.0` is `12`.
fn as_read(document: &serde_json::Value) -> serde_json::Value {
    let text = serde_json_canonicalizer::to_vec(document).ok();
    let read = text.and_then(|text| serde_json::from_slice(&text).ok());
    read.unwrap_or_else(|| document.clone())
}

/// `manifest of run R`, `policy`.
fn item(name: &str) -> String {
    match name.strip_prefix("manifest ") {
        Some(run) => format!("manifest of run {run}"),
        None => name.to_owned(),
    }
}
