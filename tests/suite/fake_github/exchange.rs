//! What happens around every REST request: it is noted, held to GitHub's description, met by a
//! fault, let in by its token, counted, answered, and its answer held to the description too.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::answer::{Answer, Refusal, ok};
use super::caller::Caller;
use super::description::{Asked, Described, description};
use super::journal::{Call, Service};
use super::scene::digest;
use super::server::Scissors;
use super::{
    Shared, app, artifacts, checks, commits, environments, git, lock, results, rules, runs,
};

/// More than any request of a test holds.
pub(super) const LONGEST_BODY: usize = 1 << 30;

/// Of the API, as `X-GitHub-Api-Version` names them.
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// Asked without being counted.
const RATE_LIMIT: &str = "/rate_limit";

/// REST and the artifact service.
pub(super) fn router(shared: &Arc<Shared>) -> Router {
    let rest = Router::new()
        .merge(app::routes())
        .merge(artifacts::routes())
        .merge(checks::routes())
        .merge(commits::routes())
        .merge(environments::routes())
        .merge(git::routes())
        .merge(rules::routes())
        .merge(runs::routes())
        .route(RATE_LIMIT, axum::routing::get(rate_limit))
        .fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(shared), exchange));
    Router::new()
        .merge(results::routes())
        .merge(rest)
        .with_state(Arc::clone(shared))
}

async fn exchange(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let entry = note(&shared, Call::new(Service::Rest, &parts, &body));
    let asked = asked(&shared, &parts, &body);
    let mut fault = lock(&shared.faults).take(parts.method.as_str(), parts.uri.path());
    if let Some(held) = &fault
        && held.is_over().await
    {
        fault = None;
    }
    if let Some(fault) = fault.as_ref().filter(|fault| fault.is_before()) {
        return fault.answer(&line).await;
    }
    let answer = match let_in(&shared, &parts, &asked) {
        Ok(request) => next.run(request(parts.clone(), body)).await,
        Err(refusal) => refusal.into_response(),
    };
    if let Some(fault) = fault {
        shared.moved();
        return fault.answer(&line).await;
    }
    let answer = finish(&shared, &parts, &asked, answer).await;
    lock(&shared.journal)[entry].status = Some(answer.status().as_u16());
    shared.moved();
    answer
}

/// Writes a request into the journal; its number there.
pub(super) fn note(shared: &Shared, call: Call) -> usize {
    let mut journal = lock(&shared.journal);
    journal.push(call);
    journal.len() - 1
}

/// Holds a request to the description; `None` when there is no such thing to ask.
fn asked(shared: &Shared, parts: &Parts, body: &Bytes) -> Described {
    let asked = Asked {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        body,
    };
    let described = description().as_ref().unwrap().request(&asked);
    for problem in &described.problems {
        let (method, path) = (&parts.method, parts.uri.path());
        shared.violate(format!("request {method} {path}: {problem}"));
    }
    described
}

/// What every request has to say of itself.
/// <https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#headers>
fn greet(headers: &HeaderMap) -> Result<(), Refusal> {
    if !headers.contains_key(header::USER_AGENT) {
        let message = "Request forbidden by administrative rules. Please send a User-Agent.";
        return Err(Refusal::new(403, message));
    }
    let version = headers.get("x-github-api-version");
    if version.is_some_and(|version| VERSIONS.iter().all(|known| version != known)) {
        return Err(Refusal::new(400, "The API version is not supported"));
    }
    Ok(())
}

/// Knows the token, counts the request, and refuses what GitHub would.
fn let_in(
    shared: &Shared,
    parts: &Parts,
    asked: &Described,
) -> Result<impl FnOnce(Parts, Bytes) -> Request, Refusal> {
    greet(&parts.headers).inspect_err(|refusal| {
        shared.violate(format!("request {}: {refusal:?}", parts.uri.path()));
    })?;
    let mut state = shared.state();
    let text = bearer(&parts.headers);
    let token = text.and_then(|text| {
        state
            .token(text)
            .cloned()
            .or_else(|| state.app_itself(text))
    });
    let token = token.ok_or_else(|| Refusal::new(401, "Bad credentials"))?;
    if parts.uri.path() != RATE_LIMIT {
        if state.remaining == 0 {
            let message = "API rate limit exceeded for installation.";
            return Err(Refusal::new(403, message));
        }
        state.remaining -= 1;
    }
    if !asked.problems.is_empty() {
        return Err(Refusal::invalid(asked.problems.join("; ")));
    }
    Ok(move |mut parts: Parts, body: Bytes| {
        parts.extensions.insert(token);
        Request::from_parts(parts, Body::from(body))
    })
}

/// `Authorization: Bearer …` or `token …`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = ["bearer", "token"];
    known
        .contains(&scheme.to_lowercase().as_str())
        .then_some(token)
}

/// Holds the answer to the description, and gives it the headers that all answers have.
async fn finish(shared: &Shared, parts: &Parts, asked: &Described, answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await.unwrap();
    let tag = format!("W/\"{}\"", digest(&body).trim_start_matches("sha256:"));
    let is_known = parts
        .headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| *known == *tag);
    let is_page = parts.method == Method::GET && head.status == StatusCode::OK;
    for problem in asked.answer(head.status.as_u16(), &body) {
        let (method, path) = (&parts.method, parts.uri.path());
        shared.violate(format!("answer to {method} {path}: {problem}"));
    }
    let mut state = shared.state();
    if is_page {
        head.headers.insert(header::ETAG, tag.parse().unwrap());
    }
    if is_page && is_known {
        state.remaining += 1;
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(header::CONTENT_TYPE);
    }
    for (name, value) in [
        ("x-ratelimit-limit", 1000),
        ("x-ratelimit-remaining", state.remaining),
        ("x-ratelimit-used", 1000_u64.saturating_sub(state.remaining)),
        ("x-ratelimit-reset", state.reset.as_second().unsigned_abs()),
    ] {
        head.headers.insert(name, value.into());
    }
    let is_empty = head.status == StatusCode::NOT_MODIFIED;
    let body = if is_empty { Bytes::new() } else { body };
    Response::from_parts(head, Body::from(body))
}

/// <https://docs.github.com/en/rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user>
async fn rate_limit(State(shared): State<Arc<Shared>>, _: Caller) -> Answer {
    let state = shared.state();
    let remaining = state.remaining;
    let limit = json!({
        "limit": 1000,
        "used": 1000_u64.saturating_sub(remaining),
        "remaining": remaining,
        "reset": state.reset.as_second(),
    });
    let resources = json!({"core": limit, "search": limit});
    ok(&json!({"resources": resources, "rate": limit}))
}

async fn unknown(State(shared): State<Arc<Shared>>, method: Method, request: Request) -> Response {
    let path = request.uri().path();
    shared.violate(format!("the fake knows no {method} {path}"));
    StatusCode::NOT_IMPLEMENTED.into_response()
}
