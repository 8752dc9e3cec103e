//! Each rule with what it finds and what it leaves alone.

mod bypasses;
mod own_steps;
mod real_projects;
mod settings;
mod strangers;
mod workflows;

use super::settings::{
    Answer, EnvironmentFacts, GITHUB_ACTIONS_APP, QueueFacts, RepositoryFacts, RequiredCheckFacts,
};
use super::*;
use crate::formats::workflow::read;
use crate::policy::{Expansion, Source, load};

const POLICY: &str = "
version: 1
project: shop
pipeline:
  lint: { checks: { a: { run: x } } }
  test: { checks: { a: { run: x } } }
  build: { checks: { a: { run: x } } }
  tag: { checks: { a: { tag: { name: v1 } } } }
gates:
  G1: { requires: [test], checks: { a: { run: x } } }
  G4: { severity: advisory, checks: { a: { run: x } } }
budgets: { pipeline: 15m }
";

/// A commit to which actions are pinned.
const SHA: &str = "3d3c42e5aac5ba805825da76410c181273ba90b1";

fn policy() -> Policy {
    let source = Source {
        path: "tollgate.yml".to_owned(),
        text: POLICY.to_owned(),
    };
    load(&source, Expansion::Keep).unwrap()
}

fn approvals(from: &[&str]) -> ExpectedApprovals {
    ExpectedApprovals {
        from: from.iter().map(|entry| (*entry).to_owned()).collect(),
        prevent_self_approval: true,
    }
}

/// Production asks for an approval, staging does not.
fn audit() -> Audit {
    let mut audit = Audit::new(policy());
    let environment = |name: &str, gate: &str, approvals| ExpectedEnvironment {
        name: name.to_owned(),
        gates: vec![gate.parse().unwrap()],
        approvals,
    };
    audit.environments = vec![
        environment("staging", "test", None),
        environment("production", "build", Some(approvals(&["user:alice"]))),
    ];
    audit
}

fn with_workflow(mut audit: Audit, text: &str) -> Audit {
    let text = text.replace("@SHA", &format!("@{SHA}"));
    let path = format!("w{}.yml", audit.workflows.len() + 1);
    audit.workflows.push(read(&path, &text).unwrap());
    audit
}

/// The findings of one rule as `place: message`.
fn of_rule(audit: &Audit, rule: &str) -> Vec<String> {
    assert!(
        rules::CHECKS.iter().any(|(known, _)| known.id == rule),
        "{rule} is no rule"
    );
    let findings = examine(audit).into_iter();
    findings
        .filter(|finding| finding.rule.id == rule)
        .map(|finding| format!("{}: {}", finding.place, finding.message))
        .collect()
}

/// The findings of all rules as `rule@line`.
fn all_of(text: &str) -> Vec<String> {
    let findings = examine(&with_workflow(audit(), text)).into_iter();
    let shown = findings
        .filter(|finding| finding.rule.id != "settings-not-read")
        .map(|finding| match finding.place {
            Place::File(_, line) => format!("{}@{line}", finding.rule.id),
            Place::Setting(setting) => format!("{}@{setting}", finding.rule.id),
        });
    shown.collect()
}

#[test]
fn rules_have_names_of_their_own_and_whole_sentences() {
    let mut ids: Vec<_> = rules::CHECKS.iter().map(|(rule, _)| rule.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for (rule, _) in rules::CHECKS {
        let is_kebab = rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        assert!(is_kebab, "{}", rule.id);
        assert!(
            rule.why.ends_with('.') && !rule.title.ends_with('.'),
            "{}",
            rule.id
        );
        assert!(!rule.mend.is_empty() && !rule.mend.contains('|') | rule.mend.contains("||"));
    }
}

proptest::proptest! {
    #[test]
    fn no_workflow_makes_a_rule_panic(
        parts in proptest::collection::vec(0_usize..PARTS.len(), 0..12),
        script in "(tollgate |run |promote |lint |-C |--only|=|x|\"|'|\\$\\{\\{|\\}\\}|\\||&| |\\\\|<<|#){0,12}",
    ) {
        let mut text = "on: {pull_request: , workflow_run: }\njobs:\n  a: {steps: [{run: tollgate run lint}]}\n  b:\n".to_owned();
        let mut parts = parts;
        parts.sort_unstable();
        parts.dedup();
        text.extend(parts.into_iter().map(|part| format!("    {}\n", PARTS[part])));
        let script = serde_json::to_string(&script).unwrap();
        text.push_str(&format!("    steps: [{{id: s, run: {script}, continue-on-error: true}}]\n"));
        proptest::prop_assert!(!examine(&with_workflow(audit(), &text)).is_empty());
    }
}

/// Lines of a job, each of which may be there.
const PARTS: [&str; 10] = [
    "needs: [a, b, c]",
    "if: always() && needs.a.result != 'x'",
    "environment: ${{ matrix.e || 'production' }}",
    "continue-on-error: ${{ matrix.e }}",
    "timeout-minutes: 1e9",
    "runs-on: ubuntu-latest",
    "permissions: {checks: write}",
    "concurrency: {cancel-in-progress: true}",
    "strategy: {matrix: {e: [production, true]}}",
    "env: {T: '${{ github.token }}'}",
];

#[test]
fn findings_stand_by_severity_then_place_and_once() {
    let text = "on: push\njobs:\n  a:\n    steps:\n      - uses: b/c@v1\n      - uses: b/c@v1\n      - run: tollgate promote production\n";
    assert_eq!(
        all_of(text),
        [
            "deploy-without-environment@7",
            "open-permissions@3",
            "unpinned-action@5",
            "unpinned-action@6",
            "job-time-out@3"
        ]
    );
}
