//! `/healthz` and `/readyz`: for those who start and stop servers. They need no key and say nothing.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::Server;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// The ledger answers as well.
pub(super) async fn ready(State(server): State<Arc<Server>>) -> (StatusCode, &'static str) {
    match server.plane.is_ready().await {
        true => (StatusCode::OK, "ok\n"),
        false => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the ledger does not answer\n",
        ),
    }
}
