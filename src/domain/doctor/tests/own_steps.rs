//! Tollgate's own steps: what they give the action, and what they name.

use super::*;

const USES: &str = "acme/tollgate@v1";

/// The messages of a rule for one step of a job with a matrix.
fn said(rule: &str, step: &str) -> Vec<String> {
    let matrix = "strategy: {matrix: {gate: [lint, test], wrong: [lint, tset]}}";
    let text = format!("on: push\njobs:\n  a:\n    {matrix}\n    steps: [{step}]");
    of_rule(&with_workflow(audit(), &text), rule)
}

#[track_caller]
fn expect(rule: &str, step: &str, expected: &[&str]) {
    let found = said(rule, step);
    assert_eq!(found.len(), expected.len(), "{step}\n{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn the_action_is_given_what_it_takes() {
    for (with, expected) in [
        (
            "{gate: lint, working-directory: api, Retention-Days: 3}",
            vec![],
        ),
        ("{gate: lint, args: '--jobs 2'}", vec![]),
        ("{gates: lint}", vec!["no input `gates`; is `gate` meant?"]),
        (
            "{command: record, check: lint/a, outcme: x}",
            vec!["no input `outcme`; is `outcome` meant?"],
        ),
        (
            "{working_directory: api}",
            vec!["is `working-directory` meant?"],
        ),
        ("{fail-on: never}", vec!["no input `fail-on`"]),
        ("{entrypoint: /bin/sh}", vec!["no input `entrypoint`"]),
    ] {
        let step = format!("{{uses: {USES}, with: {with}}}");
        expect("input-unknown", &step, &expected);
        let other = step.replace("tollgate", "other");
        expect("input-unknown", &other, &[]);
    }
}

#[test]
fn an_action_of_the_repository_may_have_more_inputs() {
    let text =
        "on: push\njobs:\n  a:\n    steps: [{uses: ./gates, with: {gate: lint, own: 1, other: 2}}]";
    let mut audit = with_workflow(audit(), text);
    assert_eq!(
        of_rule(&audit, "input-unknown"),
        [""; 0],
        "it may be anything"
    );
    let action = "inputs: {own: {description: x}}\nruns: {using: docker, image: Dockerfile, entrypoint: /tollgate, args: [action]}";
    audit
        .actions
        .extend(crate::formats::workflow::read_action("gates", action));
    let found = of_rule(&audit, "input-unknown");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`other`"), "{found:?}");
}

#[test]
fn the_inputs_are_those_of_the_action() {
    use crate::domain::doctor::action::INPUTS;
    let text = include_str!("../../../../action.yml");
    let action = crate::formats::workflow::read_action("", text).unwrap();
    assert_eq!(action.inputs, INPUTS);
}

#[test]
fn names_are_those_of_the_policy() {
    let lint = "names the gate `lnit`, which is unknown; is `lint` meant?";
    for (with, expected) in [
        ("{gate: lint}", vec![]),
        ("{gate: 'lint, test G1'}", vec![]),
        ("{gate: lnit}", vec![lint]),
        ("{gate: 'test lnit'}", vec![lint]),
        ("{gate: '${{ matrix.gate }}'}", vec![]),
        (
            "{gate: '${{ matrix.wrong }}'}",
            vec!["`tset`, which is unknown; is `test` meant?"],
        ),
        ("{gate: '${{ inputs.gate }}'}", vec![]),
        ("{command: record, check: lint/a, outcome: x}", vec![]),
        (
            "{command: record, gate: lint, check: a, outcome: x}",
            vec![],
        ),
        (
            "{command: record, gate: lint, check: b, outcome: x}",
            vec!["names the check `b`"],
        ),
        (
            "{command: record, check: lint/b, outcome: x}",
            vec!["names the check `b`"],
        ),
        ("{command: record, check: lnit/a, outcome: x}", vec![lint]),
        (
            "{command: record, gate: lint, check: '${{ inputs.c }}', outcome: x}",
            vec![],
        ),
        ("{command: promote, environment: production}", vec![]),
        (
            "{command: promote, environment: prodcution}",
            vec!["environment `prodcution`, which is unknown; is `production` meant?"],
        ),
        ("{command: promote, environment: '${{ inputs.e }}'}", vec![]),
        ("{command: publish}", vec![]),
        ("{command: install}", vec![]),
        (
            "{command: recrod}",
            vec!["names the command `recrod`, which is unknown; is `record` meant?"],
        ),
        ("{command: '${{ inputs.c }}'}", vec![]),
        ("{gate: lnit, working-directory: other}", vec![]),
    ] {
        let step = format!("{{uses: {USES}, with: {with}}}");
        expect("name-unknown", &step, &expected);
    }
    for (script, expected) in [
        ("tollgate run lint test --jobs 2 --junit out.xml", vec![]),
        ("tollgate run --only lnit", vec![lint]),
        ("tollgate run $GATE", vec![]),
        (
            "tollgate record lint/b --outcome failure",
            vec!["names the check `b`"],
        ),
        ("tollgate record \"$GATE/b\" --outcome failure", vec![]),
        ("tollgate promote staging", vec![]),
        ("tollgate promote stagin", vec!["is `staging` meant?"]),
        ("tollgate wave lnit", vec![]),
    ] {
        let script = serde_json::to_string(script).unwrap();
        expect("name-unknown", &format!("{{run: {script}}}"), &expected);
    }
}

#[test]
fn nothing_waits_to_be_filled_in() {
    let zeros = format!("acme/tollgate@{}", "0".repeat(40));
    let image = format!("docker://ghcr.io/acme/tollgate@sha256:{}", "0".repeat(64));
    for (uses, count) in [
        (zeros.as_str(), 1),
        (image.as_str(), 1),
        ("OWNER/tollgate@v1", 1),
        ("acme/tollgate@<SHA>", 1),
        ("<owner>/tollgate@v1", 1),
        ("acme/tollgate@SHA_", 0),
        ("acme/tollgate@v1", 0),
        ("acme/tollgate@3d3c42e5aac5ba805825da76410c181273ba90b1", 0),
        ("./", 0),
    ] {
        let step = format!("{{uses: '{uses}'}}");
        let found = said("action-placeholder", &step);
        assert_eq!(found.len(), count, "{uses}: {found:?}");
        assert!(
            count == 0 || said("unpinned-action", &step).is_empty(),
            "{uses} is told once"
        );
    }
    for (uses, count) in [("a/b@1234567", 0), ("a/b@abc1234", 1), ("a/b@deadbeef", 0)] {
        let found = said("unpinned-action", &format!("{{uses: {uses}}}"));
        let is_short = found[0].contains("a shortened SHA");
        assert_eq!(usize::from(is_short), count, "{uses}: {found:?}");
    }
}
