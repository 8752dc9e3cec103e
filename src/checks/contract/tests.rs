//! How a contract is judged; what breaks one is tested with the comparison itself.

use std::fs;

use super::*;

const PROMISED: &str = "openapi: 3.0.3
paths:
  /orders:
    get:
      responses:
        '200': { description: all of them }
        '404': { description: none }
";

fn judged(files: &[(&str, &str)]) -> CheckResult {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let rule = ContractRule {
        base: "released.yaml".to_owned(),
        current: "openapi.json".to_owned(),
    };
    run(&rule, &WorkTree::open(folder.path(), ".tollgate").unwrap())
}

/// `status code place` of the only reason, or the status alone.
#[track_caller]
fn check(base: &str, current: &str, expect: &str) {
    let result = judged(&[("released.yaml", base), ("openapi.json", current)]);
    let reason = result.reasons.first().map(|reason| {
        let place = reason.location.as_ref().map(ToString::to_string);
        format!(" {} {}", reason.code, place.unwrap_or_default())
    });
    let found = format!("{}{}", result.status, reason.unwrap_or_default());
    assert_eq!(found, expect, "{:?}", result.reasons);
    assert!(result.reasons.len() < 2, "{:?}", result.reasons);
}

#[test]
fn what_is_kept_passes_and_what_is_broken_fails_with_its_place() {
    check(PROMISED, PROMISED, "passed");
    let json = r#"{"openapi": "3.1.0", "paths": {"/orders": {"get": {"responses": {"200": {}, "404": {}}}}}}"#;
    check(PROMISED, json, "passed");
    let gone = PROMISED.replace("        '404': { description: none }\n", "");
    check(PROMISED, &gone, "failed contract_broken released.yaml:7");
    let closed = format!(
        "{PROMISED}security: [k: []]\ncomponents: {{securitySchemes: {{k: {{type: http, scheme: basic}}}}}}\n"
    );
    check(PROMISED, &closed, "failed contract_broken openapi.json:4");
}

#[test]
fn what_cannot_be_read_is_errored_with_its_place() {
    for (current, expect) in [
        ("swagger: '2.0'\n", "openapi.json:1"),
        ("x: 1\n", "openapi.json:1"),
        ("openapi: 3.0.0\npaths: [\n", "openapi.json:2"),
        ("openapi: 3.0.0\npaths:\n  orders: {}\n", "openapi.json:3"),
    ] {
        check(
            PROMISED,
            current,
            &format!("errored contract_unreadable {expect}"),
        );
        let place = expect.replace("openapi.json", "released.yaml");
        check(
            current,
            PROMISED,
            &format!("errored contract_unreadable {place}"),
        );
    }
    let empty = "openapi: 3.0.0\npaths: {}\n";
    check(empty, PROMISED, "errored contract_unreadable released.yaml");
}

#[test]
fn a_file_that_is_missing_is_errored_with_what_to_do() {
    let missing = judged(&[("openapi.json", PROMISED)]);
    assert_eq!(missing.reasons[0].code, ReasonCode::FileMissing);
    assert_eq!(
        missing.reasons[0].message,
        "`released.yaml` is not there. It is the contract of the last release. Where there is none \
         yet, begin with what is released now: `cp openapi.json released.yaml`, and commit it."
    );
    let missing = judged(&[("released.yaml", PROMISED)]);
    assert_eq!(missing.reasons[0].code, ReasonCode::FileMissing);
}

#[test]
fn messages_tell_what_where_and_what_next() {
    let gone = PROMISED.replace("    get:", "    put:");
    let result = judged(&[("released.yaml", PROMISED), ("openapi.json", &gone)]);
    assert_eq!(
        result.reasons[0].message,
        "operation_removed: `GET /orders`: it is gone (released.yaml:4, `/paths/~1orders/get`). Take \
         it back, or offer it as a new version of the API."
    );
}
