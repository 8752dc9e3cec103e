//! Masked JSON is JSON and masked XML is XML.

use super::{check, for_secrets, masked};

#[track_caller]
fn check_json(text: &str, expected: &str) {
    serde_json::from_str::<serde_json::Value>(text).unwrap();
    serde_json::from_str::<serde_json::Value>(expected).unwrap();
    check(text, expected);
}

#[test]
fn json_stays_json() {
    check_json(
        r#"{"lat": 13.7563, "lng":100.5018}"#,
        r#"{"lat": "[masked:coordinates]", "lng":"[masked:coordinates]"}"#,
    );
    check_json(
        r#"{"lat": "13.7563"}"#,
        r#"{"lat": "[masked:coordinates]"}"#,
    );
    check_json(
        r#"{"m": "{\"lat\": 13.7563}"}"#,
        r#"{"m": "{\"lat\": \"[masked:coordinates]\"}"}"#,
    );
    check_json("[13.7563, 100.5018]", r#"["[masked:coordinates]"]"#);
    check_json(
        "[[13.7563,100.5018],[1,2]]",
        r#"[["[masked:coordinates]"],[1,2]]"#,
    );
    check_json(
        r#"["at [13.7563, 100.5018]"]"#,
        r#"["at [[masked:coordinates]]"]"#,
    );
    check_json(
        r#"{"m":"a\nalice@example.com\n"}"#,
        r#"{"m":"a\n[masked:email]\n"}"#,
    );
    check_json(
        r#"{"m":"\u00e9alice@example.com"}"#,
        r#"{"m":"\u00e9[masked:email]"}"#,
    );
    check_json(
        r#"{"m":"\\alice@example.com"}"#,
        r#"{"m":"\\[masked:email]"}"#,
    );
    check_json(
        r#"{"m":"\n13.7563, 100.5018\n"}"#,
        r#"{"m":"\n[masked:coordinates]\n"}"#,
    );
    check_json(
        r#"{"url":"https://u:p@h"}"#,
        r#"{"url":"https://u:[masked:secret]@h"}"#,
    );
    check_json(r#"{"m":"a&b<\"c\\d'e"}"#, r#"{"m":"[masked:secret]"}"#);
}

#[test]
fn bare_values_become_strings() {
    let redactor = for_secrets(&["12345678"]);
    let mask = |text: &str| redactor.mask(text).into_owned().into_inner();
    assert_eq!(
        mask(r#"{"pin": 12345678}"#),
        r#"{"pin": "[masked:secret]"}"#
    );
    assert_eq!(
        mask(r#"{"pin": -912345678.5}"#),
        r#"{"pin": "[masked:secret]"}"#
    );
    assert_eq!(mask(r#"[1, 12345678"#), r#"[1, "[masked:secret]""#);
    assert_eq!(
        mask(r#"{"pin": "12345678"}"#),
        r#"{"pin": "[masked:secret]"}"#
    );
    assert_eq!(
        mask("[INFO] pin 12345678, ok"),
        "[INFO] pin [masked:secret], ok"
    );
    assert_eq!(mask("pin: 12345678"), "pin: [masked:secret]");
}

#[test]
fn a_match_takes_the_whole_escape_along() {
    let redactor = for_secrets(&["name1", "amp;x", "00e9tu"]);
    let mask = |text: &str| redactor.mask(text).into_owned().into_inner();
    assert_eq!(mask(r#"{"m":"a\name1"}"#), r#"{"m":"a[masked:secret]"}"#);
    assert_eq!(mask(r#"{"m":"a\\name1"}"#), r#"{"m":"a\\[masked:secret]"}"#);
    assert_eq!(mask(r#"{"m":"a\u00e9tu"}"#), r#"{"m":"a[masked:secret]"}"#);
    assert_eq!(mask("<a>&amp;x</a>"), "<a>[masked:secret]</a>");
}

#[test]
fn xml_stays_xml() {
    check(
        "<a>&lt;alice@example.com&gt;</a>",
        "<a>&lt;[masked:email]&gt;</a>",
    );
    check("<a b='alice@example.com'/>", "<a b='[masked:email]'/>");
    check(
        r#"<a b="{&quot;lat&quot;: 13.7563}"/>"#,
        r#"<a b="{&quot;lat&quot;: &quot;[masked:coordinates]&quot;}"/>"#,
    );
    check(
        r#"<a b="[13.7563, 100.5018]"/>"#,
        r#"<a b="[[masked:coordinates]]"/>"#,
    );
    check(
        r#"<a b="a&amp;b&lt;&quot;c\d'e"/>"#,
        r#"<a b="[masked:secret]"/>"#,
    );
    assert_eq!(masked("&lt;&gt;&amp;"), "&lt;&gt;&amp;");
}
