//! The one table of routes. What `openapi.json` describes is compared with it.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::answer::Problem;
use super::{Server, dashboard, events, health, metrics, openapi, releases, sign_in, webhook};
use crate::render::report::html::{STYLE, content_policy};

/// Every route: path and handler.
fn table() -> [(&'static str, MethodRouter<Arc<Server>>); 16] {
    [
        ("/", get(dashboard::list)),
        ("/releases/{id}", get(dashboard::release)),
        ("/releases/{id}/report", get(dashboard::report)),
        ("/sign-in", get(sign_in::show).post(sign_in::begin)),
        ("/sign-out", post(sign_in::end)),
        ("/healthz", get(health::live)),
        ("/readyz", get(health::ready)),
        ("/metrics", get(metrics::show)),
        ("/v1/openapi.json", get(openapi::show)),
        ("/v1/events", post(events::receive)),
        ("/v1/events/batch", post(events::receive_all)),
        ("/v1/github/webhook", post(webhook::receive)),
        ("/v1/releases", get(releases::list)),
        ("/v1/releases/{id}", get(releases::status)),
        (
            "/v1/releases/{id}/eligibility/{env}",
            get(releases::eligibility),
        ),
        ("/v1/releases/{id}/report", get(releases::report)),
    ]
}

/// Answers every request, also those that no route is for.
pub(super) fn router(server: Arc<Server>) -> Router {
    let mut router = Router::new();
    for (path, handler) in table() {
        router = router.route(path, handler);
    }
    router
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(map_response(harden))
        .layer(from_fn_with_state(Arc::clone(&server), metrics::observe))
        .with_state(server)
}

async fn nowhere() -> Problem {
    Problem::not_found("there is nothing here; /v1/openapi.json describes what there is")
}

async fn wrong_method() -> Problem {
    let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, "wrong_method", "this path has no such method")
}

/// What everything but pages may show: nothing but the style sheet of a report.
static CONTENT_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "{}; form-action 'none'; frame-ancestors 'none'",
        content_policy(STYLE)
    );
    let nothing = HeaderValue::from_static("default-src 'none'");
    HeaderValue::from_str(&policy).unwrap_or(nothing)
});

/// What is served may hold what others wrote: browsers neither guess its type, nor keep it, nor run
/// anything in it. A page says itself what it may show.
async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let policy = headers.entry(CONTENT_SECURITY_POLICY);
    policy.or_insert_with(|| CONTENT_POLICY.clone());
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_has_every_route_and_no_other() {
        let described = openapi::document();
        let described: BTreeSet<&str> = described["paths"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let routes: BTreeSet<&str> = table().iter().map(|(path, _)| *path).collect();
        assert_eq!(described, routes);
    }
}
