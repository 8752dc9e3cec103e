//! What a pack of one release holds besides its events: all that is needed to judge it again.
//!
//! ```text
//! {"parts":[{"name":"release","sha256":"…"},…],"schema":"tollgate.pack/v1","tollgate":"0.1.0","version":2}
//! {"release":{"dirty":false,"id":"…","repository":"acme/shop","sha":"…","version":"1.4.0"}}
//! {"policy":{"digest":"…","path":".github/tollgate.yml","text":"…","variables":{}}}
//! {"manifest":{"run":"…","sha256":"…","text":"…"}}
//! {"link":…}
//! {"verdict":{"at":"…","status":{…},"teams":"unheard"}}
//! {"end":…}
//! ```
//!
//! The first line has the SHA-256 of each of these lines, in the order in which they stand, so that
//! one that was changed is named. Readers of version 1 pass over all of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PackError;
use crate::domain::ids::{CommitSha, RunId, Sha256Digest};
use crate::domain::release::{Release, ReleaseId, Repository};

/// The version of packs with parts.
pub const VERSION: u32 = 2;

/// The release that a pack is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasePart {
    /// Its id.
    pub id: ReleaseId,
    /// Where it comes from.
    pub repository: Repository,
    /// Its commit.
    pub sha: CommitSha,
    /// Its version, where one is known.
    pub version: Option<String>,
    /// Whether the work tree differed from the commit when the pack was made.
    pub dirty: bool,
}

/// The policy that the verdict was given under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyPart {
    /// The path that messages name.
    pub path: String,
    /// The whole text, as written.
    pub text: String,
    /// SHA-256 of the policy, comments and layout left out: what approvals are bound to.
    pub digest: Sha256Digest,
    /// The numbers and times in it that were given by environment variables.
    pub variables: BTreeMap<String, String>,
}

/// The manifest of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestPart {
    /// The run.
    pub run: RunId,
    /// Of the file; check runs on GitHub name it.
    pub sha256: Sha256Digest,
    /// The file.
    pub text: String,
}

/// The verdict when the pack was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictPart {
    /// When that was.
    pub at: Timestamp,
    /// Whether teams were heard.
    pub teams: Teams,
    /// The verdict, as `tollgate status --format json` prints it.
    pub status: Value,
}

/// Whether anybody is in a team: only where GitHub could be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Teams {
    /// As the events say.
    Heard,
    /// Nobody is.
    Unheard,
}

/// What a pack of one release holds besides its events.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The release.
    pub release: ReleasePart,
    /// The policy.
    pub policy: PolicyPart,
    /// The manifests of its runs, in the order of the runs' ids.
    pub manifests: Vec<ManifestPart>,
    /// The verdict.
    pub verdict: VerdictPart,
}

/// A line of the first line's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// `release`, `policy`, `verdict`, or `manifest` and the run.
    pub name: String,
    /// Of the line with its line end.
    pub sha256: Sha256Digest,
}

/// A part as it stands in a pack.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// `release`.
    Release(ReleasePart),
    /// `policy`.
    Policy(PolicyPart),
    /// `manifest`.
    Manifest(ManifestPart),
    /// `verdict`.
    Verdict(Box<VerdictPart>),
}

impl Part {
    /// Reads the content of a line; `None` for a kind of line that is no part.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(kind: &str, content: Value) -> Option<Result<Self, serde_json::Error>> {
        use serde_json::from_value;
        Some(match kind {
            "release" => from_value(content).map(Self::Release),
            "policy" => from_value(content).map(Self::Policy),
            "manifest" => from_value(content).map(Self::Manifest),
            "verdict" => from_value(content).map(|part| Self::Verdict(Box::new(part))),
            _ => return None,
        })
    }

    /// What the first line calls it.
    pub fn name(&self) -> String {
        match self {
            Self::Manifest(part) => format!("manifest {}", part.run),
            other => other.kind().to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Release(_) => "release",
            Self::Policy(_) => "policy",
            Self::Manifest(_) => "manifest",
            Self::Verdict(_) => "verdict",
        }
    }

    /// The line, with its line end.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub(super) fn line(&self) -> Result<Vec<u8>, PackError> {
        let content = match self {
            Self::Release(part) => serde_json::to_value(part),
            Self::Policy(part) => serde_json::to_value(part),
            Self::Manifest(part) => serde_json::to_value(part),
            Self::Verdict(part) => serde_json::to_value(part),
        };
        let line = content.and_then(|content| {
            serde_json_canonicalizer::to_vec(&BTreeMap::from([(self.kind(), content)]))
        });
        let mut line = line.map_err(std::io::Error::from)?;
        line.push(b'\n');
        Ok(line)
    }
}

impl Parts {
    /// Those that stand before the events.
    pub(super) fn before(&self) -> Vec<Part> {
        let manifests = self.manifests.iter().cloned().map(Part::Manifest);
        let first = [
            Part::Release(self.release.clone()),
            Part::Policy(self.policy.clone()),
        ];
        first.into_iter().chain(manifests).collect()
    }

    /// The one that stands behind them.
    pub(super) fn behind(&self) -> Part {
        Part::Verdict(Box::new(self.verdict.clone()))
    }
}

impl ReleasePart {
    /// A release as it stands in a pack.
    pub fn of(release: &Release, dirty: bool) -> Self {
        Self {
            id: release.id(),
            repository: release.repository.clone(),
            sha: release.sha.clone(),
            version: release.version.clone(),
            dirty,
        }
    }

    /// The release.
    pub fn release(&self) -> Release {
        Release {
            repository: self.repository.clone(),
            sha: self.sha.clone(),
            version: self.version.clone(),
        }
    }
}
