//! The rules of the judge, one line a case, and what must hold for every history.

mod people;

use crate::domain::record::payload::JobRef;
use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::check::{Binding, CommandLine, Results, TokenAccess, Verb};
use crate::domain::gate::{GateKind, Pace, Severity};
use crate::domain::ids::{RunId, Sha256Digest};
use crate::domain::quality::requirement::Requirement;
use crate::domain::quality::tests::TestTally;

/// A policy from lines such as `lint: ruff eslint`, each stage requiring the one before; a line
/// `gate G1 < lint: a b` is a gate with what it requires.
pub(super) fn policy(lines: &str) -> Policy {
    let mut gates: Vec<Gate> = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (head, checks) = line.split_once(':').unwrap();
        let mut gate = gate(head, checks);
        if gate.is_stage() {
            let before = gates.iter().rfind(|gate| gate.is_stage());
            gate.requires.extend(before.map(|stage| stage.id.clone()));
        }
        gates.push(gate);
    }
    Policy {
        project: "shop".to_owned(),
        gates,
        environments: Vec::new(),
        evidence_directory: ".tollgate".to_owned(),
        ..Policy::default()
    }
}

fn gate(head: &str, checks: &str) -> Gate {
    let (name, requires) = head.split_once('<').unwrap_or((head, ""));
    let name = name.trim();
    let bare = name.strip_prefix("gate ").unwrap_or(name);
    Gate {
        id: bare.parse().unwrap(),
        title: bare.to_owned(),
        kind: if bare == name {
            GateKind::Stage
        } else {
            GateKind::Gate
        },
        severity: Severity::Blocking,
        requires: requires
            .split_whitespace()
            .map(|id| id.parse().unwrap())
            .collect(),
        tolerate: None,
        checks: checks.split_whitespace().map(check_named).collect(),
        evidence: Vec::new(),
        approvals: None,
        pace: Pace::Parallel,
    }
}

fn check_named(name: &str) -> Check {
    Check {
        id: name.parse().unwrap(),
        title: name.to_owned(),
        verb: Verb::Run(CommandLine::Shell("true".to_owned())),
        needs: Vec::new(),
        time_out: Duration::from_secs(60),
        retries: 0,
        working_directory: String::new(),
        environment: BTreeMap::new(),
        results: Results::default(),
        require: Requirement::default(),
        evidence: Vec::new(),
        group: None,
        only: Vec::new(),
        critical: false,
        tokens: TokenAccess::Withheld,
        definition: Sha256Digest::of(b"as written"),
        binding: Binding::Commit,
    }
}

/// A fact from `lint/ruff passed`, with a word or more behind it: `dirty`, `blocked`, `other`
/// (another definition), `run=R`, `job=RUN.ATTEMPT/WORKSPACE`, `env=ENVIRONMENT`.
pub(super) fn fact(second: usize, text: &str) -> CheckFact {
    let mut words = text.split_whitespace();
    let (gate, check) = words.next().unwrap().split_once('/').unwrap();
    let status = serde_json::from_value(words.next().unwrap().into()).unwrap();
    let marks: Vec<&str> = words.collect();
    let run = marks.iter().find_map(|mark| mark.strip_prefix("run="));
    let definition: &[u8] = if marks.contains(&"other") {
        b"other"
    } else {
        b"as written"
    };
    CheckFact {
        at: jiff::Timestamp::from_second(i64::try_from(second).unwrap()).unwrap(),
        key: format!("{second}/{text}"),
        report: CheckReported {
            gate: gate.parse().unwrap(),
            check: check.parse().unwrap(),
            status,
            duration_ms: 1,
            attempt: 1,
            tests: None,
            coverage: None,
            findings: None,
            latency: None,
            journeys: None,
            journey_table: None,
            image_digest: None,
            migrations: Vec::new(),
            reasons: Vec::new(),
            cases: Vec::new(),
            blocked: marks.contains(&"blocked"),
            run: run.map(|run| run.parse().unwrap()),
            dirty: marks.contains(&"dirty"),
            version: None,
            definition: Some(Sha256Digest::of(definition)),
            job: marks
                .iter()
                .find_map(|mark| mark.strip_prefix("job="))
                .map(job),
            environment: marks
                .iter()
                .find_map(|mark| mark.strip_prefix("env="))
                .map(|id| id.parse().unwrap()),
        },
    }
}

/// `job=77.1/w1`.
fn job(text: &str) -> JobRef {
    let (attempt, workspace) = text.split_once('/').unwrap();
    JobRef {
        attempt: attempt.to_owned(),
        workspace: workspace.to_owned(),
    }
}

fn facts(lines: &[&str]) -> Facts {
    let checks = lines
        .iter()
        .enumerate()
        .map(|(second, line)| fact(second, line));
    Facts {
        checks: checks.collect(),
        ..Facts::default()
    }
}

/// What the judge says; when it is asked makes no difference to gates.
fn judge(policy: &Policy, facts: &Facts, viewpoint: &Viewpoint) -> Verdict {
    super::judge(policy, facts, viewpoint, Timestamp::UNIX_EPOCH)
}

/// `lint=passed test=blocked`.
fn statuses(verdict: &Verdict) -> String {
    let gates = verdict
        .gates
        .iter()
        .map(|gate| format!("{}={}", gate.id, gate.status));
    gates.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(policy: &Policy, lines: &[&str], expect: &str) {
    let verdict = judge(policy, &facts(lines), &Viewpoint::Ledger);
    assert_eq!(statuses(&verdict), expect, "facts: {lines:?}");
}

#[test]
fn stages_open_one_after_the_other() {
    let policy = policy("lint: ruff eslint\n test: pytest\n push: image");
    check(&policy, &[], "lint=pending test=blocked push=blocked");
    check(
        &policy,
        &["lint/ruff passed"],
        "lint=pending test=blocked push=blocked",
    );
    let lint = ["lint/ruff passed", "lint/eslint passed"];
    check(&policy, &lint, "lint=passed test=pending push=blocked");
    check(
        &policy,
        &[lint[0], lint[1], "test/pytest passed"],
        "lint=passed test=passed push=pending",
    );
    check(
        &policy,
        &[lint[0], lint[1], "test/pytest failed"],
        "lint=passed test=failed push=blocked",
    );
    check(
        &policy,
        &["test/pytest passed", "push/image passed"],
        "lint=pending test=blocked push=blocked",
    );
}

#[test]
fn anything_but_passed_is_not_passed() {
    let policy = policy("lint: a b");
    check(&policy, &["lint/a passed", "lint/b failed"], "lint=failed");
    check(&policy, &["lint/a passed", "lint/b errored"], "lint=failed");
    check(&policy, &["lint/a passed", "lint/b skipped"], "lint=failed");
    check(
        &policy,
        &["lint/a passed", "lint/b pending"],
        "lint=running",
    );
    check(&policy, &["lint/a failed"], "lint=failed");
}

#[test]
fn of_several_jobs_of_one_attempt_the_worst_decides() {
    let policy = policy("lint: a");
    let failed = "lint/a failed job=7.1/one";
    check(
        &policy,
        &[failed, "lint/a passed job=7.1/two"],
        "lint=failed",
    );
    check(
        &policy,
        &[failed, "lint/a passed job=7.1/one"],
        "lint=passed",
    );
    check(
        &policy,
        &[failed, "lint/a passed job=7.2/two"],
        "lint=passed",
    );
    check(
        &policy,
        &["lint/a passed job=7.1/two", failed],
        "lint=failed",
    );
    check(
        &policy,
        &["lint/a passed job=7.1/one", "lint/a passed job=7.1/two"],
        "lint=passed",
    );
}

#[test]
fn the_newest_result_that_counts_decides() {
    let policy = policy("lint: a");
    check(&policy, &["lint/a failed", "lint/a passed"], "lint=passed");
    check(&policy, &["lint/a passed", "lint/a failed"], "lint=failed");
    check(
        &policy,
        &["lint/a passed", "lint/a failed dirty"],
        "lint=passed",
    );
    check(
        &policy,
        &["lint/a passed", "lint/a failed other"],
        "lint=passed",
    );
    check(&policy, &["lint/a passed dirty"], "lint=pending");
    check(&policy, &["lint/a passed blocked"], "lint=pending");
    check(&policy, &["lint/a passed other"], "lint=pending");
}

#[test]
fn a_result_that_does_not_count_says_why() {
    let policy = policy("lint: a");
    for (line, code) in [
        ("lint/a passed dirty", "dirty_tree"),
        ("lint/a passed blocked", "out_of_order"),
        ("lint/a passed other", "definition_changed"),
    ] {
        let verdict = judge(&policy, &facts(&[line]), &Viewpoint::Ledger);
        assert_eq!(verdict.gates[0].reasons[0].code.as_str(), code, "{line}");
    }
}

#[test]
fn a_dirty_run_counts_its_own_results_and_no_others() {
    let policy = policy("lint: a\n test: b");
    let run: RunId = "mine".parse().unwrap();
    let seen = |lines: &[&str]| {
        let viewpoint = Viewpoint::DirtyRun(run.clone());
        statuses(&judge(&policy, &facts(lines), &viewpoint))
    };
    assert_eq!(
        seen(&["lint/a passed run=mine dirty"]),
        "lint=passed test=pending"
    );
    assert_eq!(
        seen(&["lint/a passed run=other dirty"]),
        "lint=pending test=blocked"
    );
    assert_eq!(
        seen(&["lint/a passed run=other"]),
        "lint=pending test=blocked"
    );
}

#[test]
fn an_advisory_gate_tolerates_what_it_says() {
    let advisory = |tolerate| {
        let mut policy = policy("gate G4: a b c");
        policy.gates[0].severity = Severity::Advisory;
        policy.gates[0].tolerate = tolerate;
        policy
    };
    let two_bad = ["G4/a failed", "G4/b errored", "G4/c passed"];
    check(&advisory(Some(2)), &two_bad, "G4=passed");
    check(&advisory(Some(1)), &two_bad, "G4=failed");
    check(
        &advisory(None),
        &["G4/a failed", "G4/b failed", "G4/c skipped"],
        "G4=passed",
    );
    check(&advisory(None), &["G4/a failed"], "G4=pending");
    let verdict = judge(&advisory(Some(2)), &facts(&two_bad), &Viewpoint::Ledger);
    assert_eq!(
        verdict.gates[0].reasons.len(),
        2,
        "what is tolerated is shown"
    );
}

#[test]
fn a_gate_waits_for_all_that_it_requires() {
    let policy = policy("lint: a\n gate G1 < G0 lint: b\n gate G0: c");
    check(
        &policy,
        &["lint/a passed", "G1/b passed"],
        "lint=passed G1=blocked G0=pending",
    );
    check(
        &policy,
        &["lint/a passed", "G1/b passed", "G0/c passed"],
        "lint=passed G1=passed G0=passed",
    );
}

#[test]
fn a_cycle_or_an_unknown_gate_stays_shut() {
    let passed = ["A/a passed", "B/b passed"];
    check(
        &policy("gate A < B: a\n gate B < A: b"),
        &passed,
        "A=blocked B=blocked",
    );
    check(&policy("gate A < nowhere: a"), &passed, "A=blocked");
    check(&policy("gate A:"), &passed, "A=pending");
}

#[test]
fn a_recorded_pass_is_held_to_a_stricter_number() {
    let mut policy = policy("test: pytest");
    let mut facts = facts(&["test/pytest passed"]);
    let tally = TestTally {
        total: 5,
        passed: 4,
        skipped: 1,
        ..TestTally::default()
    };
    facts.checks[0].report.tests = Some(tally);
    assert_eq!(
        statuses(&judge(&policy, &facts, &Viewpoint::Ledger)),
        "test=passed"
    );
    policy.gates[0].checks[0].require.skipped = Some(0);
    let verdict = judge(&policy, &facts, &Viewpoint::Ledger);
    assert_eq!(statuses(&verdict), "test=failed");
    assert_eq!(verdict.gates[0].reasons[0].code, ReasonCode::TestsSkipped);
}

#[test]
fn a_result_for_another_version_does_not_count_where_the_version_matters() {
    let mut policy = policy("tag: tag");
    let mut facts = facts(&["tag/tag passed"]);
    facts.version = Some("2.0.0".to_owned());
    facts.checks[0].report.version = Some("1.0.0".to_owned());
    assert_eq!(
        statuses(&judge(&policy, &facts, &Viewpoint::Ledger)),
        "tag=passed"
    );
    policy.gates[0].checks[0].binding = Binding::Version;
    assert_eq!(
        statuses(&judge(&policy, &facts, &Viewpoint::Ledger)),
        "tag=pending"
    );
    facts.version = Some("1.0.0".to_owned());
    assert_eq!(
        statuses(&judge(&policy, &facts, &Viewpoint::Ledger)),
        "tag=passed"
    );
}

fn any_fact() -> impl Strategy<Value = (usize, String)> {
    let check = prop::sample::select(vec!["lint/a", "lint/b", "test/c", "push/d", "G1/e"]);
    let status = prop::sample::select(vec!["passed", "failed", "errored", "skipped", "pending"]);
    let mark = prop::sample::select(vec!["", "dirty run=mine", "blocked", "other", "run=other"]);
    (0..6_usize, check, status, mark)
        .prop_map(|(second, check, status, mark)| (second, format!("{check} {status} {mark}")))
}

fn timed_facts(lines: &[(usize, String)]) -> Facts {
    let checks = lines.iter().map(|(second, line)| fact(*second, line));
    Facts {
        checks: checks.collect(),
        ..Facts::default()
    }
}

fn pipeline_with_gate() -> Policy {
    policy("lint: a b\n test: c\n push: d\n gate G1 < push: e")
}

proptest! {
    /// Neither the order of facts nor their repetition changes the verdict.
    #[test]
    fn order_and_repetition_make_no_difference(
        lines in prop::collection::vec(any_fact(), 0..24),
        order in any::<prop::sample::Index>(),
        dirty in any::<bool>(),
    ) {
        let viewpoint = if dirty { Viewpoint::DirtyRun("mine".parse().unwrap()) } else { Viewpoint::Ledger };
        let facts = timed_facts(&lines);
        let mut shuffled = facts.clone();
        if !lines.is_empty() {
            shuffled.checks.rotate_left(order.index(lines.len()));
            shuffled.checks.reverse();
            let again = shuffled.checks[order.index(lines.len())].clone();
            shuffled.checks.push(again);
        }
        let policy = pipeline_with_gate();
        prop_assert_eq!(judge(&policy, &facts, &viewpoint), judge(&policy, &shuffled, &viewpoint));
    }

    /// A gate is passed only when all it requires let through and each check has a counting pass.
    #[test]
    fn passed_means_that_everything_before_it_passed(lines in prop::collection::vec(any_fact(), 0..40)) {
        let facts = timed_facts(&lines);
        let policy = pipeline_with_gate();
        let verdict = judge(&policy, &facts, &Viewpoint::Ledger);
        for gate in &verdict.gates {
            let requires = &policy.gate(&gate.id).unwrap().requires;
            if gate.status == GateStatus::Passed {
                prop_assert!(requires.iter().all(|id| verdict.status_of(id) == GateStatus::Passed));
                for check in &gate.checks {
                    let counted = &check.fact.as_ref().unwrap().report;
                    prop_assert_eq!(counted.status, CheckStatus::Passed);
                    prop_assert!(!counted.blocked && !counted.dirty);
                }
            }
        }
    }
}
