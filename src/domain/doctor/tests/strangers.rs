//! Code of strangers in privileged workflows: every way in which it comes, and what keeps it away.

use super::*;

/// How often the rule finds something in a workflow.
fn count(text: &str) -> usize {
    of_rule(&with_workflow(audit(), text), "untrusted-checkout").len()
}

fn with_step(event: &str, step: &str) -> String {
    format!("on: {event}\njobs:\n  a:\n    steps: [{step}]")
}

#[track_caller]
fn expect(event: &str, step: &str, expected: usize) {
    let text = with_step(event, step);
    assert_eq!(count(&text), expected, "{text}");
}

#[test]
fn code_comes_by_any_reference_to_it() {
    for (event, reference) in [
        (
            "pull_request_target",
            "${{ github.event.pull_request.head.sha }}",
        ),
        (
            "pull_request_target",
            "${{ GitHub.Event.Pull_Request.Head.Ref }}",
        ),
        (
            "pull_request_target",
            "${{ github['event']['pull_request'].head['sha'] }}",
        ),
        ("pull_request_target", "${{github.head_ref || github.ref}}"),
        (
            "pull_request_target",
            "${{ format('{0}', github.head_ref) }}",
        ),
        (
            "pull_request_target",
            "${{ github.event.pull_request.merge_commit_sha }}",
        ),
        (
            "pull_request_target",
            "refs/pull/${{ github.event.number }}/merge",
        ),
        (
            "pull_request_target",
            "refs/pull/${{ github.event.number }}/head",
        ),
        ("workflow_run", "${{ github.event.workflow_run.head_sha }}"),
        (
            "workflow_run",
            "${{ github.event.workflow_run.head_commit.id }}",
        ),
        (
            "workflow_run",
            "${{ github.event.workflow_run.pull_requests[0].head.sha }}",
        ),
        (
            "issue_comment",
            "refs/pull/${{ github.event.issue.number }}/head",
        ),
    ] {
        let step = format!("{{uses: actions/checkout@v4, with: {{ref: \"{reference}\"}}}}");
        expect(event, &step, 1);
        expect("pull_request", &step, 0);
        let fork = step.replace("actions/", "acme/");
        expect(event, &fork, 1);
        let other = step.replace("actions/checkout", "acme/comment");
        expect(event, &other, 0);
    }
    for reference in [
        "main",
        "${{ github.sha }}",
        "${{ github.event.pull_request.base.sha }}",
    ] {
        let step = format!("{{uses: actions/checkout@v4, with: {{ref: '{reference}'}}}}");
        expect("pull_request_target", &step, 0);
    }
}

#[test]
fn code_comes_by_commands_too() {
    for (script, expected) in [
        ("gh pr checkout ${{ github.event.number }}", 1),
        ("set -e; cd x && gh pr checkout 12", 1),
        (
            "git fetch origin pull/${{ github.event.number }}/head:pr && git checkout pr",
            1,
        ),
        ("git fetch origin \"pull/$PR/merge\"", 1),
        ("git fetch origin +refs/pull/12/head", 1),
        (
            "git -C src checkout ${{ github.event.pull_request.head.sha }}",
            1,
        ),
        ("git checkout \"$GITHUB_HEAD_REF\"", 1),
        ("git switch ${GITHUB_HEAD_REF}", 1),
        (
            "git clone -b ${{ github.head_ref }} https://github.com/x/y",
            1,
        ),
        ("bash -c 'gh pr checkout 1'", 1),
        (
            "gh repo clone ${{ github.event.pull_request.head.repo.full_name }}",
            1,
        ),
        (
            "gh api repos/x/y/tarball/${{ github.event.pull_request.head.sha }} > x",
            1,
        ),
        (
            "curl -L https://github.com/x/y/archive/$GITHUB_HEAD_REF.zip",
            1,
        ),
        ("# gh pr checkout 1", 0),
        ("gh pr diff 12", 0),
        ("gh pr comment 12 --body 'please gh pr checkout'", 0),
        ("git log ${{ github.event.pull_request.head.sha }}", 0),
        ("git fetch origin main", 0),
        ("git checkout pull-request-template", 0),
        ("echo $GITHUB_HEAD_REF", 0),
    ] {
        let script = serde_json::to_string(script).unwrap();
        expect(
            "pull_request_target",
            &format!("{{run: {script}}}"),
            expected,
        );
    }
}

#[test]
fn code_comes_through_variables() {
    let head = "${{ github.event.pull_request.head.sha }}";
    for (workflow, job, step) in [
        (
            format!("env: {{HEAD: '{head}'}}"),
            String::new(),
            String::new(),
        ),
        (
            String::new(),
            format!("env: {{HEAD: '{head}'}}"),
            String::new(),
        ),
        (
            String::new(),
            String::new(),
            format!("env: {{HEAD: '{head}'}}, "),
        ),
        (
            format!("env: {{A: '{head}'}}"),
            "env: {HEAD: '${{ env.A }}'}".to_owned(),
            String::new(),
        ),
    ] {
        for taken in [
            "uses: actions/checkout@v4, with: {ref: '${{ env.HEAD }}'}",
            "run: 'git checkout $HEAD'",
            "run: 'git reset --hard \"${HEAD}\"'",
        ] {
            let text = format!(
                "on: pull_request_target\n{workflow}\njobs:\n  a:\n    {job}\n    steps: [{{{step}{taken}}}]"
            );
            assert_eq!(count(&text), 1, "{text}");
            let own = text.replace(head, "${{ github.sha }}");
            assert_eq!(count(&own), 0, "{own}");
        }
    }
    let circle = "on: pull_request_target\nenv: {A: '${{ env.B }}', B: '${{ env.A }}'}\njobs:\n  a:\n    steps: [{run: 'git checkout $A'}]";
    assert_eq!(count(circle), 0);
}

const TAKE: &str = "steps: [{uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}]";
const OWN: &str = "github.event.pull_request.head.repo.full_name == github.repository";

#[test]
fn a_condition_that_keeps_strangers_away_is_enough() {
    let of = |condition: &str| {
        let text = format!(
            "on: pull_request_target\njobs:\n  a:\n    if: {}\n    {TAKE}",
            serde_json::to_string(condition).unwrap()
        );
        count(&text)
    };
    assert_eq!(of(OWN), 0);
    assert_eq!(of(&format!("{OWN} || github.event.action == 'labeled'")), 1);
    assert_eq!(of("github.actor != 'dependabot[bot]'"), 1);
    let step = format!("{{if: \"{OWN}\", run: gh pr checkout 1}}");
    expect("pull_request_target", &step, 0);
    let several = |condition: &str| {
        let text = format!(
            "on: [push, pull_request_target, workflow_run]\njobs:\n  a:\n    if: {condition}\n    {TAKE}"
        );
        count(&text)
    };
    assert_eq!(several("github.event_name == 'push'"), 0);
    assert_eq!(several("github.event_name != 'pull_request_target'"), 1);
}

#[test]
fn a_job_that_is_skipped_keeps_those_away_that_need_it() {
    let of = |first: &str, second: &str| {
        let text = format!(
            "on: pull_request_target\njobs:\n  ok: {{if: {first}, steps: []}}\n  mid: {{needs: ok, steps: []}}\n  a:\n    needs: [mid]\n    {second}\n    {TAKE}"
        );
        count(&text)
    };
    let own = serde_json::to_string(OWN).unwrap();
    assert_eq!(of(&own, ""), 0);
    assert_eq!(of(&own, "if: github.ref == 'x'"), 0);
    assert_eq!(of(&own, "if: always()"), 1);
    assert_eq!(of("always()", ""), 1);
    let circle = format!(
        "on: pull_request_target\njobs:\n  a: {{needs: b, {TAKE}}}\n  b: {{needs: a, steps: []}}"
    );
    assert_eq!(count(&circle), 1);
}
