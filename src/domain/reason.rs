//! Why a verdict is what it is: a stable code, the place, and a sentence.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{CheckId, GateId};

macro_rules! reason_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident => $text:literal,)+) => {
        /// A stable word for a reason. Codes are never renamed; new ones may be added.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ReasonCode {
            $($(#[doc = $doc])+ $variant,)+
            /// A code that this version does not know, from a newer producer.
            Other,
        }

        impl ReasonCode {
            /// Every code with its meaning, for the reference page.
            pub const ALL: &'static [(ReasonCode, &'static str)] =
                &[$((ReasonCode::$variant, concat!($($doc),+)),)+];

            /// The code as users read it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other => "other",
                }
            }

            /// The code for a text; an unknown text gives [`ReasonCode::Other`].
            pub fn from_text(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Other,
                }
            }
        }
    };
}

reason_codes! {
    /// The command ended with an exit code other than 0.
    CommandFailed => "command_failed",
    /// The command was ended by a signal.
    CommandKilled => "command_killed",
    /// The check ran longer than its `timeout` and was ended.
    TimedOut => "timed_out",
    /// The tool that the check runs is not installed or not on the PATH.
    ToolMissing => "tool_missing",
    /// The check could not be started for another reason than a missing tool.
    NotStarted => "not_started",
    /// The run was interrupted while the check was running, or its step was cancelled.
    Cancelled => "cancelled",
    /// The time that the policy gives the whole run was used up.
    BudgetExceeded => "budget_exceeded",
    /// The check was not run because a check that it needs did not pass.
    NeedsNotPassed => "needs_not_passed",
    /// An earlier step was skipped, so there is nothing to judge.
    StepSkipped => "step_skipped",
    /// Test cases failed or ended in an error.
    TestsFailed => "tests_failed",
    /// Fewer test cases ran than the policy asks for.
    TestsTooFew => "tests_too_few",
    /// More test cases were skipped than the policy allows.
    TestsSkipped => "tests_skipped",
    /// More test cases were flaky than the policy allows.
    TestsFlaky => "tests_flaky",
    /// The counters of a JUnit file claim failures that none of its cases shows.
    CountersContradict => "counters_contradict",
    /// Tests of a journey failed.
    JourneyFailed => "journey_failed",
    /// Tests of a journey were skipped, and a skip is no pass.
    JourneySkipped => "journey_skipped",
    /// No test belongs to a journey, so it has never passed.
    JourneyUntested => "journey_untested",
    /// Tests of a journey's faults failed or were skipped.
    FaultFailed => "fault_failed",
    /// Fewer faults of a journey were tested than the policy asks for.
    FaultUntested => "fault_untested",
    /// A pattern of a journey or fault finds no test.
    PatternUnmatched => "pattern_unmatched",
    /// A check whose tests are judged by journeys gave no result that tells how they went.
    JourneysUnmeasured => "journeys_unmeasured",
    /// Line coverage is below what the policy asks for.
    LineCoverageLow => "line_coverage_low",
    /// Branch coverage is below what the policy asks for.
    BranchCoverageLow => "branch_coverage_low",
    /// More findings of a level than the policy allows.
    FindingsTooMany => "findings_too_many",
    /// The 95th percentile of the latency is above what the policy allows.
    LatencyHigh => "latency_high",
    /// Fewer requests were answered as they must be than the policy asks for.
    AvailabilityLow => "availability_low",
    /// The policy asks for a measure that no result file gives.
    MeasureMissing => "measure_missing",
    /// A result file that the check declares is not there.
    ResultMissing => "result_missing",
    /// A result file could not be read as what it is declared to be.
    ResultUnreadable => "result_unreadable",
    /// A result file is older than the start of the check.
    ResultStale => "result_stale",
    /// A declared evidence file is not there.
    EvidenceMissing => "evidence_missing",
    /// Evidence could not be stored.
    EvidenceUnwritable => "evidence_unwritable",
    /// A place pins another version of a tool than the policy.
    VersionDrift => "version_drift",
    /// No place pins the tool, and the tool itself did not tell its version.
    VersionUnknown => "version_unknown",
    /// A file that must exist does not.
    FileMissing => "file_missing",
    /// A file does not hold the text that it must hold.
    FileMismatch => "file_mismatch",
    /// A file holds text that it must not hold.
    FileForbidden => "file_forbidden",
    /// A file could not be read.
    FileUnreadable => "file_unreadable",
    /// The API breaks what the contract of the last release promised.
    ContractBroken => "contract_broken",
    /// A document is no OpenAPI 3 document that can be read whole.
    ContractUnreadable => "contract_unreadable",
    /// A line of a log file is no JSON object.
    LogLineUnreadable => "log_line_unreadable",
    /// A line of a log file lacks a field, or has it as `null`.
    LogFieldMissing => "log_field_missing",
    /// An event that must occur in the log files does not.
    LogEventMissing => "log_event_missing",
    /// More of a quota is used than the policy allows.
    QuotaExceeded => "quota_exceeded",
    /// More of a quota is used than the policy warns of; the check passes.
    QuotaWarning => "quota_warning",
    /// A migration has no way down and names nothing that stands for it.
    MigrationIrreversible => "migration_irreversible",
    /// Two migrations have the same version number.
    MigrationDuplicate => "migration_duplicate",
    /// A way down belongs to no migration.
    MigrationOrphaned => "migration_orphaned",
    /// A file looks like a migration that is no SQL, which can't be judged.
    MigrationUnknown => "migration_unknown",
    /// An environment variable that must be set is not, or is empty.
    VariableMissing => "variable_missing",
    /// An environment variable that must not be set is.
    VariablePresent => "variable_present",
    /// An environment variable does not have the form that it must have.
    VariableMismatch => "variable_mismatch",
    /// A file holds a value that belongs into an environment variable.
    HardcodedValue => "hardcoded_value",
    /// The registry's digest is not the one recorded at build.
    DigestMismatch => "digest_mismatch",
    /// The check named by `same-as` recorded no digest for this release.
    DigestUnrecorded => "digest_unrecorded",
    /// The registry has no image of that reference.
    ImageMissing => "image_missing",
    /// The registry could not be asked.
    RegistryUnreachable => "registry_unreachable",
    /// An endpoint could not be connected to, or gave no whole answer.
    EndpointUnreachable => "endpoint_unreachable",
    /// An endpoint answered with another status than it must.
    StatusUnexpected => "status_unexpected",
    /// The header of an answer is missing or not as it must be.
    HeaderMismatch => "header_mismatch",
    /// The body of an answer is not as it must be.
    BodyMismatch => "body_mismatch",
    /// A value in the JSON of an answer is missing or not as it must be.
    JsonMismatch => "json_mismatch",
    /// The certificate of an endpoint expires too soon.
    CertificateExpiring => "certificate_expiring",
    /// The proxy that stands before an endpoint did not let us ask it.
    ProxyUnreachable => "proxy_unreachable",
    /// The database could not be connected to, or did not let us in.
    DatabaseUnreachable => "database_unreachable",
    /// The database did not answer a query.
    QueryFailed => "query_failed",
    /// A query gave something else than it must.
    QueryMismatch => "query_mismatch",
    /// A table that must exist does not.
    TableMissing => "table_missing",
    /// A table has no row-level security.
    RlsDisabled => "rls_disabled",
    /// A table has row-level security, but no policy.
    RlsWithoutPolicy => "rls_without_policy",
    /// The database is not at the migration at which it must be.
    MigrationMissing => "migration_missing",
    /// A migration is not marked as successful.
    MigrationUnsuccessful => "migration_unsuccessful",
    /// The database has a migration that is newer than it must have.
    MigrationAhead => "migration_ahead",
    /// The store of objects could not be asked, or did not let us look.
    StorageUnreachable => "storage_unreachable",
    /// A bucket that must exist does not.
    BucketMissing => "bucket_missing",
    /// An object that must exist does not.
    ObjectMissing => "object_missing",
    /// The tag exists already on another commit.
    TagElsewhere => "tag_elsewhere",
    /// The tag could not be made.
    TagNotMade => "tag_not_made",
    /// The work tree differs from the commit, so the result counts for its own run only.
    DirtyTree => "dirty_tree",
    /// The result was recorded while its gate was blocked and never counts.
    OutOfOrder => "out_of_order",
    /// The result was made under another definition of the check and does not count.
    DefinitionChanged => "definition_changed",
    /// A check of the gate has no result yet.
    CheckPending => "check_pending",
    /// A check failed, and its producer gave no reason.
    CheckFailed => "check_failed",
    /// A check errored, and its producer gave no reason.
    CheckErrored => "check_errored",
    /// A check was skipped, and nothing in the policy turns a skip into a pass.
    CheckSkipped => "check_skipped",
    /// A gate that this one requires is neither passed nor waived.
    GateNotPassed => "gate_not_passed",
    /// A gate that the environment asks for failed.
    GateFailed => "gate_failed",
    /// The environment asks for nothing, so nothing says that the release may go there.
    EnvironmentNotReady => "environment_not_ready",
    /// The release was not deployed yet to an environment that comes before.
    DeploymentMissing => "deployment_missing",
    /// The newest deployment of the release to an environment that comes before failed.
    DeploymentFailed => "deployment_failed",
    /// Fewer people approved than the environment asks for.
    ApprovalMissing => "approval_missing",
    /// A person rejected the release and did not approve it since.
    ApprovalRejected => "approval_rejected",
    /// An approval is older than `max-age` allows.
    ApprovalExpired => "approval_expired",
    /// An approval bears a time that has not come yet.
    ApprovalInFuture => "approval_in_future",
    /// A person who made the release or started its run approved it.
    SelfApproval => "self_approval",
    /// Nobody knows who made the release, so self-approval can't be told.
    AuthorsUnknown => "authors_unknown",
    /// A person approved who is not among those that the policy names under `from`.
    NotAnApprover => "not_an_approver",
    /// GitHub did not say who is in a team.
    TeamUnreadable => "team_unreadable",
    /// GitHub did not say who approved.
    ApprovalsUnreadable => "approvals_unreadable",
    /// A server that is told of everything recorded does not have all of it yet, and the policy says
    /// `ledger: { spooled: refused }`.
    FactsUnsent => "facts_unsent",
    /// The run that was approved stands on another commit than the release.
    ApprovalOtherCommit => "approval_other_commit",
    /// GitHub has no such environment; it makes a missing one with no protection.
    EnvironmentMissing => "environment_missing",
    /// GitHub protects the environment less than the policy asks for.
    EnvironmentUnprotected => "environment_unprotected",
    /// GitHub did not say how the environment is set up.
    EnvironmentUnreadable => "environment_unreadable",
    /// The environment on GitHub has no secret of that name.
    SecretMissing => "secret_missing",
    /// The environment on GitHub has no variable of that name.
    GitHubVariableMissing => "github_variable_missing",
    /// A check passed at a time that has not come yet.
    ResultInFuture => "result_in_future",
    /// An approval was given for another commit, another policy or other evidence than there is now.
    ApprovalVoid => "approval_void",
    /// A manual check waits for a person to sign it off.
    SignoffMissing => "signoff_missing",
    /// A person signed a manual check off as failed.
    SignoffFailed => "signoff_failed",
    /// A sign-off bears a time that has not come yet.
    SignoffInFuture => "signoff_in_future",
    /// The check must pass in an environment, and has no result there.
    NotVerifiedThere => "not_verified_there",
    /// The gate or a check of it did not pass, and a waiver that is active lets it be.
    Waived => "waived",
    /// A waiver that is active expires soon.
    WaiverExpiring => "waiver_expiring",
    /// A waiver expired and is not heard any more.
    WaiverExpired => "waiver_expired",
    /// A waiver was taken back.
    WaiverRevoked => "waiver_revoked",
    /// A waiver waits for somebody who may grant it.
    WaiverNotGranted => "waiver_not_granted",
    /// A waiver is longer than the policy allows, or the policy allows none.
    WaiverNotAllowed => "waiver_not_allowed",
    /// A waiver is about a gate that can never be waived.
    WaiverOfAbsoluteGate => "waiver_of_absolute_gate",
    /// A waiver is about a gate or check that the policy does not have.
    WaiverUnmatched => "waiver_unmatched",
    /// A waiver bears a time that has not come yet.
    WaiverInFuture => "waiver_in_future",
    /// Checks failed within what an advisory gate tolerates.
    Tolerated => "tolerated",
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ReasonCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ReasonCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from_text(&text))
    }
}

/// A place in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The path, relative to the project's root, with `/`.
    pub file: String,
    /// The line, from 1; `None` where only the file is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// One reason of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code.
    pub code: ReasonCode,
    /// The gate it is about, where that is not the gate it stands under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateId>,
    /// The check it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// What happened and what to do, in one or two sentences.
    pub message: String,
    /// Where in the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl Reason {
    /// Makes a reason with no place and no check.
    pub fn new(code: ReasonCode, message: impl Into<String>) -> Self {
        Self {
            code,
            gate: None,
            check: None,
            message: message.into(),
            location: None,
        }
    }

    /// The same reason, about a check.
    pub fn about_check(mut self, check: &CheckId) -> Self {
        self.check = Some(check.clone());
        self
    }

    /// The same reason, about a gate.
    pub fn about_gate(mut self, gate: &GateId) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// The same reason, at a place of the project.
    pub fn at(mut self, file: impl Into<String>, line: Option<u32>) -> Self {
        self.location = Some(Location {
            file: file.into(),
            line,
        });
        self
    }
}
