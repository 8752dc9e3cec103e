//! What is wrong with bad policies, and where.

use super::*;

/// A policy with this under `gates`, after two stages `test` and `push`.
fn with_gates(lines: &str) -> String {
    let stages = "version: 1\npipeline:\n  test: { checks: { a: { run: x } } }\n  push: { checks: { a: { run: x } } }\ngates:\n";
    format!("{stages}{lines}")
}

const OK: &str = "checks: { a: { run: x } }";

#[test]
fn the_top_level() {
    let stages = format!("pipeline: {{ test: {{ {OK} }} }}");
    check("[]", &["1:1 the policy must be a mapping, not a list"]);
    check(
        "hello",
        &["1:1 the policy must be a mapping, not the text `hello`"],
    );
    check(
        "version: 1",
        &["1:1 the policy has neither stages nor gates"],
    );
    check(
        &stages,
        &["1:1 the policy has no `version` | add `version`"],
    );
    check(
        &format!("version: 2\n{stages}"),
        &["1:10 `version` must be 1, not the number `2` | write 1"],
    );
    check(
        &format!("version: \"1\"\n{stages}"),
        &["1:10 … | remove the quotes: 1"],
    );
    check(
        &format!("version: 1\nproject: 5\n{stages}"),
        &[
            "2:10 `project` must be a text on one line, not the number `5` | put quotes around it: \"5\"",
        ],
    );
    check(
        &format!("version: 1\nproject:\n{stages}"),
        &["2:1 `project` has no value"],
    );
    check(
        &format!("version: 1\nproject: \"a\\nb\"\n{stages}"),
        &["2:10 `a\u{fffd}b` is not a text on one line"],
    );
    check("version: 1\npipeline: {}", &["2:11 `pipeline` is empty"]);
    check("version: 1\npipeline:\n", &["2:1 `pipeline` has no value"]);
    check(
        "version: 1\npipeline: [test]",
        &["2:11 `pipeline` must be a mapping, not a list"],
    );
}

#[test]
fn unknown_keys_and_what_was_meant() {
    let stages = format!("pipeline: {{ test: {{ {OK} }} }}");
    let top = |line: &str| format!("version: 1\n{stages}\n{line}");
    check(
        &top("projct: x"),
        &["3:1 unknown key `projct` | did you mean `project`?"],
    );
    check(
        &top("frobnicate: x"),
        &["3:1 unknown key `frobnicate` | known keys: `budgets`, …`version`"],
    );
    check(
        &top("name: x"),
        &["3:1 unknown key `name` | did you mean `project`?"],
    );
    check(
        &with_check("run: x\nneed: [a]"),
        &["7:9 unknown key `need` | did you mean `needs`?"],
    );
    check(
        &with_check("run: x\nworking_directory: a"),
        &["7:9 … | did you mean `working-directory`?"],
    );
    check(
        &with_check("run: x\ntimeout-minutes: 5"),
        &["7:9 … | did you mean `timeout`"],
    );
    check(
        &with_check("run: x\nresults: { junti: a }"),
        &["7:20 … | did you mean `junit`?"],
    );
    check(
        &with_gates(&format!("  G1: {{ needs: [test], {OK} }}")),
        &["6:9 … | did you mean `requires`?"],
    );
}

#[test]
fn keys_of_later_versions_are_refused_with_that_said() {
    let stages = format!("pipeline: {{ test: {{ {OK} }} }}");
    for key in ["journeys", "environments", "waivers"] {
        let expect = format!(
            "3:1 unknown key `{key}` | this version of Tollgate cannot do `{key}`; remove it or use a version that can"
        );
        check(&format!("version: 1\n{stages}\n{key}: {{}}"), &[&expect]);
    }
    for key in [
        "http",
        "sql",
        "contract",
        "journeys",
        "logs",
        "manual",
        "quota",
        "github",
        "storage",
        "migrations",
    ] {
        let expect =
            format!("6:9 unknown key `{key}` | this version of Tollgate cannot do `{key}`");
        check(&with_check(&format!("{key}: x")), &[&expect]);
    }
    check(
        &with_check("run: x\nonly: [staging]"),
        &["7:9 … | this version of Tollgate cannot do `only`"],
    );
    check(
        &with_gates(&format!(
            "  G1: {{ evidence: [plan], approvals: {{}}, {OK} }}"
        )),
        &["6:9 … cannot do `evidence`", "6:27 … cannot do `approvals`"],
    );
    check(
        &format!("version: 1\n{stages}\nbudgets: {{ pipeline: 5m, rollback: 10m }}"),
        &["3:26 … cannot do `rollback`"],
    );
}

#[test]
fn a_stage_has_no_force_of_its_own() {
    check(
        &format!(
            "version: 1\npipeline:\n  test:\n    severity: advisory\n    requires: [x]\n    {OK}"
        ),
        &[
            "4:5 unknown key `severity` | a stage is blocking…`gates`",
            "5:5 unknown key `requires`",
        ],
    );
}

#[test]
fn stages_stand_in_their_order() {
    let stages = |names: &[&str]| {
        let lines: String = names
            .iter()
            .map(|name| format!("  {name}: {{ {OK} }}\n"))
            .collect();
        format!("version: 1\npipeline:\n{lines}")
    };
    check(&stages(&["lint", "x", "contract", "y", "tag"]), &[]);
    check(
        &stages(&["build", "test"]),
        &[
            "4:3 the stage `test` on line 4 stands after `build` on line 3 | the order is lint, test, contract, build, push, tag",
        ],
    );
    check(
        &stages(&["build", "x", "test", "lint", "push"]),
        &[
            "5:3 …`build` on line 3",
            "6:3 the stage `lint` on line 6 stands after `build` on line 3",
        ],
    );
    check(
        &stages(&["te st"]),
        &["3:3 `te st` is not a name | Letters"],
    );
}

#[test]
fn names_are_used_once() {
    check(
        &with_gates(&format!("  push: {{ {OK} }}")),
        &["6:3 `push` is the name of a stage on line 4 already"],
    );
    check(
        &format!("version: 1\npipeline:\n  test: {{ {OK} }}\n  test: {{ {OK} }}"),
        &["4:3 the key `test` stands on line 3 already | keep one of the two, on line 3 or line 4"],
    );
}

#[test]
fn requirements_point_somewhere_and_not_in_circles() {
    check(
        &with_gates(&format!("  G1: {{ requires: [pus], {OK} }}")),
        &["6:20 there is no stage or gate `pus` | did you mean `push`?"],
    );
    check(
        &with_gates(&format!("  G1: {{ requires: nowhere, {OK} }}")),
        &["6:19 there is no stage or gate `nowhere` | there are: `test`, `push`, `G1`"],
    );
    check(
        &with_gates(&format!("  G1: {{ requires: [G1], {OK} }}")),
        &["6:9 the gates require one another in a circle: G1 → G1"],
    );
    check(
        &with_gates(&format!(
            "  G1: {{ requires: [G2], {OK} }}\n  G2: {{ requires: [G3, push], {OK} }}\n  G3: {{ requires: [G1], {OK} }}\n  G4: {{ requires: [G1], {OK} }}"
        )),
        &["6:9 the gates require one another in a circle: G1 → G2 → G3 → G1"],
    );
    check(
        &with_gates(&format!("  G1: {{ requires: [\"${{X}}\"], {OK} }}")),
        &["6:20 `${X}` is not a name | `${…}` is not expanded in names"],
    );
}

#[test]
fn what_a_gate_may_say() {
    check(
        &with_gates("  G1: { checks: {} }"),
        &["6:17 `checks` is empty"],
    );
    check(
        &with_gates("  G1: { title: x }"),
        &["6:7 `G1` has no `checks`"],
    );
    check(
        &with_gates(&format!("  G1: {{ severity: blokcing, {OK} }}")),
        &[
            "6:19 `severity` must be one of `blocking`, `absolute`, `advisory`, not the text `blokcing` | did you mean `blocking`?",
        ],
    );
    check(
        &with_gates(&format!("  G1: {{ tolerate: 1, {OK} }}")),
        &["6:9 `tolerate` has no meaning in a gate that is blocking | add `severity: advisory`"],
    );
    check(
        &with_gates(&format!(
            "  G1: {{ severity: advisory, tolerate: -1, {OK} }}"
        )),
        &["6:39 `tolerate` must be a whole number, not the number `-1`"],
    );
    check(
        &with_gates(&format!("  G1: {{ sequential: yes, {OK} }}")),
        &["6:21 `sequential` must be `true` or `false`, not the text `yes` | write `true`"],
    );
    check(
        &with_gates(&format!("  G1: {{ sequential: \"true\", {OK} }}")),
        &["6:21 … | remove the quotes: true"],
    );
}

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
        ("run: x\nresults: {}", "7:18 `results` is empty"),
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

#[test]
fn all_mistakes_are_shown_at_once() {
    let text = "version: 1
projct: shop
pipeline:
  build:
    checks:
      image: { run: make image, timeout: 5 minutes }
  test:
    checks:
      pytest:
        run: pytest
        need: [setup]
        results: { junit: /tmp/junit.xml }
        require: { line-coverage: 70% }
      pytest: { run: again }
  push:
    checks:
      digest: { image: { reference: r, same-as: build/image } }
gates:
  G1: { requires: [psh], checks: { a: { http: { url: x } } } }
  G2: { requires: [G3], tolerate: 1, checks: { a: { variables: { matches: { A: \"(\" } } } } }
  G3: { requires: [G2], checks: { a: {} } }
environments: {}
";
    insta::assert_snapshot!(keep(text).unwrap_err());
}
