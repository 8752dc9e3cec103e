//! Answers that are pages: their headers, and the pages for what went wrong.

use std::io;
use std::sync::{Arc, LazyLock};

use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Server;
use super::answer::Problem;
use super::door::{Denied, Visitor};
use crate::render::dashboard::{SignIn, Trouble, Viewer, html};
use crate::render::report::html::content_policy;

/// A page may show its own style sheet and send its own forms, and nothing else.
static CONTENT_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let own = content_policy(html::STYLE);
    let policy = format!("{own}; form-action 'self'; frame-ancestors 'none'");
    let nothing = HeaderValue::from_static("default-src 'none'");
    HeaderValue::from_str(&policy).unwrap_or(nothing)
});

/// Another answer than the page that was asked for.
pub(super) struct Instead(Box<Response>);

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// A page, or another answer in its place.
pub(super) type Answer = Result<Response, Instead>;

/// An answer with a page as its body.
pub(super) fn shown(status: StatusCode, page: io::Result<String>) -> Response {
    match page {
        Ok(page) => {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            let policy = CONTENT_POLICY.clone();
            let headers = [(CONTENT_TYPE, html), (CONTENT_SECURITY_POLICY, policy)];
            (status, headers, page).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Problem::new(status, "error", "the page cannot be made").into_response()
        }
    }
}

/// The form to sign in, which leads to a path.
pub(super) fn sign_in(trouble: &'static str, next: &str) -> Response {
    let sign_in = SignIn {
        trouble,
        next: next.to_owned(),
    };
    let response = shown(StatusCode::UNAUTHORIZED, html::sign_in(&sign_in));
    Problem::from(Denied::NoToken).marked(response)
}

/// Lets somebody look by key, token or session; else there is the form to sign in.
impl FromRequestParts<Arc<Server>> for Visitor {
    type Rejection = Instead;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        let visitor = server.door.visitor(&parts.headers).await;
        let back = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        visitor.map_err(|denied| server.turned_away(denied, back))
    }
}

impl Server {
    /// The one who looks, as pages show them.
    pub(super) fn viewer(&self, visitor: &Visitor) -> Viewer {
        Viewer::of(&visitor.caller, visitor.has_session, self.plane.redactor())
    }

    /// What is answered to somebody who is not let in: the form to sign in, which leads back.
    pub(super) fn turned_away(&self, denied: Denied, next: &str) -> Instead {
        let problem = match denied {
            Denied::NoToken => return sign_in("", next).into(),
            Denied::BadToken => return sign_in("This key or token is not accepted.", next).into(),
            Denied::NoSession => return sign_in("Your session has ended.", next).into(),
            Denied::Undecided | Denied::LedgerAway => Problem::from(denied),
        };
        self.trouble(None, &problem)
    }

    /// A page about a problem.
    pub(super) fn trouble(&self, visitor: Option<&Visitor>, problem: &Problem) -> Instead {
        let viewer = visitor.map(|visitor| self.viewer(visitor));
        let (status, message) = (problem.status, &problem.message);
        let redactor = self.plane.redactor();
        let trouble = Trouble::new(status.as_u16(), title(problem), message, redactor);
        let response = shown(status, html::trouble(viewer.as_ref(), &trouble));
        problem.marked(response).into()
    }
}

impl From<Response> for Instead {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

fn title(problem: &Problem) -> &'static str {
    match problem.status {
        StatusCode::NOT_FOUND => "There is no such release",
        StatusCode::FORBIDDEN => "This is not taken",
        StatusCode::NOT_IMPLEMENTED | StatusCode::BAD_GATEWAY => "Its verdict can't be told",
        StatusCode::SERVICE_UNAVAILABLE => "Not now",
        status if status.is_client_error() => "This can't be asked for",
        _ => "The server could not do it",
    }
}
