//! Answers in GitHub's form.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Where GitHub's errors point to.
pub(super) const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// What a route comes to.
pub(super) type Answer = Result<Response, Refusal>;

/// An error in GitHub's form.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            message: message.into(),
        }
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "message": self.message,
            "documentation_url": DOCUMENTATION,
            "status": self.status.as_str(),
        });
        json_answer(self.status, &body)
    }
}

pub(super) fn ok(body: &Value) -> Answer {
    Ok(json_answer(StatusCode::OK, body))
}

pub(super) fn created(body: &Value) -> Answer {
    Ok(json_answer(StatusCode::CREATED, body))
}

pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], body.to_string()).into_response()
}
