//! JSON for programs: `tollgate.status/v1`. Fields may be added; none is ever renamed.

mod journeys_v1;
mod people_v1;
mod served_v1;

use serde::Serialize;
use serde_json::Value;

use crate::domain::delivery::migration::Migration;
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::gate::GateKind;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::quality::coverage::Coverage;
use crate::domain::quality::findings::FindingTally;
use crate::domain::quality::latency::Latency;
use crate::domain::quality::share::Ratio;
use crate::domain::quality::tests::TestTally;
use crate::domain::reason::Reason;
use crate::domain::record::payload::EvidenceRecorded;
use crate::domain::release::Release;

use super::journeys;
use super::status::StatusView;
use journeys_v1::JourneyV1;
use people_v1::{ApprovalsV1, WaiverV1};

pub(in crate::render) use people_v1::{SignoffV1, WaiverEntryV1};
pub use served_v1::{
    ELIGIBILITY_SCHEMA, ListedRelease, RELEASES_SCHEMA, eligibility, releases, served,
};

/// A release as every document has it.
pub(super) fn release(release: &Release, dirty: bool) -> Value {
    let release = ReleaseV1::of(release, dirty);
    serde_json::to_value(release).unwrap_or(Value::Null) // strings only: this cannot fail
}

/// The name of the schema.
pub const STATUS_SCHEMA: &str = "tollgate.status/v1";

/// A release and how it stands, as `tollgate status --format json` prints it.
pub fn status(view: &StatusView<'_>) -> Value {
    let environments = view.verdict.environments.iter();
    let document = StatusV1 {
        schema: STATUS_SCHEMA,
        release: ReleaseV1::of(view.release, view.dirty),
        status: view.verdict.status.as_str(),
        gates: view.verdict.gates.iter().map(GateV1::of).collect(),
        environments: environments.map(EnvironmentV1::of).collect(),
        waivers: view.verdict.waivers.iter().map(WaiverEntryV1::of).collect(),
    };
    // Strings, numbers and lists only: this cannot fail, and a null would be seen at once.
    serde_json::to_value(document).unwrap_or(Value::Null)
}

#[derive(Serialize)]
struct StatusV1<'a> {
    schema: &'static str,
    release: ReleaseV1<'a>,
    status: &'static str,
    gates: Vec<GateV1<'a>>,
    environments: Vec<EnvironmentV1<'a>>,
    waivers: Vec<WaiverEntryV1<'a>>,
}

#[derive(Serialize)]
struct ReleaseV1<'a> {
    id: String,
    repository: &'a str,
    sha: &'a str,
    version: Option<&'a str>,
    dirty: bool,
}

#[derive(Serialize)]
struct GateV1<'a> {
    id: &'a str,
    kind: &'static str,
    title: &'a str,
    severity: &'static str,
    status: &'static str,
    waiver: Option<WaiverV1<'a>>,
    reasons: Vec<ReasonV1<'a>>,
    checks: Vec<CheckV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approvals: Option<ApprovalsV1<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<EvidenceV1<'a>>,
}

#[derive(Serialize)]
struct EnvironmentV1<'a> {
    id: &'a str,
    eligible: bool,
    reasons: Vec<ReasonV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approvals: Option<ApprovalsV1<'a>>,
}

#[derive(Serialize)]
struct CheckV1<'a> {
    id: &'a str,
    title: &'a str,
    status: &'static str,
    duration_ms: u64,
    attempts: u32,
    reasons: Vec<ReasonV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<TestsV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<FindingsV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<LatencyV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journeys: Option<Vec<JourneyV1<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_digest: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    migrations: Vec<MigrationV1<'a>>,
    evidence: Vec<EvidenceV1<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signoffs: Vec<SignoffV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverV1<'a>>,
}

#[derive(Serialize)]
struct MigrationV1<'a> {
    name: &'a str,
    sha256: String,
    reversible: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternative: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct ReasonV1<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct TestsV1 {
    total: u64,
    passed: u64,
    failed: u64,
    errors: u64,
    skipped: u64,
    flaky: u64,
}

#[derive(Serialize)]
pub(super) struct CoverageV1 {
    lines: RatioV1,
    #[serde(skip_serializing_if = "Option::is_none")]
    branches: Option<RatioV1>,
}

#[derive(Serialize)]
struct RatioV1 {
    covered: u64,
    total: u64,
}

#[derive(Serialize)]
pub(super) struct FindingsV1 {
    error: u64,
    warning: u64,
    note: u64,
    none: u64,
}

#[derive(Serialize)]
struct LatencyV1 {
    p95_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<u64>,
}

#[derive(Serialize)]
struct EvidenceV1<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    name: &'a str,
    sha256: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
}

impl<'a> ReleaseV1<'a> {
    fn of(release: &'a Release, dirty: bool) -> Self {
        Self {
            id: release.id().to_string(),
            repository: release.repository.as_str(),
            sha: release.sha.as_str(),
            version: release.version.as_deref(),
            dirty,
        }
    }
}

impl<'a> GateV1<'a> {
    fn of(gate: &'a GateVerdict) -> Self {
        Self {
            id: gate.id.as_str(),
            kind: match gate.kind {
                GateKind::Stage => "stage",
                GateKind::Gate => "gate",
            },
            title: &gate.title,
            severity: gate.severity.as_str(),
            status: gate.status.as_str(),
            waiver: gate.waiver.as_ref().map(WaiverV1::of),
            reasons: gate.reasons.iter().map(ReasonV1::of).collect(),
            checks: gate.checks.iter().map(CheckV1::of).collect(),
            approvals: gate.approvals.as_ref().map(ApprovalsV1::of),
            evidence: gate.evidence.iter().map(EvidenceV1::of).collect(),
        }
    }
}

impl<'a> EnvironmentV1<'a> {
    fn of(verdict: &'a EnvironmentVerdict) -> Self {
        Self {
            id: verdict.id.as_str(),
            eligible: verdict.eligible,
            reasons: verdict.reasons.iter().map(ReasonV1::of).collect(),
            approvals: verdict.approvals.as_ref().map(ApprovalsV1::of),
        }
    }
}

impl<'a> CheckV1<'a> {
    /// A check without a result that counts took no time and no attempts.
    fn of(check: &'a CheckVerdict) -> Self {
        let report = check.fact.as_ref().map(|fact| &fact.report);
        Self {
            id: check.id.as_str(),
            title: &check.title,
            status: check.status.as_str(),
            duration_ms: report.map_or(0, |report| report.duration_ms),
            attempts: report.map_or(0, |report| report.attempt),
            reasons: check.reasons.iter().map(ReasonV1::of).collect(),
            tests: report.and_then(|report| report.tests).map(TestsV1::of),
            coverage: report
                .and_then(|report| report.coverage)
                .map(CoverageV1::of),
            findings: report
                .and_then(|report| report.findings)
                .map(FindingsV1::of),
            latency: report.and_then(|report| report.latency).map(LatencyV1::of),
            journeys: journeys::of_check(check)
                .map(|table| table.rows.iter().map(JourneyV1::of).collect()),
            image_digest: report
                .and_then(|report| report.image_digest.as_ref())
                .map(ToString::to_string),
            migrations: report
                .iter()
                .flat_map(|report| &report.migrations)
                .map(MigrationV1::of)
                .collect(),
            evidence: check.evidence.iter().map(EvidenceV1::of).collect(),
            signoffs: check.signoffs.iter().map(SignoffV1::of).collect(),
            waiver: check.waiver.as_ref().map(WaiverV1::of),
        }
    }
}

impl<'a> MigrationV1<'a> {
    fn of(migration: &'a Migration) -> Self {
        Self {
            name: &migration.name,
            sha256: migration.sha256.to_string(),
            reversible: migration.reversible,
            alternative: migration.alternative.as_deref(),
        }
    }
}

impl<'a> ReasonV1<'a> {
    pub(super) fn of(reason: &'a Reason) -> Self {
        let place = reason.location.as_ref();
        Self {
            code: reason.code.as_str(),
            gate: reason.gate.as_ref().map(|gate| gate.as_str()),
            check: reason.check.as_ref().map(|check| check.as_str()),
            message: &reason.message,
            file: place.map(|place| place.file.as_str()),
            line: place.and_then(|place| place.line),
        }
    }
}

impl TestsV1 {
    pub(super) fn of(tally: TestTally) -> Self {
        Self {
            total: tally.total,
            passed: tally.passed,
            failed: tally.failed,
            errors: tally.errors,
            skipped: tally.skipped,
            flaky: tally.flaky,
        }
    }
}

impl CoverageV1 {
    pub(super) fn of(coverage: Coverage) -> Self {
        Self {
            lines: RatioV1::of(coverage.lines),
            branches: coverage.branches.map(RatioV1::of),
        }
    }
}

impl RatioV1 {
    fn of(ratio: Ratio) -> Self {
        Self {
            covered: ratio.covered,
            total: ratio.total,
        }
    }
}

impl FindingsV1 {
    pub(super) fn of(tally: FindingTally) -> Self {
        Self {
            error: tally.error,
            warning: tally.warning,
            note: tally.note,
            none: tally.none,
        }
    }
}

impl LatencyV1 {
    fn of(latency: Latency) -> Self {
        Self {
            p95_ms: latency.p95_ms,
            requests: latency.requests,
            failed: latency.failed,
        }
    }
}

impl<'a> EvidenceV1<'a> {
    fn of(evidence: &'a EvidenceRecorded) -> Self {
        Self {
            kind: &evidence.kind,
            name: &evidence.name,
            sha256: evidence.sha256.to_string(),
            size: evidence.size,
            uri: evidence.uri.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests;
