//! The numbers a check is held to (`require:`), and the pure rule that holds it to them.

use std::time::Duration;

use super::coverage::Coverage;
use super::findings::{FindingTally, Level};
use super::latency::Latency;
use super::share::{Ratio, Share};
use super::tests::TestTally;
use crate::domain::reason::{Reason, ReasonCode};

/// `require:` of a check, resolved: what is `None` is not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The least number of cases; judged when there is a JUnit result or the policy names it.
    pub tests: u64,
    /// The most failing cases, errors among them.
    pub failed: u64,
    /// The most skipped cases.
    pub skipped: Option<u64>,
    /// The most flaky cases.
    pub flaky: Option<u64>,
    /// The least line coverage.
    pub line_coverage: Option<Share>,
    /// The least branch coverage.
    pub branch_coverage: Option<Share>,
    /// The most findings of each level named.
    pub findings: Vec<(Level, u64)>,
    /// The most that the 95th percentile of the latency may be.
    pub p95: Option<Duration>,
    /// The least share of requests that did not fail.
    pub availability: Option<Share>,
}

impl Default for Requirement {
    fn default() -> Self {
        Self {
            tests: 1,
            failed: 0,
            skipped: None,
            flaky: None,
            line_coverage: None,
            branch_coverage: None,
            findings: Vec::new(),
            p95: None,
            availability: None,
        }
    }
}

/// What the result files of a check say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measurements {
    /// From JUnit files.
    pub tests: Option<TestTally>,
    /// From coverage files.
    pub coverage: Option<Coverage>,
    /// From SARIF files.
    pub findings: Option<FindingTally>,
    /// From a load test's summary.
    pub latency: Option<Latency>,
}

impl Requirement {
    /// Says everything in which the measurements fall short; empty means that all holds.
    pub fn shortfalls(&self, measured: &Measurements) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Some(tests) = measured.tests {
            self.judge_tests(tests, &mut reasons);
        }
        self.judge_coverage(measured.coverage, &mut reasons);
        self.judge_findings(measured.findings, &mut reasons);
        self.judge_latency(measured.latency, &mut reasons);
        self.judge_availability(measured.latency, &mut reasons);
        reasons
    }

    fn judge_tests(&self, tests: TestTally, reasons: &mut Vec<Reason>) {
        let TestTally {
            total,
            skipped,
            flaky,
            ..
        } = tests;
        let bad = tests.not_passed();
        if bad > self.failed {
            let allowed = allowance(self.failed);
            let message = format!("{bad} of {total} tests failed{allowed}");
            reasons.push(Reason::new(ReasonCode::TestsFailed, message));
        }
        if total < self.tests {
            let message = format!("{total} tests ran, at least {} must", self.tests);
            reasons.push(Reason::new(ReasonCode::TestsTooFew, message));
        }
        if let Some(most) = self.skipped.filter(|most| skipped > *most) {
            let allowed = allowance(most);
            let message = format!("{skipped} of {total} tests were skipped{allowed}");
            reasons.push(Reason::new(ReasonCode::TestsSkipped, message));
        }
        if let Some(most) = self.flaky.filter(|most| flaky > *most) {
            let allowed = allowance(most);
            let message = format!("{flaky} of {total} tests were flaky{allowed}");
            reasons.push(Reason::new(ReasonCode::TestsFlaky, message));
        }
    }

    fn judge_coverage(&self, coverage: Option<Coverage>, reasons: &mut Vec<Reason>) {
        if let Some(least) = self.line_coverage {
            let lines = coverage.map(|coverage| coverage.lines);
            let code = ReasonCode::LineCoverageLow;
            reasons.extend(judge_ratio("line coverage", code, lines, least));
        }
        if let Some(least) = self.branch_coverage {
            let branches = coverage.and_then(|coverage| coverage.branches);
            let code = ReasonCode::BranchCoverageLow;
            reasons.extend(judge_ratio("branch coverage", code, branches, least));
        }
    }

    fn judge_findings(&self, findings: Option<FindingTally>, reasons: &mut Vec<Reason>) {
        for (level, most) in &self.findings {
            let Some(found) = findings.map(|findings| findings.at(*level)) else {
                reasons.push(missing(&format!("findings of level {level}")));
                continue;
            };
            if found > *most {
                let message = format!("{found} findings of level {level}{}", allowance(*most));
                reasons.push(Reason::new(ReasonCode::FindingsTooMany, message));
            }
        }
    }

    fn judge_latency(&self, latency: Option<Latency>, reasons: &mut Vec<Reason>) {
        let Some(most) = self.p95 else { return };
        let Some(latency) = latency else {
            reasons.push(missing("the latency's p95"));
            return;
        };
        let most_ms = most.as_secs_f64() * 1000.0;
        let within = latency.p95_ms <= most_ms; // false for a NaN, which is within no limit
        if !within {
            let message = format!("p95 is {} ms, {most_ms} ms is allowed", latency.p95_ms);
            reasons.push(Reason::new(ReasonCode::LatencyHigh, message));
        }
    }

    fn judge_availability(&self, latency: Option<Latency>, reasons: &mut Vec<Reason>) {
        if let Some(least) = self.availability {
            let good = latency.and_then(|latency| latency.availability());
            let code = ReasonCode::AvailabilityLow;
            reasons.extend(judge_ratio("availability", code, good, least));
        }
    }
}

fn allowance(most: u64) -> String {
    match most {
        0 => String::new(),
        most => format!(", {most} allowed"),
    }
}

fn missing(what: &str) -> Reason {
    let message = format!("{what} is required, but no result file gives it");
    Reason::new(ReasonCode::MeasureMissing, message)
}

fn judge_ratio(what: &str, low: ReasonCode, ratio: Option<Ratio>, least: Share) -> Option<Reason> {
    let Some(ratio) = ratio else {
        return Some(missing(what));
    };
    if ratio.reaches(least) {
        return None;
    }
    let Ratio { covered, total } = ratio;
    let message = format!("{what} is {ratio} ({covered} of {total}), at least {least} is required");
    Some(Reason::new(low, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(requirement: Requirement, measured: Measurements, expect: &[&str]) {
        let reasons = requirement.shortfalls(&measured);
        let codes: Vec<_> = reasons.iter().map(|reason| reason.code.as_str()).collect();
        assert_eq!(codes, expect, "{reasons:?}");
    }

    fn tally(passed: u64, failed: u64, skipped: u64, flaky: u64) -> Measurements {
        let total = passed + failed + skipped;
        let tally = TestTally {
            total,
            passed,
            failed,
            errors: 0,
            skipped,
            flaky,
        };
        Measurements {
            tests: Some(tally),
            ..Measurements::default()
        }
    }

    fn covered(covered: u64, total: u64) -> Measurements {
        let lines = Ratio { covered, total };
        let coverage = Coverage {
            lines,
            branches: None,
        };
        Measurements {
            coverage: Some(coverage),
            ..Measurements::default()
        }
    }

    fn found(error: u64, warning: u64) -> Measurements {
        let tally = FindingTally {
            error,
            warning,
            ..FindingTally::default()
        };
        Measurements {
            findings: Some(tally),
            ..Measurements::default()
        }
    }

    fn p95(p95_ms: f64) -> Measurements {
        let latency = Latency {
            p95_ms,
            ..Latency::default()
        };
        Measurements {
            latency: Some(latency),
            ..Measurements::default()
        }
    }

    fn require() -> Requirement {
        Requirement::default()
    }

    #[test]
    fn test_cases() {
        check(require(), Measurements::default(), &[]);
        check(require(), tally(3, 0, 0, 0), &[]);
        check(require(), tally(3, 1, 0, 0), &["tests_failed"]);
        check(require(), tally(0, 0, 0, 0), &["tests_too_few"]);
        check(require(), tally(0, 0, 5, 0), &[]);
        check(
            Requirement {
                failed: 1,
                ..require()
            },
            tally(3, 1, 0, 0),
            &[],
        );
        check(
            Requirement {
                tests: 9,
                ..require()
            },
            tally(3, 0, 0, 0),
            &["tests_too_few"],
        );
        check(
            Requirement {
                skipped: Some(0),
                ..require()
            },
            tally(3, 0, 1, 0),
            &["tests_skipped"],
        );
        check(
            Requirement {
                flaky: Some(1),
                ..require()
            },
            tally(3, 0, 0, 2),
            &["tests_flaky"],
        );
    }

    #[test]
    fn coverage() {
        let least = |text| Requirement {
            line_coverage: Share::parse(text),
            ..require()
        };
        check(least("70%"), covered(70, 100), &[]);
        check(least("70%"), covered(69, 100), &["line_coverage_low"]);
        check(least("70%"), Measurements::default(), &["measure_missing"]);
        check(least("0%"), covered(0, 0), &["line_coverage_low"]);
        let branches = Requirement {
            branch_coverage: Share::parse("1"),
            ..require()
        };
        check(branches, covered(1, 1), &["measure_missing"]);
    }

    #[test]
    fn findings() {
        let most = |error, warning| Requirement {
            findings: vec![(Level::Error, error), (Level::Warning, warning)],
            ..require()
        };
        check(most(0, 5), found(0, 5), &[]);
        check(
            most(0, 5),
            found(1, 6),
            &["findings_too_many", "findings_too_many"],
        );
        check(
            most(0, 5),
            Measurements::default(),
            &["measure_missing", "measure_missing"],
        );
    }

    #[test]
    fn availability() {
        let least = |text| Requirement {
            availability: Share::parse(text),
            ..require()
        };
        let made = |requests, failed| Measurements {
            latency: Some(Latency {
                p95_ms: 1.0,
                requests,
                failed,
            }),
            ..Measurements::default()
        };
        check(least("99%"), made(Some(100), Some(1)), &[]);
        check(
            least("99%"),
            made(Some(100), Some(2)),
            &["availability_low"],
        );
        check(least("99%"), made(Some(100), None), &["measure_missing"]);
        check(least("99%"), Measurements::default(), &["measure_missing"]);
    }

    #[test]
    fn latency() {
        let most = || Requirement {
            p95: Some(Duration::from_secs(3)),
            ..require()
        };
        check(most(), p95(3000.0), &[]);
        check(most(), p95(3000.1), &["latency_high"]);
        check(most(), p95(f64::NAN), &["latency_high"]);
        check(most(), Measurements::default(), &["measure_missing"]);
    }
}
