//! How faults are told: a status, and a JSON document that says what to do.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::door::Denied;
use crate::app::control_plane::Fault;

/// After how many seconds a ledger that is away is asked again.
const PAUSE: HeaderValue = HeaderValue::from_static("5");

/// Something that is not what the caller wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// Stable, for programs.
    pub(super) code: &'static str,
    /// For people.
    pub(super) message: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            code,
            message,
        }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// The problem as a document of its own.
    pub(super) fn document(&self) -> Value {
        json!({
            "schema": "tollgate.error/v1",
            "error": {"kind": self.code, "message": self.message, "hint": null},
        })
    }

    /// An answer with a body of the caller's choice, and the headers that go with the status.
    pub(super) fn with_body(&self, body: Value) -> Response {
        self.marked((self.status, Json(body)).into_response())
    }

    /// An answer with the headers that go with the status.
    pub(super) fn marked(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"tollgate\"");
            headers.insert(WWW_AUTHENTICATE, scheme);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, PAUSE);
        }
        response
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let (status, code) = match denied {
            Denied::NoToken | Denied::BadToken | Denied::NoSession => {
                (StatusCode::UNAUTHORIZED, "unauthorized")
            }
            Denied::Undecided => (StatusCode::SERVICE_UNAVAILABLE, "issuer_away"),
            Denied::LedgerAway => (StatusCode::SERVICE_UNAVAILABLE, "ledger_away"),
        };
        Self::new(status, code, denied.message())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let message = format!("the query cannot be read: {}", rejection.body_text());
        Self::new(StatusCode::BAD_REQUEST, "invalid_query", message)
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        let message = format!("the path cannot be read: {}", rejection.body_text());
        Self::new(StatusCode::BAD_REQUEST, "invalid_path", message)
    }
}

impl From<&Fault> for Problem {
    /// What is wrong with the ledger stands in the log; it may name files and hosts.
    fn from(fault: &Fault) -> Self {
        match fault {
            Fault::Away(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ledger_away",
                "the ledger is away; send the same again later",
            ),
            Fault::Broken(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "error",
                "the server could not do it; its log says why",
            ),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        tracing::error!(%fault, "a request could not be answered");
        Self::from(&fault)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.with_body(self.document())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_without_what_it_is() {
        let place = || "/var/lib/ledger.db is away".to_owned();
        for (fault, status, retry) in [
            (Fault::Away(place()), 503, Some("5")),
            (Fault::Broken(place()), 500, None),
        ] {
            let problem = Problem::from(&fault);
            assert!(!problem.document().to_string().contains("/var/lib"));
            let response = problem.into_response();
            let header = response.headers().get(RETRY_AFTER);
            let header = header.map(|value| value.to_str().unwrap());
            assert_eq!((response.status().as_u16(), header), (status, retry));
        }
    }
}
