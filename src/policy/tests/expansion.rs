//! `${NAME}` in policies.

use super::*;
use crate::domain::check::Verb;

const POLICY: &str = r#"version: 1
project: "${NAME}-shop"
pipeline:
  build:
    checks:
      image: { run: "echo ${NAME} $${X}", env: { A: "${NAME}", B: "$${NAME}" }, results: { image-digest: "${NAME}.digest" } }
  push:
    checks:
      digest: { image: { reference: "r/shop:${TOLLGATE_CHECK}", same-as: build/image }, timeout: "${TIME}" }
  tag:
    checks:
      tag: { tag: { name: "v${TOLLGATE_VERSION}" } }
redact: { patterns: ['\$\{NAME}'] }
"#;

fn value(check: Option<&CheckRef>, name: &str) -> Lookup {
    match (name, check) {
        ("NAME", _) => Lookup::Value("n".to_owned()),
        ("TIME", _) => Lookup::Value("7m".to_owned()),
        ("SECRET", _) => Lookup::Value("hunter2".to_owned()),
        ("TOLLGATE_CHECK", Some(check)) => Lookup::Value(check.check.to_string()),
        ("TOLLGATE_VERSION", _) => Lookup::Unavailable("give --release-version".to_owned()),
        _ => Lookup::Undefined,
    }
}

fn expanded(text: &str, only: Option<&[GateId]>) -> Result<Policy, Diagnostics> {
    let lookup = &value;
    load(&source(text), Expansion::Gates { only, lookup })
}

fn problems(text: &str) -> Vec<String> {
    match expanded(text, None) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.0.iter().map(short).collect(),
    }
}

#[test]
fn texts_are_kept_as_they_are_written() {
    let policy = good(POLICY);
    assert_eq!(policy.project, "${NAME}-shop");
    let image = &policy.gates[0].checks[0];
    assert_eq!(
        (
            image.environment["A"].as_str(),
            image.environment["B"].as_str()
        ),
        ("${NAME}", "$${NAME}")
    );
    let digest = &policy.gates[1].checks[0];
    assert_eq!(
        digest.time_out.as_secs(),
        1800,
        "not known yet, so the default"
    );
}

#[test]
fn texts_are_expanded_where_that_is_asked_for() {
    let policy = expanded(POLICY, Some(&[gate_id("build"), gate_id("push")])).unwrap();
    assert_eq!(policy.project, "n-shop");
    let image = &policy.gates[0].checks[0];
    assert_eq!(
        (
            image.environment["A"].as_str(),
            image.environment["B"].as_str()
        ),
        ("n", "${NAME}")
    );
    assert_eq!(image.results.image_digest, ["n.digest"]);
    let digest = &policy.gates[1].checks[0];
    let Verb::Image(rule) = &digest.verb else {
        panic!()
    };
    assert_eq!(
        rule.reference, "r/shop:digest",
        "names may depend on the check"
    );
    assert_eq!(digest.time_out.as_secs(), 420);
    let Verb::Tag(rule) = &policy.gates[2].checks[0].verb else {
        panic!()
    };
    assert_eq!(rule.name, "v${TOLLGATE_VERSION}", "another gate");
    let top_alone = expanded(POLICY, Some(&[])).unwrap();
    assert_eq!(top_alone.project, "n-shop");
    assert_eq!(top_alone.gates[0].checks[0].environment["A"], "${NAME}");
}

#[test]
fn commands_and_patterns_are_never_expanded() {
    let policy = expanded(POLICY, Some(&[gate_id("build")])).unwrap();
    let expect = crate::domain::check::CommandLine::Shell("echo ${NAME} $${X}".to_owned());
    assert_eq!(policy.gates[0].checks[0].verb, Verb::Run(expect));
    assert_eq!(policy.redact.patterns, [r"\$\{NAME}"]);
    let text = with_check("files: { match: { \"${NAME}\": '\\$\\{NAME}' }, exist: \"${NAME}\" }");
    let Verb::Files(files) = &expanded(&text, None).unwrap().gates[0].checks[0]
        .verb
        .clone()
    else {
        panic!()
    };
    assert_eq!(
        (
            files.matching[0].glob.as_str(),
            files.matching[0].pattern.as_str()
        ),
        ("${NAME}", r"\$\{NAME}")
    );
    assert_eq!(files.exist, ["n"]);
}

#[test]
fn a_definition_is_that_of_the_text_as_written() {
    let digests = |policy: &Policy| -> Vec<_> {
        policy
            .gates
            .iter()
            .map(|gate| gate.checks[0].definition)
            .collect()
    };
    let gates = [gate_id("build"), gate_id("push")];
    assert_eq!(
        digests(&good(POLICY)),
        digests(&expanded(POLICY, Some(&gates)).unwrap())
    );
}

#[test]
fn a_name_without_a_value_is_an_error_at_its_place() {
    assert_eq!(
        problems(POLICY),
        ["12:29 `TOLLGATE_VERSION` has no value here | give --release-version"]
    );
    let text = with_check(
        "run: x\nenv:\n  A: a ${NOPE} ${NAME} ${NONE}\n  B: \"${NOPE}\"\n  C: |\n    one\n    two ${NOPE}\n  D: \"$${NOPE}\"",
    );
    let found = problems(&text);
    let expect = [
        "8:16 the environment variable `NOPE` is not set | set it where Tollgate runs; for the text itself write `$${NOPE}`",
        "8:32 the environment variable `NONE` is not set",
        "9:15 the environment variable `NOPE`",
        "12:17 the environment variable `NOPE`",
    ];
    assert_eq!(found.len(), expect.len(), "{found:#?}");
    for (found, expect) in found.iter().zip(expect) {
        assert!(found.starts_with(expect), "{found}\n{expect}");
    }
}

#[test]
fn what_is_no_name_is_an_error_in_every_mode() {
    for (text, expect) in [
        ("a ${B", "7:22 this `${` has no `}`"),
        ("${}", "7:20 `` is no name of a variable"),
        (
            "${{ github.sha }}",
            "7:20 `${{ … }}` is an expression of GitHub Actions",
        ),
    ] {
        let text = with_check(&format!("run: x\nenv: {{ A: \"{text}\" }}"));
        let kept = keep(&text)
            .unwrap_err()
            .0
            .iter()
            .map(short)
            .collect::<Vec<_>>();
        assert_eq!(kept, problems(&text));
        assert!(kept.len() == 1 && kept[0].starts_with(expect), "{kept:?}");
    }
}

#[test]
fn what_a_variable_stands_for_is_held_to_the_same_rules_and_not_shown() {
    for (lines, expect) in [
        (
            "run: x\ntimeout: \"${SECRET}\"",
            "7:18 what `${SECRET}` stands for is not a duration",
        ),
        (
            "run: x\nworking-directory: ../${SECRET}",
            "7:28 `../${SECRET}` leaves the repository",
        ),
        (
            "tag: { name: \"-${SECRET}\" }",
            "6:22 `-${SECRET}` cannot be the name of a tag",
        ),
        (
            "run: x\nresults: { junit: \"[${SECRET}\" }",
            "7:27 `[${SECRET}` is not a glob",
        ),
    ] {
        let found = problems(&with_check(lines));
        assert!(
            found.len() == 1 && found[0].starts_with(expect),
            "{found:?}"
        );
        assert!(!found[0].contains("hunter2"), "{found:?}");
    }
}
