//! A delivery of GitHub becomes events: the request of a job that waits, or the decision of a person.

use serde::Serialize;
use serde_json::{Map, Value};

use super::GitHubApp;
use super::queue::{REQUESTED, Requested};
use crate::app::control_plane::{ControlPlane, Fault};
use crate::domain::ids::{CommitSha, EnvironmentId};
use crate::domain::record::event::{Event, EventType, SCHEMA_VERSION};
use crate::domain::record::payload::{ApprovalRecorded, ReleaseCreated};
use crate::domain::release::{Release, ReleaseId, Repository};
use crate::github::webhook::{self, Delivery, DeploymentReview, ProtectionRequest};
use crate::ledger::{LedgerError, Outcome};

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// It is kept, now or since an earlier attempt, or there is nothing to keep of it.
    Taken,
    /// Its signature is not that of the App's secret, or there is no App.
    NotSigned,
    /// It is not what its event's name says.
    Unreadable(String),
    /// The ledger could not take it.
    Fault(Fault),
}

/// What all events of a delivery have in common.
struct Origin<'a> {
    delivery: &'a str,
    release: Release,
    at: jiff::Timestamp,
    actor: &'a str,
}

impl ControlPlane {
    /// Tells whether deliveries are taken at all.
    pub fn has_app(&self) -> bool {
        self.github_app.is_some()
    }

    /// Tells whether a delivery is GitHub's; without an App none is.
    pub fn is_delivery(&self, body: &[u8], signature: &str) -> bool {
        let github = self.github_app.as_ref();
        github.is_some_and(|it| it.is_signed(body, signature))
    }

    /// Keeps a delivery whose signature holds. `id` is `X-GitHub-Delivery`, by which each is kept
    /// once; `event` is `X-GitHub-Event`.
    pub async fn deliver(&self, id: &str, event: &str, body: &[u8]) -> Delivered {
        let Some(github) = &self.github_app else {
            return Delivered::NotSigned;
        };
        let kept = match webhook::read(event, body, &github.api_url) {
            Ok(Delivery::Requested(request)) => self.keep_request(github, id, request).await,
            Ok(Delivery::Reviewed(review)) => self.keep_review(github, id, review).await,
            Ok(Delivery::Other) => Ok(()),
            Err(error) => return Delivered::Unreadable(error.to_string()),
        };
        match kept {
            Ok(()) => Delivered::Taken,
            Err(LedgerError::Conflict { .. }) => {
                tracing::warn!(id, "a delivery came again with other content, and was left");
                Delivered::Taken
            }
            Err(error) => {
                tracing::error!(id, %error, "a delivery could not be kept");
                Delivered::Fault(error.into())
            }
        }
    }

    async fn keep_request(
        &self,
        github: &GitHubApp,
        delivery: &str,
        request: ProtectionRequest,
    ) -> Result<(), LedgerError> {
        if !github.is_trusted(request.repository_id, &request.repository) {
            tracing::warn!(delivery, "a delivery of another repository was left");
            return Ok(());
        }
        let requested = Requested {
            detail: format!("run {} waits at the protection rule", request.run),
            environment: request.environment,
            kind: REQUESTED.to_owned(),
            repository: request.repository.clone(),
            run_id: request.run,
            installation_id: request.installation,
            delivery: delivery.to_owned(),
        };
        let origin = Origin {
            delivery,
            release: release(request.repository, request.sha),
            at: request.at,
            actor: &request.sender,
        };
        let event = origin.event("", EventType::EnvironmentEvent, &requested);
        if self.keep(&origin, vec![event]).await? == Outcome::Recorded {
            let release = origin.release.id();
            github.queue().add(release, origin.at, requested);
            github.told(release);
        }
        Ok(())
    }

    async fn keep_review(
        &self,
        github: &GitHubApp,
        delivery: &str,
        review: DeploymentReview,
    ) -> Result<(), LedgerError> {
        if !github.is_trusted(review.repository_id, &review.repository) {
            tracing::warn!(delivery, "a delivery of another repository was left");
            return Ok(());
        }
        let origin = Origin {
            delivery,
            release: release(review.repository.clone(), review.sha.clone()),
            at: review.at,
            actor: &review.by,
        };
        let events = review.environments.iter().filter_map(|environment| {
            let record = self.approval(&review, environment.parse().ok()?);
            let part = format!("/{environment}");
            Some(origin.event(&part, EventType::ApprovalRecorded, &record))
        });
        let events: Vec<Event> = events.collect();
        if events.is_empty() {
            return Ok(());
        }
        self.keep(&origin, events).await?;
        github.queue().reviewed(&review.repository, review.run.0);
        github.told(origin.release.id());
        Ok(())
    }

    /// The decision for one environment, as GitHub spells it.
    fn approval(&self, review: &DeploymentReview, environment: EnvironmentId) -> ApprovalRecorded {
        ApprovalRecorded {
            gate: None,
            environment: Some(environment),
            by: review.by.clone(),
            decision: review.decision,
            comment: self
                .redactor
                .mask(&review.comment)
                .into_owned()
                .into_inner(),
            role: None,
            teams: Vec::new(),
            observed_at: None,
            run: Some(review.run.0),
            attempt: Some(review.run.1),
            run_sha: Some(review.sha.to_string()),
            authors: None,
            triggered_by: review.triggered_by.clone(),
            commit: Some(review.sha.clone()),
            policy_digest: None,
            evidence_root: None,
        }
    }

    /// Records events of a release, and makes it known where it is not. Gives what became of the
    /// last event.
    async fn keep(&self, origin: &Origin<'_>, events: Vec<Event>) -> Result<Outcome, LedgerError> {
        let id: ReleaseId = origin.release.id();
        let mut all = Vec::new();
        if self.known.repository(&*self.ledger, id).await?.is_none() {
            let created = ReleaseCreated {
                repository: origin.release.repository.clone(),
                sha: origin.release.sha.clone(),
                version: None,
                authors: Vec::new(),
            };
            all.push(origin.event("/release", EventType::ReleaseCreated, &created));
        }
        all.extend(events);
        let appended = self.recorder.record(all).await?;
        self.known.remember(id, &origin.release.repository);
        Ok(appended.last().map_or(Outcome::Duplicate, |it| it.outcome))
    }
}

fn release(repository: Repository, sha: CommitSha) -> Release {
    Release {
        repository,
        sha,
        version: None,
    }
}

impl Origin<'_> {
    /// An event of the delivery; `part` tells several apart. The same delivery gives the same event
    /// at every attempt.
    fn event(&self, part: &str, kind: EventType, payload: &impl Serialize) -> Event {
        Event {
            schema_version: SCHEMA_VERSION.to_owned(),
            idempotency_key: format!("github/{}{part}", self.delivery),
            event_type: kind,
            source_system: "github".to_owned(),
            release_id: self.release.id(),
            occurred_at: self.at,
            actor: self.actor.to_owned(),
            payload: object(payload),
        }
    }
}

/// A payload as a JSON object. Payloads are structs of plain data, so this cannot fail; were one not
/// an object, the event would carry none of it and count for nothing.
pub(super) fn object(payload: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(payload) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}
