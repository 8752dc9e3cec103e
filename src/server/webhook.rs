//! `POST /v1/github/webhook`: what GitHub delivers to the App. The raw bytes are verified first;
//! of what is not signed nothing is read, kept or logged.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::Server;
use super::answer::Problem;
use super::body;
use crate::app::control_plane::Delivered;

/// The longest name of a delivery or an event.
const LONGEST_NAME: usize = 100;

/// Takes a delivery: kept at once, worked on later.
pub(super) async fn receive(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let signature = header(&headers, "x-hub-signature-256").filter(|_| server.plane.has_app());
    let signature = signature.ok_or_else(not_signed)?;
    let body = {
        let _one_of_few = server.deliveries.acquire().await; // nobody closes it
        body::read(body, body::DELIVERY_LIMIT).await?
    };
    if !server.plane.is_delivery(&body, signature) {
        tracing::warn!("a delivery without a signature of the App's secret was refused");
        return Err(not_signed());
    }
    let name = |wanted: &'static str| {
        let value = header(&headers, wanted).filter(|value| is_name(value));
        value.ok_or_else(|| {
            let message = format!("the header {wanted} is missing or no name");
            Problem::new(StatusCode::BAD_REQUEST, "invalid_header", message)
        })
    };
    let (delivery, event) = (name("x-github-delivery")?, name("x-github-event")?);
    match server.plane.deliver(delivery, event, &body).await {
        Delivered::Taken => {
            Ok((StatusCode::ACCEPTED, Json(json!({"status": "taken"}))).into_response())
        }
        Delivered::NotSigned => Err(not_signed()),
        Delivered::Unreadable(message) => {
            tracing::warn!(delivery, message, "a delivery could not be read");
            Err(Problem::new(StatusCode::BAD_REQUEST, "unreadable", message))
        }
        Delivered::Fault(fault) => Err((&fault).into()),
    }
}

fn not_signed() -> Problem {
    let message = "X-Hub-Signature-256 is not that of the App's secret over these bytes";
    Problem::new(StatusCode::UNAUTHORIZED, "not_signed", message)
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// GitHub's names: a GUID, or a word such as `deployment_review`.
fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !text.is_empty() && text.len() <= LONGEST_NAME && text.chars().all(is_plain)
}
