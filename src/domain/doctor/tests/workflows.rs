//! The rules of workflow files: what they find in a short workflow, and what they leave alone.

use super::*;

const NONE: [u32; 0] = [];

/// Findings of a rule in jobs of a workflow that runs on `push`, as their lines.
fn lines(rule: &str, jobs: &str) -> Vec<u32> {
    in_workflow(rule, &format!("on: push\njobs:\n{jobs}"))
}

fn in_workflow(rule: &str, text: &str) -> Vec<u32> {
    let audit = with_workflow(audit(), text);
    let findings = examine(&audit).into_iter();
    let found = findings.filter(|finding| finding.rule.id == rule);
    found
        .map(|finding| match finding.place {
            Place::File(_, line) => line,
            Place::Setting(setting) => panic!("{setting}"),
        })
        .collect()
}

#[test]
fn a_job_that_releases_names_its_environment() {
    let rule = "deploy-without-environment";
    for (job, expect) in [
        ("run: tollgate promote production", vec![4]),
        ("run: ./bin/tollgate -v promote production", vec![4]),
        (
            "run: \"$RUNNER_TEMP/tollgate\" promote production && ./deploy",
            vec![4],
        ),
        ("run: tollgate deploy production", vec![4]),
        ("run: tollgate promote \"$ENV\"", vec![4]),
        (
            "{uses: acme/tollgate@v1, with: {command: promote, environment: production}}",
            vec![4],
        ),
        (
            "{uses: 'docker://ghcr.io/acme/tollgate:1', with: {command: deploy, environment: production}}",
            vec![4],
        ),
        ("run: tollgate promote elsewhere", vec![4]),
        ("run: tollgate promote staging", vec![]),
        ("run: echo tollgate promote production", vec![]),
        ("run: tollgate -C services/api promote production", vec![]),
        ("run: tollgate rollback production", vec![]),
        (
            "{uses: acme/other@v1, with: {command: promote, environment: production}}",
            vec![],
        ),
    ] {
        let step = format!(
            "  a:\n    steps: [{}]",
            if job.starts_with('{') {
                job.to_owned()
            } else {
                format!("{{{}}}", job.replacen("run: ", "run: '", 1) + "'")
            }
        );
        assert_eq!(lines(rule, &step), expect, "{job}");
    }
    let named = |environment: &str| {
        lines(
            rule,
            &format!(
                "  a:\n    environment: {environment}\n    steps: [{{run: tollgate promote production}}]"
            ),
        )
    };
    assert_eq!(named("production"), NONE);
    assert_eq!(named("{name: Production, url: x}"), NONE);
    assert_eq!(named("${{ inputs.environment }}"), NONE);
    assert_eq!(
        named("${{ github.ref == 'x' && 'production' || 'staging' }}"),
        NONE
    );
    assert_eq!(named("staging"), [5]);
}

#[test]
fn an_environment_that_is_misspelt_is_found_without_github() {
    let rule = "environment-unknown";
    let named = |name: &str| {
        lines(
            rule,
            &format!("  a:\n    environment: {name}\n    steps: []"),
        )
    };
    assert_eq!(named("prodution"), [4]);
    assert_eq!(named("{url: x, name: prodution}"), [4]);
    assert_eq!(named("PRODUCTION"), NONE);
    assert_eq!(named("github-pages"), NONE);
    assert_eq!(named("pr-${{ github.event.number }}"), NONE);
}

#[test]
fn an_environment_that_github_does_not_have_is_found() {
    let jobs = "on: push\njobs:\n  a: {environment: preview, steps: []}\n  b: {environment: pypi, steps: []}\n  c: {environment: production, steps: []}\n  d: {environment: '${{ matrix.e }}', strategy: {matrix: {e: [pypi, other]}}, steps: []}";
    let mut audit = with_workflow(audit(), jobs);
    let pypi = EnvironmentFacts {
        name: "PyPI".to_owned(),
        ..EnvironmentFacts::default()
    };
    audit.live.environments = Answer::Known(vec![pypi]);
    let found = of_rule(&audit, "environment-unknown");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("w1.yml:3: ") && found[0].contains("does not exist"));
    assert!(found[1].starts_with("w1.yml:6: ") && found[1].contains("`other`"));
}

#[test]
fn a_job_waits_for_the_gates_that_it_requires() {
    let rule = "missing-needs";
    let lint = "  lint: {steps: [{run: tollgate run lint}]}\n";
    let test = |needs: &str, run: &str| {
        lines(
            rule,
            &format!(
                "{lint}  mid: {{needs: lint, steps: []}}\n  test:\n    needs: [{needs}]\n    steps: [{{run: '{run}'}}]"
            ),
        )
    };
    assert_eq!(test("", "tollgate run test"), [5]);
    assert_eq!(test("", "tollgate run --only test"), [5]);
    assert_eq!(test("", "tollgate record test/a --outcome success"), [5]);
    assert_eq!(test("", "tollgate promote staging"), [5]);
    assert_eq!(test("", "tollgate run G1"), [5]);
    assert_eq!(test("lint", "tollgate run test"), NONE);
    assert_eq!(
        test("mid", "tollgate run test"),
        NONE,
        "through another job"
    );
    assert_eq!(test("", "tollgate run lint test"), NONE, "it runs both");
    assert_eq!(test("", "tollgate run"), NONE, "it runs all");
    assert_eq!(test("", "tollgate run G4"), NONE, "it requires nothing");
    assert_eq!(test("", "tollgate status"), NONE);
    assert_eq!(test("", "tollgate run \"$GATE\""), NONE, "who knows");
    assert_eq!(
        test("", "tollgate --directory=web run test"),
        NONE,
        "another project"
    );
    let called = "  lint: {steps: [{run: tollgate run lint}]}\n  x: {uses: ./.github/workflows/x.yml}\n  test: {needs: x, steps: [{run: tollgate run test}]}";
    assert_eq!(lines(rule, called), NONE, "the called workflow may run it");
    let matrix = "  first: {strategy: {matrix: {g: [lint]}}, steps: [{uses: a/tollgate@v1, with: {gate: '${{ matrix.g }}'}}]}\n  test: {steps: [{uses: a/tollgate@v1, with: {command: record, check: test/a}}]}";
    assert_eq!(lines(rule, matrix), [4]);
    assert_eq!(
        lines(rule, "  test: {steps: [{run: tollgate run test}]}"),
        NONE
    );
}

#[test]
fn the_failure_of_a_gate_is_not_ignored() {
    let rule = "failure-ignored";
    let gate = "run: tollgate run lint";
    for (job, expect) in [
        (format!("  a:\n    continue-on-error: true\n    steps: [{{{gate}}}]"), vec![4]),
        (format!("  a:\n    steps:\n      - {gate}\n        continue-on-error: true"), vec![6]),
        (format!("  a:\n    steps:\n      - {gate} || true"), vec![5]),
        ("  a:\n    steps:\n      - run: |\n          set -e\n          tollgate record lint/a --outcome success || :".to_owned(), vec![7]),
        (format!("  a:\n    continue-on-error: ${{{{ matrix.x }}}}\n    strategy: {{matrix: {{x: [true, false]}}}}\n    steps: [{{{gate}}}]"), vec![4]),
        ("  a:\n    steps:\n      - uses: a/tollgate@v1\n        continue-on-error: true".to_owned(), vec![6]),
        (format!("  a:\n    continue-on-error: ${{{{ inputs.x }}}}\n    steps: [{{{gate}}}]"), vec![]),
        (format!("  a:\n    continue-on-error: false\n    steps: [{{{gate}}}]"), vec![]),
        ("  a:\n    steps:\n      - id: t\n        run: pytest\n        continue-on-error: true\n      - run: tollgate record lint/a --outcome ${{ steps.t.outcome }}".to_owned(), vec![]),
        (format!("  a:\n    steps:\n      - id: g\n        {gate}\n        continue-on-error: true\n      - if: steps.g.outcome == 'failure'\n        run: exit 1"), vec![]),
        ("  a:\n    continue-on-error: true\n    steps: [{run: tollgate status}]".to_owned(), vec![]),
        (format!("  a:\n    steps:\n      - {gate} || exit 1"), vec![]),
    ] {
        assert_eq!(lines(rule, &job), expect, "{job}");
    }
}

#[test]
fn no_deploy_runs_after_a_failure() {
    let rule = "deploy-despite-failure";
    let deploy = |condition: &str, body: &str| {
        lines(
            rule,
            &format!("  a: {{steps: []}}\n  b:\n    needs: a\n    if: {condition}\n    {body}"),
        )
    };
    let body = "environment: production";
    for condition in ["always()", "${{ !cancelled() }}", "success() || failure()"] {
        assert_eq!(deploy(condition, body), [6], "{condition}");
        assert_eq!(deploy(condition, "steps: [{run: tollgate promote x}]"), [6]);
        assert_eq!(
            deploy(condition, "steps: [{run: ./notify}]"),
            NONE,
            "no deploy"
        );
    }
    for condition in [
        "github.ref == 'refs/heads/main'",
        "failure()",
        "always() && needs.a.result == 'success'",
        "${{ !cancelled() && !failure() }}",
    ] {
        assert_eq!(deploy(condition, body), NONE, "{condition}");
    }
    assert_eq!(
        lines(rule, &format!("  b:\n    if: always()\n    {body}")),
        NONE
    );
}

#[test]
fn no_deploy_is_cancelled_by_a_newer_run() {
    let rule = "deploy-cancelled";
    let jobs = "jobs: {a: {environment: production, steps: []}}";
    let of = |concurrency: &str| {
        in_workflow(
            rule,
            &format!("on: push\nconcurrency: {concurrency}\n{jobs}"),
        )
    };
    assert_eq!(of("{group: x, cancel-in-progress: true}"), [2]);
    assert_eq!(of("{group: x, cancel-in-progress: false}"), NONE);
    assert_eq!(
        of("{group: x, cancel-in-progress: \"${{ github.event_name == 'pull_request' }}\"}"),
        NONE
    );
    assert_eq!(of("x"), NONE);
    let inner =
        "  a:\n    environment: production\n    concurrency: {group: x, cancel-in-progress: true}";
    assert_eq!(lines(rule, inner), [5]);
    assert_eq!(
        lines(
            rule,
            "  a:\n    concurrency: {group: x, cancel-in-progress: true}\n    steps: []"
        ),
        NONE
    );
}

#[test]
fn privileged_workflows_leave_strangers_code_alone() {
    let rule = "untrusted-checkout";
    let of =
        |event: &str, job: &str| in_workflow(rule, &format!("on: {event}\njobs:\n  a:\n    {job}"));
    let head = "steps: [{uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}]";
    assert_eq!(of("pull_request_target", head), [4]);
    assert_eq!(of("[push, pull_request_target]", head), [4]);
    assert_eq!(
        of(
            "{pull_request_target: {types: [opened]}}",
            "steps: [{run: gh pr checkout 1}]"
        ),
        [4]
    );
    let merge = "steps: [{uses: actions/checkout@v4, with: {ref: 'refs/pull/${{ github.event.number }}/merge'}}]";
    assert_eq!(of("pull_request_target", merge), [4]);
    let run = "steps: [{uses: actions/checkout@v4, with: {ref: '${{ github.event.workflow_run.head_sha }}'}}]";
    assert_eq!(of("workflow_run", run), [4]);
    assert_eq!(
        of(
            "workflow_run",
            &format!("if: github.event.workflow_run.event == 'push'\n    {run}")
        ),
        NONE
    );
    assert_eq!(of("pull_request", head), NONE);
    assert_eq!(
        of(
            "pull_request_target",
            "steps: [{uses: actions/checkout@v4}, {uses: actions/labeler@v5}]"
        ),
        NONE
    );
    let own = format!(
        "if: github.event.pull_request.head.repo.full_name == github.repository\n    {head}"
    );
    assert_eq!(of("pull_request_target", &own), NONE);
}

#[test]
fn actions_are_pinned() {
    let rule = "unpinned-action";
    let of = |uses: &str| lines(rule, &format!("  a: {{steps: [{{uses: '{uses}'}}]}}")).len();
    for uses in [
        "actions/checkout@v4",
        "acme/tollgate@v1",
        "a/b/c@main",
        "a/b@abc1234",
        "a/b@3d3c42e5aac5ba805825da76410c181273ba90b",
        "docker://alpine:3",
        "docker://alpine@sha256:12",
        "a/b",
    ] {
        assert_eq!(of(uses), 1, "{uses}");
    }
    let digest = format!("docker://alpine:3@sha256:{}", "ab".repeat(32));
    for uses in [
        "actions/checkout@SHA",
        "./.github/actions/x",
        "./",
        "$/x",
        &digest,
    ] {
        assert_eq!(of(uses), 0, "{uses}");
    }
    assert_eq!(
        lines(rule, "  a:\n    uses: a/b/.github/workflows/x.yml@main"),
        [4]
    );
    assert_eq!(
        lines(rule, "  a:\n    uses: ./.github/workflows/x.yml"),
        NONE
    );
}

#[test]
fn gating_jobs_say_what_their_token_may_do() {
    let rule = "open-permissions";
    let gate = "steps: [{run: tollgate run lint}]";
    assert_eq!(lines(rule, &format!("  a:\n    {gate}")), [3]);
    assert_eq!(
        lines(
            rule,
            &format!("  a:\n    permissions: write-all\n    {gate}")
        ),
        [4]
    );
    assert_eq!(
        lines(rule, &format!("  a:\n    permissions: {{}}\n    {gate}")),
        NONE
    );
    assert_eq!(
        lines(
            rule,
            &format!("  a:\n    permissions: read-all\n    {gate}")
        ),
        NONE
    );
    assert_eq!(lines(rule, "  a:\n    steps: [{run: make}]"), NONE);
    let whole = format!("on: push\npermissions: {{contents: read}}\njobs: {{a: {{{gate}}}}}");
    assert_eq!(in_workflow(rule, &whole), NONE);
}

#[test]
fn a_job_may_do_what_it_needs() {
    let missing = |job: &str| {
        let text = format!(
            "on: push\njobs:\n  first: {{permissions: {{}}, steps: [{{run: tollgate run lint}}]}}\n  a: {job}"
        );
        let found = of_rule(&with_workflow(audit(), &text), "missing-permission").into_iter();
        let named = found.map(|line| line.rsplit('`').nth(1).unwrap().to_owned());
        named.collect::<Vec<_>>()
    };
    let action = "{uses: a/tollgate@v1, with: {gate: test}}";
    assert_eq!(
        missing(&format!(
            "{{permissions: {{contents: read}}, steps: [{action}]}}"
        )),
        ["checks: write"]
    );
    assert_eq!(
        missing(&format!(
            "{{needs: first, permissions: {{checks: write}}, steps: [{action}]}}"
        )),
        ["actions: read"]
    );
    assert_eq!(
        missing(&format!(
            "{{permissions: {{checks: write}}, steps: [{{uses: actions/checkout@v4}}, {action}]}}"
        )),
        ["contents: read"]
    );
    assert_eq!(
        missing("{permissions: {}, steps: [{run: tollgate publish}]}"),
        ["checks: write"]
    );
    assert_eq!(
        missing(
            "{permissions: {}, environment: production, steps: [{run: tollgate promote production}]}"
        ),
        ["actions: read"]
    );
    for fine in [
        format!("{{permissions: {{checks: write}}, steps: [{action}]}}"),
        format!("{{steps: [{action}]}}"),
        "{permissions: {}, steps: [{uses: a/tollgate@v1, with: {checks: off}}]}".to_owned(),
        "{permissions: {}, steps: [{uses: a/tollgate@v1, with: {command: install}}]}".to_owned(),
        "{permissions: {}, steps: [{run: tollgate run lint}]}".to_owned(),
    ] {
        assert_eq!(missing(&fine), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn the_projects_code_does_not_get_a_token_that_can_write() {
    let rule = "token-within-reach";
    let job = |permissions: &str, steps: &str| {
        lines(
            rule,
            &format!("  a:\n    permissions: {permissions}\n    steps:\n{steps}"),
        )
    };
    let write = "{contents: read, checks: write}";
    let given =
        "      - run: tollgate run lint\n        env: {GITHUB_TOKEN: '${{ github.token }}'}\n";
    assert_eq!(job(write, given), [7]);
    assert_eq!(job("{contents: read}", given), NONE);
    assert_eq!(job(write, &given.replace("run lint", "publish")), NONE);
    assert_eq!(
        job(write, &given.replace("run lint", "run --only tag")),
        NONE,
        "it makes a tag"
    );
    let checkout = "      - uses: actions/checkout@v4\n      - uses: a/tollgate@v1\n        with: {gate: lint}\n";
    assert_eq!(job(write, checkout), [6]);
    assert_eq!(job("{contents: read}", checkout), NONE);
    assert_eq!(
        job(
            write,
            &checkout.replace("gate: lint", "command: record, check: lint/a")
        ),
        NONE
    );
    let kept = checkout.replace(
        "checkout@v4\n",
        "checkout@v4\n        with: {persist-credentials: false}\n",
    );
    assert_eq!(job(write, &kept), NONE);
    assert_eq!(
        job(write, &format!("{checkout}      - run: git push\n")),
        NONE
    );
}

#[test]
fn jobs_have_a_time_limit() {
    let rule = "job-time-out";
    let job = |more: &str| {
        lines(
            rule,
            &format!("  a:\n    {more}\n    steps: [{{run: tollgate run}}]"),
        )
    };
    assert_eq!(job("runs-on: ubuntu-latest"), [3]);
    assert_eq!(
        job("{runs-on: ubuntu-latest, timeout-minutes: 400}"
            .trim_matches(['{', '}'])
            .replace(", ", "\n    ")
            .as_str()),
        [5]
    );
    assert_eq!(job("timeout-minutes: 30"), NONE);
    assert_eq!(job("runs-on: self-hosted\n    timeout-minutes: 1000"), NONE);
    assert_eq!(job("timeout-minutes: ${{ inputs.x }}"), NONE);
    assert_eq!(lines(rule, "  a:\n    steps: [{run: make}]"), NONE);
    let audit = with_workflow(
        audit(),
        "on: push\njobs: {a: {steps: [{run: tollgate run}]}}",
    );
    let found = examine(&audit);
    let missing = found
        .iter()
        .find(|finding| finding.rule.id == rule)
        .unwrap();
    assert_eq!(missing.severity, Severity::Note);
}

#[test]
fn a_matrix_is_not_too_large() {
    let list = |count: usize| format!("{:?}", (0..count).collect::<Vec<_>>());
    let of = |a: usize, b: usize| {
        let matrix = format!("{{a: {}, b: {}}}", list(a), list(b));
        lines(
            "matrix-too-large",
            &format!("  a:\n    strategy:\n      matrix: {matrix}\n    steps: []"),
        )
    };
    assert_eq!(of(16, 16), NONE);
    assert_eq!(of(17, 16), [5]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_finding() {
    let mut audit = audit();
    audit.unreadable.push(Unreadable {
        path: "w.yml".to_owned(),
        line: 3,
        problem: "not YAML".to_owned(),
    });
    assert_eq!(
        of_rule(&audit, "workflow-unreadable"),
        ["w.yml:3: not YAML"]
    );
}
