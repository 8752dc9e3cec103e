//! What happened in a run, put together from its events. Reporters that look back (the verdict
//! block, the summary, JUnit) read it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::check::{CheckResult, EvidenceFile};
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::gate::judge;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict, Verdict};
use crate::domain::ids::{CheckRef, GateId};
use crate::domain::quality::tests::{CaseOutcome, TestCase};
use crate::domain::reason::Reason;
use crate::domain::run::{RunEnd, RunEnding, RunEvent, RunStart, Timed};
use crate::domain::status::{CheckStatus, GateStatus};

use super::{Reporter, environments};

/// A run as far as it was heard of.
#[derive(Debug, Clone, Default)]
pub struct Chronicle {
    /// How it began.
    pub start: Option<Arc<RunStart>>,
    /// When it began.
    pub began: Option<Timestamp>,
    /// Its gates, in the order in which they came up.
    pub gates: Vec<GateStory>,
    /// Its checks, in the order in which they came up.
    pub checks: Vec<CheckStory>,
    /// The environment that the run was about, where it was about one.
    pub environment: Option<Arc<EnvironmentVerdict>>,
    /// What was odd.
    pub warnings: Vec<String>,
    /// How it ended.
    pub end: Option<Arc<RunEnd>>,
}

/// What happened to a gate.
#[derive(Debug, Clone)]
pub struct GateStory {
    /// Which.
    pub gate: GateId,
    /// When it came up.
    pub at: Timestamp,
    /// What came of it.
    pub course: GateCourse,
}

/// What came of a gate.
#[derive(Debug, Clone)]
pub enum GateCourse {
    /// Its checks are being run.
    Running,
    /// It let through before.
    Reused,
    /// It stayed shut.
    Blocked(Vec<Reason>),
    /// It was run to its end.
    Finished {
        /// How it stands.
        verdict: Arc<GateVerdict>,
        /// How long it took.
        duration: Duration,
    },
}

/// What happened to a check.
#[derive(Debug, Clone)]
pub struct CheckStory {
    /// Which.
    pub check: CheckRef,
    /// When its first attempt began; `None` when it was not run.
    pub began: Option<Timestamp>,
    /// When its latest attempt began.
    pub tried: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The attempts that failed and were repeated, with their reasons.
    pub retries: Vec<(u32, Vec<Reason>)>,
    /// How it ended.
    pub result: Option<Arc<CheckResult>>,
}

/// A test case and the check that it belongs to.
#[derive(Debug, Clone)]
pub(super) struct CaseOfCheck<'a> {
    pub(super) check: CheckRef,
    pub(super) case: &'a TestCase,
}

impl Reporter for Chronicle {
    fn hear(&mut self, event: &Timed) -> io::Result<()> {
        self.note(event);
        Ok(())
    }
}

impl Chronicle {
    /// A release as its record has it: a verdict, and nothing of a run.
    pub fn of_record(verdict: Verdict, began: Timestamp) -> Self {
        let end = RunEnd {
            verdict,
            duration: Duration::ZERO,
            ending: RunEnding::Complete,
            folder: String::new(),
        };
        Self {
            began: Some(began),
            end: Some(Arc::new(end)),
            ..Self::default()
        }
    }

    /// Adds an event.
    pub fn note(&mut self, event: &Timed) {
        let at = event.at;
        match &event.event {
            RunEvent::Started(start) => {
                self.start = Some(Arc::clone(start));
                self.began = Some(at);
            }
            RunEvent::GateStarted { gate, checks: _ } => self.turn(gate, at, GateCourse::Running),
            RunEvent::GateReused { gate, status: _ } => self.turn(gate, at, GateCourse::Reused),
            RunEvent::GateBlocked { gate, reasons } => {
                self.turn(gate, at, GateCourse::Blocked(reasons.clone()));
            }
            RunEvent::CheckStarted { check, attempt: _ } => {
                let story = self.story(check);
                story.began = story.began.or(Some(at));
                story.tried = Some(at);
            }
            RunEvent::CheckOutput { .. } => {}
            RunEvent::CheckRetried {
                check,
                attempt,
                reasons,
            } => self.story(check).retries.push((*attempt, reasons.clone())),
            RunEvent::CheckFinished { check, result } => {
                let story = self.story(check);
                story.ended = Some(at);
                story.result = Some(Arc::clone(result));
            }
            RunEvent::GateFinished { verdict, duration } => {
                let course = GateCourse::Finished {
                    verdict: Arc::clone(verdict),
                    duration: *duration,
                };
                self.turn(&verdict.id, at, course);
            }
            RunEvent::EnvironmentJudged { verdict } => {
                self.environment = Some(Arc::clone(verdict));
            }
            RunEvent::Warning { message } => self.warnings.push(message.clone()),
            RunEvent::Finished(end) => self.end = Some(Arc::clone(end)),
        }
    }

    fn turn(&mut self, gate: &GateId, at: Timestamp, course: GateCourse) {
        match self.gates.iter_mut().find(|story| story.gate == *gate) {
            Some(story) => story.course = course,
            None => self.gates.push(GateStory {
                gate: gate.clone(),
                at,
                course,
            }),
        }
    }

    fn story(&mut self, check: &CheckRef) -> &mut CheckStory {
        let known = self.checks.iter().position(|story| story.check == *check);
        let index = known.unwrap_or_else(|| {
            self.checks.push(CheckStory {
                check: check.clone(),
                began: None,
                tried: None,
                ended: None,
                retries: Vec::new(),
                result: None,
            });
            self.checks.len() - 1
        });
        &mut self.checks[index]
    }

    /// Finds a gate's story.
    pub fn gate(&self, gate: &GateId) -> Option<&GateStory> {
        self.gates.iter().find(|story| story.gate == *gate)
    }

    /// Finds a check's story.
    pub fn check(&self, check: &CheckRef) -> Option<&CheckStory> {
        self.checks.iter().find(|story| story.check == *check)
    }

    /// The gates of the run's plan as they stand at its end, in the verdict's order; all gates
    /// where no plan is known, none while the run goes on.
    pub fn verdicts(&self) -> Vec<&GateVerdict> {
        let Some(end) = &self.end else {
            return Vec::new();
        };
        let plan = self.start.as_ref().map_or(&[][..], |start| &start.plan);
        let planned = |gate: &&GateVerdict| plan.is_empty() || plan.contains(&gate.id);
        end.verdict.gates.iter().filter(planned).collect()
    }

    /// The environments as they stand at the end: the one that the run was about, else all.
    pub(super) fn environments(&self) -> &[EnvironmentVerdict] {
        let at_the_end = self
            .end
            .as_ref()
            .map_or(&[][..], |end| &end.verdict.environments);
        match &self.environment {
            Some(judged) => std::slice::from_ref(judged),
            None => at_the_end,
        }
    }

    /// How the gates of the plan stand together; in a run that was about an environment, whether
    /// the release may go there.
    pub fn status(&self) -> GateStatus {
        if let Some(environment) = &self.environment {
            return environments::likeness(environment);
        }
        judge::overall(self.verdicts().iter().map(|gate| gate.status))
    }

    /// How the run ended; one that was not heard to the end was interrupted.
    pub fn ending(&self) -> RunEnding {
        self.end
            .as_ref()
            .map_or(RunEnding::Interrupted, |end| end.ending)
    }

    /// Where the run's files lie.
    pub fn folder(&self) -> Option<&str> {
        self.end.as_ref().map(|end| end.folder.as_str())
    }

    /// Every check of the plan with its gate.
    pub(super) fn check_verdicts(&self) -> Vec<(&GateVerdict, &CheckVerdict)> {
        let gates = self.verdicts().into_iter();
        gates
            .flat_map(|gate| gate.checks.iter().map(move |check| (gate, check)))
            .collect()
    }

    /// The test cases with one of the outcomes, those of checks that did not pass first.
    pub(super) fn cases(&self, outcomes: &[CaseOutcome]) -> Vec<CaseOfCheck<'_>> {
        let mut checks = self.check_verdicts();
        checks.sort_by_key(|(_, check)| check.status == CheckStatus::Passed);
        let mut found = Vec::new();
        for (gate, verdict) in checks {
            let check = CheckRef::new(gate.id.clone(), verdict.id.clone());
            let wanted = |case: &&TestCase| outcomes.contains(&case.outcome);
            let cases = self.cases_of(&check, verdict).iter().filter(wanted);
            found.extend(cases.map(|case| CaseOfCheck {
                check: check.clone(),
                case,
            }));
        }
        found
    }

    /// The cases of a check: all that were kept when it ran now, else those that were recorded.
    fn cases_of<'a>(&'a self, check: &CheckRef, verdict: &'a CheckVerdict) -> &'a [TestCase] {
        let now = self.check(check).and_then(|story| story.result.as_ref());
        let recorded = verdict.fact.as_ref().map(|fact| &fact.report.cases);
        now.map_or_else(
            || recorded.map_or(&[][..], Vec::as_slice),
            |result| result.cases.as_slice(),
        )
    }
}

impl CheckStory {
    /// The file with the check's whole output.
    pub(super) fn log(&self) -> Option<&EvidenceFile> {
        let evidence = &self.result.as_ref()?.evidence;
        evidence.iter().find(|file| file.kind == "log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::script;

    #[test]
    fn a_run_is_put_together() {
        let chronicle = script::heard(&script::failing());
        let eslint = chronicle.check(&"lint/eslint".parse().unwrap()).unwrap();
        assert_eq!(eslint.retries.len(), 1);
        assert!(eslint.began < eslint.tried && eslint.tried < eslint.ended);
        assert_eq!(chronicle.status(), GateStatus::Failed);
        assert!(matches!(
            chronicle.gate(&"build".parse().unwrap()).unwrap().course,
            GateCourse::Blocked(_)
        ));
    }

    #[test]
    fn only_the_plan_is_shown() {
        let chronicle = script::heard(&script::only_lint());
        let shown: Vec<_> = chronicle
            .verdicts()
            .iter()
            .map(|gate| gate.id.as_str())
            .collect();
        assert_eq!(shown, ["lint"]);
        assert_eq!(chronicle.status(), GateStatus::Passed);
    }

    #[test]
    fn a_run_that_never_ended_was_interrupted() {
        let events = script::failing();
        let chronicle = script::heard(&events[..events.len() - 1]);
        assert_eq!(chronicle.ending(), RunEnding::Interrupted);
        assert_eq!(chronicle.verdicts().len(), 0);
        assert_eq!(chronicle.status(), GateStatus::Pending);
    }
}
