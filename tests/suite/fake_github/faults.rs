//! What can go wrong with an exchange, and when it does.

use std::sync::mpsc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use globset::{GlobBuilder, GlobMatcher};
use tokio::sync::watch;

use super::PATIENCE;
use super::answer::{DOCUMENTATION, json_answer};
use super::server::Scissors;

/// As often as it is asked.
pub(crate) const ALWAYS: usize = usize::MAX;

/// What goes wrong, and whether the request took effect all the same.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    kind: Kind,
    happens: When,
}

#[derive(Debug, Clone)]
enum Kind {
    Status(u16),
    Limited {
        status: u16,
        retry_after: u64,
    },
    Hang,
    Reset,
    CutBody,
    WrongJson,
    Held {
        arrived: mpsc::Sender<()>,
        may_go: watch::Receiver<bool>,
    },
}

/// A request that waits until the test lets it go on, and is then answered as any other.
pub(crate) struct Held {
    arrived: mpsc::Receiver<()>,
    may_go: watch::Sender<bool>,
}

impl Held {
    /// Waits for the request.
    pub(crate) fn wait(&self) {
        self.arrived.recv_timeout(PATIENCE).unwrap();
    }

    pub(crate) fn let_go(&self) {
        self.may_go.send(true).unwrap();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    BeforeItIsDone,
    AfterItIsDone,
}

impl Fault {
    /// The request has no effect; the answer is 401, 403, 404, 409, 422, 429, 500, 502, ….
    pub(crate) fn status(status: u16) -> Self {
        Self::before(Kind::Status(status))
    }

    /// A rate limit (403 or 429) with `retry-after` in seconds.
    pub(crate) fn limited(status: u16, retry_after: u64) -> Self {
        Self::before(Kind::Limited {
            status,
            retry_after,
        })
    }

    /// There is never an answer.
    pub(crate) fn hang() -> Self {
        Self::before(Kind::Hang)
    }

    /// The connection is reset instead of an answer.
    pub(crate) fn reset() -> Self {
        Self::before(Kind::Reset)
    }

    /// The answer breaks off in the middle of its body.
    pub(crate) fn cut_body() -> Self {
        Self::before(Kind::CutBody)
    }

    /// The answer is JSON, but not the JSON that was asked for.
    pub(crate) fn wrong_json() -> Self {
        Self::before(Kind::WrongJson)
    }

    /// The request waits before it takes effect.
    pub(crate) fn held() -> (Self, Held) {
        let (arrives, arrived) = mpsc::channel();
        let (goes, may_go) = watch::channel(false);
        let held = Held {
            arrived,
            may_go: goes,
        };
        let kind = Kind::Held {
            arrived: arrives,
            may_go,
        };
        (Self::before(kind), held)
    }

    /// The same, but the request takes effect first: only its answer is lost.
    pub(crate) fn after(self) -> Self {
        let happens = When::AfterItIsDone;
        Self { happens, ..self }
    }

    fn before(kind: Kind) -> Self {
        let happens = When::BeforeItIsDone;
        Self { kind, happens }
    }

    /// Waits as long as the request is held; tells whether that is all that happens to it.
    pub(super) async fn is_over(&self) -> bool {
        let Kind::Held { arrived, may_go } = &self.kind else {
            return false;
        };
        arrived.send(()).unwrap();
        may_go.clone().wait_for(|may_go| *may_go).await.unwrap();
        true
    }

    pub(super) fn is_before(&self) -> bool {
        self.happens == When::BeforeItIsDone
    }

    /// What the client gets instead of an answer.
    pub(super) async fn answer(&self, line: &Scissors) -> Response {
        match &self.kind {
            Kind::Status(status) => status_answer(*status),
            Kind::Limited {
                status,
                retry_after,
            } => limited(*status, *retry_after),
            Kind::Hang | Kind::Held { .. } => std::future::pending().await,
            Kind::Reset => {
                line.cut();
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            Kind::CutBody => cut_body(),
            Kind::WrongJson => json_answer(StatusCode::OK, &serde_json::json!({"hello": [1, 2]})),
        }
    }
}

fn status_answer(status: u16) -> Response {
    let message = match status {
        401 => "Bad credentials",
        403 => "Resource not accessible by integration",
        404 => "Not Found",
        409 => "Conflict",
        422 => "Validation Failed",
        429 => "You have exceeded a secondary rate limit. Please wait a few minutes.",
        502..=504 => return gateway(status),
        _ => "Server Error",
    };
    let body = serde_json::json!({
        "message": message,
        "documentation_url": DOCUMENTATION,
        "status": status.to_string(),
    });
    json_answer(StatusCode::from_u16(status).unwrap(), &body)
}

/// What stands before GitHub speaks HTML.
fn gateway(status: u16) -> Response {
    let page = "<html><head><title>Unicorn!</title></head><body>It takes too long.</body></html>";
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(header::CONTENT_TYPE, html)], page).into_response()
}

fn limited(status: u16, retry_after: u64) -> Response {
    let mut answer = status_answer(429);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
        .headers_mut()
        .insert(header::RETRY_AFTER, retry_after.into());
    answer
}

/// Says 400 bytes and sends a few. What is sent is flushed before the end comes: the second poll is
/// a pause.
fn cut_body() -> Response {
    let body = stream::unfold(0, |step| async move {
        match step {
            0 => Some((Ok(Bytes::from_static(b"{\"id\": 1, \"na")), 1)),
            _ => {
                tokio::task::yield_now().await;
                Some((Err(std::io::Error::other("cut")), 2))
            }
        }
    });
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    let headers = [
        (header::CONTENT_TYPE, json),
        (header::CONTENT_LENGTH, 400.into()),
    ];
    (StatusCode::OK, headers, Body::from_stream(body)).into_response()
}

/// The faults to come.
#[derive(Default)]
pub(crate) struct Faults(Vec<Planned>);

struct Planned {
    method: String,
    path: GlobMatcher,
    fault: Fault,
    left: usize,
}

impl Faults {
    pub(super) fn plan(&mut self, method: &str, path: &str, fault: Fault, times: usize) {
        let glob = GlobBuilder::new(path).literal_separator(true).build();
        self.0.push(Planned {
            method: method.to_owned(),
            path: glob.unwrap().compile_matcher(),
            fault,
            left: times,
        });
    }

    /// The fault that this request meets.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let met = self.0.iter_mut().find(|planned| {
            planned.left > 0 && planned.method == method && planned.path.is_match(path)
        })?;
        if met.left != ALWAYS {
            met.left -= 1;
        }
        Some(met.fault.clone())
    }
}
