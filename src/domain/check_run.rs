//! The check run by which a commit shows how a gate stands, or an environment.

mod mark;

use std::fmt;
use std::str::FromStr;

use crate::domain::annotation::Annotation;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::ids::{CommitSha, GateId, Sha256Digest};
use crate::domain::reason::ReasonCode;
use crate::domain::release::ReleaseId;
use crate::domain::status::{CheckStatus, GateStatus};

pub use mark::EnvironmentMark;

/// What is written on a commit about one gate, or about one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// `tollgate / test`.
    pub name: String,
    /// The commit it stands on.
    pub head_sha: CommitSha,
    /// What it stands for, as [`ExternalId`] or [`EnvironmentMark`]; `None` while there is no proof.
    pub external_id: Option<String>,
    /// Where people read more; `None` for GitHub's own page.
    pub details_url: Option<String>,
    /// How it stands.
    pub state: CheckRunState,
    /// One line with totals.
    pub title: String,
    /// Markdown, at most [`TEXT_BYTES`].
    pub summary: String,
    /// Further Markdown, at most [`TEXT_BYTES`].
    pub text: Option<String>,
    /// Remarks, the gravest first.
    pub annotations: Vec<Annotation>,
}

/// The most that GitHub takes as summary or text of a check run.
pub const TEXT_BYTES: usize = 65_535;

/// The most annotations that one request may carry.
pub const ANNOTATIONS_A_REQUEST: usize = 50;

/// Whether a check run is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckRunState {
    /// Not yet.
    InProgress,
    /// It is.
    Completed(Conclusion),
}

/// Whether the work that a check run tells of was done to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was, or it goes on elsewhere.
    Complete,
    /// A person or the system ended it early, and nothing of it goes on.
    Cancelled,
}

impl CheckRunState {
    /// The conclusion in the Checks API; `None` while it is not decided.
    pub fn conclusion(self) -> Option<&'static str> {
        match self {
            Self::InProgress => None,
            Self::Completed(conclusion) => Some(conclusion.as_str()),
        }
    }

    /// What a gate's verdict comes to. What was decided before the work was cancelled stays so; a
    /// gate that is not passed for no other reason than the cancelling is cancelled itself.
    pub fn of(gate: &GateVerdict, ending: Ending) -> Self {
        Self::Completed(match (gate.status, ending) {
            (GateStatus::Passed, _) => Conclusion::Success,
            (GateStatus::Waived, _) => Conclusion::Neutral,
            (GateStatus::Failed, _) if is_only_cancelled(gate) => Conclusion::Cancelled,
            (GateStatus::Failed, _) => Conclusion::Failure,
            (_, Ending::Cancelled) => Conclusion::Cancelled,
            (GateStatus::Blocked, Ending::Complete) => Conclusion::ActionRequired,
            (GateStatus::Pending | GateStatus::Running, Ending::Complete) => {
                return Self::InProgress;
            }
        })
    }
}

fn is_only_cancelled(gate: &GateVerdict) -> bool {
    let has = |check: &CheckVerdict, code| check.reasons.iter().any(|reason| reason.code == code);
    let mut bad = gate
        .checks
        .iter()
        .filter(|check| !matches!(check.status, CheckStatus::Passed | CheckStatus::Pending))
        .peekable();
    let some = bad.peek().is_some();
    let mut was_cancelled = false;
    let all = bad.all(|check| {
        was_cancelled |= has(check, ReasonCode::Cancelled);
        has(check, ReasonCode::Cancelled) || has(check, ReasonCode::NeedsNotPassed)
    });
    some && all && was_cancelled
}

/// How a check run ended. `skipped` is not among them: GitHub counts it as satisfied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// The gate passed.
    Success,
    /// It did not.
    Failure,
    /// It was waived.
    Neutral,
    /// It is blocked.
    ActionRequired,
    /// The work was cancelled.
    Cancelled,
}

impl Conclusion {
    /// The word of the Checks API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Neutral => "neutral",
            Self::ActionRequired => "action_required",
            Self::Cancelled => "cancelled",
        }
    }
}

/// `tollgate:v1:<release>:<gate>:<run>.<attempt>:<manifest sha256>`: what a check run stands for.
/// The manifest lists the evidence and the ledger by their digests, so this line binds them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId {
    /// The release that was judged.
    pub release: ReleaseId,
    /// The gate.
    pub gate: GateId,
    /// The workflow run, from `GITHUB_RUN_ID`.
    pub run: u64,
    /// Its attempt, from 1.
    pub attempt: u32,
    /// SHA-256 of `manifest.json`.
    pub manifest: Sha256Digest,
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            release,
            gate,
            run,
            attempt,
            manifest,
        } = self;
        write!(f, "tollgate:v1:{release}:{gate}:{run}.{attempt}:{manifest}")
    }
}

/// An external id that is not one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the form tollgate:v1:RELEASE:GATE:RUN.ATTEMPT:SHA256")]
pub struct NotOurs;

impl FromStr for ExternalId {
    type Err = NotOurs;
    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["tollgate", "v1", release, gate, run, manifest] = parts.as_slice() else {
            return Err(NotOurs);
        };
        let (run, attempt) = run.split_once('.').ok_or(NotOurs)?;
        Ok(Self {
            release: release.parse().map_err(|_| NotOurs)?,
            gate: gate.parse().map_err(|_| NotOurs)?,
            run: run.parse().map_err(|_| NotOurs)?,
            attempt: attempt.parse().map_err(|_| NotOurs)?,
            manifest: manifest.parse().map_err(|_| NotOurs)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_is_read_as_it_is_written() {
        let text = format!(
            "tollgate:v1:0f4c8d6e-0000-5000-8000-000000000000:test:77.2:{}",
            "ab".repeat(32)
        );
        let id: ExternalId = text.parse().unwrap();
        assert_eq!((id.gate.as_str(), id.run, id.attempt), ("test", 77, 2));
        assert_eq!(id.to_string(), text);
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let digest = "ab".repeat(32);
        let release = "0f4c8d6e-0000-5000-8000-000000000000";
        for text in [
            String::new(),
            "tollgate".to_owned(),
            format!("tollgate:v2:{release}:test:77.2:{digest}"),
            format!("tollgate:v1:{release}:test:77:{digest}"),
            format!("tollgate:v1:{release}:test:77.2:{digest}:more"),
            format!("tollgate:v1:{release}:te st:77.2:{digest}"),
            format!("tollgate:v1:nobody:test:77.2:{digest}"),
            format!("tollgate:v1:{release}:test:77.2:abc"),
        ] {
            assert_eq!(text.parse::<ExternalId>(), Err(NotOurs), "{text}");
        }
    }
}
