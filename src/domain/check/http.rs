//! `http`: what an endpoint is asked, and what it must answer.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::expected::Expected;
use super::json_path::JsonPath;
use crate::domain::quality::requirement::Requirement;
use crate::domain::quality::share::Share;

/// `http: { url, method, headers, body, expect, samples, p95, availability, … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRule {
    /// `http://` or `https://`; it may hold a secret.
    pub url: String,
    /// The URL as the policy writes it, without user, query and fragment: for messages.
    pub shown: String,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Headers to send, by name; values may be secrets.
    pub headers: BTreeMap<String, String>,
    /// The body to send.
    pub body: Option<String>,
    /// Whether redirects are followed.
    pub redirects: Redirects,
    /// What must be answered.
    pub expect: HttpExpectation,
    /// How many requests are made, one after the other.
    pub samples: u32,
    /// How long one request may take.
    pub request_time_out: Duration,
    /// The most that the 95th percentile of the good requests may be.
    pub p95: Option<Duration>,
    /// The least share of good requests. Without it all must be good.
    pub availability: Option<Share>,
}

/// What is done with an answer that points elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirects {
    /// It is the answer.
    #[default]
    Judged,
    /// The place that it points to is asked.
    Followed,
}

/// `expect:` of `http`. What is empty is not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpExpectation {
    /// The status must be in one of these.
    pub status: Vec<StatusRange>,
    /// The body must hold this pattern.
    pub body: Option<String>,
    /// The body must be JSON and have these values.
    pub json: Vec<(JsonPath, Expected)>,
    /// A header of each name must be there and hold the pattern.
    pub header: BTreeMap<String, String>,
    /// The certificate must be valid for at least so many days.
    pub tls_days: Option<u32>,
}

impl HttpRule {
    /// The numbers to which a measurement is held, be it a recorded one.
    pub fn requirement(&self) -> Requirement {
        Requirement {
            p95: self.p95,
            availability: self.availability,
            ..Requirement::default()
        }
    }
}

/// A status, or a class of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRange {
    least: u16,
    most: u16,
}

impl StatusRange {
    /// `2xx`.
    pub const SUCCESS: Self = Self {
        least: 200,
        most: 299,
    };

    /// Tells whether a status is in it.
    pub fn contains(self, status: u16) -> bool {
        (self.least..=self.most).contains(&status)
    }
}

impl FromStr for StatusRange {
    type Err = ();

    /// Reads `200` or `2xx`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (text, width) = match text.strip_suffix("xx") {
            Some(class) => (format!("{class}00"), 99),
            None => (text.to_owned(), 0),
        };
        let least = text.parse().map_err(|_| ())?;
        if !(100..=599).contains(&least) {
            return Err(());
        }
        let most = least + width;
        Ok(Self { least, most })
    }
}

impl fmt::Display for StatusRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.least == self.most {
            true => write!(f, "{}", self.least),
            false => write!(f, "{}xx", self.least / 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_or_a_class() {
        for (text, inside, outside) in [("200", 200, 201), ("2xx", 299, 300), ("5xx", 500, 499)] {
            let range: StatusRange = text.parse().unwrap();
            assert!(range.contains(inside) && !range.contains(outside), "{text}");
            assert_eq!(range.to_string(), text);
        }
        for bad in ["", "xx", "6xx", "20", "2000", "ok", "0xx"] {
            assert_eq!(bad.parse::<StatusRange>(), Err(()), "{bad}");
        }
    }
}
