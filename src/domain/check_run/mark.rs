//! What the check run of an environment stands for, and what it says: so that a server which was
//! started again finds what it wrote, and knows whether that is still true.

use std::fmt;
use std::str::FromStr;

use super::{CheckRun, CheckRunState, NotOurs};
use crate::domain::delivery::protection::ProtectionAnswer;
use crate::domain::ids::{EnvironmentId, Sha256Digest};
use crate::domain::release::ReleaseId;

/// `tollgate:v1:environment:<release>:<environment>:<sha256 of what it says>`, as external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentMark {
    /// The release that was judged.
    pub release: ReleaseId,
    /// Where it may go or not.
    pub environment: EnvironmentId,
    /// SHA-256 of state, title and summary.
    pub content: Sha256Digest,
}

impl EnvironmentMark {
    /// The mark of a check run about an environment.
    pub fn of(release: ReleaseId, environment: &EnvironmentId, run: &CheckRun) -> Self {
        let state = run.state.conclusion().unwrap_or("in_progress");
        let said = [state, &run.title, &run.summary].join("\n");
        Self {
            release,
            environment: environment.clone(),
            content: Sha256Digest::of(said.as_bytes()),
        }
    }
}

impl fmt::Display for EnvironmentMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            release,
            environment,
            content,
        } = self;
        write!(
            f,
            "tollgate:v1:environment:{release}:{environment}:{content}"
        )
    }
}

impl FromStr for EnvironmentMark {
    type Err = NotOurs;
    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let parts: Vec<&str> = text.split(':').collect();
        let [
            "tollgate",
            "v1",
            "environment",
            release,
            environment,
            content,
        ] = parts.as_slice()
        else {
            return Err(NotOurs);
        };
        Ok(Self {
            release: release.parse().map_err(|_| NotOurs)?,
            environment: environment.parse().map_err(|_| NotOurs)?,
            content: content.parse().map_err(|_| NotOurs)?,
        })
    }
}

impl From<&ProtectionAnswer> for CheckRunState {
    /// The same answer as that to a job which waits: only an eligible release succeeds.
    fn from(answer: &ProtectionAnswer) -> Self {
        use super::Conclusion::{Failure, Success};
        match answer {
            ProtectionAnswer::Approve => Self::Completed(Success),
            ProtectionAnswer::Reject(_) => Self::Completed(Failure),
            ProtectionAnswer::Wait(_) => Self::InProgress,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check_run::{Conclusion, ExternalId};
    use crate::domain::reason::{Reason, ReasonCode};

    fn run(state: CheckRunState, title: &str) -> CheckRun {
        CheckRun {
            name: "Tollgate / production".to_owned(),
            head_sha: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
            external_id: None,
            details_url: None,
            state,
            title: title.to_owned(),
            summary: "all".to_owned(),
            text: None,
            annotations: Vec::new(),
        }
    }

    fn mark(run: &CheckRun) -> EnvironmentMark {
        let release = "0f4c8d6e-0000-5000-8000-000000000000".parse().unwrap();
        EnvironmentMark::of(release, &"production".parse().unwrap(), run)
    }

    #[test]
    fn a_mark_is_read_as_it_is_written_and_is_no_gates() {
        let mark = mark(&run(CheckRunState::InProgress, "waits"));
        let text = mark.to_string();
        assert_eq!(text.parse(), Ok(mark));
        assert_eq!(text.parse::<ExternalId>(), Err(NotOurs));
        for other in [
            text.replace("environment", "gate"),
            text.replace(":production", ""),
            format!("{text}:more"),
            text.replace("v1", "v2"),
        ] {
            assert_eq!(other.parse::<EnvironmentMark>(), Err(NotOurs), "{other}");
        }
    }

    #[test]
    fn what_is_said_otherwise_has_another_mark() {
        let open = CheckRunState::Completed(Conclusion::Success);
        let marks = [
            mark(&run(open, "open")),
            mark(&run(open, "opened")),
            mark(&run(CheckRunState::InProgress, "open")),
        ];
        assert!(marks[0] != marks[1] && marks[0] != marks[2]);
        assert_eq!(marks[0], mark(&run(open, "open")));
    }

    #[test]
    fn only_an_approval_succeeds() {
        let reasons = vec![Reason::new(ReasonCode::GateFailed, "why")];
        for (answer, expect) in [
            (ProtectionAnswer::Approve, Some("success")),
            (ProtectionAnswer::Wait(reasons.clone()), None),
            (ProtectionAnswer::Reject(reasons), Some("failure")),
        ] {
            assert_eq!(CheckRunState::from(&answer).conclusion(), expect);
        }
    }
}
