//! What was measured, on one line: `31 tests: 28 passed, 2 failed, 1 skipped · 75 % lines`.

use std::fmt;

use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::quality::coverage::Coverage;
use crate::domain::quality::findings::FindingTally;
use crate::domain::quality::latency::Latency;
use crate::domain::quality::requirement::Measurements;
use crate::domain::quality::tests::TestTally;

use super::words;

/// The measures of a check, a gate or a run, added up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Test cases.
    pub tests: Option<TestTally>,
    /// Line and branch coverage.
    pub coverage: Option<Coverage>,
    /// Findings by level.
    pub findings: Option<FindingTally>,
    /// The slowest latency.
    pub latency: Option<Latency>,
}

impl Totals {
    /// What a check measured.
    pub fn of_check(check: &CheckVerdict) -> Self {
        let Some(report) = check.fact.as_ref().map(|fact| &fact.report) else {
            return Self::default();
        };
        Self {
            tests: report.tests,
            coverage: report.coverage,
            findings: report.findings,
            latency: report.latency,
        }
    }

    /// What the checks of a gate measured.
    pub fn of_gate(gate: &GateVerdict) -> Self {
        let checks = gate.checks.iter().map(Self::of_check);
        checks.fold(Self::default(), Self::plus)
    }

    /// What the checks of several gates measured.
    pub fn of_gates<'a>(gates: impl IntoIterator<Item = &'a GateVerdict>) -> Self {
        let gates = gates.into_iter().map(Self::of_gate);
        gates.fold(Self::default(), Self::plus)
    }

    /// Adds up; of two latencies the slower one stands.
    pub fn plus(self, other: Self) -> Self {
        Self {
            tests: added(self.tests, other.tests, TestTally::plus),
            coverage: added(self.coverage, other.coverage, Coverage::plus),
            findings: added(self.findings, other.findings, FindingTally::plus),
            latency: added(self.latency, other.latency, slower),
        }
    }

    /// Tells whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl From<&Measurements> for Totals {
    fn from(measured: &Measurements) -> Self {
        Self {
            tests: measured.tests,
            coverage: measured.coverage,
            findings: measured.findings,
            latency: measured.latency,
        }
    }
}

fn added<T>(one: Option<T>, two: Option<T>, plus: fn(T, T) -> T) -> Option<T> {
    match (one, two) {
        (Some(one), Some(two)) => Some(plus(one, two)),
        (one, two) => one.or(two),
    }
}

fn slower(one: Latency, two: Latency) -> Latency {
    if two.p95_ms > one.p95_ms { two } else { one }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.tests.map(tests));
        parts.extend(self.coverage.map(coverage));
        parts.extend(self.findings.map(findings));
        parts.extend(self.latency.map(latency));
        f.write_str(&parts.join(" · "))
    }
}

pub(super) fn tests(tally: TestTally) -> String {
    let mut text = words::count(tally.total, "test", "tests");
    text.push_str(": ");
    text.push_str(&words::grouped(tally.passed));
    text.push_str(" passed");
    let others = [
        (tally.failed, "failed", "failed"),
        (tally.errors, "error", "errors"),
        (tally.skipped, "skipped", "skipped"),
        (tally.flaky, "flaky", "flaky"),
    ];
    for (number, one, many) in others {
        if number > 0 {
            text.push_str(", ");
            text.push_str(&words::count(number, one, many));
        }
    }
    text
}

/// `p95 12.5 ms`, with the requests that failed where some did.
pub(super) fn latency(latency: Latency) -> String {
    let p95 = format!("p95 {} ms", latency.p95_ms);
    match (
        latency.failed.filter(|failed| *failed > 0),
        latency.requests,
    ) {
        (Some(failed), Some(requests)) => format!(
            "{p95}, {} of {} failed",
            words::grouped(failed),
            words::count(requests, "request", "requests")
        ),
        _ => p95,
    }
}

pub(super) fn coverage(coverage: Coverage) -> String {
    match coverage.branches {
        Some(branches) => format!("{} lines, {branches} branches", coverage.lines),
        None => format!("{} lines", coverage.lines),
    }
}

pub(super) fn findings(tally: FindingTally) -> String {
    let levels = [
        (tally.error, "error", "errors"),
        (tally.warning, "warning", "warnings"),
        (tally.note, "note", "notes"),
        (tally.none, "remark", "remarks"),
    ];
    let found: Vec<_> = levels
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| words::count(number, one, many))
        .collect();
    if found.is_empty() {
        "no findings".to_owned()
    } else {
        format!("findings: {}", found.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::share::Ratio;

    fn tally(passed: u64, failed: u64, errors: u64, skipped: u64, flaky: u64) -> Totals {
        let total = passed + failed + errors + skipped;
        Totals {
            tests: Some(TestTally {
                total,
                passed,
                failed,
                errors,
                skipped,
                flaky,
            }),
            ..Totals::default()
        }
    }

    fn lines(covered: u64, total: u64) -> Totals {
        Totals {
            coverage: Some(Coverage {
                lines: Ratio { covered, total },
                branches: None,
            }),
            ..Totals::default()
        }
    }

    #[test]
    fn totals_are_read_on_one_line() {
        let shown = |totals: Totals| totals.to_string();
        assert_eq!(shown(Totals::default()), "");
        assert_eq!(
            shown(tally(28, 2, 0, 1, 0).plus(lines(180, 240))),
            "31 tests: 28 passed, 2 failed, 1 skipped · 75 % lines"
        );
        assert_eq!(shown(tally(1, 0, 0, 0, 0)), "1 test: 1 passed");
        assert_eq!(
            shown(tally(1234, 0, 1, 0, 2)),
            "1,235 tests: 1,234 passed, 1 error, 2 flaky"
        );
    }

    #[test]
    fn findings_and_latency() {
        let found = |error, warning| Totals {
            findings: Some(FindingTally {
                error,
                warning,
                ..FindingTally::default()
            }),
            ..Totals::default()
        };
        let slow = |p95_ms| Totals {
            latency: Some(Latency {
                p95_ms,
                ..Latency::default()
            }),
            ..Totals::default()
        };
        assert_eq!(found(0, 0).to_string(), "no findings");
        assert_eq!(
            found(1, 2).plus(found(0, 1)).to_string(),
            "findings: 1 error, 3 warnings"
        );
        assert_eq!(slow(812.5).plus(slow(90.0)).to_string(), "p95 812.5 ms");
        let mut some_failed = slow(1.0);
        let latency = some_failed.latency.as_mut().unwrap();
        (latency.requests, latency.failed) = (Some(1000), Some(3));
        let text = some_failed.to_string();
        assert_eq!(text, "p95 1 ms, 3 of 1,000 requests failed");
    }
}
