//! `contract`, `logs`, `quota` and `migrations`.

use super::*;
use crate::domain::check::{ContractRule, LogsRule, MigrationsRule, QuotaLimit, Verb};
use crate::domain::quality::share::Share;

#[test]
fn paths_are_within_the_repository() {
    let rule = ContractRule {
        base: "contract/released.yaml".to_owned(),
        current: "openapi.yaml".to_owned(),
    };
    let check =
        check_of("contract: { base: ./contract/released.yaml, current: a/../openapi.yaml }");
    assert_eq!(check.verb, Verb::Contract(rule));
    let directory = "db/migrations".to_owned();
    let check = check_of("migrations: { directory: ./db/migrations/ }");
    assert_eq!(check.verb, Verb::Migrations(MigrationsRule { directory }));
}

#[test]
fn logs_have_an_event_field_by_default() {
    let check = check_of("logs: { file: \"logs/*.log\", fields: user_id, events: [a, b] }");
    let expect = LogsRule {
        globs: vec!["logs/*.log".to_owned()],
        fields: vec!["user_id".to_owned()],
        events: vec!["a".to_owned(), "b".to_owned()],
        event_field: "event".to_owned(),
    };
    assert_eq!(check.verb, Verb::Logs(expect));
    let check = check_of("logs: { file: a, events: x, event-field: log.name }");
    let Verb::Logs(rule) = check.verb else {
        panic!()
    };
    assert_eq!(
        (rule.event_field.as_str(), rule.fields.len()),
        ("log.name", 0)
    );
}

#[test]
fn quotas_have_one_limit_or_both() {
    let check = check_of(
        "quota: { file: usage.json, limits: { b: { fail: 95% }, a: { warn: 80, fail: 99.5% } } }",
    );
    let Verb::Quota(rule) = check.verb else {
        panic!()
    };
    let limit = |name: &str, warn: &str, fail: &str| QuotaLimit {
        name: name.to_owned(),
        warn: Share::parse(warn),
        fail: Share::parse(fail),
    };
    assert_eq!(
        rule.limits,
        [limit("b", "", "95"), limit("a", "80", "99.5")]
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (lines, expect) in [
        (
            "contract: { base: a.yaml }",
            "6:19 `contract` has no `current`",
        ),
        ("contract: a.yaml", "6:19 `contract` must be a mapping"),
        (
            "contract: { base: a.yaml, current: ./a.yaml }",
            "6:35 `base` and `current` are the same file | `base` is a copy",
        ),
        (
            "contract: { base: /a.yaml, current: b }",
            "6:27 `/a.yaml` is an absolute path",
        ),
        (
            "contract: { base: ../a.yaml, current: b }",
            "6:27 `../a.yaml` leaves the repository",
        ),
        ("contract: { base: a/, current: b }", "6:27 `a/` is no file"),
        ("contract: { base: ., current: b }", "6:27 `.` is no file"),
        (
            "logs: { file: a }",
            "6:15 `logs` does not say what to look for | add `fields`",
        ),
        ("logs: { fields: a }", "6:15 `logs` has no `file`"),
        ("logs: { file: ../a, fields: b }", "6:23 `../a` holds `..`"),
        (
            "logs: { file: a, fields: a..b }",
            "6:34 `a..b` is not a field",
        ),
        ("logs: { file: a, fields: [] }", "6:34 `fields` is empty"),
        ("quota: { file: a }", "6:16 `quota` has no `limits`"),
        ("quota: { file: a, limits: {} }", "6:35 `limits` is empty"),
        ("quota: { file: a, limits: { b: {} } }", "6:40 `b` is empty"),
        (
            "quota: { file: a, limits: { b: { fail: 101% } } }",
            "6:48 `101%` is not a share",
        ),
        (
            "quota: { file: a, limits: { b: { warn: 95%, fail: 95% } } }",
            "6:42 `warn` is 95 % and `fail` is 95 %, so nobody is warned | `warn` must be less",
        ),
        (
            "migrations: { directory: ../a }",
            "6:34 `../a` leaves the repository",
        ),
        ("migrations: {}", "6:21 `migrations` has no `directory`"),
        (
            "migrations: { directory: a }\nenv: { A: 1 }",
            "7:9 `env` has no meaning beside `migrations`",
        ),
    ] {
        check(&with_check(lines), &[expect]);
    }
}
