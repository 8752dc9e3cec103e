//! Everything that has to be found.

use super::{check, for_secrets, redactor};
use crate::domain::evidence::redaction::{BadPattern, RedactionRules, Redactor};

#[test]
fn email_addresses() {
    check("from alice@example.com to", "from [masked:email] to");
    check("<Bob.O'Neil+x_y%z@mail.example.co.uk>", "<[masked:email]>");
    check("to ALICE@EXAMPLE.COM.", "to [masked:email].");
    check(
        "a@b.io,c@d.io;e@f.io",
        "[masked:email],[masked:email];[masked:email]",
    );
    check("email=alice@example.com&x=1", "email=[masked:email]&x=1");
    check(
        "mailto:alice@example.com?subject=x",
        "mailto:[masked:email]?subject=x",
    );
    check("?to=alice%40example.com&x", "?to=[masked:email]&x");
    check("josé.müller@exämple.de", "[masked:email]");
    check("อีเมลalice@example.comครับ", "อีเมล[masked:email]ครับ");
    check("x@xn--e1afmkfd.xn--p1ai", "[masked:email]");
    check(
        "\u{1b}[32malice@example.com\u{1b}[0m",
        "\u{1b}[32m[masked:email]\u{1b}[0m",
    );
    check(
        "\u{1b}[1;32malice@example.com",
        "\u{1b}[1;32m[masked:email]",
    );
    check("'alice@example.com'", "'[masked:email]'");
    check("**alice@example.com**", "**[masked:email]**");
    check("alice@example.com-draft", "[masked:email]-draft");
    check("alice@example.com..", "[masked:email]..");
}

#[test]
fn pairs_of_coordinates() {
    check("at 13.7563, 100.5018.", "at [masked:coordinates].");
    check("at 13.7563,100.5018", "at [masked:coordinates]");
    check("100.50180 , -13.75630;", "[masked:coordinates];");
    check("(-33.8688; 151.2093)", "([masked:coordinates])");
    check("?q=13.7563%2C100.5018&z=1", "?q=[masked:coordinates]&z=1");
    check("?q=13.7563,%20100.5018", "?q=[masked:coordinates]");
    check("/@13.7563,100.5018,17z", "/@[masked:coordinates],17z");
    check("13.7563° N, 100.5018° E", "[masked:coordinates]");
    check("13.7563N 100.5018E", "[masked:coordinates]");
    check("13.7563°, 100.5018°", "[masked:coordinates]");
    check("+13.7563+100.5018/", "[masked:coordinates]/");
    check("POINT(100.5018 13.7563)", "POINT([masked:coordinates])");
    check(
        "POINT Z (100.5018 13.7563 4.0)",
        "POINT Z ([masked:coordinates] 4.0)",
    );
    check("\"13.7563\",\"100.5018\"", "\"[masked:coordinates]\"");
    check("90.0000, 180.0000", "[masked:coordinates]");
    check(
        "-0.1278,51.5074 -0.1279,51.5075",
        "[masked:coordinates] [masked:coordinates]",
    );
}

#[test]
fn named_coordinates() {
    check("latitude=13.7563", "latitude=[masked:coordinates]");
    check(
        "lat=13.7563&lng=100.5018",
        "lat=[masked:coordinates]&lng=[masked:coordinates]",
    );
    check("Longitude: 100.5", "Longitude: [masked:coordinates]");
    check("lon: -0.1278", "lon: [masked:coordinates]");
    check("long => 100.5018", "long => [masked:coordinates]");
    check(
        "gps_lat=13.7563 gpsLat=13.7563",
        "gps_lat=[masked:coordinates] gpsLat=[masked:coordinates]",
    );
    check("LATITUDE = '13.7563'", "LATITUDE = '[masked:coordinates]'");
    check("lat1=13.7563", "lat1=[masked:coordinates]");
    check("lat%3D13.7563", "lat%3D[masked:coordinates]");
    check(
        r#"<trkpt lat="13.7563" lon="100.5018">"#,
        r#"<trkpt lat="[masked:coordinates]" lon="[masked:coordinates]">"#,
    );
}

#[test]
fn declared_patterns() {
    check(
        "key sk_live_Ab12 and sk_live_x",
        "key [masked:pattern] and [masked:pattern]",
    );
    check(
        "ID 12\nID 34\r\nID 56",
        "[masked:pattern]\n[masked:pattern]\r\n[masked:pattern]",
    );
    check("an ID 12", "an ID 12");
}

#[test]
fn values_of_secrets() {
    check("pw=hunter22-Zq;", "pw=[masked:secret];");
    check("hunter22-Zqhunter22-Zq", "[masked:secret][masked:secret]");
    check(
        "first line of a key\nsecond line of it\n}",
        "[masked:secret]\n[masked:secret]\n}",
    );
    check("กินขนมปัง-secretอร่อย", "กิน[masked:secret]อร่อย");
    check("aHVudGVyMjItWnE=", "[masked:secret]");
    check(
        "Basic YWxpY2U6aHVudGVyMjItWnE=",
        "Basic YWxpY2U6[masked:secret]",
    );
    check("?pw=a%26b%3C%22c%5Cd%27e&", "?pw=[masked:secret]&");
}

#[test]
fn secrets_that_were_escaped() {
    check(r#"a&b<"c\d'e"#, "[masked:secret]");
    check(r#"a&amp;b&lt;"c\d'e"#, "[masked:secret]");
    check(r"a&amp;b&lt;&quot;c\d&apos;e", "[masked:secret]");
    check(r"a&amp;b&lt;&#34;c\d&#39;e", "[masked:secret]");
    check(r#"a&b<\"c\\d'e"#, "[masked:secret]");
    check(r#"a\u0026b\u003c\"c\\d'e"#, "[masked:secret]");
    check(r#"a&amp;b&lt;\&quot;c\\d'e"#, "[masked:secret]");
    check(r#"a&b<\\\"c\\\\d'e"#, "[masked:secret]");
    check(
        r"\u0e02\u0e19\u0e21\u0e1b\u0e31\u0e07-secret",
        "[masked:secret]",
    );
}

#[test]
fn overlapping_secrets_leave_nothing() {
    let redactor = for_secrets(&["abcdEFGH", "EFGHijkl", "cdEF"]);
    assert_eq!(&*redactor.mask("-abcdEFGHijkl-"), "-[masked:secret]-");
    assert_eq!(
        &*for_secrets(&["aaaa"]).mask("aaaaaa b"),
        "[masked:secret] b"
    );
}

#[test]
fn the_longest_secret_wins() {
    let redactor = for_secrets(&["hunter", "hunter22"]);
    assert_eq!(
        &*redactor.mask("hunter22 hunter2"),
        "[masked:secret] [masked:secret]2"
    );
}

#[test]
fn long_base64_in_lines() {
    let secret = "0123456789".repeat(12);
    let redactor = for_secrets(&[&secret]);
    let base64 = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2\n\
                  Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n\
                  NDU2Nzg5";
    assert_eq!(
        &*redactor.mask(base64),
        "[masked:secret]\n[masked:secret]\n[masked:secret]"
    );
}

#[test]
fn passwords_in_urls() {
    check(
        "https://user:pass@host/x",
        "https://user:[masked:secret]@host/x",
    );
    check(
        "redis://:pw@host:6379",
        "redis://:[masked:secret]@host:6379",
    );
    check(
        "postgres://u:p@ss#1?@db.example.com/x",
        "postgres://u:[masked:secret]@db.example.com/x",
    );
    check("\"amqp://u:p&amp;q@h\"", "\"amqp://u:[masked:secret]@h\"");
    check(
        "a://b:c@d e://f:g@h",
        "a://b:[masked:secret]@d e://f:[masked:secret]@h",
    );
}

#[test]
fn secrets_come_before_patterns() {
    let redactor = Redactor::new(
        &RedactionRules {
            patterns: vec!["token=[a-z0-9]+".to_owned()],
            ..RedactionRules::default()
        },
        ["abc123".to_owned()],
    )
    .unwrap();
    assert_eq!(
        &*redactor.mask("token=abc123 token=x"),
        "token=[masked:secret] [masked:pattern]"
    );
}

#[test]
fn a_bad_pattern_is_named() {
    let rules = RedactionRules {
        patterns: vec!["fine".to_owned(), "a(b".to_owned()],
        ..RedactionRules::default()
    };
    let BadPattern { pattern, problem } = Redactor::new(&rules, []).unwrap_err();
    assert_eq!(pattern, "a(b");
    assert!(problem.contains("unclosed group"), "{problem}");
    let splits_characters = RedactionRules {
        patterns: vec![r"(?-u:\xff)".to_owned()],
        ..RedactionRules::default()
    };
    assert!(Redactor::new(&splits_characters, []).is_err());
}

#[test]
fn placeholders_are_never_looked_into() {
    let redactor = Redactor::new(
        &RedactionRules {
            patterns: vec![r"\w{5,}".to_owned(), r"cut \[mas".to_owned()],
            ..RedactionRules::default()
        },
        ["masked".to_owned(), "secret".to_owned()],
    )
    .unwrap();
    let once = "[masked:secret] [masked:pattern] [masked:email] [masked:coordinates]";
    assert_eq!(&*redactor.mask(once), once);
    assert_eq!(
        &*redactor.mask("a secret pattern"),
        "a [masked:secret] [masked:pattern]"
    );
    assert_eq!(&*redactor.mask("cut [masked:email]."), "[masked:pattern].");
}

#[test]
fn a_pattern_that_feeds_on_its_own_cuts_takes_the_whole_line() {
    let redactor = redactor(&[r"[a-z](\[|$)"]);
    assert_eq!(
        &*redactor.mask("one\nBUT abcdefghijkl\n2"),
        "[masked:pattern]\n[masked:pattern]\n2"
    );
    assert_eq!(
        &*redactor.mask("1\nBUT ab\n2"),
        "1\nBUT [masked:pattern]\n2"
    );
}
