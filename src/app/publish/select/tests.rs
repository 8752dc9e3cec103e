//! Which gates a job reports, and how.

use super::*;
use crate::domain::check_run::ExternalId;
use crate::domain::gate::facts::CheckFact;
use crate::domain::gate::{GateKind, Severity};
use crate::domain::record::payload::CheckReported;
use crate::domain::release::ReleaseId;
use jiff::Timestamp;

const GATE: &str = "test";

/// A commit as this job sees it.
#[derive(Default)]
struct Scene {
    status: Option<GateStatus>,
    results_of_runs: Vec<&'static str>,
    local_runs: Vec<&'static str>,
    check_runs: Vec<Anchor>,
    asked: bool,
}

/// The manifest of a run.
fn manifest(run: &str) -> Sha256Digest {
    Sha256Digest::of(run.as_bytes())
}

fn check_run(id: u64, of_run: &str, is_completed: bool) -> Anchor {
    Anchor {
        check_run: id,
        name: "tollgate / test".to_owned(),
        is_completed,
        at: None,
        id: ExternalId {
            release: ReleaseId::of(
                &"acme/shop".parse().unwrap(),
                &"1".repeat(40).parse().unwrap(),
            ),
            gate: GATE.parse().unwrap(),
            run: 7,
            attempt: 1,
            manifest: manifest(of_run),
        },
    }
}

fn result_of(run: &str) -> CheckFact {
    let report =
        serde_json::json!({ "gate": GATE, "check": "unit", "status": "passed", "run": run });
    CheckFact {
        at: Timestamp::UNIX_EPOCH,
        key: run.to_owned(),
        report: serde_json::from_value::<CheckReported>(report).unwrap(),
    }
}

fn chosen(scene: &Scene) -> Option<How> {
    let verdict = Verdict {
        waivers: Vec::new(),
        status: GateStatus::Pending,
        gates: vec![GateVerdict {
            waiver: None,
            approvals: None,
            evidence: Vec::new(),
            id: GATE.parse().unwrap(),
            title: GATE.to_owned(),
            kind: GateKind::Stage,
            severity: Severity::Blocking,
            status: scene.status.unwrap_or(GateStatus::Passed),
            reasons: Vec::new(),
            checks: Vec::new(),
        }],
        environments: Vec::new(),
    };
    let facts = Facts {
        checks: scene
            .results_of_runs
            .iter()
            .map(|run| result_of(run))
            .collect(),
        ..Facts::default()
    };
    let anchors = Anchors {
        trusted: scene.check_runs.clone(),
        refused: Vec::new(),
    };
    let local = scene.local_runs.iter();
    let local = local
        .map(|run| (manifest(run), run.parse().unwrap()))
        .collect();
    let asked: Vec<GateId> = scene
        .asked
        .then(|| GATE.parse().unwrap())
        .into_iter()
        .collect();
    let known = Known {
        facts: &facts,
        anchors: &anchors,
        local: &local,
    };
    gates(&verdict, &asked, &known)
        .first()
        .map(|choice| choice.how.clone())
}

#[test]
fn results_of_this_job_are_told_once() {
    let scene = Scene {
        results_of_runs: vec!["r1"],
        local_runs: vec!["r1"],
        ..Scene::default()
    };
    assert_eq!(chosen(&scene), Some(How::New));
    let told = Scene {
        check_runs: vec![check_run(5, "r1", true)],
        ..scene
    };
    assert_eq!(chosen(&told), None);
}

#[test]
fn a_later_step_changes_what_an_earlier_step_told() {
    let scene = Scene {
        results_of_runs: vec!["r1", "r2"],
        local_runs: vec!["r1", "r2"],
        check_runs: vec![check_run(5, "r1", false)],
        ..Scene::default()
    };
    assert_eq!(
        chosen(&scene),
        Some(How::Update {
            check_run: 5,
            told: "r1".parse().ok(),
        })
    );
}

#[test]
fn a_step_that_is_not_about_the_gate_leaves_it_alone() {
    let scene = Scene {
        results_of_runs: vec!["r1"],
        local_runs: vec!["r1", "r2"],
        check_runs: vec![check_run(5, "r1", true)],
        ..Scene::default()
    };
    assert_eq!(chosen(&scene), None);
}

#[test]
fn what_other_jobs_decided_is_told_when_nobody_did() {
    let shards = vec![check_run(5, "a", false), check_run(6, "b", false)];
    let scene = |check_runs: Vec<Anchor>, status| Scene {
        status: Some(status),
        results_of_runs: vec!["a", "b"],
        check_runs,
        ..Scene::default()
    };
    assert_eq!(
        chosen(&scene(shards.clone(), GateStatus::Passed)),
        Some(How::New)
    );
    assert_eq!(chosen(&scene(shards.clone(), GateStatus::Pending)), None);
    let told = [shards, vec![check_run(7, "b", true)]].concat();
    assert_eq!(chosen(&scene(told, GateStatus::Passed)), None);
}

#[test]
fn a_blocked_gate_is_told_when_it_was_asked_for() {
    let blocked = |asked, check_runs| Scene {
        status: Some(GateStatus::Blocked),
        asked,
        check_runs,
        local_runs: vec!["r1"],
        ..Scene::default()
    };
    assert_eq!(chosen(&blocked(true, Vec::new())), Some(How::New));
    assert_eq!(chosen(&blocked(false, Vec::new())), None);
    assert_eq!(chosen(&blocked(true, vec![check_run(5, "r1", true)])), None);
}
