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
        &["6:3 `G1` asks for nothing | add `checks`, `evidence` or `approvals`"],
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
  G1: { requires: [psh], checks: { a: { quota: { file: x } } } }
  G2: { requires: [G3], tolerate: 1, checks: { a: { variables: { matches: { A: \"(\" } } } } }
  G3: { requires: [G2], checks: { a: {} } }
environments: { p: { gates: [psh], approvals: { from: [] } }, q: { after: [p, qq] } }
";
    insta::assert_snapshot!(keep(text).unwrap_err());
}
