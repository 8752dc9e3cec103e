//! The artifact service of a run, as `@actions/artifact` speaks to it: Twirp with JSON.
//! It is not part of GitHub's description; the official client is what holds this to the truth.

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Path, Request, State as Extracted};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::json_answer;
use super::exchange::{LONGEST_BODY, bearer, note};
use super::journal::{Call, Service};
use super::scene::{digest, uploaded};
use super::server::Scissors;
use super::state::{Artifact, State};
use super::{Shared, lock};

/// What no name holds.
const FORBIDDEN: [char; 11] = ['"', ':', '<', '>', '|', '*', '?', '\r', '\n', '\\', '/'];

/// The job behind an `ACTIONS_RUNTIME_TOKEN`.
#[derive(Debug, Clone)]
pub(super) struct RunningJob {
    pub(super) repository: String,
    pub(super) run: u64,
    pub(super) run_backend_id: String,
    pub(super) job_backend_id: String,
    /// Created, but not yet whole.
    pub(super) uploads: Vec<Upload>,
}

#[derive(Debug, Clone)]
pub(super) struct Upload {
    name: String,
    blob: String,
    expires_at: Option<Timestamp>,
}

/// Twirp's codes (<https://twitchtv.github.io/twirp/docs/errors.html>).
struct Wrong(u16, &'static str, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    workflow_run_backend_id: String,
    workflow_job_run_backend_id: String,
    name: String,
    expires_at: Option<Timestamp>,
    version: u32,
    mime_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finalize {
    workflow_run_backend_id: String,
    workflow_job_run_backend_id: String,
    name: String,
    size: String,
    hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    workflow_run_backend_id: String,
    workflow_job_run_backend_id: String,
    name_filter: Option<String>,
    id_filter: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    workflow_run_backend_id: String,
    workflow_job_run_backend_id: String,
    name: String,
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    let service = "/twirp/github.actions.results.api.v1.ArtifactService/{method}";
    Router::new().route(service, post(exchange))
}

async fn exchange(
    Extracted(shared): Extracted<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let entry = note(&shared, Call::new(Service::Results, &parts, &body));
    let fault = lock(&shared.faults).take(parts.method.as_str(), parts.uri.path());
    if let Some(fault) = fault.as_ref().filter(|fault| fault.is_before()) {
        return fault.answer(&line).await;
    }
    let token = bearer(&parts.headers).unwrap_or_default();
    let answer = answer(&shared, token, &method, &body);
    if let Some(fault) = fault {
        return fault.answer(&line).await;
    }
    let answer = match answer {
        Ok(body) => json_answer(StatusCode::OK, &body),
        Err(Wrong(status, code, msg)) => {
            let status = StatusCode::from_u16(status).unwrap();
            json_answer(status, &json!({"code": code, "msg": msg}))
        }
    };
    lock(&shared.journal)[entry].status = Some(answer.status().as_u16());
    answer
}

fn answer(shared: &Shared, token: &str, method: &str, body: &Bytes) -> Result<Value, Wrong> {
    let mut state = shared.state();
    let job = state.running_jobs.get(token).cloned();
    let job = job.ok_or_else(|| Wrong(401, "unauthenticated", "token is invalid".to_owned()))?;
    let mut service = ArtifactService {
        state: &mut state,
        token,
        job,
    };
    match method {
        "CreateArtifact" => service.create(read(body)?),
        "FinalizeArtifact" => service.finalize(&read(body)?),
        "ListArtifacts" => service.list(&read(body)?),
        "GetSignedArtifactURL" => service.signed_url(&read(body)?),
        "DeleteArtifact" => service.delete(&read(body)?),
        _ => Err(Wrong(404, "bad_route", format!("no method {method}"))),
    }
}

/// GitHub skips fields that it does not know; here they are slips of whoever sends them.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Wrong> {
    let malformed = |error: serde_json::Error| Wrong(400, "malformed", error.to_string());
    serde_json::from_slice(body).map_err(malformed)
}

fn invalid(message: &str) -> Wrong {
    Wrong(400, "invalid_argument", message.to_owned())
}

fn unknown() -> Wrong {
    Wrong(404, "not_found", "artifact not found".to_owned())
}

struct ArtifactService<'a> {
    state: &'a mut State,
    token: &'a str,
    job: RunningJob,
}

impl ArtifactService<'_> {
    fn accept(&self, run: &str, job: &str) -> Result<(), Wrong> {
        if run == self.job.run_backend_id && job == self.job.job_backend_id {
            return Ok(());
        }
        let message = "the token is for another run or job".to_owned();
        Err(Wrong(403, "permission_denied", message))
    }

    /// The official client names the job that uploaded the artifact, not the one that it runs in.
    fn accept_of_any_job(&self, run: &str, job: &str) -> Result<(), Wrong> {
        let is_uuid = job.parse::<uuid::Uuid>().is_ok();
        let job = if is_uuid {
            &self.job.job_backend_id
        } else {
            job
        };
        self.accept(run, job)
    }

    fn create(&mut self, asked: Create) -> Result<Value, Wrong> {
        self.accept(
            &asked.workflow_run_backend_id,
            &asked.workflow_job_run_backend_id,
        )?;
        if asked.name.is_empty() || asked.name.contains(FORBIDDEN) {
            return Err(invalid("the artifact name is not valid"));
        }
        if !(4..=7).contains(&asked.version) {
            return Err(invalid("unknown version"));
        }
        if asked.mime_type.is_some_and(|kind| !kind.contains('/')) {
            return Err(invalid("mime_type is none"));
        }
        if self.is_taken(&asked.name) {
            let message = "an artifact with this name already exists on the workflow run";
            return Err(Wrong(409, "already_exists", message.to_owned()));
        }
        let (url, blob) = self.state.url_to_write();
        let upload = Upload {
            name: asked.name,
            blob,
            expires_at: asked.expires_at,
        };
        self.uploads().push(upload);
        Ok(json!({"ok": true, "signed_upload_url": url}))
    }

    /// In this run: by an artifact of any attempt, or by an upload that goes on.
    fn is_taken(&mut self, name: &str) -> bool {
        let (run, jobs) = (self.job.run, &self.state.running_jobs);
        let mut uploads = jobs
            .values()
            .filter(|job| job.run == run && job.repository == self.job.repository)
            .flat_map(|job| &job.uploads);
        uploads.any(|upload| upload.name == name) || self.find(name).is_some()
    }

    fn uploads(&mut self) -> &mut Vec<Upload> {
        let job = self.state.running_jobs.get_mut(self.token);
        &mut job.unwrap().uploads
    }

    fn artifacts(&mut self) -> &mut Vec<Artifact> {
        let repository = self.state.made_repository(&self.job.repository);
        &mut repository.artifacts
    }

    fn find(&mut self, name: &str) -> Option<Artifact> {
        let run = self.job.run;
        let mut artifacts = self.artifacts().iter().rev();
        let found = artifacts.find(|artifact| artifact.run == run && artifact.name == name);
        found.cloned()
    }

    fn finalize(&mut self, asked: &Finalize) -> Result<Value, Wrong> {
        self.accept(
            &asked.workflow_run_backend_id,
            &asked.workflow_job_run_backend_id,
        )?;
        let uploads = self.uploads();
        let place = uploads.iter().position(|upload| upload.name == asked.name);
        let upload = uploads[place.ok_or_else(unknown)?].clone();
        let blob = self.state.blobs.get(&upload.blob);
        let content = blob.and_then(|blob| blob.content.clone());
        let content = content.ok_or_else(|| invalid("nothing was uploaded"))?;
        if asked.size != content.len().to_string() {
            return Err(invalid("the size is another"));
        }
        if asked
            .hash
            .as_ref()
            .is_some_and(|hash| *hash != digest(&content))
        {
            return Err(invalid("the hash is another"));
        }
        self.uploads().retain(|other| other.name != asked.name);
        self.state.blobs.remove(&upload.blob);
        let id = self.state.next_id();
        let mut artifact = uploaded(id, self.job.run, (&asked.name, &content));
        artifact.job.clone_from(&self.job.job_backend_id);
        artifact.expires_at = upload.expires_at.unwrap_or(artifact.expires_at);
        self.artifacts().push(artifact);
        Ok(json!({"ok": true, "artifact_id": id.to_string()}))
    }

    /// Those of the run, whichever job uploaded them.
    fn list(&mut self, asked: &List) -> Result<Value, Wrong> {
        self.accept(
            &asked.workflow_run_backend_id,
            &asked.workflow_job_run_backend_id,
        )?;
        let job = self.job.clone();
        let fits = |artifact: &&Artifact| {
            let is = |filter: &Option<String>, value: &str| {
                filter.as_ref().is_none_or(|filter| filter == value)
            };
            artifact.run == job.run
                && is(&asked.name_filter, &artifact.name)
                && is(&asked.id_filter, &artifact.id.to_string())
        };
        let artifacts = self.artifacts().iter().filter(fits).map(|artifact| {
            json!({
                "workflow_run_backend_id": job.run_backend_id,
                "workflow_job_run_backend_id": artifact.job,
                "database_id": artifact.id.to_string(),
                "name": artifact.name,
                "size": artifact.bytes.len().to_string(),
                "created_at": artifact.created_at.to_string(),
                "digest": artifact.digest,
            })
        });
        Ok(json!({"artifacts": artifacts.collect::<Vec<_>>()}))
    }

    fn signed_url(&mut self, asked: &Named) -> Result<Value, Wrong> {
        self.accept_of_any_job(
            &asked.workflow_run_backend_id,
            &asked.workflow_job_run_backend_id,
        )?;
        let artifact = self.find(&asked.name).ok_or_else(unknown)?;
        let url = self.state.url_to_read(artifact.bytes);
        Ok(json!({"name": asked.name, "signed_url": url}))
    }

    fn delete(&mut self, asked: &Named) -> Result<Value, Wrong> {
        self.accept_of_any_job(
            &asked.workflow_run_backend_id,
            &asked.workflow_job_run_backend_id,
        )?;
        let artifact = self.find(&asked.name).ok_or_else(unknown)?;
        self.artifacts().retain(|other| other.id != artifact.id);
        Ok(json!({"ok": true, "artifact_id": artifact.id.to_string()}))
    }
}
