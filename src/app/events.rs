//! Results → events, with the keys under which they are recorded once.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::check::{CheckResult, EvidenceFile};
use crate::domain::ids::{CheckId, CheckRef, EnvironmentId, GateId, RunId, Sha256Digest};
use crate::domain::record::event::{Event, EventType, SCHEMA_VERSION};
use crate::domain::record::payload::{
    ApprovalRecorded, CheckReported, DeploymentFinished, DeploymentStarted, EvidenceRecorded,
    Exception, ExceptionRevoked, GateSignoff, JobRef, ReleaseCreated, ValidationFinished,
    ValidationStarted,
};
use crate::domain::release::Release;
use crate::settings::ActionsRun;

/// How many test cases of a result travel in its event; its evidence has them all.
const CASES_IN_EVENT: usize = 50;

/// How many reasons of a result travel in its event.
const REASONS_IN_EVENT: usize = 100;

/// Writes the events of one run.
#[derive(Debug, Clone)]
pub struct EventWriter {
    /// The release they are about.
    pub release: Release,
    /// The run that they come from.
    pub run: RunId,
    /// Whether its work tree differs from the commit.
    pub dirty: bool,
    /// Who acts.
    pub actor: String,
    /// The run of GitHub Actions that it is part of.
    pub actions: Option<ActionsRun>,
    /// The workspace in which it works.
    pub workspace: String,
    /// The environment that it looks at, where there is one.
    pub environment: Option<EnvironmentId>,
}

/// A result counts, or was recorded while its gate was blocked and never will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Its gate was open.
    Kept,
    /// Its gate was blocked.
    Broken,
}

impl EventWriter {
    /// `release_created`, with whoever made the release as far as that is to be told.
    pub fn release_created(&self, at: Timestamp, authors: &[String]) -> Event {
        let payload = ReleaseCreated {
            repository: self.release.repository.clone(),
            sha: self.release.sha.clone(),
            version: self.release.version.clone(),
            authors: authors.to_vec(),
        };
        self.event(EventType::ReleaseCreated, "release", at, &payload)
    }

    /// `check_reported`, and `evidence_recorded` for each file of the result.
    pub fn check_reported(
        &self,
        check: &CheckRef,
        definition: Sha256Digest,
        order: Order,
        result: &CheckResult,
        at: Timestamp,
    ) -> Vec<Event> {
        let evidence = result.evidence.iter().enumerate().map(|(index, file)| {
            let subject = format!("{check}/evidence/{index}");
            let payload = self.evidence(Some(&check.gate), Some(&check.check), file);
            self.event(EventType::EvidenceRecorded, &subject, at, &payload)
        });
        let mut events: Vec<Event> = evidence.collect();
        let payload = self.report(check, definition, order, result);
        let subject = format!("{check}/reported");
        events.push(self.event(EventType::CheckReported, &subject, at, &payload));
        events
    }

    /// `approval_recorded`, for the decision with a number among those of its person.
    pub fn approval_recorded(
        &self,
        number: usize,
        at: Timestamp,
        record: &ApprovalRecorded,
    ) -> Event {
        let about = record.environment.as_ref().map(EnvironmentId::as_str);
        let about = about
            .or(record.gate.as_ref().map(GateId::as_str))
            .unwrap_or_default();
        let by = record.by.to_lowercase();
        let subject = format!("approval/{about}/{by}/{number}");
        self.by(
            &record.by,
            EventType::ApprovalRecorded,
            &subject,
            at,
            record,
        )
    }

    /// `deployment_started`.
    pub fn deployment_started(&self, at: Timestamp, record: &DeploymentStarted) -> Event {
        let subject = format!("deployment/{}/started", record.environment);
        self.event(EventType::DeploymentStarted, &subject, at, record)
    }

    /// `deployment_finished`.
    pub fn deployment_finished(&self, at: Timestamp, record: &DeploymentFinished) -> Event {
        let subject = format!("deployment/{}/finished", record.environment);
        self.event(EventType::DeploymentFinished, &subject, at, record)
    }

    /// `evidence_recorded`, for a file that somebody brings beside a check.
    pub fn evidence_of_check(&self, check: &CheckRef, file: &EvidenceFile, at: Timestamp) -> Event {
        let payload = self.evidence(Some(&check.gate), Some(&check.check), file);
        let subject = format!("{check}/evidence/brought");
        self.event(EventType::EvidenceRecorded, &subject, at, &payload)
    }

    /// `evidence_recorded`, for a file that somebody brings for a gate, or for any.
    pub fn evidence_added(
        &self,
        gate: Option<&GateId>,
        file: &EvidenceFile,
        at: Timestamp,
    ) -> Event {
        let payload = self.evidence(gate, None, file);
        let subject = format!("evidence/{}", file.path);
        self.event(EventType::EvidenceRecorded, &subject, at, &payload)
    }

    /// `gate_signoff`.
    pub fn gate_signoff(&self, at: Timestamp, record: &GateSignoff) -> Event {
        let subject = format!("{}/{}/signoff", record.gate, record.check);
        self.by(&record.by, EventType::GateSignoff, &subject, at, record)
    }

    /// `exception_requested`.
    pub fn exception_requested(&self, at: Timestamp, record: &Exception) -> Event {
        let subject = format!("waiver/{}/requested", record.id);
        self.by(
            &record.by,
            EventType::ExceptionRequested,
            &subject,
            at,
            record,
        )
    }

    /// `exception_granted`.
    pub fn exception_granted(&self, at: Timestamp, record: &Exception) -> Event {
        let subject = format!("waiver/{}/granted", record.id);
        self.by(
            &record.by,
            EventType::ExceptionGranted,
            &subject,
            at,
            record,
        )
    }

    /// `exception_revoked`.
    pub fn exception_revoked(&self, at: Timestamp, record: &ExceptionRevoked) -> Event {
        let subject = format!("waiver/{}/revoked", record.id);
        self.by(
            &record.by,
            EventType::ExceptionRevoked,
            &subject,
            at,
            record,
        )
    }

    /// `validation_started`.
    pub fn validation_started(&self, at: Timestamp, record: &ValidationStarted) -> Event {
        self.event(
            EventType::ValidationStarted,
            "validation/started",
            at,
            record,
        )
    }

    /// `validation_finished`.
    pub fn validation_finished(&self, at: Timestamp, record: &ValidationFinished) -> Event {
        self.event(
            EventType::ValidationFinished,
            "validation/finished",
            at,
            record,
        )
    }

    /// `validation_finalized`: under one key, so that it can be recorded once.
    pub fn validation_finalized(&self, at: Timestamp, record: &ValidationFinished) -> Event {
        Event {
            idempotency_key: format!("tollgate/validation/{}/finalized", record.validation_id),
            ..self.by(&record.by, EventType::ValidationFinalized, "", at, record)
        }
    }

    /// An event with a person behind it.
    fn by(
        &self,
        actor: &str,
        kind: EventType,
        subject: &str,
        at: Timestamp,
        payload: &impl Serialize,
    ) -> Event {
        Event {
            actor: actor.to_owned(),
            ..self.event(kind, subject, at, payload)
        }
    }

    fn report(
        &self,
        check: &CheckRef,
        definition: Sha256Digest,
        order: Order,
        result: &CheckResult,
    ) -> CheckReported {
        CheckReported {
            gate: check.gate.clone(),
            check: check.check.clone(),
            status: result.status,
            duration_ms: u64::try_from(result.duration.as_millis()).unwrap_or(u64::MAX),
            attempt: result.attempts,
            tests: result.measured.tests,
            coverage: result.measured.coverage,
            findings: result.measured.findings,
            latency: result.measured.latency,
            journeys: result.journeys.clone(),
            journey_table: result.journey_table.clone(),
            image_digest: result.image_digest.clone(),
            migrations: result.migrations.clone(),
            reasons: result
                .reasons
                .iter()
                .take(REASONS_IN_EVENT)
                .cloned()
                .collect(),
            cases: result.cases.iter().take(CASES_IN_EVENT).cloned().collect(),
            blocked: order == Order::Broken,
            run: Some(self.run.clone()),
            dirty: self.dirty,
            version: self.release.version.clone(),
            definition: Some(definition),
            job: self.actions.as_ref().map(|run| JobRef {
                attempt: format!("{}.{}", run.run_id, run.attempt),
                workspace: self.workspace.clone(),
            }),
            environment: self.environment.clone(),
        }
    }

    fn evidence(
        &self,
        gate: Option<&GateId>,
        check: Option<&CheckId>,
        file: &EvidenceFile,
    ) -> EvidenceRecorded {
        EvidenceRecorded {
            gate: gate.cloned(),
            check: check.cloned(),
            kind: file.kind.clone(),
            name: file.name.clone(),
            sha256: file.sha256,
            size: file.size,
            uri: Some(format!("runs/{}/{}", self.run, file.path)),
            run: Some(self.run.clone()),
        }
    }

    fn event(
        &self,
        kind: EventType,
        subject: &str,
        at: Timestamp,
        payload: &impl Serialize,
    ) -> Event {
        Event {
            schema_version: SCHEMA_VERSION.to_owned(),
            idempotency_key: self.key(subject),
            event_type: kind,
            source_system: self.source().to_owned(),
            release_id: self.release.id(),
            occurred_at: at,
            actor: self.actor.clone(),
            payload: object(payload),
        }
    }

    fn source(&self) -> &'static str {
        match self.actions {
            Some(_) => "github_actions",
            None => "tollgate",
        }
    }

    /// `github_actions/{run_id}/{attempt}/{gate}/{check}/…`, or `tollgate/{run}/{gate}/{check}/…`
    /// on a laptop.
    fn key(&self, subject: &str) -> String {
        match &self.actions {
            Some(ActionsRun { run_id, attempt }) => {
                format!("github_actions/{run_id}/{attempt}/{subject}/{}", self.run)
            }
            None => format!("tollgate/{}/{subject}", self.run),
        }
    }
}

/// A payload as a JSON object. Payloads are structs of plain data, so this cannot fail; were one
/// not an object, the event would carry none of it and count for nothing.
fn object(payload: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(payload) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::history::fold;
    use crate::domain::status::CheckStatus;

    fn writer(actions: Option<(&str, &str)>) -> EventWriter {
        EventWriter {
            release: Release {
                repository: "acme/shop".parse().unwrap(),
                sha: "a".repeat(40).parse().unwrap(),
                version: Some("1.4.0".to_owned()),
            },
            run: "r1".parse().unwrap(),
            dirty: true,
            actor: "alice".to_owned(),
            workspace: "w1".to_owned(),
            environment: None,
            actions: actions.map(|(run_id, attempt)| ActionsRun {
                run_id: run_id.to_owned(),
                attempt: attempt.to_owned(),
            }),
        }
    }

    fn reported(writer: &EventWriter) -> Vec<Event> {
        let mut result = CheckResult::of(CheckStatus::Passed, Vec::new());
        result.evidence.push(EvidenceFile {
            kind: "junit".to_owned(),
            name: "reports/a.xml".to_owned(),
            sha256: Sha256Digest::of(b"a"),
            size: 1,
            path: "evidence/test/pytest/a.xml".to_owned(),
        });
        let check = "test/pytest".parse().unwrap();
        let definition = Sha256Digest::of(b"d");
        writer.check_reported(
            &check,
            definition,
            Order::Broken,
            &result,
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let writer = writer(None);
        let mut events = reported(&writer);
        events.push(writer.release_created(Timestamp::UNIX_EPOCH, &[]));
        let (facts, unreadable) = fold(&events);
        assert_eq!(unreadable, []);
        assert_eq!(facts.version.as_deref(), Some("1.4.0"));
        let report = &facts.checks[0].report;
        assert!(report.blocked && report.dirty);
        assert_eq!(report.status, CheckStatus::Passed);
        assert_eq!(
            facts.evidence[0].uri.as_deref(),
            Some("runs/r1/evidence/test/pytest/a.xml")
        );
        assert_eq!(facts.evidence[0].run, report.run);
    }

    #[test]
    fn keys_name_the_run_and_the_check() {
        let keys = |writer| {
            let events = reported(&writer);
            events
                .into_iter()
                .map(|event| event.idempotency_key)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            keys(writer(None)),
            [
                "tollgate/r1/test/pytest/evidence/0",
                "tollgate/r1/test/pytest/reported"
            ]
        );
        assert_eq!(
            keys(writer(Some(("77", "2"))))[1],
            "github_actions/77/2/test/pytest/reported/r1"
        );
    }
}
