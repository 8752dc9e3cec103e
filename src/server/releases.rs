//! `GET /v1/releases…`: which releases there are, and how one stands.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Server;
use super::answer::Problem;
use super::door::LetIn;
use crate::app::control_plane::{Found, NoRules, NotJudged};
use crate::app::report::{Material, Shape};
use crate::domain::access::Caller;
use crate::domain::release::ReleaseId;
use crate::render::json;

/// How many releases are listed unless the caller says.
const LISTED: u32 = 50;

/// How many may be listed at once.
const MOST_LISTED: u32 = 500;

/// The query of the list.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    limit: Option<String>,
}

/// The query of the report.
#[derive(Deserialize)]
pub(super) struct ReportQuery {
    format: Option<String>,
}

/// The newest releases.
pub(super) async fn list(
    LetIn(caller): LetIn,
    State(server): State<Arc<Server>>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query?;
    let limit = query.limit.map_or(Some(LISTED), |text| text.parse().ok());
    let limit = limit.filter(|limit| (1..=MOST_LISTED).contains(limit));
    let limit = limit.ok_or_else(|| {
        let message = format!("limit is a number from 1 to {MOST_LISTED}");
        Problem::new(StatusCode::BAD_REQUEST, "invalid_limit", message)
    })?;
    let releases = server.plane.releases(&caller, limit).await?;
    Ok(Json(json::releases(&releases, server.plane.redactor())))
}

/// How a release stands.
pub(super) async fn status(
    LetIn(caller): LetIn,
    State(server): State<Arc<Server>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    let Path(id) = id?;
    let found = find(&server, &caller, &id).await?;
    let material = judged(&server, found).await?;
    Ok(Json(json::served(&material.view(), material.redactor())))
}

/// Whether a release may go to an environment.
pub(super) async fn eligibility(
    LetIn(caller): LetIn,
    State(server): State<Arc<Server>>,
    place: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    let Path((id, environment)) = place?;
    let found = find(&server, &caller, &id).await?;
    let material = judged(&server, found).await?;
    let view = material.view();
    let mut known = view.verdict.environments.iter();
    let verdict = known.find(|it| it.id.as_str().eq_ignore_ascii_case(&environment));
    let verdict = verdict.ok_or_else(|| {
        let known = view.verdict.environments.iter().map(|it| it.id.as_str());
        let known: Vec<&str> = known.collect();
        Problem::not_found(format!(
            "the policy has no environment of that name; it has {}",
            known.join(", ")
        ))
    })?;
    let redactor = material.redactor();
    Ok(Json(json::eligibility(view.release, verdict, redactor)))
}

/// The record of a release, in the form that `?format=` or `Accept` asks for.
pub(super) async fn report(
    LetIn(caller): LetIn,
    State(server): State<Arc<Server>>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<ReportQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (Path(id), Query(query)) = (id?, query?);
    let found = find(&server, &caller, &id).await?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let shape = shape(query.format.as_deref(), accept)?;
    shaped(&server, found, shape).await
}

/// The record of a release in one of its forms.
pub(super) async fn shaped(
    server: &Server,
    found: Found,
    shape: Shape,
) -> Result<Response, Problem> {
    let text = judged(server, found).await?.shaped(shape);
    let text = text.map_err(|failure| {
        tracing::error!(%failure, "a report could not be made");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "error",
            "the report cannot be made",
        )
    })?;
    Ok(([("content-type", media_type(shape))], text).into_response())
}

async fn find(server: &Server, caller: &Caller, id: &str) -> Result<Found, Problem> {
    let id: ReleaseId = id.parse().map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_id",
            "a release's id is a UUID",
        )
    })?;
    let found = server.plane.find(caller, id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no release {id}")))
}

async fn judged(server: &Server, found: Found) -> Result<Material, Problem> {
    let judged = server.plane.judge(found, Timestamp::now()).await;
    judged.map_err(|reason| match reason {
        NotJudged::Fault(fault) => fault.into(),
        NotJudged::NoRules(reason) => no_rules(&reason),
    })
}

fn no_rules(reason: &NoRules) -> Problem {
    let (status, code) = match reason {
        NoRules::Nowhere => (StatusCode::NOT_IMPLEMENTED, "no_policy"),
        NoRules::Unusable { .. } => (StatusCode::BAD_GATEWAY, "policy_unusable"),
        NoRules::Away(_) => (StatusCode::SERVICE_UNAVAILABLE, "github_away"),
    };
    Problem::new(status, code, reason.to_string())
}

/// The query decides, then the first known type of `Accept`, then JSON.
pub(super) fn shape(format: Option<&str>, accept: Option<&str>) -> Result<Shape, Problem> {
    match format {
        Some("json") => return Ok(Shape::Json),
        Some("html") => return Ok(Shape::Html),
        Some("md") => return Ok(Shape::Markdown),
        Some("junit") => return Ok(Shape::Junit),
        Some(_) => {
            let message = "format is json, html, md or junit";
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid_format",
                message,
            ));
        }
        None => {}
    }
    let types = accept.unwrap_or_default().split(',');
    let mut known = types.filter_map(|it| match it.split(';').next().unwrap_or_default().trim() {
        "application/json" => Some(Shape::Json),
        "text/html" => Some(Shape::Html),
        "text/markdown" => Some(Shape::Markdown),
        "application/xml" | "text/xml" => Some(Shape::Junit),
        _ => None,
    });
    Ok(known.next().unwrap_or(Shape::Json))
}

fn media_type(shape: Shape) -> &'static str {
    match shape {
        Shape::Markdown => "text/markdown; charset=utf-8",
        Shape::Html => "text/html; charset=utf-8",
        Shape::Json => "application/json",
        Shape::Junit => "application/xml",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_decides_the_form_then_the_header() {
        for (format, accept, expect) in [
            (None, None, Some(Shape::Json)),
            (None, Some("*/*"), Some(Shape::Json)),
            (
                None,
                Some("text/html,application/xml;q=0.9"),
                Some(Shape::Html),
            ),
            (
                None,
                Some("text/markdown; charset=utf-8"),
                Some(Shape::Markdown),
            ),
            (Some("junit"), Some("text/html"), Some(Shape::Junit)),
            (Some("pdf"), None, None),
        ] {
            assert_eq!(shape(format, accept).ok(), expect, "{format:?} {accept:?}");
        }
    }
}
