//! Scripted runs for the tests of the reporters: events and facts told by hand, verdicts given
//! by the real judge.

pub(crate) mod release;
mod runs;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Chronicle, Reporter as _};
use crate::domain::check::{
    Check, CheckResult, CommandLine, EvidenceFile, Results, TokenAccess, Verb,
};
use crate::domain::gate::facts::{CheckFact, Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::gate::{Gate, GateKind, Pace, Severity};
use crate::domain::ids::{CheckRef, GateId, RunId, Sha256Digest};
use crate::domain::policy::Policy;
use crate::domain::quality::coverage::Coverage;
use crate::domain::quality::findings::{Finding, FindingTally, Level};
use crate::domain::quality::requirement::Requirement;
use crate::domain::quality::share::Ratio;
use crate::domain::quality::tests::{CaseOutcome, TestCase, TestTally};
use crate::domain::reason::{Location, Reason, ReasonCode};
use crate::domain::record::payload::{CheckReported, EvidenceRecorded};
use crate::domain::release::Release;
use crate::domain::run::{RunEnd, RunEnding, RunEvent, RunStart, Timed, Tree};
use crate::domain::status::CheckStatus;

pub(crate) use runs::*;

/// A run that is being told.
pub(crate) struct Script {
    pub(crate) policy: Policy,
    facts: Facts,
    now: Timestamp,
    tree: Tree,
    events: Vec<Timed>,
}

const RUN: &str = "20261121T040000-7f3a";

pub(crate) fn release() -> Release {
    Release {
        repository: "acme/shop".parse().unwrap(),
        sha: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
        version: Some("1.4.0".to_owned()),
    }
}

/// A chronicle that heard the events.
pub(crate) fn heard(events: &[Timed]) -> Chronicle {
    let mut chronicle = Chronicle::default();
    for event in events {
        chronicle.hear(event).unwrap();
    }
    chronicle
}

fn check(id: &str) -> Check {
    Check {
        id: id.parse().unwrap(),
        title: id.to_owned(),
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
        definition: Sha256Digest::of(b"definition"),
        binding: Default::default(),
    }
}

/// Stages in order from lines such as `lint: ruff eslint`.
pub(crate) fn stages(lines: &[&str]) -> Vec<Gate> {
    let mut gates: Vec<Gate> = Vec::new();
    for line in lines {
        let (id, checks) = line.split_once(':').unwrap();
        gates.push(Gate {
            id: id.parse().unwrap(),
            title: id.to_owned(),
            kind: GateKind::Stage,
            severity: Severity::Blocking,
            requires: gates
                .last()
                .map(|gate| gate.id.clone())
                .into_iter()
                .collect(),
            tolerate: None,
            checks: checks.split_whitespace().map(check).collect(),
            evidence: Vec::new(),
            approvals: None,
            pace: Pace::Parallel,
        });
    }
    gates
}

impl Script {
    pub(crate) fn new(gates: Vec<Gate>) -> Self {
        Self {
            policy: Policy {
                project: "shop".to_owned(),
                gates,
                environments: Vec::new(),
                journeys: Default::default(),
                evidence_directory: ".tollgate".to_owned(),
                ..Policy::default()
            },
            facts: Facts::default(),
            now: "2026-11-21T04:00:00Z".parse().unwrap(),
            tree: Tree::Clean,
            events: Vec::new(),
        }
    }

    pub(crate) fn tell(&mut self, event: RunEvent) -> &mut Self {
        let at = self.now;
        self.events.push(Timed { at, event });
        self
    }

    pub(crate) fn wait(&mut self, ms: i64) -> &mut Self {
        self.now += SignedDuration::from_millis(ms);
        self
    }

    pub(crate) fn dirty(&mut self) -> &mut Self {
        self.tree = Tree::Dirty("2 files changed, first src/app.py".to_owned());
        self
    }

    pub(crate) fn start(&mut self, plan: &str) -> &mut Self {
        let start = RunStart {
            run: RUN.parse().unwrap(),
            release: release(),
            project: "shop".to_owned(),
            tree: self.tree.clone(),
            plan: plan
                .split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect(),
        };
        self.tell(RunEvent::Started(Arc::new(start)))
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let viewpoint = match self.tree {
            Tree::Clean => Viewpoint::Ledger,
            Tree::Dirty(_) => Viewpoint::DirtyRun(RUN.parse().unwrap()),
        };
        judge(&self.policy, &self.facts, &viewpoint, self.now)
    }

    pub(crate) fn open(&mut self, gate: &str) -> &mut Self {
        let gate: GateId = gate.parse().unwrap();
        let checks = &self.policy.gate(&gate).unwrap().checks;
        let checks = checks.iter().map(|check| check.id.clone()).collect();
        self.tell(RunEvent::GateStarted { gate, checks })
    }

    pub(crate) fn close(&mut self, gate: &str, ms: u64) -> &mut Self {
        let verdict = self.verdict().gate(&gate.parse().unwrap()).unwrap().clone();
        self.tell(RunEvent::GateFinished {
            verdict: Arc::new(verdict),
            duration: Duration::from_millis(ms),
        })
    }

    pub(crate) fn blocked(&mut self, gate: &str) -> &mut Self {
        let gate: GateId = gate.parse().unwrap();
        let reasons = self.verdict().gate(&gate).unwrap().reasons.clone();
        self.tell(RunEvent::GateBlocked { gate, reasons })
    }

    pub(crate) fn reused(&mut self, gate: &str) -> &mut Self {
        let gate = gate.parse().unwrap();
        let status = self.verdict().status_of(&gate);
        self.tell(RunEvent::GateReused { gate, status })
    }

    pub(crate) fn begin(&mut self, check: &str, attempt: u32) -> &mut Self {
        let check = check.parse().unwrap();
        self.tell(RunEvent::CheckStarted { check, attempt })
    }

    pub(crate) fn output(&mut self, check: &str, text: &str) -> &mut Self {
        self.tell(RunEvent::CheckOutput {
            check: check.parse().unwrap(),
            text: text.into(),
        })
    }

    pub(crate) fn retry(&mut self, check: &str, attempt: u32, reason: Reason) -> &mut Self {
        self.tell(RunEvent::CheckRetried {
            check: check.parse().unwrap(),
            attempt,
            reasons: vec![reason],
        })
    }

    pub(crate) fn end(&mut self, check: &str, result: CheckResult) -> &mut Self {
        let check: CheckRef = check.parse().unwrap();
        self.record(&check, &result);
        self.tell(RunEvent::CheckFinished {
            check,
            result: Arc::new(result),
        })
    }

    /// Puts a result into the facts, as if it were recorded.
    pub(crate) fn record(&mut self, check: &CheckRef, result: &CheckResult) {
        let run: RunId = RUN.parse().unwrap();
        self.facts
            .evidence
            .extend(result.evidence.iter().map(|file| EvidenceRecorded {
                gate: Some(check.gate.clone()),
                check: Some(check.check.clone()),
                kind: file.kind.clone(),
                name: file.name.clone(),
                sha256: file.sha256,
                size: file.size,
                uri: Some(format!("runs/{run}/{}", file.path)),
                run: Some(run.clone()),
            }));
        self.facts.checks.push(CheckFact {
            at: self.now,
            key: format!("{check}"),
            report: CheckReported {
                version: None,
                gate: check.gate.clone(),
                check: check.check.clone(),
                status: result.status,
                duration_ms: u64::try_from(result.duration.as_millis()).unwrap(),
                attempt: result.attempts,
                tests: result.measured.tests,
                coverage: result.measured.coverage,
                findings: result.measured.findings,
                latency: result.measured.latency,
                journeys: result.journeys.clone(),
                journey_table: result.journey_table.clone(),
                image_digest: result.image_digest.clone(),
                migrations: result.migrations.clone(),
                reasons: result.reasons.clone(),
                cases: result.cases.clone(),
                blocked: false,
                run: Some(run),
                dirty: self.tree.is_dirty(),
                definition: Some(Sha256Digest::of(b"definition")),
                job: None,
                environment: None,
            },
        });
    }

    pub(crate) fn warn(&mut self, message: &str) -> &mut Self {
        let message = message.to_owned();
        self.tell(RunEvent::Warning { message })
    }

    pub(crate) fn finish(&mut self, ending: RunEnding) -> Vec<Timed> {
        let began: Timestamp = self.events.first().unwrap().at;
        let end = RunEnd {
            verdict: self.verdict(),
            duration: self.now.duration_since(began).unsigned_abs(),
            ending,
            folder: format!(".tollgate/runs/{RUN}"),
        };
        self.tell(RunEvent::Finished(Arc::new(end)));
        self.events.clone()
    }
}
