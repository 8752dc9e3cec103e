//! What looks alike and is left alone.

use std::borrow::Cow;

use super::{for_secrets, masked, redactor};
use crate::domain::evidence::redaction::{RedactionRules, Redactor};

#[track_caller]
fn kept(text: &str) {
    assert_eq!(masked(text), text);
}

#[test]
fn no_email_addresses() {
    kept("react@18.2.0 @scope/pkg@1.2.3-beta.rc actions/checkout@v4");
    kept("user@localhost @alice alice@ @ a@.com a@b a@b.c a@-b.com");
    kept(r#""\n@example.com""#);
    kept("75% 100%40 50%4");
}

#[test]
fn no_coordinates() {
    kept("13.756, 100.5018 and 13.7563, 100.501");
    kept("91.0001, 181.0001 and 181.0000, 10.0000 and 91.0000, 91.0000");
    kept("1.13.7563, 100.5018 and 13.7563, 100.5018.1 and 1234.5678, 1.2345");
    kept("13.7563 100.5018 and 13.7563, foo and 1.23456, 2.34567ms 1.23456, 2.34567e5");
    kept("12:00:01.123456, 12:00:02.123456");
    kept("lat=12.5 lat=12.345ms flat=1.2345 plan: 1.2345 belong: 1.2345 latitude: 13");
    kept("lat=200.1234 version 1.2.3.4");
}

#[test]
fn no_passwords_in_urls() {
    kept("http://localhost:4873/@babel/core http://host:80?a=b@c https://user@host https://:@host");
    kept("https://host/a:b@c");
}

#[test]
fn no_secrets() {
    kept("hunter22 hunter22-zq } second line");
    assert_eq!(
        &*for_secrets(&["abc", "", " ab\nx "]).mask("abc ab x"),
        "abc ab x"
    );
}

#[test]
fn nothing_without_its_rule() {
    let redactor = Redactor::new(&RedactionRules::default(), []).unwrap();
    let text = "alice@example.com 13.7563, 100.5018 sk_live_abc";
    assert_eq!(&*redactor.mask(text), text);
}

#[test]
fn what_has_nothing_to_mask_is_borrowed() {
    let redactor = redactor(&[]);
    assert!(matches!(
        redactor.mask("plain").into_inner(),
        Cow::Borrowed("plain")
    ));
    assert!(matches!(
        redactor.mask_bytes(b"\xff").into_inner(),
        Cow::Borrowed(b"\xff")
    ));
    assert_eq!(redactor.mask_string("plain".to_owned()).get(), "plain");
}

#[test]
fn secrets_are_not_in_the_debug_form() {
    let shown = format!("{:?}", for_secrets(&["hunter22"]));
    assert!(!shown.contains("hunter22"), "{shown}");
}
