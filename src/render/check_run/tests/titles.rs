//! Titles and conclusions, one line a case.

use super::*;
use crate::domain::gate::Severity;

fn bad(status: CheckStatus, code: ReasonCode) -> CheckResult {
    script::not_passed(status, 20, Reason::new(code, "no"))
}

fn passed() -> CheckResult {
    script::passed(20)
}

fn pending() -> CheckResult {
    CheckResult::of(CheckStatus::Pending, Vec::new())
}

#[track_caller]
fn gives(gate: &GateVerdict, ended: Ending, conclusion: Option<Conclusion>, title: &str) {
    let judged = judged();
    let occasion = Occasion {
        ended,
        ..occasion(&judged)
    };
    let run = check_run(gate, &[], &occasion);
    let state = conclusion.map_or(CheckRunState::InProgress, CheckRunState::Completed);
    assert_eq!((run.state, run.title.as_str()), (state, title));
}

#[test]
fn a_title_has_totals_or_says_what_failed() {
    use CheckStatus::{Errored, Failed, Passed, Skipped};
    use ReasonCode::{CommandFailed, LineCoverageLow, StepSkipped, ToolMissing};
    let ruff = || bad(Failed, CommandFailed);
    let low = CheckResult {
        reasons: vec![Reason::new(LineCoverageLow, "too low")],
        ..script::pytest(Failed, 0, 0)
    };
    let failure = Some(Conclusion::Failure);
    let success = Some(Conclusion::Success);
    for (results, conclusion, title) in [
        (
            vec![("pytest", script::failing_pytest())],
            failure,
            "31 tests: 28 passed, 2 failed, 1 skipped · 75 % lines",
        ),
        (
            vec![("pytest", script::pytest(Passed, 0, 1)), ("ruff", passed())],
            success,
            "31 tests: 30 passed, 1 skipped, 1 flaky · 75 % lines",
        ),
        (
            vec![("pytest", script::failing_pytest()), ("ruff", ruff())],
            failure,
            "31 tests: 28 passed, 2 failed, 1 skipped · 75 % lines · ruff failed",
        ),
        (
            vec![("pytest", low)],
            failure,
            "31 tests: 30 passed, 1 skipped · 75 % lines · pytest failed",
        ),
        (
            vec![("ruff", ruff()), ("a", passed())],
            failure,
            "ruff failed",
        ),
        (
            vec![("ruff", ruff()), ("types", bad(Errored, ToolMissing))],
            failure,
            "ruff failed, types errored",
        ),
        (
            vec![("e2e", bad(Skipped, StepSkipped))],
            failure,
            "e2e skipped",
        ),
        (
            vec![
                ("a", ruff()),
                ("b", ruff()),
                ("c", ruff()),
                ("d", ruff()),
                ("e", ruff()),
            ],
            failure,
            "a failed, b failed, c failed, 2 more",
        ),
        (
            vec![("ruff", passed()), ("types", passed())],
            success,
            "2 checks passed",
        ),
        (vec![("ruff", passed())], success, "1 check passed"),
        (
            vec![
                ("a", passed()),
                ("b", passed()),
                ("c", passed()),
                ("d", pending()),
            ],
            None,
            "3 of 4 checks passed",
        ),
        (vec![("a", pending())], None, "0 of 1 check passed"),
    ] {
        gives(&tested(&results).0, Ending::Complete, conclusion, title);
    }
}

#[test]
fn a_blocked_gate_says_what_it_waits_for() {
    let (verdict, _) = told(&script::failing());
    let action = Some(Conclusion::ActionRequired);
    for (id, title) in [
        ("build", "blocked: test is failed"),
        ("push", "blocked: build is blocked"),
    ] {
        gives(&gate(&verdict, id), Ending::Complete, action, title);
    }
    let (verdict, _) = told(&script::only_push());
    gives(
        &gate(&verdict, "test"),
        Ending::Complete,
        action,
        "blocked: lint is pending",
    );
}

#[test]
fn a_waived_gate_is_neutral_and_says_so() {
    let (mut gate, _) = tested(&[("ruff", bad(CheckStatus::Failed, ReasonCode::CommandFailed))]);
    gate.status = GateStatus::Waived;
    gives(&gate, Ending::Complete, Some(Conclusion::Neutral), "waived");
    let (mut gate, _) = tested(&[("pytest", script::failing_pytest())]);
    gate.status = GateStatus::Waived;
    let title = "waived · 31 tests: 28 passed, 2 failed, 1 skipped · 75 % lines";
    gives(&gate, Ending::Complete, Some(Conclusion::Neutral), title);
}

#[test]
fn the_waiver_stands_in_the_title() {
    let verdict = script::release::on_its_way().verdict();
    let mut waived = gate(&verdict, "G1");
    let neutral = Some(Conclusion::Neutral);
    let title =
        "mail waived by mia until 2026-11-28: mail of staging is being moved · 24 tests: 24 passed";
    gives(&waived, Ending::Complete, neutral, title);
    let waiver = waived.waiver.as_mut().unwrap();
    waiver.check = None;
    waiver.reason = "known\nissue ".repeat(100);
    waived.checks[1].waiver = waived.waiver.clone();
    let judged = judged();
    let run = check_run(&waived, &[], &occasion(&judged));
    assert!(
        run.title
            .starts_with("waived by mia until 2026-11-28: known␊issue"),
        "{}",
        run.title
    );
    assert!(
        run.title.ends_with("… · 24 tests: 24 passed") && run.title.len() < 255,
        "{}",
        run.title
    );
}

#[test]
fn what_was_tolerated_is_told() {
    let (verdict, _) = told(&script::advisory());
    let success = Some(Conclusion::Success);
    let gate = gate(&verdict, "G4");
    assert_eq!(gate.severity, Severity::Advisory);
    gives(
        &gate,
        Ending::Complete,
        success,
        "1 of 2 checks passed, tolerated: mail failed",
    );
}

#[test]
fn cancelled_work_is_cancelled_unless_it_was_decided_before() {
    use CheckStatus::{Errored, Failed, Skipped};
    use ReasonCode::{Cancelled, CommandFailed, NeedsNotPassed};
    let stopped = || ("b", bad(Errored, Cancelled));
    let needs = ("c", bad(Skipped, NeedsNotPassed));
    let cancelled = Some(Conclusion::Cancelled);
    for (results, conclusion, title) in [
        (
            vec![("a", passed())],
            Some(Conclusion::Success),
            "1 check passed",
        ),
        (
            vec![("a", passed()), stopped()],
            cancelled,
            "cancelled: 1 of 2 checks passed",
        ),
        (
            vec![stopped(), needs],
            cancelled,
            "cancelled: 0 of 2 checks passed",
        ),
        (
            vec![("a", pending())],
            cancelled,
            "cancelled: 0 of 1 check passed",
        ),
        (
            vec![("a", bad(Failed, CommandFailed)), stopped()],
            Some(Conclusion::Failure),
            "a failed, b errored",
        ),
    ] {
        gives(&tested(&results).0, Ending::Cancelled, conclusion, title);
    }
    let (verdict, _) = told(&script::failing());
    let build = gate(&verdict, "build");
    gives(
        &build,
        Ending::Cancelled,
        cancelled,
        "cancelled: 0 of 1 check passed",
    );
    let recorded = tested(&[stopped()]).0;
    gives(
        &recorded,
        Ending::Complete,
        cancelled,
        "cancelled: 0 of 1 check passed",
    );
}

#[test]
fn every_status_has_its_conclusion_and_none_is_skipped() {
    let (gate, _) = tested(&[("ruff", bad(CheckStatus::Failed, ReasonCode::CommandFailed))]);
    for (status, expected) in [
        (GateStatus::Passed, "success"),
        (GateStatus::Failed, "failure"),
        (GateStatus::Waived, "neutral"),
        (GateStatus::Blocked, "action_required"),
        (GateStatus::Pending, "in_progress"),
        (GateStatus::Running, "in_progress"),
    ] {
        let gate = GateVerdict {
            status,
            ..gate.clone()
        };
        let word = match CheckRunState::of(&gate, Ending::Complete) {
            CheckRunState::InProgress => "in_progress",
            CheckRunState::Completed(conclusion) => conclusion.as_str(),
        };
        assert_eq!(word, expected, "{status}");
    }
}

#[test]
fn what_the_gate_itself_lacks_is_told() {
    let (mut gate, _) = tested(&[("ruff", passed())]);
    let lacks = Reason::new(ReasonCode::EvidenceMissing, "no rollback-plan");
    gate.reasons = vec![lacks];
    for (status, conclusion, title) in [
        (
            GateStatus::Failed,
            Some(Conclusion::Failure),
            "no rollback-plan",
        ),
        (
            GateStatus::Pending,
            None,
            "1 check passed · no rollback-plan",
        ),
    ] {
        gate.status = status;
        gives(&gate, Ending::Complete, conclusion, title);
    }
}
