//! One check: its attempts, each performed and measured.

use std::time::{Duration, Instant, SystemTime};

use super::output::{CheckOutput, Printed};
use super::session::Session;
use super::stop::Stop;
use crate::app::measure::{self, Readings};
use crate::checks;
use crate::domain::check::{Check, CheckResult, EvidenceFile, Verb};
use crate::domain::gate::Gate;
use crate::domain::ids::CheckRef;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::RunEvent;
use crate::domain::status::CheckStatus;
use crate::formats::junit::FailedCases;
use crate::store::StoreError;

/// How often the file system's clock is looked at while its next tick is waited for.
const TICK: Duration = Duration::from_millis(1);

/// What came of a check whose turn it was.
pub enum Performed {
    /// The run was ended before it began, so there is nothing to record.
    NotStarted,
    /// It ended like this.
    Ended(Box<CheckResult>),
}

impl Performed {
    /// Tells whether it ended without passing.
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Ended(result) if result.status != CheckStatus::Passed)
    }
}

/// Performs a check, and again as long as it does not pass and the policy allows it.
pub async fn perform(session: &Session, gate: &Gate, check: &Check, stop: &Stop) -> Performed {
    let begin = Instant::now();
    let mut trial = Trial {
        session,
        name: CheckRef::new(gate.id.clone(), check.id.clone()),
        check,
        stop,
        logs: Vec::new(),
        failed_before: FailedCases::default(),
    };
    let mut attempt = 1;
    let mut result = loop {
        let result = trial.attempt(attempt).await;
        let failed = result.status != CheckStatus::Passed;
        if !failed || attempt > check.retries || stop.cause().is_some() {
            break result;
        }
        let (check, reasons) = (trial.name.clone(), result.reasons);
        session.tell(RunEvent::CheckRetried {
            check,
            attempt,
            reasons,
        });
        attempt += 1;
    };
    result.attempts = attempt;
    result.duration = begin.elapsed();
    result.evidence.splice(0..0, trial.logs);
    Performed::Ended(Box::new(result))
}

/// A check that is being tried.
struct Trial<'a> {
    session: &'a Session,
    name: CheckRef,
    check: &'a Check,
    stop: &'a Stop,
    /// The output of every attempt.
    logs: Vec<EvidenceFile>,
    /// The test cases that failed in an earlier attempt.
    failed_before: FailedCases,
}

impl Trial<'_> {
    async fn attempt(&mut self, attempt: u32) -> CheckResult {
        let (check, session) = (self.name.clone(), self.session);
        session.tell(RunEvent::CheckStarted { check, attempt });
        let since = match self.moment().await {
            Ok(since) => since,
            Err(result) => return *result,
        };
        let mut output = CheckOutput::begin(session, &self.name, attempt);
        let context = session.context(&self.name, self.check, self.stop);
        let mut result = checks::perform(&context, &self.check.verb, &mut output).await;
        self.mask(&mut result);
        self.take_output(output.end(), &mut result);
        self.explain_stop(&mut result);
        if let Some(since) = since {
            self.measure(since, &mut result).await;
        }
        result
    }

    /// What a check quotes of the project's files and of servers is masked like all that is kept.
    fn mask(&self, result: &mut CheckResult) {
        let redactor = &self.session.recording.place.redactor;
        let messages = result.reasons.iter_mut().map(|reason| &mut reason.message);
        let migrations = result.migrations.iter_mut();
        let alternatives = migrations.filter_map(|it| it.alternative.as_mut());
        for text in messages.chain(alternatives) {
            *text = redactor.mask(text).into_inner().into_owned();
        }
    }

    /// The moment before which no result may be written; `None` when there is nothing to read.
    async fn moment(&self) -> Result<Option<SystemTime>, Box<CheckResult>> {
        let reads = matches!(self.check.verb, Verb::Run(_))
            && (self.check.results.globs().next().is_some() || !self.check.evidence.is_empty());
        if !reads {
            return Ok(None);
        }
        self.next_tick().await.map(Some).map_err(|error| {
            let reason = Reason::new(ReasonCode::EvidenceUnwritable, error.to_string());
            Box::new(CheckResult::errored(reason))
        })
    }

    /// Waits for the next tick of the file system's clock (some milliseconds), so that what was
    /// written before it is older than what is written after it.
    async fn next_tick(&self) -> Result<SystemTime, StoreError> {
        let folder = &self.session.recording.place.folder;
        let before = folder.mark()?;
        loop {
            let now = folder.mark()?;
            if now != before {
                return Ok(now);
            }
            tokio::time::sleep(TICK).await;
        }
    }

    fn take_output(&mut self, printed: Printed, result: &mut CheckResult) {
        result.tail = printed.tail;
        match printed.log {
            Ok(log) => self.logs.extend(log),
            Err(error) => {
                let reason = Reason::new(ReasonCode::EvidenceUnwritable, error.to_string());
                result.status = CheckStatus::Errored;
                result.reasons.insert(0, reason);
            }
        }
    }

    /// A cancelled check says why it was cancelled.
    fn explain_stop(&self, result: &mut CheckResult) {
        let cancelled = result
            .reasons
            .iter_mut()
            .find(|reason| reason.code == ReasonCode::Cancelled);
        if let (Some(reason), Some(cause)) = (cancelled, self.stop.cause()) {
            *reason = cause.reason();
        }
    }

    async fn measure(&mut self, since: SystemTime, result: &mut CheckResult) {
        let place = self.session.recording.place.clone();
        let (name, check) = (self.name.clone(), self.check.clone());
        let failed_before = std::mem::take(&mut self.failed_before);
        let read = tokio::task::spawn_blocking(move || {
            measure::read(&place, &name, &check, Some(since), &failed_before)
        });
        match read.await {
            Ok(readings) => self.take_readings(readings, result),
            Err(error) => {
                let message = format!("the result files could not be read: {error}");
                result.status = CheckStatus::Errored;
                result
                    .reasons
                    .insert(0, Reason::new(ReasonCode::ResultUnreadable, message));
            }
        }
    }

    fn take_readings(&mut self, mut readings: Readings, result: &mut CheckResult) {
        for warning in std::mem::take(&mut readings.warnings) {
            let message = format!("{}: {warning}", self.name);
            self.session.tell(RunEvent::Warning { message });
        }
        self.failed_before = std::mem::take(&mut readings.failed);
        result.evidence = std::mem::take(&mut readings.evidence);
        readings.settle(self.check, result);
    }
}
