//! The reader as its callers see it: one file in, one report out.

mod dialects;
mod found_in_the_wild;
mod journeys;
mod kept_cases;
mod properties;
mod refusals;
mod retries;

use super::*;
use crate::domain::quality::tests::TestTally;

/// The report of one file.
fn report(xml: impl AsRef<[u8]>) -> TestReport {
    let shown = String::from_utf8_lossy(xml.as_ref()).into_owned();
    let mut reading = Reading::new();
    let read = reading.read("a.xml", xml.as_ref());
    read.unwrap_or_else(|fault| panic!("{fault} in {shown}"));
    reading.finish()
}

/// The report of cases inside of one suite.
fn suite(cases: &str) -> TestReport {
    report(format!("<testsuite name='s'>{cases}</testsuite>"))
}

/// What is wrong with one file.
fn fault(xml: impl AsRef<[u8]>) -> String {
    let shown = String::from_utf8_lossy(xml.as_ref()).into_owned();
    let read = Reading::new().read("a.xml", xml.as_ref());
    read.expect_err(&shown).to_string()
}

/// A tally of passed, failed, errors, skipped and flaky.
fn tally([passed, failed, errors, skipped, flaky]: [u64; 5]) -> TestTally {
    TestTally {
        total: passed + failed + errors + skipped,
        passed,
        failed,
        errors,
        skipped,
        flaky,
    }
}

/// The kept cases as `outcome class › name`.
fn outcomes(report: &TestReport) -> Vec<String> {
    let line = |case: &crate::domain::quality::tests::TestCase| {
        format!("{:?} {}", case.outcome, case.title())
    };
    report.cases.iter().map(line).collect()
}
