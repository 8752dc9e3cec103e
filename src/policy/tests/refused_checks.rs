//! What is wrong with bad checks, and where.

use super::*;

const OK: &str = "checks: { a: { run: x } }";

#[test]
fn a_check_has_exactly_one_verb() {
    check(
        &with_check("title: x"),
        &["5:7 the check `one` has no verb | add one of `run`"],
    );
    check(
        &with_check("run: x\ntag: { name: v1 }"),
        &["7:9 the check `one` has more than one verb: `run` on line 6 and `tag` on line 7"],
    );
    check(
        &with_check("runn: x"),
        &["6:9 unknown key `runn` | did you mean `run`?"],
    );
    check(
        &with_check("command: x"),
        &["6:9 unknown key `command` | did you mean `run`?"],
    );
    check(
        &with_check("nonsense: x"),
        &[
            "5:7 the check `one` has no verb",
            "6:9 unknown key `nonsense`",
        ],
    );
    check(
        &with_check("run: [x, {}]"),
        &["6:18 `run` must be a text, not a mapping"],
    );
}

#[test]
fn values_of_checks() {
    for (lines, expect) in [
        ("run:", "6:9 `run` has no value | write a command or a list"),
        (
            "run: {}",
            "6:14 `run` must be a command or a list, not a mapping",
        ),
        ("run: 5", "6:14 `run` must be a command, not the number `5`"),
        ("run: \" \"", "6:14 ` ` is not a command"),
        ("run: []", "6:14 `run` is empty"),
        ("run: [\"\", x]", "6:15 this command has no program"),
        ("run: \"a\\0b\"", "6:14 a text cannot hold a null character"),
        (
            "run: x\ntimeout: 5 minutes",
            "7:18 `5 minutes` is not a duration | A whole number",
        ),
        (
            "run: x\ntimeout: 30",
            "7:18 `timeout` must be a duration, not the number `30` | A whole number",
        ),
        ("run: x\ntimeout: 0s", "7:18 `0s` is not a duration"),
        (
            "run: x\nretries: 11",
            "7:18 `retries` must be a whole number from 0 to 10, not the number `11`",
        ),
        (
            "run: x\nretries: many",
            "7:18 `retries` must be a whole number from 0 to 10, not the text `many`",
        ),
        (
            "run: x\nretries: \"${N}\"",
            "7:18 … | `${…}` is not expanded",
        ),
        ("run: x\nretries: \"2\"", "7:18 … | remove the quotes: 2"),
        (
            "run: x\nenv: { A-B: x }",
            "7:16 `A-B` is not the name of a variable",
        ),
        (
            "run: x\nenv: { TOLLGATE_SHA: x }",
            "7:16 `TOLLGATE_SHA` is set by Tollgate itself",
        ),
        (
            "run: x\nenv: { A: }",
            "7:16 `A` has no value | write a text, \"\" for an empty one",
        ),
        (
            "run: x\nenv: { A: [] }",
            "7:19 `A` must be a text, not a list",
        ),
        ("versions: {}", "6:19 `versions` is empty"),
        (
            "versions: { python: \">=3.12\" }",
            "6:29 `>=3.12` is not a version | A version or its beginning",
        ),
        (
            "versions: { \"my tool\": 1 }",
            "6:21 `my tool` is not a tool or package",
        ),
        (
            "tag: { name: \"v 1\" }",
            "6:22 `v 1` cannot be the name of a tag",
        ),
        ("tag: { message: x }", "6:14 `tag` has no `name`"),
        ("tag: v1", "6:14 `tag` must be a mapping, not the text `v1`"),
    ] {
        check(&with_check(lines), &[expect]);
    }
}

#[test]
fn paths_stay_inside_the_repository() {
    for (lines, expect) in [
        (
            "run: x\nworking-directory: ../x",
            "7:28 `../x` leaves the repository | write a path inside",
        ),
        (
            "run: x\nworking-directory: /x",
            "7:28 `/x` is an absolute path",
        ),
        (
            "run: x\nresults: { junit: /tmp/x.xml }",
            "7:27 `/tmp/x.xml` is an absolute path",
        ),
        (
            "run: x\nresults: { junit: [a, ../x.xml] }",
            "7:31 `../x.xml` holds `..`",
        ),
        (
            "run: x\nresults: { junit: \"a[\" }",
            "7:27 `a[` is not a glob: ",
        ),
        (
            "run: x\nresults: { junit: \"!a\" }",
            "7:27 `!a` is not a glob",
        ),
        ("run: x\nresults: { junit: [] }", "7:27 `junit` is empty"),
        ("run: x\nevidence: { html: ../x }", "7:27 `../x` holds `..`"),
        ("run: x\nevidence: /x", "7:19 `/x` is an absolute path"),
        ("files: { exist: a/../../b }", "6:25 `a/../../b` holds `..`"),
        ("files: { match: { ../x: y } }", "6:27 `../x` holds `..`"),
    ] {
        check(&with_check(lines), &[expect]);
    }
    let settings = |line: &str| format!("version: 1\npipeline: {{ test: {{ {OK} }} }}\n{line}");
    check(
        &settings("evidence: { directory: ../x }"),
        &["3:24 `../x` leaves the repository"],
    );
    check(
        &settings("evidence: { directory: . }"),
        &["3:24 `.` is the repository itself"],
    );
    check(&settings("evidence: { directory: /var/tollgate }"), &[]);
}

#[test]
fn the_other_settings() {
    let settings = |line: &str| format!("version: 1\npipeline: {{ test: {{ {OK} }} }}\n{line}");
    check(
        &settings("evidence: { retention: { default: 36h } }"),
        &["3:35 `default` is not kept for whole days"],
    );
    check(&settings("evidence: { retention: { junit: 48h } }"), &[]);
    check(
        &settings("evidence: { retention: { \"a b\": 1d } }"),
        &["3:26 `a b` is not a name"],
    );
    check(
        &settings("redact: { patterns: [\"a(\"] }"),
        &["3:22 this is not a regular expression: unclosed group"],
    );
    check(
        &settings("redact: { patterns: \"a*\" }"),
        &["3:21 this pattern matches an empty text"],
    );
    check(
        &settings("redact: { emails: 1 }"),
        &["3:19 `emails` must be `true` or `false`"],
    );
    check(
        &settings("budgets: { pipeline: soon }"),
        &["3:22 `soon` is not a duration"],
    );
}

#[test]
fn files_and_variables_must_ask_for_something_that_can_hold() {
    for (lines, expect) in [
        ("files: {}", "6:16 `files` is empty"),
        (
            "files: { match: { a: \"(\" } }",
            "6:30 this is not a regular expression",
        ),
        (
            "files: { forbid: { a: \"\" } }",
            "6:31 `` is not a regular expression",
        ),
        (
            "variables: { matches: { A: \"[\" } }",
            "6:36 this is not a regular expression",
        ),
        (
            "variables: { present: [A B] }",
            "6:32 `A B` is not the name of a variable",
        ),
        (
            "variables: { present: [A], absent: [B, A] }",
            "6:48 `A` must be set and must not be set",
        ),
        (
            "variables: { hardcoded: { in: a } }",
            "6:22 `hardcoded` does not say what to look for",
        ),
        (
            "variables: { hardcoded: { pattern: a } }",
            "6:33 `hardcoded` has no `in`",
        ),
        (
            "variables: { hardcoded: { in: a, pattern: \"(\" } }",
            "6:51 this is not a regular expression",
        ),
    ] {
        check(&with_check(lines), &[expect]);
    }
}

#[test]
fn requirements_can_be_judged() {
    for (lines, expect) in [
        (
            "require: { line-coverage: 70% }",
            "7:20 `line-coverage` cannot be judged without `results: coverage`",
        ),
        (
            "results: { coverage: c }\nrequire: { skipped: 0 }",
            "8:20 `skipped` cannot be judged without `results: junit`",
        ),
        (
            "results: { junit: c }\nrequire: { p95: 3s }",
            "8:20 `p95` cannot be judged without `results: latency`",
        ),
        (
            "results: { junit: c }\nrequire: { findings: { error: 0 } }",
            "8:20 `findings` cannot be judged without `results: sarif`",
        ),
        (
            "results: { junit: c }\nrequire: { skipped: 2 }\ncritical: true",
            "8:20 a critical check allows no skipped test",
        ),
        (
            "results: { coverage: c }\nrequire: { line-coverage: 120% }",
            "8:35 `120%` is not a share",
        ),
        (
            "results: { sarif: c }\nrequire: { findings: {} }",
            "8:30 `findings` is empty",
        ),
    ] {
        check(&with_check(&format!("run: x\n{lines}")), &[expect]);
    }
}

#[test]
fn keys_of_a_command_belong_to_a_command() {
    check(
        &with_check(
            "tag: { name: v1 }\nresults: { junit: a }\nrequire: { skipped: 0 }\nenv: { A: b }\nworking-directory: a\nneeds-token: true\nretries: 1\nevidence: a",
        ),
        &[
            "7:9 `results` has no meaning beside `tag`",
            "8:9 `require` has no meaning beside `tag`",
            "9:9 `env` has no meaning beside `tag`",
            "10:9 `working-directory` has no meaning beside `tag`",
            "11:9 `needs-token` has no meaning beside `tag`",
        ],
    );
}

#[test]
fn needs_name_checks_of_the_same_gate_and_not_in_circles() {
    let gate = |lines: &str| {
        format!(
            "version: 1\npipeline:\n  lint: {{ checks: {{ other: {{ run: x }} }} }}\n  test:\n{lines}"
        )
    };
    check(
        &gate(
            "    checks:\n      a: { run: x }\n      b: { run: x, needs: [a] }\n      c: { run: x, needs: b }",
        ),
        &[],
    );
    check(
        &gate("    checks:\n      aa: { run: x }\n      b: { run: x, needs: [ab] }"),
        &["7:28 `test` has no check `ab` | did you mean `aa`?"],
    );
    check(
        &gate("    checks:\n      b: { run: x, needs: [other] }"),
        &["6:28 `test` has no check `other` | `needs` names checks of the same gate"],
    );
    check(
        &gate("    checks:\n      b: { run: x, needs: [lint] }"),
        &["6:28 `test` has no check `lint` | `needs` names checks of the same gate"],
    );
    check(
        &gate("    checks:\n      a: { run: x, needs: [a] }"),
        &["6:20 the checks need one another in a circle: a → a"],
    );
    check(
        &gate("    checks:\n      a: { run: x, needs: [b] }\n      b: { run: x, needs: [a] }"),
        &["6:20 the checks need one another in a circle: a → b → a"],
    );
    check(
        &gate(
            "    sequential: true\n    checks:\n      a: { run: x, needs: [b] }\n      b: { run: x }",
        ),
        &["7:28 `a` needs `b`, which comes after it on line 8 in a sequential gate"],
    );
}

#[test]
fn the_digest_of_an_image_is_recorded_before_it_is_compared() {
    let policy = |same_as: &str| {
        format!(
            "version: 1
pipeline:
  build: {{ checks: {{ image: {{ run: x, results: {{ image-digest: d }} }}, plain: {{ run: x }} }} }}
  push: {{ checks: {{ digest: {{ image: {{ reference: r, same-as: {same_as} }} }} }} }}
  later: {{ checks: {{ image: {{ run: x, results: {{ image-digest: d }} }} }} }}
"
        )
    };
    let column = 4 + "  push: { checks: { digest: { image: { reference: r, same-as: ".len() - 3;
    check(&policy("build/image"), &[]);
    for (same_as, expect) in [
        (
            "buidl/image",
            "there is no stage or gate `buidl` | did you mean `build`?",
        ),
        (
            "build/imag",
            "`build` has no check `imag` | did you mean `image`?",
        ),
        (
            "build/plain",
            "`build/plain` records no image digest | add `results: { image-digest: … }`",
        ),
        (
            "later/image",
            "`push` does not require `later`, so `later/image` may come later",
        ),
        (
            "image",
            "`image` is not a check with its gate | The names of a stage or gate",
        ),
        ("push/digest", "`push/digest` records no image digest"),
    ] {
        let expect = format!("4:{column} {expect}");
        let text = policy(same_as);
        let found: Vec<String> = keep(&text).unwrap_err().0.iter().map(short).collect();
        assert!(
            found.iter().any(|found| fits(found, &expect)),
            "{found:#?}\n{expect}"
        );
    }
}
