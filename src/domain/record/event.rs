//! The event: one fact, as it travels and as it is stored.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::release::ReleaseId;

/// The only envelope version that this build writes and reads.
pub const SCHEMA_VERSION: &str = "1";

/// One fact about a release. Its serialised form is a contract: it is hashed into the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// Unique in a ledger. Appending the same event again has no second effect.
    pub idempotency_key: String,
    /// What kind of fact it is.
    pub event_type: EventType,
    /// Who produced it: `tollgate`, `github_actions`, …
    pub source_system: String,
    /// The release it is about.
    pub release_id: ReleaseId,
    /// When it happened, by the producer's clock.
    pub occurred_at: Timestamp,
    /// The person or machine behind it.
    pub actor: String,
    /// The fact itself. Fields that this build does not know are kept.
    pub payload: Map<String, Value>,
}

macro_rules! event_types {
    ($($variant:ident => $text:literal,)+) => {
        /// The kinds of event of envelope version 1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the names are the documentation; see the event reference")]
        pub enum EventType {
            $($variant,)+
        }

        impl EventType {
            /// Every kind, in the order of the reference page.
            pub const ALL: &'static [EventType] = &[$(Self::$variant,)+];

            /// The word in `event_type`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

event_types! {
    ReleaseCreated => "release_created",
    CheckReported => "check_reported",
    BuildComplete => "build_complete",
    GateSignoff => "gate_signoff",
    EvidenceRecorded => "evidence_recorded",
    ApprovalRecorded => "approval_recorded",
    ExceptionRequested => "exception_requested",
    ExceptionGranted => "exception_granted",
    ExceptionRevoked => "exception_revoked",
    DeploymentStarted => "deployment_started",
    DeploymentFinished => "deployment_finished",
    RollbackStarted => "rollback_started",
    RollbackFinished => "rollback_finished",
    EnvironmentEvent => "environment_event",
    IncidentOpened => "incident_opened",
    IncidentClosed => "incident_closed",
    DrillRecorded => "drill_recorded",
    ValidationStarted => "validation_started",
    ValidationFinished => "validation_finished",
    ValidationFinalized => "validation_finalized",
    NotificationSent => "notification_sent",
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_on_the_wire_is_the_word_in_the_table() {
        for kind in EventType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
