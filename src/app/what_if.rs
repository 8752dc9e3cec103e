//! `tollgate what-if`: the verdict under another policy or at another moment, and what differs from
//! now. It reads and writes nothing else.

use std::path::Path;

use jiff::Timestamp;

use super::failure::Failure;
use super::outcome::Outcome;
use super::project::Project;
use super::status;
use crate::domain::gate::change::{self, Change};
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{GateId, Sha256Digest};
use crate::domain::policy::Policy;
use crate::domain::release::Release;

/// What would be.
#[derive(Debug)]
pub struct Forecast {
    /// The release; its version is the newest that is known.
    pub release: Release,
    /// The moment that was asked for; `None` is now.
    pub at: Option<Timestamp>,
    /// The other policy, as it was named, with its digest; `None` is the present one.
    pub policy: Option<(String, Sha256Digest)>,
    /// How the release stands now, under the present policy.
    pub now: Verdict,
    /// How it would stand.
    pub then: Verdict,
    /// What differs.
    pub changes: Vec<Change>,
}

impl Forecast {
    /// What decides the exit code when the verdict is to.
    pub fn outcome(&self) -> Outcome {
        let gates = self.then.gates.iter();
        let all: Vec<GateId> = gates.map(|gate| gate.id.clone()).collect();
        Outcome::of(&self.then, &all, &all)
    }
}

/// Judges the release again, with the same facts. At a moment that has passed only those are heard
/// that had happened by then.
///
/// # Errors
/// Usage: neither a policy nor a moment, a policy that can't be read or is wrong. A ledger that
/// cannot be read.
pub async fn what_if(
    project: &Project,
    policy: Option<&Path>,
    at: Option<Timestamp>,
) -> Result<Forecast, Failure> {
    if policy.is_none() && at.is_none() {
        let hint = "--policy FILE names another policy, --at 2026-12-01 another moment";
        return Err(Failure::usage("what is to be otherwise?").hint(hint));
    }
    let present = project.shown_policy();
    let other = policy.map(|path| project.other_policy(path)).transpose()?;
    let now = Timestamp::now();
    let facts = status::facts(project).await?;
    let heard = match at.filter(|at| *at < now) {
        Some(at) => status::facts_by(project, at).await?,
        None => facts.clone(),
    };
    let judge = |policy: &Policy, facts: &Facts, at| judge(policy, facts, &Viewpoint::Ledger, at);
    let before = judge(&present, &facts, now);
    let after = judge(
        other.as_ref().map_or(&present, |(_, policy)| policy),
        &heard,
        at.unwrap_or(now),
    );
    Ok(Forecast {
        release: Release {
            version: facts.version,
            ..project.release.clone()
        },
        at,
        policy: other.map(|(source, policy)| (source.path, policy.digest)),
        changes: change::between(&before, &after),
        now: before,
        then: after,
    })
}
