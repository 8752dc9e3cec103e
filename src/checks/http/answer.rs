//! One answer, held against what is expected of it.

use jiff::{SignedDuration, Timestamp};
use regex::bytes::Regex;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::checks::hits::unusable;
use crate::domain::check::expected::Expected;
use crate::domain::check::json_path::JsonPath;
use crate::domain::check::{CheckResult, HttpRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::formats::certificate;
use crate::probe::http::{Answer, Body, LONGEST};

/// How much of a value that was found is shown, in characters.
const SHOWN: usize = 100;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// `expect` of a rule, ready to be held against answers.
pub(super) struct Expectation<'r> {
    rule: &'r HttpRule,
    body: Option<Regex>,
    header: Vec<(&'r str, Regex)>,
}

impl<'r> Expectation<'r> {
    /// Compiles the patterns; an error is the result of the check.
    pub(super) fn new(rule: &'r HttpRule) -> Result<Self, Box<CheckResult>> {
        let compile = |pattern: &str| {
            Regex::new(pattern).map_err(|error| {
                unusable(&format!("The pattern `{pattern}` can't be used: {error}"))
            })
        };
        let header = rule.expect.header.iter();
        let header = header.map(|(name, pattern)| Ok((name.as_str(), compile(pattern)?)));
        Ok(Self {
            rule,
            body: rule.expect.body.as_deref().map(compile).transpose()?,
            header: header.collect::<Result<_, Box<CheckResult>>>()?,
        })
    }

    /// Everything in which an answer is not as expected.
    pub(super) fn reasons(&self, answer: &Answer, now: Timestamp) -> Vec<Reason> {
        let mut reasons = Vec::new();
        reasons.extend(self.status(answer.status));
        reasons.extend(self.headers(&answer.headers));
        match &answer.body {
            Body::Whole(bytes) => self.body(bytes, &mut reasons),
            Body::TooLong => reasons.extend(self.too_long()),
        }
        reasons.extend(self.certificate(answer.certificate.as_deref(), now));
        reasons
    }

    /// A reason that names the request first.
    fn reason(&self, code: ReasonCode, what: &str) -> Reason {
        let HttpRule { method, shown, .. } = self.rule;
        Reason::new(code, format!("{method} {shown} {what}"))
    }

    fn status(&self, found: u16) -> Option<Reason> {
        let expected = &self.rule.expect.status;
        if expected.iter().any(|range| range.contains(found)) {
            return None;
        }
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        let what = format!("answered {found}, not {}.", expected.join(" or "));
        Some(self.reason(ReasonCode::StatusUnexpected, &what))
    }

    /// The values are not shown: some hold sessions.
    fn headers(&self, headers: &HeaderMap) -> Vec<Reason> {
        let wrong = self.header.iter().filter_map(|(name, pattern)| {
            let mut values = headers.get_all(*name).iter();
            let what = match headers.contains_key(*name) {
                false => format!("answered without the header `{name}`."),
                true if values.any(|value| pattern.is_match(value.as_bytes())) => return None,
                true => format!("answered with a header `{name}` that does not hold `{pattern}`."),
            };
            Some(self.reason(ReasonCode::HeaderMismatch, &what))
        });
        wrong.collect()
    }

    fn body(&self, bytes: &[u8], reasons: &mut Vec<Reason>) {
        if let Some(pattern) = self.body.as_ref().filter(|it| !it.is_match(bytes)) {
            let what = format!(
                "answered with a body of {} bytes that does not hold `{pattern}`.",
                bytes.len()
            );
            reasons.push(self.reason(ReasonCode::BodyMismatch, &what));
        }
        if self.rule.expect.json.is_empty() {
            return;
        }
        match serde_json::from_slice(bytes) {
            Ok(document) => reasons.extend(self.values(&document)),
            Err(error) => {
                let what = format!("answered with a body that is no JSON: {error}.");
                reasons.push(self.reason(ReasonCode::JsonMismatch, &what));
            }
        }
    }

    fn values(&self, document: &Value) -> Vec<Reason> {
        let wrong = self.rule.expect.json.iter().filter_map(|(path, expected)| {
            let what = compare(document, path, expected).err()?;
            Some(self.reason(ReasonCode::JsonMismatch, &what))
        });
        wrong.collect()
    }

    /// Only an expectation about the body needs its end.
    fn too_long(&self) -> Option<Reason> {
        let is_needed = self.body.is_some() || !self.rule.expect.json.is_empty();
        let what = format!("answered with more than {LONGEST} bytes, so its body was not judged.");
        is_needed.then(|| self.reason(ReasonCode::BodyMismatch, &what))
    }

    fn certificate(&self, der: Option<&[u8]>, now: Timestamp) -> Option<Reason> {
        let least = self.rule.expect.tls_days?;
        let what = match der.map(certificate::not_after) {
            None => "answered without TLS, so there is no certificate.".to_owned(),
            Some(None) => "has a certificate whose end can't be read.".to_owned(),
            Some(Some(end)) if end.duration_since(now) >= DAY * i32::try_from(least).ok()? => {
                return None;
            }
            Some(Some(end)) => {
                let left = end.duration_since(now).as_hours().max(0) / 24;
                format!(
                    "has a certificate that ends {end}, in {left} days; at least {least} are \
                     asked for. Renew it."
                )
            }
        };
        Some(self.reason(ReasonCode::CertificateExpiring, &what))
    }
}

/// An error says how the value at a path differs from the expected one.
fn compare(document: &Value, path: &JsonPath, expected: &Expected) -> Result<(), String> {
    let Some(found) = path.find(document) else {
        return Err(format!(
            "answered with JSON that has no `{path}`; `{expected}` was expected."
        ));
    };
    let (is_it, shown) = match found {
        Value::String(text) => (expected.is_text(text), format!("`{}`", cut(text))),
        Value::Number(number) => {
            let number = number.to_string();
            (expected.is_number(&number), format!("`{number}`"))
        }
        Value::Bool(_) | Value::Null => {
            let word = found.to_string();
            (expected.is_text(&word), format!("`{word}`"))
        }
        Value::Array(_) => (false, "a list".to_owned()),
        Value::Object(_) => (false, "an object".to_owned()),
    };
    match is_it {
        true => Ok(()),
        false => Err(format!(
            "answered with JSON in which `{path}` is {shown}, not `{expected}`."
        )),
    }
}

fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
