//! `/metrics`: what the server did, in the text format of Prometheus
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Server;
use super::door::LetIn;

/// What the format is called.
const CONTENT_TYPE: (&str, &str) = ("content-type", "text/plain; version=0.0.4; charset=utf-8");

/// Counters since the server started.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<Counters>);

#[derive(Debug, Default)]
struct Counters {
    /// By method, route and status. All three are of a small set: a path that is no route is
    /// `unmatched`.
    requests: BTreeMap<(&'static str, String, u16), Spent>,
    /// By the word of the answer.
    events: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Default)]
struct Spent {
    count: u64,
    time: Duration,
}

impl Metrics {
    /// Counts an event's answer.
    pub(super) fn count_event(&self, word: &'static str) {
        *self.counters().events.entry(word).or_default() += 1;
    }

    fn count_request(&self, method: &Method, route: String, status: u16, time: Duration) {
        let method = match method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            _ => "other",
        };
        let mut counters = self.counters();
        let spent = counters
            .requests
            .entry((method, route, status))
            .or_default();
        spent.count += 1;
        spent.time += time;
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        // Counters are whole after any panic of their users: they only add.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything, one metric after the other.
    fn text(&self) -> String {
        let counters = self.counters();
        let mut text = String::new();
        head(
            &mut text,
            "tollgate_build_info",
            "gauge",
            "The version of the server",
        );
        line(
            &mut text,
            &format!(
                "tollgate_build_info{{version=\"{}\"}}",
                env!("CARGO_PKG_VERSION")
            ),
            1,
        );
        head(
            &mut text,
            "tollgate_events_total",
            "counter",
            "Events by what was answered",
        );
        for word in ["accepted", "duplicate", "rejected"] {
            let count = counters.events.get(word).copied().unwrap_or_default();
            line(
                &mut text,
                &format!("tollgate_events_total{{status=\"{word}\"}}"),
                count,
            );
        }
        let labels = |(method, route, status): &(&str, String, u16)| {
            format!("{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}")
        };
        let name = "tollgate_http_requests_total";
        head(&mut text, name, "counter", "Requests that were answered");
        for (key, spent) in &counters.requests {
            line(&mut text, &format!("{name}{}", labels(key)), spent.count);
        }
        let name = "tollgate_http_request_seconds_total";
        head(&mut text, name, "counter", "The time that answering took");
        for (key, spent) in &counters.requests {
            line(
                &mut text,
                &format!("{name}{}", labels(key)),
                spent.time.as_secs_f64(),
            );
        }
        text
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // A String takes everything.
    let _ = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} {kind}");
}

fn line(text: &mut String, series: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "{series} {value}"); // a String takes everything
}

/// Shows the counters.
pub(super) async fn show(_: LetIn, State(server): State<Arc<Server>>) -> Response {
    ([CONTENT_TYPE], server.metrics.text()).into_response()
}

/// Counts every request, and tells of it in the log.
pub(super) async fn observe(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let began = Instant::now();
    let response = next.run(request).await;
    let (status, time) = (response.status().as_u16(), began.elapsed());
    tracing::info!(%method, route, status, duration_ms = time.as_millis(), "answered");
    server.metrics.count_request(&method, route, status, time);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_told_by_their_labels() {
        let metrics = Metrics::default();
        metrics.count_event("accepted");
        metrics.count_event("accepted");
        let second = Duration::from_secs(1);
        metrics.count_request(&Method::POST, "/v1/events".to_owned(), 200, second);
        let strange = Method::from_bytes(b"STRANGE").unwrap();
        metrics.count_request(&strange, "unmatched".to_owned(), 404, second);
        let text = metrics.text();
        for expect in [
            "# TYPE tollgate_events_total counter\n",
            "tollgate_events_total{status=\"accepted\"} 2\n",
            "tollgate_events_total{status=\"duplicate\"} 0\n",
            "tollgate_http_requests_total{method=\"POST\",route=\"/v1/events\",status=\"200\"} 1\n",
            "tollgate_http_requests_total{method=\"other\",route=\"unmatched\",status=\"404\"} 1\n",
            "tollgate_http_request_seconds_total{method=\"POST\",route=\"/v1/events\",status=\"200\"} 1\n",
        ] {
            assert!(text.contains(expect), "{expect} is not in:\n{text}");
        }
    }
}
