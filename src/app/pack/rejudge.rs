//! The end of `tollgate verify`: the release of a pack, judged again as its verdict says it was.

use jiff::Timestamp;

use super::compare::{self, Words};
use super::export::heard;
use super::verify::{Fault, Reading, item, missing, tampered};
use super::{evidence, policy};
use crate::domain::evidence::manifest::Manifest;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckRef, RunId, Sha256Digest};
use crate::domain::policy::Policy;
use crate::domain::record::history;
use crate::domain::release::Release;
use crate::ledger::pack::parts::PolicyPart;
use crate::render::{StatusView, json};

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

impl Reading {
    /// Judges the release again, at the moment at which the pack was made.
    pub(super) fn rejudge(self, tollgate: String) -> Result<Rejudged, Fault> {
        if let Some((name, _)) = self.listed.front() {
            return Err(missing(name));
        }
        let part = self.release.ok_or_else(|| missing("release"))?;
        let (release, dirty) = (part.release(), part.dirty);
        let part = self.policy.ok_or_else(|| missing("policy"))?;
        let told = self.verdict.ok_or_else(|| missing("verdict"))?;
        let policy = unaltered(&part, &release)?;
        let (facts, _) = history::fold(self.links.iter().map(|link| &link.event));
        compare_evidence(&self.manifests, &facts)?;
        let facts = heard(facts, told.teams, &release);
        let verdict = judge(&policy, &facts, &Viewpoint::Ledger, told.at);
        let judged = as_read(&json::status(&StatusView {
            release: &release,
            dirty,
            verdict: &verdict,
        }));
        if let Some(message) = compare::difference(&told.status, &judged, words(&tollgate)) {
            return Err(tampered("verdict", message));
        }
        Ok(Rejudged {
            results: results(&policy, &facts),
            approvals: approvals(&policy, &facts),
            dirty,
            release,
            policy: (part.path, part.digest),
            manifests: self.sums,
            at: told.at,
            tollgate,
            verdict,
        })
    }
}

/// The policy of a pack, which must have the digest that stands beside it.
fn unaltered(part: &PolicyPart, release: &Release) -> Result<Policy, Fault> {
    let policy = policy::meant(part, release)
        .map_err(|failure| tampered("policy", format!("it cannot be read: {failure}")))?;
    if policy.digest == part.digest {
        return Ok(policy);
    }
    let message = format!(
        "it was altered: it has the digest {}, and the pack says {}",
        policy.digest, part.digest
    );
    Err(tampered("policy", message))
}

/// Each manifest must list what the events of its run recorded, and nothing else.
fn compare_evidence(manifests: &[Manifest], facts: &Facts) -> Result<(), Fault> {
    for manifest in manifests {
        if let Some(message) = evidence::difference(manifest, facts) {
            let item = item(&format!("manifest {}", manifest.run));
            return Err(tampered(&item, message));
        }
    }
    Ok(())
}

/// How closely the verdict of a pack is compared that a version of Tollgate made.
fn words(tollgate: &str) -> Words {
    match tollgate == env!("CARGO_PKG_VERSION") {
        true => Words::Same,
        false => Words::May,
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
