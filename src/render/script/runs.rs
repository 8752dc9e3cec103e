//! The results and the runs that the tests tell.

use super::*;

pub(crate) fn passed(ms: u64) -> CheckResult {
    CheckResult {
        duration: Duration::from_millis(ms),
        ..CheckResult::of(CheckStatus::Passed, Vec::new())
    }
}

pub(crate) fn not_passed(status: CheckStatus, ms: u64, reason: Reason) -> CheckResult {
    CheckResult {
        duration: Duration::from_millis(ms),
        ..CheckResult::of(status, vec![reason])
    }
}

fn file(kind: &str, name: &str, path: &str) -> EvidenceFile {
    EvidenceFile {
        kind: kind.to_owned(),
        name: name.to_owned(),
        sha256: Sha256Digest::of(path.as_bytes()),
        size: 2048,
        path: path.to_owned(),
    }
}

pub(crate) fn case(name: &str, outcome: CaseOutcome, message: &str) -> TestCase {
    TestCase {
        suite: "pytest".to_owned(),
        class: "tests.test_orders".to_owned(),
        name: name.to_owned(),
        outcome,
        message: message.to_owned(),
        location: Some(Location {
            file: "tests/test_orders.py".to_owned(),
            line: Some(12),
        }),
    }
}

/// pytest with 31 cases, so many of which failed, and 75 % line coverage.
pub(crate) fn pytest(status: CheckStatus, failed: u64, flaky: u64) -> CheckResult {
    let mut result = CheckResult {
        duration: Duration::from_millis(10_120),
        ..CheckResult::of(status, Vec::new())
    };
    result.measured.tests = Some(TestTally {
        total: 31,
        passed: 30 - failed,
        failed,
        errors: 0,
        skipped: 1,
        flaky,
    });
    result.measured.coverage = Some(Coverage {
        lines: Ratio {
            covered: 180,
            total: 240,
        },
        branches: None,
    });
    result.evidence = vec![
        file(
            "junit",
            "reports/pytest.xml",
            "evidence/test/pytest/pytest.xml",
        ),
        file("log", "output.log", "evidence/test/pytest/output.log"),
    ];
    result
}

pub(crate) fn failing_pytest() -> CheckResult {
    CheckResult {
        reasons: vec![Reason::new(ReasonCode::TestsFailed, "2 of 31 tests failed")],
        cases: vec![
            case(
                "test_total",
                CaseOutcome::Failed,
                "assert 3 == 4\n +  where 3 = total()",
            ),
            case(
                "test_pay[ไทย|`x`]",
                CaseOutcome::Error,
                "RuntimeError: no <database>",
            ),
        ],
        tail: "collected 31 items\n\u{1b}[31mFAILED\u{1b}[0m tests/test_orders.py\n::error::x\n"
            .to_owned(),
        ..pytest(CheckStatus::Failed, 2, 0)
    }
}

fn exit_code(code: u8) -> Reason {
    Reason::new(
        ReasonCode::CommandFailed,
        format!("the command ended with exit code {code}"),
    )
}

fn eslint_findings() -> CheckResult {
    let mut result = CheckResult {
        attempts: 2,
        ..passed(2_400)
    };
    result.measured.findings = Some(FindingTally {
        error: 0,
        warning: 1,
        ..FindingTally::default()
    });
    result.findings = vec![Finding {
        level: Level::Warning,
        rule: "no-unused-vars".to_owned(),
        message: "'total' is never used".to_owned(),
        location: Some(Location {
            file: "portal/cart.js".to_owned(),
            line: Some(7),
        }),
    }];
    result
}

fn pipeline() -> Vec<Gate> {
    stages(&[
        "lint: ruff eslint",
        "test: pytest types",
        "build: image",
        "push: registry",
    ])
}

/// lint passes at the second try, a test fails, a tool is missing, build and push stay shut.
pub(crate) fn failing() -> Vec<Timed> {
    let mut script = Script::new(pipeline());
    script.start("lint test build push").open("lint");
    script
        .begin("lint/ruff", 1)
        .begin("lint/eslint", 1)
        .wait(300);
    script
        .output("lint/ruff", "All checks passed!\n")
        .output("lint/eslint", "trou");
    script
        .wait(512)
        .end("lint/ruff", passed(812))
        .output("lint/eslint", "ble\n");
    script
        .retry("lint/eslint", 1, exit_code(2))
        .begin("lint/eslint", 2)
        .wait(1_588);
    script.output(
        "lint/eslint",
        "\u{1b}[33mwarning\u{1b}[0m  'total' is never used\n",
    );
    script
        .end("lint/eslint", eslint_findings())
        .close("lint", 2_400);
    script.warn("tests/conftest.py is older than the commit; is it used?");
    script
        .open("test")
        .begin("test/pytest", 1)
        .begin("test/types", 1)
        .wait(20);
    let missing = "mypy is not on the PATH; install it or correct the check's `run`";
    let missing = Reason::new(ReasonCode::ToolMissing, missing);
    script
        .end("test/types", not_passed(CheckStatus::Errored, 20, missing))
        .wait(10_100);
    script.output(
        "test/pytest",
        "collected 31 items\n::error::injected\n##[error]injected\n",
    );
    script
        .end("test/pytest", failing_pytest())
        .close("test", 10_120);
    script
        .blocked("build")
        .blocked("push")
        .finish(RunEnding::Complete)
}

/// Everything passes: lint had passed before, a test is flaky.
pub(crate) fn passing() -> Vec<Timed> {
    let mut script = Script::new(pipeline());
    script.record(&"lint/ruff".parse().unwrap(), &passed(812));
    script.record(&"lint/eslint".parse().unwrap(), &eslint_findings());
    script
        .start("lint test build push")
        .reused("lint")
        .open("test");
    script
        .begin("test/pytest", 1)
        .begin("test/types", 1)
        .wait(1_000);
    script.end("test/types", passed(1_000)).wait(9_120);
    let flaky = CheckResult {
        cases: vec![case("test_order", CaseOutcome::Flaky, "timed out once")],
        ..pytest(CheckStatus::Passed, 0, 1)
    };
    script.end("test/pytest", flaky).close("test", 10_120);
    for (gate, check) in [("build", "build/image"), ("push", "push/registry")] {
        script
            .open(gate)
            .begin(check, 1)
            .wait(95_000)
            .end(check, passed(95_000));
        script.close(gate, 95_000);
    }
    script.finish(RunEnding::Complete)
}

/// SIGINT in the first stage, in a dirty tree.
pub(crate) fn interrupted() -> Vec<Timed> {
    let mut script = Script::new(pipeline());
    script.dirty().start("lint test build push").open("lint");
    script
        .begin("lint/ruff", 1)
        .begin("lint/eslint", 1)
        .wait(50);
    script.end("lint/ruff", passed(50)).wait(1_200);
    let cancelled = Reason::new(ReasonCode::Cancelled, "the run was interrupted");
    script.end(
        "lint/eslint",
        not_passed(CheckStatus::Errored, 1_250, cancelled),
    );
    script.close("lint", 1_250).finish(RunEnding::Interrupted)
}

/// `tollgate run lint`, of a longer pipeline.
pub(crate) fn only_lint() -> Vec<Timed> {
    let mut script = Script::new(pipeline());
    script
        .start("lint")
        .open("lint")
        .begin("lint/ruff", 1)
        .begin("lint/eslint", 1)
        .wait(90);
    script
        .end("lint/ruff", passed(90))
        .end("lint/eslint", passed(90));
    script.close("lint", 90).finish(RunEnding::Complete)
}

/// `tollgate run --only push` while nothing has passed.
pub(crate) fn only_push() -> Vec<Timed> {
    let mut script = Script::new(pipeline());
    script
        .start("push")
        .blocked("push")
        .finish(RunEnding::Complete)
}

/// A stage, then a gate of little force with a title of its own, in which a check fails.
pub(crate) fn advisory() -> Vec<Timed> {
    let mut gates = stages(&["lint: ruff", "G4: mail search"]);
    gates[1].kind = GateKind::Gate;
    gates[1].severity = Severity::Advisory;
    gates[1].title = "Degradable features, ไทย 日本".to_owned();
    let mut script = Script::new(gates);
    script
        .start("lint G4")
        .open("lint")
        .begin("lint/ruff", 1)
        .wait(90)
        .end("lint/ruff", passed(90));
    script
        .close("lint", 90)
        .open("G4")
        .begin("G4/mail", 1)
        .begin("G4/search", 1)
        .wait(3_725_000);
    script.end(
        "G4/mail",
        not_passed(CheckStatus::Failed, 3_725_000, exit_code(1)),
    );
    script
        .end("G4/search", passed(3_725_000))
        .close("G4", 3_725_000)
        .finish(RunEnding::Complete)
}

/// `tollgate record` of the first of two checks.
pub(crate) fn recorded() -> Vec<Timed> {
    let mut script = Script::new(stages(&["lint: ruff eslint"]));
    script
        .start("lint")
        .end("lint/ruff", passed(90))
        .finish(RunEnding::Complete)
}
