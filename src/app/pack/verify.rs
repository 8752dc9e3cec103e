//! `tollgate verify`: a pack by itself. Nothing in it is believed, and nothing else is asked.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::evidence;
use super::rejudge::Rejudged;
use crate::app::failure::Failure;
use crate::domain::evidence::manifest::Manifest;
use crate::domain::ids::{RunId, Sha256Digest};
use crate::domain::record::chain::Link;
use crate::domain::release::ReleaseId;
use crate::ledger::pack::parts::{
    ManifestPart, Part, PolicyPart, ReleasePart, VERSION, VerdictPart,
};
use crate::ledger::pack::{Entry, PACK, PackError, PackReader};

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
pub(super) fn tampered(item: &str, message: impl Into<String>) -> Fault {
    Fault::Tampered(Finding {
        line: None,
        item: item.to_owned(),
        message: message.into(),
    })
}

/// A part that the first line lists, and that is not there.
pub(super) fn missing(name: &str) -> Fault {
    tampered(&item(name), "it is missing")
}

/// Checks a pack that is read from anywhere.
pub(super) fn check(input: impl BufRead) -> Result<Verified, Fault> {
    let mut reader = PackReader::start(input)?;
    let mut reading = Reading::of(&reader)?;
    while let Some(entry) = reader
        .next_entry()
        .map_err(|fault| reading.explain(fault))?
    {
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
pub(super) struct Reading {
    version: Option<u32>,
    /// The parts that are still to come, with the digests that their lines must have.
    pub(super) listed: VecDeque<(String, Sha256Digest)>,
    pub(super) release: Option<ReleasePart>,
    pub(super) policy: Option<PolicyPart>,
    pub(super) manifests: Vec<Manifest>,
    pub(super) sums: Vec<(RunId, Sha256Digest)>,
    pub(super) verdict: Option<VerdictPart>,
    pub(super) links: Vec<Link>,
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

    /// Where the whole does not fit, the first part that did not come says why.
    fn explain(&self, fault: PackError) -> Fault {
        match (&fault, self.listed.front()) {
            (PackError::Refused { item, .. }, Some((name, _))) if item == PACK => missing(name),
            _ => fault.into(),
        }
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
}

/// `manifest of run R`, `policy`.
pub(super) fn item(name: &str) -> String {
    match name.strip_prefix("manifest ") {
        Some(run) => format!("manifest of run {run}"),
        None => name.to_owned(),
    }
}
