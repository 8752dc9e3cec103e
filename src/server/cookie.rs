//! The cookie that carries a session.
//!
//! It is sent over TLS only, but on this machine itself, where there is none: then it has another
//! name, which is read nowhere else.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::header::{COOKIE, HOST};
use axum::http::{HeaderMap, HeaderValue};

use crate::app::control_plane::SESSION_SECONDS;

/// Its name. The prefix has browsers refuse it from anybody but this very host
/// (RFC 6265bis, section 4.1.3.2).
const NAME: &str = "__Host-tollgate";

/// Its name where there is no TLS.
const PLAIN_NAME: &str = "tollgate";

/// What a proxy says of the request that it passes on.
const OF_PROXIES: [&str; 5] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
];

/// Every session that a request brings; one at the most is a real one.
pub(super) fn sessions(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let name = name(headers);
    let all = headers.get_all(COOKIE).iter();
    let texts = all.filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';'));
    let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Has the browser keep a session.
pub(super) fn keep(session: &str, headers: &HeaderMap) -> Option<HeaderValue> {
    written(session, SESSION_SECONDS, headers)
}

/// Has the browser forget it.
pub(super) fn forget(headers: &HeaderMap) -> Option<HeaderValue> {
    written("", 0, headers)
}

fn written(value: &str, seconds: i64, headers: &HeaderMap) -> Option<HeaderValue> {
    let secure = if is_without_tls(headers) {
        ""
    } else {
        "; Secure"
    };
    let name = name(headers);
    let text =
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    text.parse().ok()
}

fn name(headers: &HeaderMap) -> &'static str {
    match is_without_tls(headers) {
        true => PLAIN_NAME,
        false => NAME,
    }
}

/// The server's address as the browser knows it.
pub(super) fn address(headers: &HeaderMap) -> String {
    let host = host(headers).filter(|host| !host.is_empty());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '[' | ']');
    match host.filter(|host| host.chars().all(is_plain)) {
        Some(host) if is_without_tls(headers) => format!("http://{host}"),
        Some(host) => format!("https://{host}"),
        None => "https://THIS-SERVER".to_owned(),
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}

/// Tells whether the browser runs on this machine and speaks to the server without a proxy between.
fn is_without_tls(headers: &HeaderMap) -> bool {
    let is_passed_on = OF_PROXIES.iter().any(|name| headers.contains_key(*name));
    !is_passed_on && host(headers).is_some_and(is_this_machine)
}

fn is_this_machine(host: &str) -> bool {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let address: Result<Ipv6Addr, _> = address.parse();
        return address.is_ok_and(|address| address.is_loopback());
    }
    let name = host.split(':').next().unwrap_or_default();
    let address: Result<Ipv4Addr, _> = name.parse();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_is_secure_wherever_tls_can_be() {
        let plain = "tollgate=1.x; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800";
        let secure =
            "__Host-tollgate=1.x; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800; Secure";
        for (lines, expect) in [
            (&[("host", "127.0.0.1:8080")][..], plain),
            (&[("host", "127.9.9.9")], plain),
            (&[("host", "localhost")], plain),
            (&[("host", "[::1]:8080")], plain),
            (&[], secure),
            (&[("host", "gates.example")], secure),
            (&[("host", "localhost.example")], secure),
            (&[("host", "10.0.0.1")], secure),
            (
                &[("host", "127.0.0.1"), ("x-forwarded-proto", "https")],
                secure,
            ),
            (
                &[("host", "127.0.0.1"), ("forwarded", "for=10.0.0.1")],
                secure,
            ),
        ] {
            let headers = headers(lines);
            assert_eq!(keep("1.x", &headers).unwrap(), expect, "{lines:?}");
            let end = forget(&headers).unwrap();
            assert!(
                end.to_str().unwrap().contains("=; ")
                    && end.to_str().unwrap().contains("Max-Age=0")
            );
        }
    }

    #[test]
    fn sessions_are_read_from_the_cookie_of_the_right_name() {
        for (lines, expect) in [
            (
                &[("host", "localhost"), ("cookie", "a=b; tollgate=1.x")][..],
                &["1.x"][..],
            ),
            (
                &[
                    ("host", "localhost"),
                    ("cookie", "tollgate=1"),
                    ("cookie", "tollgate=2"),
                ],
                &["1", "2"],
            ),
            (
                &[
                    ("host", "localhost"),
                    ("cookie", "__Host-tollgate=1.x; nope"),
                ],
                &[],
            ),
            (
                &[("host", "gates.example"), ("cookie", "tollgate=1.x")],
                &[],
            ),
            (
                &[
                    ("host", "gates.example"),
                    ("cookie", "__Host-tollgate=1.x="),
                ],
                &["1.x="],
            ),
            (&[("host", "gates.example")], &[]),
        ] {
            let headers = headers(lines);
            assert_eq!(sessions(&headers).collect::<Vec<_>>(), expect, "{lines:?}");
        }
    }

    #[test]
    fn an_address_is_told_as_the_browser_knows_it() {
        for (host, expect) in [
            ("gates.example", "https://gates.example"),
            ("localhost:8080", "http://localhost:8080"),
            ("<b>", "https://THIS-SERVER"),
        ] {
            assert_eq!(address(&headers(&[("host", host)])), expect);
        }
        assert_eq!(address(&HeaderMap::new()), "https://THIS-SERVER");
    }
}
