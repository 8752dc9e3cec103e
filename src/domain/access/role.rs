//! The roles, and what each may record. All of them may read.

use std::fmt;
use std::str::FromStr;

use crate::domain::ids::InvalidId;
use crate::domain::record::event::EventType;

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Pipelines: they tell what was built, checked and deployed, and decide nothing.
    CiServiceRole,
    /// Owns the release: approves, signs off, and alone grants exceptions.
    ReleaseManager,
    /// Tests by hand: approves and signs off in its own name.
    QaTester,
    /// Runs the environments.
    Sre,
    /// Reads, and opens incidents.
    Developer,
    /// Reads.
    AuditReader,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::CiServiceRole,
        Self::ReleaseManager,
        Self::QaTester,
        Self::Sre,
        Self::Developer,
        Self::AuditReader,
    ];

    /// The word in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CiServiceRole => "ci_service_role",
            Self::ReleaseManager => "release_manager",
            Self::QaTester => "qa_tester",
            Self::Sre => "sre",
            Self::Developer => "developer",
            Self::AuditReader => "audit_reader",
        }
    }

    /// Tells whether the role may record events of a kind.
    pub fn may_record(self, kind: EventType) -> bool {
        match self {
            Self::CiServiceRole => is_of_a_pipeline(kind),
            Self::ReleaseManager => !is_of_a_machine(kind),
            Self::QaTester => matches!(
                kind,
                EventType::ApprovalRecorded | EventType::GateSignoff | EventType::EvidenceRecorded
            ),
            Self::Sre => is_of_operations(kind),
            Self::Developer => kind == EventType::IncidentOpened,
            Self::AuditReader => false,
        }
    }

    /// Tells whether a role that a policy names under `from` is this one: the word itself, or as
    /// people write it (`qa`, `release-managers`).
    pub fn goes_by(self, word: &str) -> bool {
        let word = word.trim().to_lowercase().replace(['-', ' '], "_");
        let word = word.strip_suffix('s').unwrap_or(&word);
        let names: &[&str] = match self {
            Self::CiServiceRole => &["ci_service_role"],
            Self::ReleaseManager => &["release_manager"],
            Self::QaTester => &["qa_tester", "qa", "tester"],
            Self::Sre => &["sre"],
            Self::Developer => &["developer", "dev"],
            Self::AuditReader => &["audit_reader"],
        };
        names.contains(&word)
    }
}

/// What a machine measured. A person who says that a check passed signs it off or waives it.
fn is_of_a_machine(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::CheckReported | EventType::BuildComplete | EventType::NotificationSent
    )
}

fn is_of_a_pipeline(kind: EventType) -> bool {
    let is_of_a_run = matches!(
        kind,
        EventType::ReleaseCreated
            | EventType::EvidenceRecorded
            | EventType::EnvironmentEvent
            | EventType::DrillRecorded
            | EventType::ValidationStarted
            | EventType::ValidationFinished
            | EventType::ValidationFinalized
    );
    is_of_a_run || is_of_a_machine(kind) || is_of_a_deployment(kind)
}

fn is_of_operations(kind: EventType) -> bool {
    let is_of_an_environment = matches!(
        kind,
        EventType::EnvironmentEvent
            | EventType::IncidentOpened
            | EventType::IncidentClosed
            | EventType::DrillRecorded
    );
    is_of_an_environment || is_of_a_deployment(kind)
}

fn is_of_a_deployment(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::DeploymentStarted
            | EventType::DeploymentFinished
            | EventType::RollbackStarted
            | EventType::RollbackFinished
    )
}

impl FromStr for Role {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| InvalidId {
            text: text.to_owned(),
            wanted: "a role (ci_service_role, release_manager, qa_tester, sre, developer, audit_reader)",
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
