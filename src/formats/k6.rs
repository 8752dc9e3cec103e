//! The summary of a k6 load test → latency and failed requests.
//!
//! Three shapes are read: `--summary-export` (values directly in the metric), the data of
//! `handleSummary` (values below `values`), and the machine-readable summary of k6 1.5 and later
//! (a list of metrics below `results`). Durations are in milliseconds in all of them. Only the
//! whole `http_req_duration` counts, not its submetrics such as `{expected_response:true}`, which
//! leave the failures out.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::domain::quality::latency::Latency;
use crate::formats::ReadError;

/// The longest summary that is read, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

const DURATION: &str = "http_req_duration";
const REQUESTS: &str = "http_reqs";
const FAILED: &str = "http_req_failed";

/// Reads a k6 summary. `name` is the file's name, for messages.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what is no JSON or no k6 summary, for one without
/// the 95th percentile of `http_req_duration`, of a test that made no request, or of more than
/// 16 MiB.
pub fn read(name: &str, input: impl Read) -> Result<Latency, ReadError> {
    let mut bytes = Vec::new();
    input.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LONGEST {
        let what = format!("{name} is longer than {LONGEST} bytes; a k6 summary was expected");
        return Err(ReadError::malformed(1, what));
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let summary: Summary = serde_json::from_slice(text).map_err(|error| {
        let line = u64::try_from(error.line().max(1)).unwrap_or(u64::MAX);
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or_default();
        ReadError::malformed(
            line,
            format!(
                "{what}; a k6 summary was expected (--summary-export or handleSummary, not the \
                 stream of --out json)"
            ),
        )
    })?;
    let metrics = summary.into_metrics();
    latency(&metrics).map_err(|what| ReadError::malformed(line_of(DURATION, text), what))
}

fn latency(metrics: &Metrics) -> Result<Latency, String> {
    let Some(duration) = metrics.wanted.get(DURATION) else {
        return Err(match metrics.has_submetrics {
            true => format!("only submetrics of {DURATION}; the whole {DURATION} was expected"),
            false => format!("no metric {DURATION}; did the test make HTTP requests?"),
        });
    };
    let p95_ms = duration.number("p(95)").ok_or_else(|| {
        format!("{DURATION} has no p(95); add \"p(95)\" to the test's summaryTrendStats")
    })?;
    if !p95_ms.is_finite() || p95_ms < 0.0 {
        return Err(format!(
            "p(95) of {DURATION} is {p95_ms}; milliseconds were expected"
        ));
    }
    let requests = metrics
        .wanted
        .get(REQUESTS)
        .and_then(|it| it.count("count"));
    if requests == Some(0) {
        return Err(format!(
            "{REQUESTS} counts 0: no request was made, so nothing was measured"
        ));
    }
    let failed = metrics
        .wanted
        .get(FAILED)
        .and_then(|it| it.failed(requests));
    Ok(Latency {
        p95_ms,
        requests,
        failed,
    })
}

/// The line, from 1, of the first mention of a metric.
fn line_of(metric: &str, text: &[u8]) -> u64 {
    let quoted = format!("\"{metric}");
    let at = text
        .windows(quoted.len())
        .position(|part| part == quoted.as_bytes());
    let before = &text[..at.unwrap_or_default()];
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// The outermost object.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Summary {
    #[serde(default)]
    metrics: Option<Metrics>,
    #[serde(default)]
    results: Option<Results>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Results {
    #[serde(default)]
    metrics: Option<Metrics>,
}

impl Summary {
    fn into_metrics(self) -> Metrics {
        let inner = self.results.and_then(|results| results.metrics);
        self.metrics.or(inner).unwrap_or_default()
    }
}

/// The metrics that are wanted; all others are skipped.
#[derive(Default)]
struct Metrics {
    wanted: BTreeMap<String, Metric>,
    has_submetrics: bool,
}

/// One metric; its values stand in it or below `values`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Metric(BTreeMap<String, Value>);

impl Metric {
    fn number(&self, key: &str) -> Option<f64> {
        let values = self.0.get("values").and_then(Value::as_object);
        let value = match values {
            Some(values) => values.get(key),
            None => self.0.get(key),
        };
        value?.as_f64()
    }

    fn count(&self, key: &str) -> Option<u64> {
        let number = self.number(key)?.round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be in range"
        )]
        (0.0..=9e15).contains(&number).then_some(number as u64)
    }

    /// `passes` of `http_req_failed` are the requests for which "it failed" is true.
    fn failed(&self, requests: Option<u64>) -> Option<u64> {
        if let Some(failed) = self.count("passes").or_else(|| self.count("matches")) {
            return Some(failed);
        }
        let rate = self.number("rate").or_else(|| self.number("value"))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "checked to be between nothing and all of the requests"
        )]
        let failed = (0.0..=1.0)
            .contains(&rate)
            .then_some((rate * requests? as f64).round() as u64)?;
        Some(failed.max(u64::from(rate > 0.0)))
    }
}

impl Metrics {
    fn is_wanted(&mut self, name: &str) -> bool {
        let after = name.strip_prefix(DURATION);
        self.has_submetrics |= after.is_some_and(|rest| rest.starts_with('{'));
        [DURATION, REQUESTS, FAILED].contains(&name)
    }
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MetricsVisitor)
    }
}

struct MetricsVisitor;

impl<'de> Visitor<'de> for MetricsVisitor {
    type Value = Metrics;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("metrics by name, or a list of metrics")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Metrics, M::Error> {
        let mut metrics = Metrics::default();
        while let Some(name) = map.next_key::<String>()? {
            if metrics.is_wanted(&name) {
                metrics.wanted.insert(name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(metrics)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Metrics, S::Error> {
        let mut metrics = Metrics::default();
        while let Some(metric) = list.next_element::<Metric>()? {
            let name = metric.0.get("name").and_then(Value::as_str);
            let name = name.unwrap_or_default().to_owned();
            if metrics.is_wanted(&name) {
                metrics.wanted.insert(name, metric);
            }
        }
        Ok(metrics)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn latency_of(summary: &Value) -> (f64, Option<u64>, Option<u64>) {
        let latency = read("k6.json", summary.to_string().as_bytes()).unwrap();
        (latency.p95_ms, latency.requests, latency.failed)
    }

    fn refused(text: &str) -> (u32, String) {
        let error = read("k6.json", text.as_bytes()).unwrap_err();
        (error.line().unwrap(), error.to_string())
    }

    #[test]
    fn a_summary_export_is_read() {
        let summary = json!({
            "root_group": {"name": "", "groups": {}, "checks": {}},
            "metrics": {
                "http_req_duration{expected_response:true}": {"p(95)": 100.0},
                "http_req_duration": {"avg": 1, "p(90)": 2, "p(95)": 215.95, "thresholds": {"p(95)<500": false}},
                "http_reqs": {"count": 180, "rate": 4.3},
                "http_req_failed": {"passes": 3, "fails": 177, "value": 0.0167},
                "vus": {"value": 1, "min": 1, "max": 19},
            },
        });
        assert_eq!(latency_of(&summary), (215.95, Some(180), Some(3)));
    }

    #[test]
    fn the_data_of_handle_summary_is_read() {
        let summary = json!({
            "options": {"summaryTimeUnit": ""},
            "metrics": {
                "http_req_duration": {"type": "trend", "contains": "time", "values": {"p(95)": 9}},
                "http_reqs": {"type": "counter", "values": {"count": 20.0, "rate": 1}},
                "http_req_failed": {"type": "rate", "values": {"rate": 0.1, "passes": 2, "fails": 18}},
            },
        });
        assert_eq!(latency_of(&summary), (9.0, Some(20), Some(2)));
    }

    #[test]
    fn the_machine_readable_summary_is_read() {
        let summary = json!({"version": "1.0.0", "results": {"checks": {"metrics": []}, "metrics": [
            {"name": "http_reqs", "type": "counter", "values": {"count": 20}},
            {"name": "http_req_duration", "type": "trend", "contains": "time", "values": {"p(95)": 7.5}},
            {"name": "http_req_failed", "type": "rate", "values": {"matches": 4, "total": 20, "rate": 0.2}},
        ]}});
        assert_eq!(latency_of(&summary), (7.5, Some(20), Some(4)));
    }

    #[test]
    fn counts_that_are_not_there_are_not_made_up() {
        let with = |others: Value| {
            let mut metrics = json!({"http_req_duration": {"p(95)": 1}});
            metrics
                .as_object_mut()
                .unwrap()
                .extend(others.as_object().unwrap().clone());
            latency_of(&json!({ "metrics": metrics }))
        };
        assert_eq!(with(json!({})), (1.0, None, None));
        assert_eq!(
            with(json!({"http_req_failed": {"value": 0.5}})),
            (1.0, None, None)
        );
        let requests = json!({"count": 1000});
        for (rate, failed) in [
            (0.02, Some(20)),
            (0.0, Some(0)),
            (0.000_01, Some(1)),
            (7.0, None),
        ] {
            let others = json!({"http_reqs": requests, "http_req_failed": {"value": rate}});
            assert_eq!(with(others), (1.0, Some(1000), failed), "{rate}");
        }
    }

    #[test]
    fn what_is_no_summary_is_refused_with_its_line() {
        for (text, line, part) in [
            ("", 1, "a k6 summary was expected"),
            ("{}", 1, "no metric http_req_duration"),
            ("{\"metrics\": {}}", 1, "no metric http_req_duration"),
            ("{\n\"metrics\": 7}", 2, "metrics by name"),
            (
                "{\"metrics\": {\n\"http_req_duration\": {\"avg\": 1}}}",
                2,
                "has no p(95)",
            ),
            (
                "{\"metrics\": {\n\"http_req_duration\": {\"p(95)\": \"fast\"}}}",
                2,
                "has no p(95)",
            ),
            (
                "{\"metrics\": {\n\"http_req_duration\": {\"p(95)\": -1}}}",
                2,
                "milliseconds",
            ),
            (
                "{\"metrics\": {\n\"http_req_duration{a:b}\": {\"p(95)\": 1}}}",
                2,
                "only submetrics",
            ),
            (
                "{\"metrics\": {\"http_req_duration\": {\"p(95)\": 0}, \"http_reqs\": {\"count\": 0}}}",
                1,
                "no request was made",
            ),
            (
                "{\"metric\": \"vus\"}\n{\"metric\": \"vus\"}",
                2,
                "not the stream of --out json",
            ),
            ("{\"metrics\": {\n", 2, "EOF"),
        ] {
            let (at, message) = refused(text);
            assert!(message.contains(part), "{text}: {message}");
            assert_eq!(at, line, "{text}: {message}");
        }
        assert!(read("k6.json", std::io::repeat(b' ')).is_err());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(p95 in 0.0..1e6_f64, requests in 1_u64..1_000_000, failed in 0_u64..1000) {
            let summary = json!({"metrics": {
                "http_req_duration": {"p(95)": p95},
                "http_reqs": {"count": requests},
                "http_req_failed": {"passes": failed},
            }});
            prop_assert_eq!(latency_of(&summary), (p95, Some(requests), Some(failed)));
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read("k6.json", &bytes[..]);
        }
    }
}
