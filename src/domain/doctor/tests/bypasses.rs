//! What would let a release pass by its gates, each with a neighbour that is fine.

use super::*;

/// The messages of a rule in the jobs of a workflow that runs on `push`.
fn said(rule: &str, jobs: &str) -> Vec<String> {
    let text = format!("on: push\njobs:\n{jobs}");
    of_rule(&with_workflow(audit(), &text), rule)
}

#[track_caller]
fn expect(rule: &str, jobs: &str, count: usize) {
    let found = said(rule, jobs);
    assert_eq!(found.len(), count, "{jobs}\n{found:?}");
}

#[test]
fn a_job_promotes_before_it_deploys() {
    let promote = "{uses: acme/tollgate@v1, with: {command: promote, environment: production}}";
    let checkout = "{uses: actions/checkout@v4}";
    for (steps, count) in [
        ("{run: ./deploy.sh}".to_owned(), 1),
        (format!("{checkout}, {{run: ./deploy.sh}}, {promote}"), 1),
        (format!("{{uses: acme/deploy-action@v1}}, {promote}"), 1),
        (
            "{run: tollgate promote staging}, {run: ./deploy.sh}".to_owned(),
            1,
        ),
        (
            "{run: tollgate promote production, if: false}, {run: ./deploy.sh}".to_owned(),
            1,
        ),
        (
            format!("{checkout}, {{uses: acme/setup-kubectl@v1}}, {promote}, {{run: ./deploy.sh}}"),
            0,
        ),
        (
            "{run: tollgate promote production && ./deploy.sh}".to_owned(),
            0,
        ),
        (
            "{run: tollgate promote \"$WHERE\"}, {run: ./deploy.sh}".to_owned(),
            0,
        ),
        (
            "{run: tollgate rollback production}, {run: ./undo.sh}".to_owned(),
            0,
        ),
        (format!("{checkout}, {{run: echo hello}}"), 0),
    ] {
        let job = format!("  a:\n    environment: Production\n    steps: [{steps}]");
        expect("deploy-without-promote", &job, count);
    }
    let elsewhere = "  a: {environment: preview, steps: [{run: ./deploy.sh}]}";
    expect("deploy-without-promote", elsewhere, 0);
    let first = format!("  p: {{environment: production, steps: [{promote}]}}\n");
    let second = "  a: {needs: p, environment: production, steps: [{run: ./deploy.sh}]}";
    expect("deploy-without-promote", &format!("{first}{second}"), 0);
    let beside = second.replace("needs: p, ", "");
    expect("deploy-without-promote", &format!("{first}{beside}"), 1);
}

#[test]
fn a_script_does_not_swallow_the_failure_of_a_gate() {
    for (script, count) in [
        ("tollgate run lint || echo oh", 1),
        ("tollgate run lint || exit 0", 1),
        ("tollgate run lint || :", 1),
        ("tollgate run lint || { echo oh; true; }", 1),
        ("set +e\ntollgate run lint\necho done", 1),
        ("tollgate run lint | tee log", 1),
        ("if tollgate run lint; then echo good; fi", 1),
        ("timeout 10m tollgate run lint || true", 1),
        ("bash -c \"tollgate run lint || true\"", 1),
        ("bash -c 'tollgate run lint; echo done'", 1),
        ("tollgate run lint || code=$?", 1),
        ("tollgate run lint || { echo oh; exit 1; }", 0),
        ("tollgate run lint || exit", 0),
        ("tollgate run lint || code=$?\nexit $code", 0),
        ("set +e\ntollgate run lint", 0),
        (
            "set +e\ntollgate run lint\ncode=$?\necho done\nexit $code",
            0,
        ),
        ("set +e\nx\nset -e\ntollgate run lint\necho done", 0),
        ("set -euo pipefail\ntollgate run lint | tee log", 0),
        ("set -o pipefail\ntollgate run lint | tee log", 0),
        ("tollgate run lint | tee log\nexit ${PIPESTATUS[0]}", 0),
        ("if ! tollgate run lint; then exit 1; fi", 0),
        ("until tollgate promote production; do sleep 30; done", 0),
        ("timeout 10m tollgate run lint", 0),
        ("bash -c 'tollgate run lint'", 0),
        ("tollgate run --help || true", 0),
        ("make lint || true", 0),
    ] {
        let script = serde_json::to_string(script).unwrap();
        let job = format!("  a:\n    steps: [{{run: {script}}}]");
        expect("failure-ignored", &job, count);
    }
    let shell = "  a:\n    steps: [{run: tollgate run lint | tee log, shell: bash}]";
    expect("failure-ignored", shell, 0);
    let shell =
        "  a:\n    defaults: {run: {shell: bash}}\n    steps: [{run: tollgate run lint | tee log}]";
    expect("failure-ignored", shell, 0);
    let never = "  a:\n    steps: [{run: tollgate run lint, if: '${{ false }}'}]";
    expect("failure-ignored", never, 1);
}

#[test]
fn an_outcome_is_looked_at_by_what_fails() {
    for (later, count) in [
        ("{run: 'echo ${{ steps.g.outcome }}'}", 1),
        ("{if: steps.g.outcome == 'failure', run: echo bad}", 1),
        ("{if: steps.g.outcome == 'failure', run: exit 1}", 0),
        ("{run: 'test ${{ steps.g.outcome }} = success'}", 0),
        (
            "{run: 'test $X = success', env: {X: '${{ steps.g.outcome }}'}}",
            0,
        ),
    ] {
        let job = format!(
            "  a:\n    steps: [{{id: g, run: tollgate run lint, continue-on-error: true}}, {later}]"
        );
        expect("failure-ignored", &job, count);
    }
}

#[test]
fn an_outcome_is_not_made_up() {
    for (outcome, count) in [
        ("success", 1),
        ("${{ 'success' }}", 1),
        ("${{ steps.t.conclusion }}", 1),
        ("${{ job.status }}", 1),
        ("${{ needs.a.result }}", 1),
        ("${{ steps.t.outcome || 'success' }}", 1),
        (
            "${{ steps.t.conclusion == 'success' && 'success' || 'failure' }}",
            1,
        ),
        (
            "${{ github.ref == 'x' && 'success' || steps.t.outcome }}",
            1,
        ),
        ("${{ env.MADE_UP }}", 1),
        ("${{ steps.other.outcome }}", 1),
        ("${{ steps.later.outcome }}", 1),
        ("${{ steps.t.outcome }}", 0),
        ("${{steps['T'].outcome}}", 0),
        (
            "${{ steps.t.outcome == 'success' && 'success' || 'failure' }}",
            0,
        ),
        ("${{ env.GOOD }}", 0),
        ("${{ inputs.outcome }}", 0),
        ("failure", 0),
    ] {
        let env = "env: {MADE_UP: success, GOOD: '${{ steps.t.outcome }}'}";
        let of_step = |step: &str| {
            format!(
                "  a:\n    {env}\n    steps: [{{id: t, run: x}}, {step}, {{id: later, run: x}}]"
            )
        };
        let with = format!("{{command: record, check: lint/a, outcome: \"{outcome}\"}}");
        let step = format!("{{uses: acme/tollgate@v1, with: {with}}}");
        expect("outcome-made-up", &of_step(&step), count);
        let step = format!("{{run: \"tollgate record lint/a --outcome {outcome}\"}}");
        expect("outcome-made-up", &of_step(&step), count);
        let script = "tollgate record lint/a --outcome \\\"$HOW\\\"";
        let step = format!("{{run: \"{script}\", env: {{HOW: \"{outcome}\"}}}}");
        expect("outcome-made-up", &of_step(&step), count);
    }
}

#[test]
fn what_tollgate_judges_itself_stands_for_no_step() {
    let policy = "version: 1
journeys: { order: { tests: x } }
gates: { G1: { checks: { e2e: { run: x, results: { junit: x } }, table: { journeys: { all: true } } } } }
";
    let source = Source {
        path: "tollgate.yml".to_owned(),
        text: policy.to_owned(),
    };
    for (check, count) in [("table", 0), ("e2e", 2)] {
        let text = format!(
            "on: push
jobs:
  a:
    steps:
    - run: tollgate record G1/{check} --outcome success
    - {{uses: acme/tollgate@v1, with: {{command: record, gate: G1, check: {check}, outcome: success}}}}"
        );
        let audit = Audit::new(load(&source, Expansion::Keep).unwrap());
        let audit = with_workflow(audit, &text);
        assert_eq!(of_rule(&audit, "outcome-made-up").len(), count, "{check}");
    }
}

#[test]
fn an_action_of_the_repository_is_tollgate_if_it_runs_it() {
    let jobs = "  test:\n    steps: [{uses: ./.github/actions/gates, with: {gate: test}}]\n  lint:\n    steps: [{uses: ./.github/actions/gates, continue-on-error: true}]";
    let text = format!("on: push\njobs:\n{jobs}");
    let mut audit = with_workflow(audit(), &text);
    assert_eq!(of_rule(&audit, "missing-needs"), Vec::<String>::new());
    let action = "inputs: {gate: {default: lint}}\nruns: {using: docker, image: Dockerfile, entrypoint: /tollgate, args: [action]}";
    let read = crate::formats::workflow::read_action;
    audit.actions.extend(read(".github/actions/gates", action));
    let found = of_rule(&audit, "missing-needs");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`lint`"), "{found:?}");
    assert_eq!(of_rule(&audit, "failure-ignored").len(), 1);
    assert_eq!(read("x", &action.replace("/tollgate", "/other")), None);
    assert_eq!(read("x", "["), None);
}

#[test]
fn a_called_workflow_runs_the_gates_of_its_jobs() {
    let called = "on: workflow_call\njobs: {x: {steps: [{run: tollgate run lint}]}}";
    let caller = |needs: &str| {
        let mut audit = with_workflow(audit(), called);
        audit.workflows[0].path = ".github/workflows/x.yml".to_owned();
        let text = format!(
            "on: push\njobs:\n  lint: {{uses: ./.github/workflows/x.yml}}\n  test: {{needs: [{needs}], steps: [{{run: tollgate run test}}]}}"
        );
        of_rule(&with_workflow(audit, &text), "missing-needs")
    };
    assert_eq!(caller("lint"), Vec::<String>::new());
    assert_eq!(caller("").len(), 1);
}

#[test]
fn a_long_chain_of_jobs_is_followed_to_its_start() {
    let mut jobs = String::from("  j0: {steps: [{run: tollgate run lint}]}\n");
    for at in 1..900 {
        let before = at - 1;
        jobs.push_str(&format!("  j{at}: {{needs: j{before}, steps: []}}\n"));
    }
    let last =
        |needs: &str| format!("{jobs}  z: {{needs: {needs}, steps: [{{run: tollgate run test}}]}}");
    expect("missing-needs", &last("j899"), 0);
    expect("missing-needs", &last("[]"), 1);
}
