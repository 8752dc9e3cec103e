//! One gate: its checks side by side or in sequence, as far as `needs` lets them.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Semaphore;

use super::check::{self, Performed};
use super::session::Session;
use super::stop::{Stop, StopCause};
use super::{OnFailure, Reuse};
use crate::app::events::Order;
use crate::app::failure::Failure;
use crate::domain::check::{Check, CheckResult};
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::gate::{Gate, Pace};
use crate::domain::ids::{CheckId, CheckRef, GateId};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::status::CheckStatus;

/// How far the checks of a gate are.
pub struct Turns<'a> {
    gate: &'a GateId,
    waiting: Vec<&'a Check>,
    ended: BTreeMap<&'a CheckId, CheckStatus>,
}

/// What is to be done with a check that waits.
enum Turn<'a> {
    Start(&'a Check),
    /// What it needs is still to come, and not from this run.
    Wait(&'a Check),
    Skip(&'a Check, CheckId),
}

impl<'a> Turns<'a> {
    /// The checks that are to be performed now; how the others stand is known. People perform
    /// manual checks, and a check that is about environments is performed when one of them is
    /// looked at. Where all that is left to people, nothing is performed again.
    pub fn of(session: &Session, gate: &'a Gate, before: &GateVerdict) -> Self {
        let status = |check: &Check| {
            before
                .check(&check.id)
                .map_or(CheckStatus::Pending, |it| it.status)
        };
        let (mut waiting, others): (Vec<_>, Vec<_>) = gate
            .checks
            .iter()
            .partition(|check| session.performs(check) && session.is_wanted(&gate.id, check));
        let mut ended: BTreeMap<_, _> = others
            .iter()
            .map(|check| (&check.id, status(check)))
            .collect();
        let is_done = waiting
            .iter()
            .all(|check| status(check) == CheckStatus::Passed);
        if is_done && session.request.reuse == Reuse::Passed {
            ended.extend(
                waiting
                    .drain(..)
                    .map(|check| (&check.id, CheckStatus::Passed)),
            );
        }
        Self {
            gate: &gate.id,
            waiting,
            ended,
        }
    }

    /// The names of those that are to be performed.
    pub fn checks(&self) -> Vec<CheckId> {
        self.waiting.iter().map(|check| check.id.clone()).collect()
    }

    /// Takes the next check whose turn has come, in the written order.
    fn next(&mut self) -> Option<Turn<'a>> {
        let ready = |check: &&Check| {
            let passed = |id| self.ended.get(id) == Some(&CheckStatus::Passed);
            let is_open = check.needs.iter().all(passed) && self.judged_ended(check);
            is_open || self.spoilt(check).is_some()
        };
        let position = self.waiting.iter().position(ready)?;
        let check = self.waiting.remove(position);
        Some(match self.spoilt(check) {
            Some(needed) if self.ended.get(needed) == Some(&CheckStatus::Pending) => {
                Turn::Wait(check)
            }
            Some(needed) => Turn::Skip(check, needed.clone()),
            None => Turn::Start(check),
        })
    }

    /// Whether everything of this gate has ended whose results the check judges.
    fn judged_ended(&self, check: &Check) -> bool {
        let mut judged = check.verb.judged().iter();
        judged.all(|it| it.gate != *self.gate || self.ended.contains_key(&it.check))
    }

    /// The first check that this one needs and that ended without passing.
    fn spoilt(&self, check: &'a Check) -> Option<&'a CheckId> {
        let ended_badly = |id: &&CheckId| {
            let status = self.ended.get(*id);
            status.is_some_and(|status| *status != CheckStatus::Passed)
        };
        check.needs.iter().find(ended_badly)
    }
}

/// Runs every check of an open gate and records each as it ends.
///
/// # Errors
/// When a result cannot be recorded; nothing further is started then.
pub async fn run(session: &Session, gate: &Gate, mut turns: Turns<'_>) -> Result<(), Failure> {
    let stop = session.stop.child();
    let slots = Semaphore::new(match gate.pace {
        Pace::Parallel => session.request.jobs.get(),
        Pace::Sequential => 1,
    });
    let mut running = FuturesUnordered::new();
    loop {
        while let Some(turn) = turns.next() {
            match turn {
                Turn::Start(check) => running.push(one(session, gate, check, &slots, &stop)),
                Turn::Wait(check) => drop(turns.ended.insert(&check.id, CheckStatus::Pending)),
                Turn::Skip(check, _) if stop.cause().is_some() => {
                    turns.ended.insert(&check.id, CheckStatus::Pending);
                }
                Turn::Skip(check, needed) => {
                    skip(session, gate, check, &needed).await?;
                    turns.ended.insert(&check.id, CheckStatus::Skipped);
                }
            }
        }
        let Some(ended) = running.next().await else {
            return Ok(());
        };
        let (check, status) = ended?;
        turns.ended.insert(&check.id, status);
    }
}

/// Performs one check when a slot is free, and records it after the slot was given back.
async fn one<'a>(
    session: &Session,
    gate: &Gate,
    check: &'a Check,
    slots: &Semaphore,
    stop: &Stop,
) -> Result<(&'a Check, CheckStatus), Failure> {
    let slot = slots.acquire().await;
    let performed = match stop.cause() {
        Some(_) => Performed::NotStarted,
        None => check::perform(session, gate, check, stop).await,
    };
    if session.request.on_failure == OnFailure::FailFast && performed.is_bad() {
        stop.now(StopCause::FailFast);
    }
    drop(slot);
    match performed {
        Performed::NotStarted => Ok((check, CheckStatus::Pending)),
        Performed::Ended(result) => {
            let status = result.status;
            session
                .recording
                .record(&named(gate, check), check, Order::Kept, *result)
                .await?;
            Ok((check, status))
        }
    }
}

async fn skip(
    session: &Session,
    gate: &Gate,
    check: &Check,
    needed: &CheckId,
) -> Result<(), Failure> {
    let message = format!("{} needs {needed}, which did not pass", check.id);
    let reason = Reason::new(ReasonCode::NeedsNotPassed, message);
    let mut result = CheckResult::of(CheckStatus::Skipped, vec![reason]);
    result.attempts = 0;
    session
        .recording
        .record(&named(gate, check), check, Order::Kept, result)
        .await
}

fn named(gate: &Gate, check: &Check) -> CheckRef {
    CheckRef::new(gate.id.clone(), check.id.clone())
}
