//! Forms in which workflows are written, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::domain::workflow::{Job, Level, Permissions};

fn workflow(text: &str) -> Workflow {
    read("w.yml", text).unwrap()
}

fn job(text: &str) -> Job {
    let text = format!("on: push\njobs:\n  a:\n{text}");
    workflow(&text).jobs.remove(0)
}

fn refused(text: &str) -> String {
    read("w.yml", text).unwrap_err().to_string()
}

fn events(text: &str) -> Vec<(String, u32)> {
    let found = workflow(&format!("{text}\njobs: {{}}")).triggers;
    found
        .into_iter()
        .map(|trigger| (trigger.event.text, trigger.event.line))
        .collect()
}

#[test]
fn every_form_of_on_is_read() {
    let named = |name: &str, line| (name.to_owned(), line);
    assert_eq!(events("on: push"), [named("push", 1)]);
    assert_eq!(events("'on': push"), [named("push", 1)]);
    assert_eq!(
        events("\"on\":\n - push\n - pull_request"),
        [named("push", 2), named("pull_request", 3)]
    );
    assert_eq!(events("on: [push, merge_group]").len(), 2);
    let map = "on:\n  push:\n  pull_request:\n    paths: [src]\n  schedule:\n    - cron: x";
    assert_eq!(
        events(map),
        [
            named("push", 2),
            named("pull_request", 3),
            named("schedule", 5)
        ]
    );
    let found = workflow(&format!("{map}\njobs: {{}}"));
    let filters = &found.trigger("pull_request").unwrap().filters;
    assert_eq!((filters[0].text.as_str(), filters[0].line), ("paths", 4));
}

#[test]
fn every_form_of_needs_environment_and_runners_is_read() {
    let needs = |text: &str| {
        let needs = job(text).needs.into_iter();
        needs
            .map(|needed| needed.text)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(needs("    needs: b"), "b");
    assert_eq!(needs("    needs: [b, c]"), "b c");
    assert_eq!(needs("    needs:\n      - b\n      - c"), "b c");
    assert_eq!(needs("    needs:"), "");
    let environment = |text: &str| {
        let found = job(text).environment;
        found.map(|found| format!("{}:{}", found.text, found.line))
    };
    assert_eq!(environment("    environment: x").as_deref(), Some("x:4"));
    assert_eq!(
        environment("    environment:\n      url: u\n      name: x").as_deref(),
        Some("x:6")
    );
    assert_eq!(environment("    environment: null"), None);
    assert_eq!(environment("    environment: {url: u}"), None);
    assert_eq!(
        environment("    environment: ${{ inputs.e }}").as_deref(),
        Some("${{ inputs.e }}:4")
    );
    assert_eq!(job("    runs-on: [self-hosted, x]").runs_on.len(), 2);
    assert_eq!(job("    runs-on: {group: g, labels: l}").runs_on, ["l"]);
}

#[test]
fn steps_know_their_lines() {
    let text = "    timeout-minutes: 5\n    steps:\n      - uses: a/b@c\n        with: {x: 1, Y: two}\n      - id: s\n        if: always()\n        run: |\n\n          one\n\n          two \\\n            more\n        env:\n          T: ${{ github.token }}\n";
    let job = job(text);
    assert_eq!((job.line, job.time_out.unwrap().line), (3, 4));
    let [first, second] = job.steps.as_slice() else {
        panic!("{:?}", job.steps)
    };
    assert_eq!((first.line, first.action()), (6, Some("a/b")));
    assert_eq!(first.input("y").unwrap().text, "two");
    let lines: Vec<_> = second.script.iter().map(|line| line.line).collect();
    assert_eq!(lines, [12, 14, 15]);
    assert_eq!(second.variables[0].value.text, "${{ github.token }}");
    assert_eq!(second.condition.as_ref().unwrap().text, "always()");
}

#[test]
fn permissions_are_what_is_written() {
    let of = |text: &str| job(text).permissions;
    assert_eq!(of("    name: x"), Permissions::Unstated);
    let none = of("    permissions: {}");
    assert_eq!(none.allows("contents", Level::Read), Some(false));
    let all = of("    permissions: write-all");
    assert_eq!(all.allows("contents", Level::Read), Some(true));
    assert_eq!(all.writes(), ["write-all"]);
    let read = of("    permissions: read-all");
    assert_eq!(read.allows("checks", Level::Write), Some(false));
    assert_eq!(read.allows("checks", Level::Read), Some(true));
    let some = of("    permissions:\n      checks: write\n      actions: read");
    assert_eq!(some.allows("checks", Level::Read), Some(true));
    assert_eq!(some.allows("actions", Level::Write), Some(false));
    assert_eq!((some.writes(), some.line()), (vec!["checks"], Some(5)));
}

#[test]
fn a_matrix_is_counted_where_it_can_be() {
    let least = |text: &str| {
        let matrix = job(&format!("    strategy:\n      matrix: {text}")).matrix;
        matrix.unwrap().least_jobs
    };
    assert_eq!(least("{a: [1, 2, 3], b: [x, y]}"), Some(6));
    assert_eq!(least("{a: [1, 2], include: [{a: 3}]}"), Some(2));
    assert_eq!(least("{a: [1, 2], exclude: [{a: 1}]}"), None);
    assert_eq!(least("{a: [1, 2], b: '${{ fromJSON(x) }}'}"), None);
    assert_eq!(least("${{ fromJSON(x) }}"), None);
    assert_eq!(least("{include: [{a: 3}]}"), None);
    let matrix = job("    strategy: {matrix: {t: [{n: x, m: [1]}], include: [{e: y}]}}").matrix;
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(matrix.unwrap().values, [pair("t.n", "x"), pair("e", "y")]);
}

#[test]
fn anchors_work_and_bombs_do_not() {
    let text = "on: push\njobs:\n  a: &job\n    needs: &n [x]\n    steps: &s\n      - run: one\n  b: *job\n  c:\n    needs: *n\n    steps: *s\n";
    let found = workflow(text);
    let summary: Vec<_> = found
        .jobs
        .iter()
        .map(|job| (job.id.as_str(), job.line, job.needs.len(), job.steps.len()))
        .collect();
    assert_eq!(summary, [("a", 3, 1, 1), ("b", 7, 1, 1), ("c", 8, 1, 1)]);
    let steps = "      - run: x\n".repeat(1000);
    let jobs: String = (0..1000).map(|n| format!("  j{n}: *job\n")).collect();
    let bomb = format!("on: push\njobs:\n  a: &job\n    steps:\n{steps}{jobs}");
    assert!(refused(&bomb).contains("aliases"));
    let many: String = (0..1001).map(|n| format!("  j{n}: {{}}\n")).collect();
    assert!(refused(&format!("on: push\njobs:\n{many}")).contains("more than 1000 jobs"));
    let long = format!(
        "on: push\njobs:\n  a: &job\n    name: {}\n{jobs}",
        "x".repeat(500_000)
    );
    assert!(refused(&long).contains("aliases"));
}

#[test]
fn what_github_would_refuse_is_refused_with_its_line() {
    for (text, expect) in [
        ("", "must be a map"),
        ("[]", "must be a map"),
        ("on: push", "no `jobs`"),
        ("jobs: {}", "no `on`"),
        ("true: push\njobs: {}", "YAML 1.1"),
        ("on: push\njobs: []", "line 2: `jobs` must be a map"),
        ("on: push\njobs: {a: x}", "line 2: a job must be a map"),
        ("on: push\njobs: {a: {steps: [x]}}", "a step must be a map"),
        (
            "on: push\njobs:\n  a: {}\n  a: {}",
            "line 4: the key `a` stands on line 3",
        ),
        (
            "on: push\njobs:\n  a:\n    <<: {}\n",
            "line 4: GitHub knows no merge keys",
        ),
        ("on: push\njobs: {}\n---\non: x", "second document"),
        ("on: push\njobs: {}\n...\n]", "not YAML"),
        ("on: push\njobs:\n\ta: {}", "line 3: not YAML"),
        ("on: [push\njobs: {}", "not YAML"),
        ("on: *x\njobs: {}", "not YAML"),
    ] {
        let message = refused(text);
        assert!(message.contains(expect), "{text:?}: {message}");
    }
    assert!(refused(&" ".repeat(MOST_BYTES + 1)).contains("1 MiB"));
    assert!(read("w.yml", "\u{feff}on: push\njobs: {}").is_ok());
}

proptest! {
    #[test]
    fn nothing_panics(text in "(on|jobs|a|needs|steps|run|if|uses|with|env|- |: |\n|  |\\[|\\]|\\{|\\}|&x|\\*x|\\||x|'){0,60}") {
        let _ = read("w.yml", &text);
        let _ = read("w.yml", &format!("on: push\njobs:\n  a:\n    {text}"));
    }
}
