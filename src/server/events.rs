//! `POST /v1/events`: one envelope in, `{ingest_id, status, detail}` out.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Server;
use super::answer::Problem;
use super::body::{self, NoBody};
use crate::app::control_plane::{Cause, Receipt, Received, Rejection};
use crate::domain::record::envelope::Malformed;

/// Takes an event.
pub(super) async fn receive(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = take(&server, &headers, body).await;
    server.metrics.count_event(answer.word());
    answer.into_response()
}

/// An event's answer, before it is written.
enum Answer {
    Taken(&'static str, Receipt),
    Rejected(Rejected),
}

/// The answer to an event that was not taken.
struct Rejected {
    /// Of this attempt alone; it stands in the log beside the cause.
    ingest_id: Uuid,
    problem: Problem,
    /// What `detail` says besides.
    detail: Value,
}

async fn take(server: &Server, headers: &HeaderMap, body: Body) -> Answer {
    let caller = match server.door.caller(headers).await {
        Ok(caller) => caller,
        Err(denied) => return Answer::rejected(denied.into(), json!({})),
    };
    let body = match body::read(body, body::LIMIT).await {
        Ok(body) => body,
        Err(no_body) => return Answer::rejected(no_body.into(), json!({})),
    };
    match server.plane.take(&caller, &body).await {
        Received::Accepted(receipt) => Answer::Taken("accepted", receipt),
        Received::Duplicate(receipt) => Answer::Taken("duplicate", receipt),
        rejected => {
            let (problem, detail) = rejection(rejected);
            let rejected = Rejected::new(problem, detail);
            server.plane.note(&caller, &body, &rejected.noted());
            Answer::Rejected(rejected)
        }
    }
}

/// What is told of an event that was not taken.
fn rejection(received: Received) -> (Problem, Value) {
    match received {
        Received::Malformed(malformed) => malformation(&malformed),
        Received::Refused(refusal) => {
            let detail = json!({"field": refusal.field()});
            let message = refusal.to_string();
            (
                Problem::new(StatusCode::FORBIDDEN, "forbidden", message),
                detail,
            )
        }
        Received::UnknownRelease(id) => {
            let message =
                format!("nobody told of release {id} yet; send its release_created first");
            let problem = Problem::new(StatusCode::CONFLICT, "unknown_release", message);
            (problem, json!({"field": "release_id"}))
        }
        Received::Conflict { key } => {
            let message = format!(
                "the key {key} is taken by another event; nothing was changed. An event is never \
                 changed: give the new one a key of its own"
            );
            let problem = Problem::new(StatusCode::CONFLICT, "key_taken", message);
            (problem, json!({"field": "idempotency_key"}))
        }
        Received::Fault(fault) => ((&fault).into(), json!({})),
        Received::Accepted(_) | Received::Duplicate(_) => {
            let message = "an event that was taken is not rejected";
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            (Problem::new(status, "error", message), json!({}))
        }
    }
}

fn malformation(malformed: &Malformed) -> (Problem, Value) {
    let (status, code, detail) = match malformed {
        Malformed::NotJson { line, column, .. } => (
            StatusCode::BAD_REQUEST,
            "not_json",
            json!({"place": format!("{line}:{column}"), "line": line, "column": column}),
        ),
        Malformed::UnknownSchema { .. } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown_schema",
            json!({"field": "schema_version"}),
        ),
        Malformed::Missing { field } => (
            StatusCode::BAD_REQUEST,
            "missing_field",
            json!({"field": field}),
        ),
        Malformed::Invalid { field, .. } => (
            StatusCode::BAD_REQUEST,
            "invalid_field",
            json!({"field": field}),
        ),
    };
    (Problem::new(status, code, malformed.to_string()), detail)
}

impl From<NoBody> for Problem {
    fn from(no_body: NoBody) -> Self {
        match no_body {
            NoBody::TooLarge => {
                let message = "the body is larger than it may be";
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
            }
            NoBody::TooSlow => {
                let message = "the body did not come in time";
                Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message)
            }
            NoBody::Broken => {
                let message = "the body broke off";
                Self::new(StatusCode::BAD_REQUEST, "broken_off", message)
            }
        }
    }
}

impl Rejected {
    fn new(problem: Problem, detail: Value) -> Self {
        Self {
            ingest_id: Uuid::now_v7(),
            problem,
            detail,
        }
    }

    fn noted(&self) -> Rejection {
        Rejection {
            ingest_id: self.ingest_id,
            cause: match self.problem.status.is_server_error() {
                true => Cause::Error,
                false => Cause::Rejected,
            },
            code: self.problem.code,
            message: self.problem.message.clone(),
        }
    }
}

impl Answer {
    fn rejected(problem: Problem, detail: Value) -> Self {
        Self::Rejected(Rejected::new(problem, detail))
    }

    /// The word under `status`.
    fn word(&self) -> &'static str {
        match self {
            Self::Taken(word, _) => word,
            Self::Rejected(_) => "rejected",
        }
    }

    /// An event that was taken has its id for good.
    fn into_response(self) -> Response {
        match self {
            Self::Taken(word, receipt) => Json(json!({
                "ingest_id": receipt.ingest_id,
                "status": word,
                "detail": {"sequence": receipt.sequence, "hash": receipt.hash.to_string()},
            }))
            .into_response(),
            Self::Rejected(Rejected {
                ingest_id,
                problem,
                mut detail,
            }) => {
                tracing::info!(%ingest_id, code = problem.code, "an event was rejected");
                detail["code"] = problem.code.into();
                detail["message"] = problem.message.as_str().into();
                problem.with_body(json!({
                    "ingest_id": ingest_id, "status": "rejected", "detail": detail,
                }))
            }
        }
    }
}
