//! A policy, resolved: what `.github/tollgate.yml` means, with every default filled in.

use std::time::Duration;

use super::check::Check;
use super::delivery::environment::Environment;
use super::evidence::redaction::RedactionRules;
use super::evidence::retention::Retention;
use super::gate::Gate;
use super::gate::waiver::WaiverRule;
use super::ids::{CheckRef, EnvironmentId, GateId, Sha256Digest};
use super::quality::journeys::Journeys;

/// The variables that Tollgate itself sets, for `${…}` in a policy and for each check. The last
/// one is set only where there is an environment.
pub const OWN_VARIABLES: [&str; 8] = [
    "TOLLGATE_SHA",
    "TOLLGATE_VERSION",
    "TOLLGATE_RELEASE",
    "TOLLGATE_REPOSITORY",
    "TOLLGATE_GATE",
    "TOLLGATE_CHECK",
    "TOLLGATE_EVIDENCE_DIR",
    "TOLLGATE_ENVIRONMENT",
];

/// Everything that a verdict depends on besides facts and time.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(Default))]
pub struct Policy {
    /// The project's name.
    pub project: String,
    /// The stages in their order, then the gates as written. Requirements form no cycle, and
    /// every name in them is a gate of this list.
    pub gates: Vec<Gate>,
    /// Where releases go, as written. No two names are alike but for case, `after` forms no
    /// cycle, and every name in them is of this policy.
    pub environments: Vec<Environment>,
    /// What people do with the product, and what may go wrong in it.
    pub journeys: Journeys,
    /// Where evidence goes, relative to the project's root.
    pub evidence_directory: String,
    /// How long evidence is to be kept.
    pub retention: Retention,
    /// What is masked.
    pub redact: RedactionRules,
    /// How long things may take.
    pub budgets: Budgets,
    /// Whether gates pass on facts that a server which is told of them does not have yet.
    pub spooled: SpooledFacts,
    /// Who may grant waivers, and for how long; `None` where nobody may.
    pub waivers: Option<WaiverRule>,
    /// SHA-256 of the policy as written, comments and layout left out. Approvals are bound to it.
    pub digest: Sha256Digest,
}

/// `ledger.spooled` of the policy: what facts are worth that wait to be sent to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SpooledFacts {
    /// They count, and it is said that they wait.
    #[default]
    Allowed,
    /// Nothing passes while some wait.
    Refused,
}

impl SpooledFacts {
    /// The word in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }
}

/// `budgets:` of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgets {
    /// The whole pipeline; `None` is no limit.
    pub pipeline: Option<Duration>,
    /// The readiness run of a validation.
    pub readiness: Duration,
    /// A whole validation.
    pub validation: Duration,
    /// Making a report.
    pub report: Duration,
}

impl Default for Budgets {
    /// No limit for the pipeline, 5 and 30 minutes for a validation, 10 seconds for a report.
    fn default() -> Self {
        Self {
            pipeline: None,
            readiness: Duration::from_secs(5 * 60),
            validation: Duration::from_secs(30 * 60),
            report: Duration::from_secs(10),
        }
    }
}

impl Policy {
    /// Finds a stage or gate.
    pub fn gate(&self, id: &GateId) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.id == *id)
    }

    /// Finds an environment.
    pub fn environment(&self, id: &EnvironmentId) -> Option<&Environment> {
        self.environments.iter().find(|known| known.id == *id)
    }

    /// Finds a check.
    pub fn check(&self, check: &CheckRef) -> Option<&Check> {
        self.gate(&check.gate)?.check(&check.check)
    }

    /// The pipeline's stages, in order.
    pub fn stages(&self) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(|gate| gate.is_stage())
    }
}
