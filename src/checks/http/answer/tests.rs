//! Answers, good and bad.

use std::collections::BTreeMap;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;
use crate::domain::check::{HttpExpectation, Redirects, StatusRange};

fn rule(expect: HttpExpectation) -> HttpRule {
    HttpRule {
        url: "https://u:s3cret@h/ready?k=s3cret".to_owned(),
        shown: "https://h/ready".to_owned(),
        method: "GET",
        headers: BTreeMap::new(),
        body: None,
        redirects: Redirects::Judged,
        expect,
        samples: 1,
        request_time_out: Duration::from_secs(1),
        p95: None,
        availability: None,
    }
}

fn nothing() -> HttpExpectation {
    HttpExpectation {
        status: vec![StatusRange::SUCCESS],
        body: None,
        json: Vec::new(),
        header: BTreeMap::new(),
        tls_days: None,
    }
}

fn answer(body: &str) -> Answer {
    Answer {
        status: 200,
        headers: HeaderMap::new(),
        body: Body::Whole(body.as_bytes().to_vec()),
        certificate: None,
        took: Duration::ZERO,
    }
}

#[track_caller]
fn check(expect: HttpExpectation, answer: &Answer, says: &[&str]) {
    let rule = rule(expect);
    let expectation = Expectation::new(&rule).unwrap();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let reasons = expectation.reasons(answer, now);
    let found: Vec<_> = reasons.iter().map(|it| it.message.as_str()).collect();
    let expect: Vec<_> = says
        .iter()
        .map(|it| format!("GET https://h/ready {it}"))
        .collect();
    assert_eq!(found, expect);
}

#[track_caller]
fn check_json(path: &str, expected: &str, body: &str, says: &[&str]) {
    let json = vec![(path.parse().unwrap(), Expected::new(expected))];
    check(HttpExpectation { json, ..nothing() }, &answer(body), says);
}

#[test]
fn values_in_json_are_compared_by_what_they_are() {
    check_json("a", "x", r#"{"a": "x"}"#, &[]);
    check_json("a", "1", r#"{"a": 1.0}"#, &[]);
    check_json("a", "1", r#"{"a": "1"}"#, &[]);
    check_json("a", "true", r#"{"a": true}"#, &[]);
    check_json("a", "null", r#"{"a": null}"#, &[]);
    check_json("$", "7", "7", &[]);
    let differs = |found: &str| format!("answered with JSON in which `a` is {found}, not `1`.");
    check_json("a", "1", r#"{"a": "1.0"}"#, &[&differs("`1.0`")]);
    check_json("a", "1", r#"{"a": 2}"#, &[&differs("`2`")]);
    check_json("a", "1", r#"{"a": true}"#, &[&differs("`true`")]);
    check_json("a", "1", r#"{"a": [1]}"#, &[&differs("a list")]);
    let missing = "answered with JSON that has no `a`; `1` was expected.";
    check_json("a", "1", "[1]", &[missing]);
    let none = "answered with a body that is no JSON: expected value at line 1 column 1.";
    check_json("a", "1", "<html>", &[none]);
}

#[test]
fn a_long_value_is_cut() {
    let body = format!(r#"{{"a": "{}"}}"#, "é".repeat(5000));
    let shown = format!("`{}…`", "é".repeat(100));
    let says = format!("answered with JSON in which `a` is {shown}, not `x`.");
    check_json("a", "x", &body, &[&says]);
}

#[test]
fn bytes_that_are_no_text_are_searched_too() {
    let body = |pattern: &str| HttpExpectation {
        body: Some(pattern.to_owned()),
        ..nothing()
    };
    let bytes = Answer {
        body: Body::Whole(b"\xff\xfeok\x00".to_vec()),
        ..answer("")
    };
    check(body("ok"), &bytes, &[]);
    let says = "answered with a body of 5 bytes that does not hold `^ok`.";
    check(body("^ok"), &bytes, &[says]);
}

#[test]
fn a_header_of_several_needs_one_that_fits() {
    let header = |pattern: &str| HttpExpectation {
        header: [("Set-Cookie".to_owned(), pattern.to_owned())].into(),
        ..nothing()
    };
    let mut with = answer("");
    for value in ["a=1", "session=s3cret"] {
        with.headers.append("set-cookie", value.parse().unwrap());
    }
    check(header("^session="), &with, &[]);
    let says = "answered with a header `Set-Cookie` that does not hold `Secure`.";
    check(header("Secure"), &with, &[says]);
    check(
        header("."),
        &answer(""),
        &["answered without the header `Set-Cookie`."],
    );
}

#[test]
fn a_certificate_lasts_for_so_many_days() {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_after = date_time_ymd(2026, 1, 15);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().to_vec();
    let days = |days| HttpExpectation {
        tls_days: Some(days),
        ..nothing()
    };
    let with = |certificate| Answer {
        certificate,
        ..answer("")
    };
    check(days(14), &with(Some(certificate.clone())), &[]);
    let says = "has a certificate that ends 2026-01-15T00:00:00Z, in 14 days; at least 15 are asked \
                for. Renew it.";
    check(days(15), &with(Some(certificate)), &[says]);
    let unreadable = "has a certificate whose end can't be read.";
    check(days(1), &with(Some(vec![0x30, 0])), &[unreadable]);
    let none = "answered without TLS, so there is no certificate.";
    check(days(1), &with(None), &[none]);
}
