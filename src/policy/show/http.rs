//! `http` as YAML.

use super::{Fields, duration, field, list, share, texts};
use crate::domain::check::{HttpExpectation, HttpRule, Redirects};
use crate::policy::emit::Yaml;

/// The rule with every default.
pub(super) fn rule(rule: &HttpRule) -> Yaml {
    let mut fields = vec![
        field("url", Yaml::text(&rule.url)),
        field("method", Yaml::text(rule.method)),
    ];
    texts("headers", &rule.headers, &mut fields);
    let body = rule.body.as_ref();
    fields.extend(body.map(|body| field("body", Yaml::text(body))));
    let follows = rule.redirects == Redirects::Followed;
    fields.push(field("follow", Yaml::plain(follows)));
    fields.push(field("expect", Yaml::Map(expectation(&rule.expect))));
    fields.push(field("samples", Yaml::plain(rule.samples)));
    let request = duration(rule.request_time_out);
    fields.push(field("request-timeout", request));
    fields.extend(rule.p95.map(|most| field("p95", duration(most))));
    let least = rule.availability;
    fields.extend(least.map(|least| field("availability", share(least))));
    Yaml::Map(fields)
}

fn expectation(expect: &HttpExpectation) -> Fields {
    let mut fields = Vec::new();
    let status: Vec<String> = expect.status.iter().map(ToString::to_string).collect();
    list("status", &status, &mut fields);
    let body = expect.body.as_ref();
    fields.extend(body.map(|pattern| field("body", Yaml::text(pattern))));
    if !expect.json.is_empty() {
        let values = expect.json.iter();
        let values = values.map(|(path, value)| field(path.as_str(), Yaml::text(value.as_str())));
        fields.push(field("json", Yaml::Map(values.collect())));
    }
    texts("header", &expect.header, &mut fields);
    let days = expect.tls_days;
    fields.extend(days.map(|days| field("tls-days", Yaml::plain(days))));
    fields
}
