//! `log.jsonl`: one JSON object for each event of a run. `docs/LOGGING.md` describes it.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::check::CheckResult;
use crate::domain::ids::{CheckId, CheckRef, GateId};
use crate::domain::reason::Reason;
use crate::domain::run::{RunEnd, RunEnding, RunEvent, RunStart, Timed};

use super::chronicle::Chronicle;
use super::json::{CoverageV1, FindingsV1, ReasonV1, TestsV1};
use super::totals::Totals;
use super::{Reporter, environments};

/// Writes the log of a run, a line at once, so that a run that is killed leaves a true log.
/// What checks print is not in it: each check's output is a file of its own.
pub struct Log<W> {
    out: W,
    chronicle: Chronicle,
}

/// What every line has, and what a code adds. Keys keep this order.
#[derive(Serialize, Default)]
struct Line<'a> {
    ts: String,
    #[serde(rename = "opId")]
    operation: String,
    code: &'static str,
    duration_ms: u64,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<TestsV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<FindingsV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_files: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<ReleaseOfRun<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan: Vec<&'a str>,
}

#[derive(Serialize)]
struct ReleaseOfRun<'a> {
    id: String,
    project: &'a str,
    repository: &'a str,
    sha: &'a str,
    version: Option<&'a str>,
    dirty: bool,
}

impl<W: Write> Log<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            chronicle: Chronicle::default(),
        }
    }

    /// `RUN`, `RUN/GATE`, `RUN/GATE/CHECK` or `RUN/GATE/CHECK#ATTEMPT`.
    fn operation(&self, part: &str) -> String {
        let start = self.chronicle.start.as_ref();
        let run = start.map_or("", |start| start.run.as_str());
        match part {
            "" => run.to_owned(),
            part => format!("{run}/{part}"),
        }
    }

    fn of_run(&self, code: &'static str, message: String) -> Line<'static> {
        Line {
            operation: self.operation(""),
            code,
            message,
            ..Line::default()
        }
    }

    fn of_gate(&self, code: &'static str, gate: &GateId, what: &str) -> Line<'static> {
        Line {
            operation: self.operation(gate.as_str()),
            code,
            message: format!("{gate} {what}"),
            ..Line::default()
        }
    }

    fn of_attempt(&self, code: &'static str, check: &CheckRef, attempt: u32) -> Line<'static> {
        Line {
            operation: self.operation(&format!("{check}#{attempt}")),
            code,
            message: format!("{check} {}", code.trim_start_matches("check_")),
            attempt: Some(attempt),
            ..Line::default()
        }
    }

    fn started<'a>(&self, start: &'a RunStart) -> Line<'a> {
        Line {
            release: Some(ReleaseOfRun {
                id: start.release.id().to_string(),
                project: &start.project,
                repository: start.release.repository.as_str(),
                sha: start.release.sha.as_str(),
                version: start.release.version.as_deref(),
                dirty: start.tree.is_dirty(),
            }),
            plan: start.plan.iter().map(GateId::as_str).collect(),
            ..self.of_run("run_started", format!("run {} started", start.run))
        }
    }

    fn gate_started<'a>(&self, gate: &GateId, checks: &'a [CheckId]) -> Line<'a> {
        Line {
            checks: checks.iter().map(CheckId::as_str).collect(),
            ..self.of_gate("gate_started", gate, "started")
        }
    }

    fn check_retried<'a>(
        &self,
        at: Timestamp,
        check: &CheckRef,
        attempt: u32,
        reasons: &'a [Reason],
    ) -> Line<'a> {
        let story = self.chronicle.check(check);
        let began = story.and_then(|story| story.tried).unwrap_or(at);
        Line {
            duration_ms: milliseconds(at.duration_since(began).unsigned_abs()),
            reasons: reasons.iter().map(ReasonV1::of).collect(),
            ..self.of_attempt("check_retried", check, attempt)
        }
    }

    fn check_finished<'a>(&self, check: &CheckRef, result: &'a CheckResult) -> Line<'a> {
        Line {
            operation: self.operation(&check.to_string()),
            code: "check_finished",
            duration_ms: milliseconds(result.duration),
            message: format!("{check} {}", result.status),
            status: Some(result.status.as_str()),
            attempts: Some(result.attempts),
            reasons: result.reasons.iter().map(ReasonV1::of).collect(),
            tests: result.measured.tests.map(TestsV1::of),
            coverage: result.measured.coverage.map(CoverageV1::of),
            findings: result.measured.findings.map(FindingsV1::of),
            evidence_files: Some(result.evidence.len()),
            ..Line::default()
        }
    }

    fn finished(&self, end: &RunEnd) -> Line<'static> {
        let ending = match end.ending {
            RunEnding::Complete => "complete",
            RunEnding::Interrupted => "interrupted",
            RunEnding::OutOfTime => "out_of_time",
        };
        let status = self.chronicle.status();
        Line {
            duration_ms: milliseconds(end.duration),
            status: Some(status.as_str()),
            ending: Some(ending),
            tests: Totals::of_gates(self.chronicle.verdicts())
                .tests
                .map(TestsV1::of),
            ..self.of_run("run_finished", format!("the gates of the run are {status}"))
        }
    }

    fn line<'a>(&self, event: &'a Timed) -> Option<Line<'a>> {
        let line = match &event.event {
            RunEvent::Started(start) => self.started(start),
            RunEvent::GateStarted { gate, checks } => self.gate_started(gate, checks),
            RunEvent::GateReused { gate, status } => Line {
                status: Some(status.as_str()),
                ..self.of_gate("gate_reused", gate, &format!("{status} before"))
            },
            RunEvent::GateBlocked { gate, reasons } => Line {
                reasons: reasons.iter().map(ReasonV1::of).collect(),
                ..self.of_gate("gate_blocked", gate, "blocked")
            },
            RunEvent::CheckStarted { check, attempt } => {
                self.of_attempt("check_started", check, *attempt)
            }
            RunEvent::CheckOutput { .. } => return None,
            RunEvent::CheckRetried {
                check,
                attempt,
                reasons,
            } => self.check_retried(event.at, check, *attempt, reasons),
            RunEvent::CheckFinished { check, result } => self.check_finished(check, result),
            RunEvent::GateFinished { verdict, duration } => Line {
                duration_ms: milliseconds(*duration),
                status: Some(verdict.status.as_str()),
                reasons: verdict.reasons.iter().map(ReasonV1::of).collect(),
                ..self.of_gate("gate_finished", &verdict.id, verdict.status.as_str())
            },
            RunEvent::EnvironmentJudged { verdict } => Line {
                operation: self.operation(verdict.id.as_str()),
                code: "environment_judged",
                message: format!("{} is {}", verdict.id, environments::word(verdict)),
                status: Some(environments::likeness(verdict).as_str()),
                reasons: verdict.reasons.iter().map(ReasonV1::of).collect(),
                ..Line::default()
            },
            RunEvent::Warning { message } => self.of_run("warning", message.clone()),
            RunEvent::Finished(end) => self.finished(end),
        };
        Some(Line {
            ts: event.at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            ..line
        })
    }
}

impl<W: Write> Reporter for Log<W> {
    fn hear(&mut self, event: &Timed) -> io::Result<()> {
        self.chronicle.note(event);
        let Some(line) = self.line(event) else {
            return Ok(());
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        self.out.write_all(&bytes)?;
        self.out.flush()
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::domain::reason::ReasonCode;
    use crate::domain::status::CheckStatus;
    use crate::render::script::{self, Script};

    fn written(events: &[Timed]) -> String {
        let mut out = Vec::new();
        let mut log = Log::new(&mut out);
        for event in events {
            log.hear(event).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    fn lines(events: &[Timed]) -> Vec<Value> {
        written(events)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_failing_run() {
        insta::assert_snapshot!(written(&script::failing()));
    }

    #[test]
    fn a_passing_run() {
        insta::assert_snapshot!(written(&script::passing()));
    }

    #[test]
    fn an_interrupted_run() {
        insta::assert_snapshot!(written(&script::interrupted()));
    }

    #[test]
    fn every_line_has_its_four_keys_first() {
        for text in written(&script::failing()).lines() {
            let line: Value = serde_json::from_str(text).unwrap();
            assert!(line["ts"].is_string() && line["opId"].is_string());
            assert!(line["code"].is_string() && line["duration_ms"].is_u64());
            assert!(text.starts_with("{\"ts\":\"2026-11-21T04:00:"), "{text}");
        }
    }

    #[test]
    fn codes_and_operations() {
        let lines = lines(&script::failing());
        let told: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line["code"].as_str().unwrap(),
                    line["opId"].as_str().unwrap(),
                )
            })
            .collect();
        let run = "20261121T040000-7f3a";
        for (code, part) in [
            ("run_started", ""),
            ("gate_started", "/lint"),
            ("check_started", "/lint/eslint#1"),
            ("check_retried", "/lint/eslint#1"),
            ("check_started", "/lint/eslint#2"),
            ("check_finished", "/lint/eslint"),
            ("gate_finished", "/lint"),
            ("warning", ""),
            ("gate_blocked", "/build"),
            ("run_finished", ""),
        ] {
            let operation = format!("{run}{part}");
            assert!(told.contains(&(code, &operation)), "{code} {operation}");
        }
        let retried = lines
            .iter()
            .find(|line| line["code"] == "check_retried")
            .unwrap();
        assert_eq!(retried["duration_ms"], 812);
    }

    #[test]
    fn every_code_and_key_is_described() {
        let page = include_str!("../../docs/LOGGING.md");
        let events = [script::failing(), script::passing()].concat();
        for line in lines(&events) {
            let code = line["code"].as_str().unwrap();
            for word in line
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .chain([code])
            {
                assert!(
                    page.contains(&format!("`{word}`")),
                    "{word} is not in docs/LOGGING.md"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn a_line_is_a_line_whatever_is_said(text in any::<String>()) {
            let mut script = Script::new(script::stages(&["lint: ruff"]));
            let reason = Reason::new(ReasonCode::CommandFailed, &text).at(&text, None);
            script.start("lint").warn(&text).output("lint/ruff", &text);
            script.end("lint/ruff", script::not_passed(CheckStatus::Failed, 7, reason));
            let lines = lines(&script.finish(RunEnding::Complete));
            prop_assert_eq!(lines.len(), 4);
            prop_assert_eq!(&lines[1]["message"], &text);
            prop_assert_eq!(&lines[2]["reasons"][0]["message"], &text);
        }
    }
}
