//! `POST /v1/events`: one envelope in, `{ingest_id, status, detail}` out; and `POST /v1/events/batch`,
//! the same for several.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Server;
use super::answer::Problem;
use super::body::{self, NoBody};
use crate::app::control_plane::{Cause, Receipt, Received, Rejection};
use crate::domain::access::Caller;
use crate::domain::record::envelope::{self, Label, Malformed, TOGETHER_HEADER};

/// How many events are taken together at the most.
const MOST_TOGETHER: usize = 500;

/// Says with every answer that events are taken together, and how many.
static TOGETHER: HeaderName = HeaderName::from_static(TOGETHER_HEADER);

/// Takes an event.
pub(super) async fn receive(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = take(&server, &headers, body).await;
    server.metrics.count_event(answer.word());
    let mut response = answer.into_response();
    let most = HeaderValue::from(MOST_TOGETHER);
    response.headers_mut().insert(&TOGETHER, most);
    response
}

/// Takes several events: each is answered as if it came alone. Only where none of them can be taken
/// is the answer one for all.
pub(super) async fn receive_all(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match take_all(&server, &headers, body).await {
        Ok(answers) => {
            let words = answers.iter().map(Answer::word);
            words.for_each(|word| server.metrics.count_event(word));
            let results: Vec<Value> = answers.into_iter().map(Answer::result).collect();
            Json(json!({"results": results})).into_response()
        }
        Err(rejected) => Answer::Rejected(rejected).into_response(),
    }
}

/// An event's answer, before it is written.
enum Answer {
    Taken(&'static str, Receipt),
    Rejected(Rejected),
}

/// The answer to what was not taken.
struct Rejected {
    /// Of this attempt alone; it stands in the log beside the cause.
    ingest_id: Uuid,
    problem: Problem,
    /// What `detail` says besides.
    detail: Value,
}

async fn take(server: &Server, headers: &HeaderMap, body: Body) -> Answer {
    let (caller, body) = match received(server, headers, body).await {
        Ok(received) => received,
        Err(rejected) => return Answer::Rejected(rejected),
    };
    let received = server.plane.take(&caller, &body).await;
    answer(server, &caller, received, || Label::read(&body))
}

async fn take_all(
    server: &Server,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<Answer>, Rejected> {
    let (caller, body) = received(server, headers, body).await?;
    let envelopes = envelope::read_all(&body).map_err(|malformed| {
        let (problem, detail) = malformation(&malformed);
        Rejected::new(problem, detail)
    })?;
    if let Some(problem) = wrong_number(envelopes.len()) {
        return Err(problem.into());
    }
    let labels: Vec<_> = envelopes.iter().map(Label::of).collect();
    let all = server.plane.take_all(&caller, envelopes).await;
    let fault = all.iter().find_map(Received::fault).cloned();
    let answers = all.into_iter().zip(labels);
    let answers = answers.map(|(received, label)| answer(server, &caller, received, || label));
    let answers = answers.collect();
    match fault {
        None => Ok(answers),
        // The same is to be sent again: what was taken of it is a duplicate then.
        Some(fault) => Err(Problem::from(&fault).into()),
    }
}

fn wrong_number(events: usize) -> Option<Problem> {
    let message = format!("{events} events came together; 1 to {MOST_TOGETHER} may");
    let problem = || Problem::new(StatusCode::BAD_REQUEST, "invalid_field", message);
    (!(1..=MOST_TOGETHER).contains(&events)).then(problem)
}

/// Who calls, and what came.
async fn received(
    server: &Server,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Caller, Vec<u8>), Rejected> {
    let caller = server.door.caller(headers).await;
    let caller = caller.map_err(Problem::from)?;
    let body = body::read(body, body::LIMIT).await;
    Ok((caller, body.map_err(Problem::from)?))
}

/// The answer to an event. One that was not taken is noted.
fn answer(
    server: &Server,
    caller: &Caller,
    received: Received,
    label: impl FnOnce() -> Option<Label>,
) -> Answer {
    match received {
        Received::Accepted(receipt) => Answer::Taken("accepted", receipt),
        Received::Duplicate(receipt) => Answer::Taken("duplicate", receipt),
        rejected => {
            let (problem, detail) = rejection(rejected);
            let rejected = Rejected::new(problem, detail);
            server.plane.note(caller, label(), &rejected.noted());
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

impl From<Problem> for Rejected {
    fn from(problem: Problem) -> Self {
        Self::new(problem, json!({}))
    }
}

impl Answer {
    /// The word under `status`.
    fn word(&self) -> &'static str {
        match self {
            Self::Taken(word, _) => word,
            Self::Rejected(_) => "rejected",
        }
    }

    /// One of several results: the document, and the status that it would have had alone.
    fn result(self) -> Value {
        let status = match &self {
            Self::Taken(..) => StatusCode::OK,
            Self::Rejected(rejected) => rejected.problem.status,
        };
        let mut document = self.document();
        document["http_status"] = status.as_u16().into();
        document
    }

    fn into_response(self) -> Response {
        let problem = match &self {
            Self::Taken(..) => None,
            Self::Rejected(rejected) => Some(rejected.problem.clone()),
        };
        let document = self.document();
        match problem {
            None => Json(document).into_response(),
            Some(problem) => problem.with_body(document),
        }
    }

    /// An event that was taken has its id for good.
    fn document(self) -> Value {
        match self {
            Self::Taken(word, receipt) => json!({
                "ingest_id": receipt.ingest_id,
                "status": word,
                "detail": {"sequence": receipt.sequence, "hash": receipt.hash.to_string()},
            }),
            Self::Rejected(Rejected {
                ingest_id,
                problem,
                mut detail,
            }) => {
                tracing::info!(%ingest_id, code = problem.code, "an event was rejected");
                detail["code"] = problem.code.into();
                detail["message"] = problem.message.into();
                json!({"ingest_id": ingest_id, "status": "rejected", "detail": detail})
            }
        }
    }
}
