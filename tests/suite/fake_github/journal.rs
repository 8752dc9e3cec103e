//! What was asked.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde_json::Value;

/// A request as it came, without its credentials.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) is_authorized: bool,
    /// `Null` where it is none, or not JSON.
    pub(crate) body: Value,
    /// Of the body, in bytes.
    pub(crate) size: usize,
    /// What it was answered with; `None` for an answer that never came or was a fault.
    pub(crate) status: Option<u16>,
}

/// Who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Rest,
    Results,
    Blobs,
}

impl Call {
    pub(super) fn new(service: Service, parts: &Parts, body: &Bytes) -> Self {
        let mut headers = parts.headers.clone();
        let is_authorized = headers.remove("authorization").is_some();
        Self {
            service,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers,
            is_authorized,
            body: serde_json::from_slice(body).unwrap_or_default(),
            size: body.len(),
            status: None,
        }
    }

    /// `POST /repos/acme/shop/check-runs`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
