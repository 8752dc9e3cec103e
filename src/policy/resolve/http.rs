//! `http`: what is asked of an endpoint, and what it must answer.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use super::{Scope, written};
use crate::domain::check::expected::Expected;
use crate::domain::check::json_path::JsonPath;
use crate::domain::check::{HttpExpectation, HttpRule, Redirects, StatusRange};
use crate::policy::node::{Content, Node};
use crate::policy::raw::{Keyed, RawHttp, RawHttpExpectation, RawMethod};

/// How long one request may take where the policy does not say.
const REQUEST_TIME_OUT: Duration = Duration::from_secs(10);

/// Keys of `http` that a recorded measurement is held to, so that they are no part of what was
/// done.
pub(super) const JUDGED_LATER: [&str; 2] = ["p95", "availability"];

/// What the method means for the bodies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bodies {
    /// It is sent none.
    Received,
    /// It sends one and receives one.
    Both,
    /// It has none.
    None,
}

impl Scope<'_, '_, '_> {
    /// The rule with its defaults; what can never hold is reported.
    pub(super) fn http(&mut self, raw: &RawHttp, node: &Node) -> HttpRule {
        self.check_url(raw, node);
        let (method, bodies) = method(raw.method.unwrap_or(RawMethod::Get));
        if raw.body.is_some() && bodies != Bodies::Both {
            let message = format!("`{method}` sends no body");
            let hint = "add `method: POST`, or remove `body`";
            self.reports.add(node.key_span("body"), message, hint);
        }
        HttpRule {
            url: raw.url.0.clone(),
            shown: shown(node.get("url")),
            method,
            headers: texts(raw.headers.as_ref(), |line| &line.0),
            body: raw.body.clone(),
            redirects: match raw.follow {
                Some(true) => Redirects::Followed,
                _ => Redirects::Judged,
            },
            expect: self.http_expectation(raw, node, bodies),
            samples: raw.samples.unwrap_or(1),
            request_time_out: raw
                .request_timeout
                .and_then(|it| it.0)
                .unwrap_or(REQUEST_TIME_OUT),
            p95: raw.p95.and_then(|it| it.0),
            availability: raw.availability.and_then(|it| it.0),
        }
    }

    fn check_url(&mut self, raw: &RawHttp, node: &Node) {
        let Some(at) = node.get("url").filter(|_| !self.is_open(&raw.url.0)) else {
            return;
        };
        let is_good = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if Url::parse(&raw.url.0).is_ok_and(|url| is_good(&url)) {
            return;
        }
        let message = format!("{} is no address of an endpoint", written(at));
        let hint = "write `https://HOST/PATH` or `http://HOST/PATH`";
        self.reports.add(at.span, message, hint);
    }

    fn http_expectation(&mut self, raw: &RawHttp, node: &Node, bodies: Bodies) -> HttpExpectation {
        let none = RawHttpExpectation::default();
        let expect = raw.expect.as_ref().unwrap_or(&none);
        let node = node.get("expect").unwrap_or(node);
        if bodies == Bodies::None {
            for key in ["body", "json"] {
                self.refuse(node, key, "an answer to `HEAD` has no body", "use `GET`");
            }
        }
        let is_plain = raw.url.0.to_ascii_lowercase().starts_with("http://");
        if is_plain {
            let hint = "write an `https://` address";
            self.refuse(node, "tls-days", "`http://` has no certificate", hint);
        }
        let header = texts(expect.header.as_ref(), |pattern| &pattern.0);
        for (name, pattern) in &header {
            if let Some(at) = node.get("header").and_then(|map| map.get(name)) {
                self.check_pattern(pattern, at.span);
            }
        }
        if let (Some(pattern), Some(at)) = (&expect.body, node.get("body")) {
            self.check_pattern(&pattern.0, at.span);
        }
        HttpExpectation {
            status: statuses(expect),
            body: expect.body.as_ref().map(|pattern| pattern.0.clone()),
            json: self.json_values(expect, node),
            header,
            tls_days: expect.tls_days,
        }
    }

    fn refuse(&mut self, node: &Node, key: &str, message: &str, hint: &str) {
        if let Some(entry) = node.entry(key) {
            self.reports.add(entry.key_span, message, hint);
        }
    }

    fn json_values(
        &mut self,
        expect: &RawHttpExpectation,
        node: &Node,
    ) -> Vec<(JsonPath, Expected)> {
        let (Some(raw), Some(node)) = (&expect.json, node.get("json")) else {
            return Vec::new();
        };
        let mut values = Vec::new();
        for entry in node.entries() {
            let Some(value) = raw.0.get(&entry.key) else {
                continue;
            };
            match entry.key.parse() {
                Ok(path) => values.push((path, Expected::new(&value.0))),
                Err(why) => {
                    let message = format!("this is no path in JSON: {why}");
                    let hint = "write names and indices: `$.checks[0].status`";
                    self.reports.add(entry.key_span, message, hint);
                }
            }
        }
        values
    }
}

fn method(raw: RawMethod) -> (&'static str, Bodies) {
    match raw {
        RawMethod::Get => ("GET", Bodies::Received),
        RawMethod::Head => ("HEAD", Bodies::None),
        RawMethod::Options => ("OPTIONS", Bodies::Received),
        RawMethod::Post => ("POST", Bodies::Both),
        RawMethod::Put => ("PUT", Bodies::Both),
        RawMethod::Patch => ("PATCH", Bodies::Both),
        RawMethod::Delete => ("DELETE", Bodies::Both),
    }
}

fn statuses(expect: &RawHttpExpectation) -> Vec<StatusRange> {
    match &expect.status {
        Some(given) => given
            .0
            .iter()
            .filter_map(|text| text.0.parse().ok())
            .collect(),
        None => vec![StatusRange::SUCCESS],
    }
}

fn texts<K, V>(
    map: Option<&Keyed<K, V>>,
    text: impl Fn(&V) -> &String,
) -> BTreeMap<String, String> {
    let pairs = map.into_iter().flat_map(|map| &map.0);
    pairs
        .map(|(name, value)| (name.clone(), text(value).clone()))
        .collect()
}

/// A URL as it is written, without what may be a secret: user, query and fragment.
fn shown(node: Option<&Node>) -> String {
    let Some(Content::Scalar(scalar)) = node.map(|node| &node.content) else {
        return String::new();
    };
    let text = scalar.text.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::diagnostics::Span;
    use crate::policy::node::Scalar;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        for (url, expect) in [
            ("https://shop.example/ready", "https://shop.example/ready"),
            ("https://u:p@shop.example/a?k=v#f", "https://shop.example/a"),
            ("https://shop.example?token=x", "https://shop.example"),
            ("${APP_URL}/ready?k=${KEY}", "${APP_URL}/ready"),
            ("https://${USER}:${KEY}@h/@x", "https://h/@x"),
        ] {
            let content = Content::Scalar(Scalar {
                text: url.to_owned(),
                plain: true,
            });
            let span = Span::START;
            assert_eq!(shown(Some(&Node { span, content })), expect, "{url}");
        }
    }
}
