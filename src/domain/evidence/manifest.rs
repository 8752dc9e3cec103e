//! The list of a run's evidence. It is serialised and hashed, so its form is a contract.

use serde::{Deserialize, Serialize};

use super::retention::Retention;
use crate::domain::check::EvidenceFile;
use crate::domain::ids::{CheckId, CommitSha, GateId, RunId, Sha256Digest};
use crate::domain::release::{ReleaseId, Repository};

/// `manifest.json` of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `tollgate.manifest/v1`.
    pub schema: String,
    /// The run that made the evidence.
    pub run: RunId,
    /// The release it is about.
    pub release: ReleaseId,
    /// The release's repository.
    pub repository: Repository,
    /// The release's commit.
    pub sha: CommitSha,
    /// Whether the work tree differed from the commit.
    pub dirty: bool,
    /// Every file, sorted by path.
    pub files: Vec<ManifestEntry>,
}

/// The value of [`Manifest::schema`].
pub const MANIFEST_SCHEMA: &str = "tollgate.manifest/v1";

/// The type of the entry for the release's ledger, which stands in manifests of runs in GitHub
/// Actions: whoever knows the manifest's digest knows the ledger.
pub const LEDGER_KIND: &str = "ledger";

/// One file of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    /// The stage or gate of the producing check; none for what belongs to the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateId>,
    /// The producing check; none for what belongs to the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// Type, name, digest, size and path.
    #[serde(flatten)]
    pub file: EvidenceFile,
    /// How many days it is to be kept.
    pub retention_days: u32,
}

impl ManifestEntry {
    /// An entry for a file of a check, a gate or the whole run, with the retention of its type.
    pub fn new(
        gate: Option<&GateId>,
        check: Option<&CheckId>,
        file: EvidenceFile,
        retention: &Retention,
    ) -> Self {
        Self {
            gate: gate.cloned(),
            check: check.cloned(),
            retention_days: retention.days_for(&file.kind),
            file,
        }
    }

    /// The entry for the release's ledger, stored as a pack in the run's folder.
    pub fn ledger(pack: &[u8], path: &str, retention: &Retention) -> Self {
        Self {
            gate: None,
            check: None,
            retention_days: retention.days_for(LEDGER_KIND),
            file: EvidenceFile {
                kind: LEDGER_KIND.to_owned(),
                name: path.to_owned(),
                sha256: Sha256Digest::of(pack),
                size: pack.len() as u64,
                path: path.to_owned(),
            },
        }
    }
}
