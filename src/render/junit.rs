//! Tollgate's own verdict as `junit.xml`: a suite for each gate, a case for each check.
//!
//! Readers of JUnit count failures and errors and overlook the rest. So a gate that is not open
//! has at least one failure or error, whatever kept it shut, and a gate that is open has none. What
//! is waived is skipped, never passed.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use junit_report::{OffsetDateTime, ReportBuilder, TestCase, TestCaseBuilder, TestSuiteBuilder};

use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::ids::CheckRef;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::RunEnding;
use crate::domain::status::{CheckStatus, GateStatus};

use super::chronicle::Chronicle;
use super::{clean, telling, words};

/// The longest time of a case: no sum of such times overflows.
const LONGEST: Duration = Duration::from_secs(3650 * 86_400);

/// The verdict of a run as JUnit XML.
///
/// # Errors
/// When the XML cannot be written, which memory never refuses.
pub fn report(chronicle: &Chronicle) -> io::Result<String> {
    let mut report = ReportBuilder::new();
    let began = chronicle.began.unwrap_or(Timestamp::UNIX_EPOCH);
    for gate in chronicle.verdicts() {
        let mut suite = TestSuiteBuilder::new(&attribute(gate.id.as_str()));
        let at = chronicle.gate(&gate.id).map_or(began, |story| story.at);
        suite
            .set_timestamp(timestamp(at))
            .add_testcases(cases(chronicle, gate));
        report.add_testsuite(suite.build());
    }
    if let Some(case) = early_end(chronicle) {
        let mut suite = TestSuiteBuilder::new("tollgate");
        suite.set_timestamp(timestamp(began)).add_testcase(case);
        report.add_testsuite(suite.build());
    }
    let mut xml = Vec::new();
    report
        .build()
        .write_xml(&mut xml)
        .map_err(io::Error::other)?;
    xml.push(b'\n');
    String::from_utf8(xml).map_err(io::Error::other)
}

/// A run that did not come to its end is not green, whatever its checks said.
fn early_end(chronicle: &Chronicle) -> Option<TestCase> {
    let (code, message) = match chronicle.ending() {
        RunEnding::Complete => return None,
        RunEnding::Interrupted => (ReasonCode::Cancelled, "the run was interrupted"),
        RunEnding::OutOfTime => (ReasonCode::BudgetExceeded, "the run's time was used up"),
    };
    let mut case = TestCaseBuilder::error("run", span(Duration::ZERO), code.as_str(), message);
    case.set_classname("tollgate");
    Some(case.build())
}

fn cases(chronicle: &Chronicle, gate: &GateVerdict) -> Vec<TestCase> {
    let mut cases: Vec<_> = gate
        .checks
        .iter()
        .map(|check| case(chronicle, gate, check))
        .collect();
    let red = cases
        .iter()
        .any(|case| case.is_failure() || case.is_error());
    let shut = !gate.status.lets_through();
    if gate.status == GateStatus::Blocked || (shut && !red) {
        cases.push(case_of_gate(gate));
    }
    let is_told = cases.iter().any(TestCase::is_skipped);
    if gate.status == GateStatus::Waived && !is_told {
        cases.push(waived_case_of_gate(gate));
    }
    cases
}

/// A gate that is waived is not green, though all its checks may be.
fn waived_case_of_gate(gate: &GateVerdict) -> TestCase {
    let name = attribute(&format!("{} passed", gate.id));
    let message = attribute(&messages(&gate.reasons));
    let code = ReasonCode::Waived.as_str();
    let mut case = TestCaseBuilder::skipped_with_cause(&name, code, &message);
    case.set_classname(&attribute(gate.id.as_str()));
    case.build()
}

fn case_of_gate(gate: &GateVerdict) -> TestCase {
    let code = gate
        .reasons
        .first()
        .map_or(gate.status.as_str(), |reason| reason.code.as_str());
    let message = match messages(&gate.reasons) {
        told if told.is_empty() => format!("{} is {}", gate.id, gate.status),
        told => told,
    };
    let name = attribute(&format!("{} is open", gate.id));
    let mut case = TestCaseBuilder::error(&name, span(Duration::ZERO), code, &attribute(&message));
    case.set_classname(&attribute(gate.id.as_str()));
    case.build()
}

fn case(chronicle: &Chronicle, gate: &GateVerdict, check: &CheckVerdict) -> TestCase {
    let name = attribute(check.id.as_str());
    let ms = check
        .fact
        .as_ref()
        .map_or(0, |fact| fact.report.duration_ms);
    let time = span(Duration::from_millis(ms));
    let (code, message) = why(gate, check);
    let excuse = words::excuse(gate, check);
    let mut case = match check.status {
        CheckStatus::Passed => TestCaseBuilder::success(&name, time),
        _ if !excuse.is_empty() => {
            let message = format!("{}{excuse}: {message}", check.status);
            TestCaseBuilder::skipped_with_cause(&name, code, &message)
        }
        CheckStatus::Failed | CheckStatus::Skipped => {
            TestCaseBuilder::failure(&name, time, code, &message)
        }
        CheckStatus::Errored | CheckStatus::Pending => {
            TestCaseBuilder::error(&name, time, code, &message)
        }
    };
    case.set_classname(&attribute(gate.id.as_str()));
    let details = details(chronicle, gate, check);
    if !details.is_empty() {
        case.set_trace(&cdata(&details));
    }
    case.build()
}

/// The first code, and the messages on one line.
fn why(gate: &GateVerdict, check: &CheckVerdict) -> (&'static str, String) {
    let code = check.reasons.first().map(|reason| reason.code);
    let code = code.unwrap_or(match check.status {
        CheckStatus::Pending if gate.status == GateStatus::Blocked => ReasonCode::GateNotPassed,
        CheckStatus::Pending => ReasonCode::CheckPending,
        CheckStatus::Skipped => ReasonCode::CheckSkipped,
        CheckStatus::Errored => ReasonCode::CheckErrored,
        CheckStatus::Failed | CheckStatus::Passed => ReasonCode::CheckFailed,
    });
    let message = match (messages(&check.reasons), gate.status) {
        (told, _) if !told.is_empty() => told,
        (_, GateStatus::Blocked) => format!("not run: {}", messages(&gate.reasons)),
        _ => format!("{} is {}", check.id, check.status),
    };
    (code.as_str(), attribute(&message))
}

fn messages(reasons: &[Reason]) -> String {
    let messages: Vec<_> = reasons
        .iter()
        .map(|reason| reason.message.as_str())
        .collect();
    messages.join("; ")
}

/// The reasons line by line with their places, then the check's last lines.
fn details(chronicle: &Chronicle, gate: &GateVerdict, check: &CheckVerdict) -> String {
    let mut lines: Vec<String> = check.reasons.iter().map(words::reason).collect();
    let name = CheckRef::new(gate.id.clone(), check.id.clone());
    let result = chronicle
        .check(&name)
        .and_then(|story| story.result.as_ref());
    lines.extend(result.map_or_else(Vec::new, |result| telling::tail(result)));
    lines.join("\n")
}

fn timestamp(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn span(duration: Duration) -> junit_report::Duration {
    let duration = duration.min(LONGEST);
    let seconds = i64::try_from(duration.as_secs()).unwrap_or_default();
    junit_report::Duration::seconds(seconds)
        + junit_report::Duration::milliseconds(i64::from(duration.subsec_millis()))
}

/// Text for an attribute: one line of characters that XML 1.0 allows (section 2.2). The writer
/// escapes the rest.
fn attribute(text: &str) -> String {
    characters(&clean::line(text))
}

/// Text for a CDATA section: its end is split over two sections, which the writer does not do.
fn cdata(text: &str) -> String {
    characters(&clean::text(text)).replace("]]>", "]]]]><![CDATA[>")
}

fn characters(clean: &str) -> String {
    clean.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests;
