//! The verbs that ask services: what good rules mean, and what is wrong with bad ones.

use std::time::Duration;

use super::*;
use crate::domain::check::{
    HttpRule, MigrationTarget, QueryExpectation, Redirects, RowSecurity, SqlRule, StorageRule, Verb,
};
use crate::domain::quality::share::Share;

fn http(lines: &str) -> (HttpRule, Check) {
    let check = check_of(lines);
    match &check.verb {
        Verb::Http(rule) => ((**rule).clone(), check),
        other => panic!("{other:?}"),
    }
}

fn sql(lines: &str) -> SqlRule {
    match check_of(lines).verb {
        Verb::Sql(rule) => rule,
        other => panic!("{other:?}"),
    }
}

fn storage(lines: &str) -> StorageRule {
    match check_of(lines).verb {
        Verb::Storage(rule) => rule,
        other => panic!("{other:?}"),
    }
}

/// Checks one problem of each check.
#[track_caller]
fn refused(cases: &[(&str, &str)]) {
    for (lines, expect) in cases {
        check(&with_check(lines), &[expect]);
    }
}

#[test]
fn only_the_url_of_an_endpoint_is_needed() {
    let (rule, _) = http("http: { url: https://shop.example/ready }");
    assert_eq!(rule.method, "GET");
    assert_eq!((rule.samples, rule.redirects), (1, Redirects::Judged));
    assert_eq!(rule.request_time_out, Duration::from_secs(10));
    let status: Vec<_> = rule.expect.status.iter().map(ToString::to_string).collect();
    assert_eq!(status, ["2xx"]);
    assert_eq!((rule.p95, rule.availability), (None, None));
}

#[test]
fn the_numbers_of_an_endpoint_hold_for_recorded_measurements_too() {
    let (_, check) = http("http: { url: https://h, samples: 9, p95: 800ms, availability: 99% }");
    assert_eq!(check.require.p95, Some(Duration::from_millis(800)));
    assert_eq!(check.require.availability, Share::parse("99%"));
    let definition = |line: &str| check_of(line).definition;
    let plain = definition("http: { url: https://h, samples: 9 }");
    assert_eq!(check.definition, plain);
    assert_ne!(definition("http: { url: https://h, samples: 8 }"), plain);
    assert_ne!(definition("http: { url: https://i, samples: 9 }"), plain);
}

#[test]
fn a_url_is_shown_as_it_is_written() {
    let (rule, _) = http("http: { url: \"${APP_URL}/ready?key=${APP_KEY}\" }");
    assert_eq!(rule.shown, "${APP_URL}/ready");
}

#[test]
fn what_an_endpoint_can_never_answer_is_refused() {
    refused(&[
        ("http: {}", "6:15 `http` has no `url`"),
        ("http: https://h", "6:15 `http` must be a mapping"),
        (
            "http: { url: h/ready }",
            "6:22 `h/ready` is no address of an endpoint | write `https://HOST/PATH`",
        ),
        (
            "http: { url: ftp://h }",
            "6:22 `ftp://h` is no address of an endpoint",
        ),
        (
            "http: { url: https://h, method: get }",
            "6:41 `method` must be one of `GET`, … | did you mean `GET`?",
        ),
        (
            "http: { url: https://h, body: x }",
            "6:33 `GET` sends no body | add `method: POST`",
        ),
        (
            "http: { url: https://h, method: HEAD, expect: { body: x } }",
            "6:57 an answer to `HEAD` has no body | use `GET`",
        ),
        (
            "http: { url: http://h, expect: { tls-days: 3 } }",
            "6:42 `http://` has no certificate",
        ),
        (
            "http: { url: https://h, expect: { status: 2XX } }",
            "6:51 `2XX` is not a status | A status from 100 to 599",
        ),
        (
            "http: { url: https://h, expect: { status: 99 } }",
            "6:51 … | A status from 100 to 599",
        ),
        (
            "http: { url: https://h, expect: { body: \"(\" } }",
            "6:49 this is not a regular expression",
        ),
        (
            "http: { url: https://h, expect: { header: { etag: \"(\" } } }",
            "6:59 this is not a regular expression",
        ),
        (
            "http: { url: https://h, headers: { \"a b\": x } }",
            "6:44 `a b` is not the name of a header",
        ),
        (
            "http: { url: https://h, expect: { json: { \"a[*]\": x } } }",
            "6:51 this is no path in JSON: `[*]` is neither a number nor a name… | write names",
        ),
        (
            "http: { url: https://h, expect: { json: { a: } } }",
            "6:51 `a` has no value",
        ),
        (
            "http: { url: https://h, samples: 0 }",
            "6:42 `samples` must be a whole number from 1 to 10000",
        ),
        (
            "http: { url: https://h, expect: {} }",
            "6:41 `expect` is empty",
        ),
        (
            "http: { url: https://h }\nrequire: { p95: 3s }",
            "7:9 `require` has no meaning beside `http`",
        ),
    ]);
}

#[test]
fn a_database_is_asked_for_what_is_written() {
    let rule = sql("sql: { url-from: DATABASE_URL, tables: [orders, audit.log], rls: all }");
    assert_eq!(rule.url_from, "DATABASE_URL");
    assert_eq!(rule.schemas, ["public"]);
    let tables: Vec<_> = rule.tables.iter().map(ToString::to_string).collect();
    assert_eq!(tables, ["orders", "audit.log"]);
    assert_eq!(rule.rls, Some(RowSecurity::All { except: Vec::new() }));
    let rule = sql("sql: { url-from: U, rls: [public.all, b] }");
    assert!(matches!(rule.rls, Some(RowSecurity::Tables(tables)) if tables.len() == 2));
}

#[test]
fn a_migration_is_a_version_as_it_is_written_or_a_directory() {
    let at = |text: &str| {
        let rule = sql(&format!(
            "sql: {{ url-from: U, migrations: {{ table: m, at: {text} }} }}"
        ));
        rule.migrations.unwrap().at
    };
    let version = |text: &str| MigrationTarget::Version(text.to_owned());
    assert_eq!(at("0012"), version("0012"));
    assert_eq!(at("\"1.10\""), version("1.10"));
    assert_eq!(at("db/"), MigrationTarget::Directory("db".to_owned()));
    assert_eq!(at("./db/x/"), MigrationTarget::Directory("db/x".to_owned()));
}

#[test]
fn a_query_gives_a_value_rows_or_a_number_of_them() {
    let expect = |text: &str| {
        let rule = sql(&format!(
            "sql: {{ url-from: U, query: SELECT 1, expect: {text} }}"
        ));
        rule.query.unwrap().expect
    };
    assert!(matches!(expect("007"), QueryExpectation::Value(it) if it.as_str() == "007"));
    assert!(matches!(expect("[1, true]"), QueryExpectation::Rows(rows) if rows.len() == 2));
    assert!(matches!(expect("[[1, x]]"), QueryExpectation::Rows(rows) if rows[0].len() == 2));
    assert_eq!(expect("{ rows: 3 }"), QueryExpectation::Count(3));
    assert_eq!(expect("{ empty: true }"), QueryExpectation::Count(0));
    assert_eq!(expect("{ empty: false }"), QueryExpectation::Something);
}

#[test]
fn what_asks_a_database_for_nothing_is_refused() {
    refused(&[
        ("sql: { tables: a }", "6:14 `sql` has no `url-from`"),
        (
            "sql: { url-from: U }",
            "6:14 `sql` does not say what must hold | add `tables`, `rls`",
        ),
        (
            "sql: { url-from: postgres://h, tables: a }",
            "6:26 `postgres://h` is not the name of a variable",
        ),
        (
            "sql: { url-from: U, query: SELECT 1 }",
            "6:29 `query` without `expect` says nothing",
        ),
        (
            "sql: { url-from: U, tables: a, expect: 1 }",
            "6:40 `expect` has no `query`",
        ),
        (
            "sql: { url-from: U, query: \" \", expect: 1 }",
            "6:36 the query is empty",
        ),
        (
            "sql: { url-from: U, query: SELECT 1, expect: { rows: 1, empty: true } }",
            "6:65 `rows` and `empty` say the same thing twice",
        ),
        (
            "sql: { url-from: U, query: SELECT 1, expect: [] }",
            "6:54 `expect` is empty",
        ),
        (
            "sql: { url-from: U, query: SELECT 1, expect: [[1, ~]] }",
            "6:59 … must be a text, not nothing",
        ),
        (
            "sql: { url-from: U, rls: [a, all] }",
            "6:38 `all` stands alone, not among tables",
        ),
        (
            "sql: { url-from: U, rls: [a], rls-except: [b] }",
            "6:39 `rls-except` has no meaning without `rls: all`",
        ),
        (
            "sql: { url-from: U, tables: a.b.c }",
            "6:37 `a.b.c` is not a table",
        ),
        (
            "sql: { url-from: U, migrations: { table: m } }",
            "6:41 `migrations` has no `at`",
        ),
        (
            "sql: { url-from: U, migrations: { table: m, at: ../db/ } }",
            "6:57 `../db/` leaves the repository",
        ),
        (
            "sql: { url-from: U, migrations: { table: m, at: ./ } }",
            "6:57 `./` is the repository itself",
        ),
    ]);
}

#[test]
fn buckets_are_those_that_are_named_and_those_with_objects() {
    let rule = storage("storage: { url-from: U, buckets: [a, b], objects: { b: x, c: [y, z] } }");
    let buckets: Vec<_> = rule
        .buckets
        .iter()
        .map(|it| format!("{}: {}", it.name, it.objects.join(" ")))
        .collect();
    assert_eq!(buckets, ["a: ", "b: x", "c: y z"]);
    refused(&[
        (
            "storage: { url-from: U }",
            "6:18 `storage` does not say what must be there",
        ),
        (
            "storage: { buckets: a }",
            "6:18 `storage` has no `url-from`",
        ),
        (
            "storage: { url-from: U, buckets: a/b }",
            "6:42 `a/b` is not a bucket",
        ),
        (
            "storage: { url-from: U, objects: {} }",
            "6:42 `objects` is empty",
        ),
    ]);
}
