//! One whole file of each writer: the tally, and the cases that people will look at.

use super::*;

/// Reads `tests/fixtures/junit/NAME.xml`, expects its counts and its kept cases, and returns the
/// report. No fixture contradicts itself.
macro_rules! dialect {
    ($name:literal, $counts:expr, $cases:expr) => {{
        let text = include_str!(concat!("../../../../tests/fixtures/junit/", $name, ".xml"));
        let report = report(text);
        assert_eq!(report.tally, tally($counts), $name);
        assert_eq!(outcomes(&report), $cases, $name);
        assert_eq!(report.contradictions, [""; 0], $name);
        report
    }};
}

/// The place and the message of a kept case.
fn shown(report: &TestReport, number: usize) -> (String, &str) {
    let case = &report.cases[number];
    let place = case.location.as_ref().map(ToString::to_string);
    (place.unwrap_or_default(), &case.message)
}

#[test]
fn pytest() {
    let cases = [
        "Failed tests.test_orders.TestTotals › test_discount",
        "Error tests.test_broken",
    ];
    let report = dialect!("pytest", [1, 1, 1, 2, 0], cases);
    let (place, message) = shown(&report, 0);
    assert_eq!(place, "tests/test_orders.py:31");
    assert!(
        message.starts_with(
            "AssertionError: assert 90 == 95\n  +  where 90 = total(<Order 7>)\nself ="
        )
    );
    assert_eq!(report.cases[0].suite, "pytest");
    let (place, message) = shown(&report, 1);
    assert_eq!(place, "tests/test_broken.py:1");
    assert!(message.starts_with("collection failure\nImportError"));
}

#[test]
fn surefire() {
    let cases = [
        "Failed com.acme.shop.OrderTest › pays",
        "Flaky com.acme.shop.OrderTest › connects",
    ];
    let report = dialect!("surefire", [2, 1, 0, 1, 1], cases);
    assert!(
        shown(&report, 0)
            .1
            .starts_with("no card\njava.lang.AssertionError: no card\n")
    );
    let flaky = shown(&report, 1).1;
    assert!(
        flaky.starts_with("expected: <1> but was: <0>\norg.opentest4j"),
        "{flaky}"
    );
    assert!(!flaky.contains("connecting"));
}

#[test]
fn gradle_with_its_retry_plugin() {
    let cases = [
        "Failed com.acme.shop.StockTest › releases()",
        "Flaky com.acme.shop.StockTest › counts()",
    ];
    let report = dialect!("gradle-retry", [2, 1, 0, 0, 1], cases);
    assert!(shown(&report, 1).1.contains("expected: <2> but was: <1>"));
}

#[test]
fn jest() {
    let report = dialect!(
        "jest-junit",
        [1, 1, 0, 1, 0],
        ["Failed basket removes \"x\" › basket removes \"x\""]
    );
    assert_eq!(shown(&report, 0).0, "src/basket.test.js");
}

#[test]
fn vitest() {
    let report = dialect!(
        "vitest",
        [1, 1, 0, 1, 0],
        ["Failed src/price.test.ts › price > rounds down"]
    );
    assert_eq!(shown(&report, 0).0, "src/price.test.ts:14");
}

#[test]
fn mocha() {
    let report = dialect!(
        "mocha-junit-reporter",
        [1, 1, 0, 0, 0],
        ["Failed sums › Cart sums"]
    );
    assert_eq!(shown(&report, 0).0, "test/cart.spec.js");
    dialect!("mocha-xunit", [1, 1, 0, 1, 0], ["Failed Cart › sums"]);
}

#[test]
fn go() {
    let cases = [
        "Failed acme.dev/shop/cart › TestSum",
        "Flaky acme.dev/shop/cart › TestNet",
    ];
    let report = dialect!("gotestsum", [2, 1, 0, 1, 1], cases);
    assert_eq!(
        shown(&report, 0).1,
        "Failed\ncart_test.go:31: got 1, want 2"
    );
}

#[test]
fn nextest() {
    let cases = [
        "Failed shop › cart::tests::sums",
        "Flaky shop › cart::tests::connects",
    ];
    let report = dialect!("nextest", [3, 1, 0, 0, 1], cases);
    assert_eq!(shown(&report, 0).0, "src/cart.rs:52");
    assert_eq!(shown(&report, 1).0, "src/cart.rs:40");
    assert!(!shown(&report, 1).1.contains("running 1 test"));
}

#[test]
fn phpunit() {
    let cases = [
        "Failed Shop.CartTest › testSums with data set #0",
        "Error Shop.CartTest › testShips",
    ];
    let report = dialect!("phpunit", [1, 1, 1, 1, 0], cases);
    assert_eq!(shown(&report, 0).0, "/srv/shop/tests/CartTest.php:20");
    assert_eq!(
        shown(&report, 1),
        (String::new(), "RuntimeException\nno carrier")
    );
    assert_eq!(report.cases[0].suite, "Shop\\CartTest::testSums");
}

#[test]
fn ctest() {
    let report = dialect!("ctest", [1, 1, 0, 2, 0], ["Failed sums › sums"]);
    let expected = ("cart.cpp:12".to_owned(), "cart.cpp:12: got 1, want 2");
    assert_eq!(shown(&report, 0), expected);
}

#[test]
fn bazel() {
    let report = dialect!("bazel", [0, 0, 1, 0, 0], ["Error cart/cart_test"]);
    assert_eq!(shown(&report, 0).1, "exited with error code 1");
}

#[test]
fn googletest() {
    let report = dialect!("googletest", [1, 1, 0, 1, 0], ["Failed Cart › Sums"]);
    assert_eq!(shown(&report, 0).0, "src/cart_test.cc:12");
}

#[test]
fn converters_from_xunit() {
    let cases = ["Failed Shop.Tests.CartTests › Sums"];
    let report = dialect!("xunit-converted", [1, 1, 0, 1, 0], cases);
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(report.warnings[0].starts_with("a.xml: declares the encoding utf-16"));
}

#[test]
fn playwright() {
    let report = dialect!(
        "playwright",
        [1, 1, 0, 0, 0],
        ["Failed order.spec.ts › order › pays"]
    );
    assert!(
        shown(&report, 0)
            .1
            .starts_with("order.spec.ts:12:7 pays\n[chromium]")
    );
}

#[test]
fn node() {
    dialect!("node-test", [2, 1, 0, 1, 0], ["Failed test › sums"]);
}
