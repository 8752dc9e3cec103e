//! What several requests came to.

use std::fmt;
use std::time::Duration;

use super::milliseconds;
use crate::domain::check::{CheckResult, HttpRule};
use crate::domain::quality::latency::Latency;
use crate::domain::quality::requirement::Measurements;
use crate::domain::reason::Reason;

/// How many different reasons are kept.
const KEPT: usize = 20;

/// Requests, good and bad.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// How long the good ones took.
    good: Vec<Duration>,
    bad: u64,
    /// Why bad ones are bad, each reason once with the number of requests that have it.
    reasons: Vec<(Reason, u64)>,
}

impl Tally {
    /// A request was answered; it is good where nothing is against it.
    pub(super) fn answered(&mut self, took: Duration, reasons: Vec<Reason>) {
        if reasons.is_empty() {
            self.good.push(took);
            return;
        }
        self.bad += 1;
        for reason in reasons {
            self.add(reason);
        }
    }

    /// A request got no answer.
    pub(super) fn unanswered(&mut self, reason: Reason) {
        self.bad += 1;
        self.add(reason);
    }

    fn add(&mut self, reason: Reason) {
        let known = self.reasons.iter_mut().find(|(known, _)| *known == reason);
        if let Some((_, count)) = known {
            *count += 1;
        } else if self.reasons.len() < KEPT {
            self.reasons.push((reason, 1));
        }
    }

    fn total(&self) -> u64 {
        self.good.len() as u64 + self.bad
    }

    /// The verdict. Without a share in `availability` every request must be good; without a good
    /// one nothing passes.
    pub(super) fn into_result(self, rule: &HttpRule) -> CheckResult {
        let measured = Measurements {
            latency: self.latency(),
            ..Measurements::default()
        };
        let mut requirement = rule.requirement();
        if self.good.is_empty() {
            (requirement.p95, requirement.availability) = (None, None);
        }
        let mut faults = requirement.shortfalls(&measured);
        let may_be_bad = rule.availability.is_some() && !self.good.is_empty();
        if !may_be_bad || !faults.is_empty() {
            faults.extend(self.told());
        }
        CheckResult {
            measured,
            ..CheckResult::judged(faults)
        }
    }

    /// The reasons, each with its share of several requests.
    fn told(&self) -> impl Iterator<Item = Reason> {
        let total = self.total();
        self.reasons.iter().map(move |(reason, count)| {
            let mut reason = reason.clone();
            if total > 1 {
                reason.message = format!("{count} of {total} requests: {}", reason.message);
            }
            reason
        })
    }

    fn latency(&self) -> Option<Latency> {
        Some(Latency {
            p95_ms: tenths_up(percentile(&self.good, 95)?),
            requests: Some(self.total()),
            failed: Some(self.bad),
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (good, total) = (self.good.len(), self.total());
        write!(f, "{good} of {total} requests were answered as expected")?;
        let at = |percent| percentile(&self.good, percent).map(tenths_up);
        let (Some(half), Some(p95), Some(most)) = (at(50), at(95), at(100)) else {
            return Ok(());
        };
        let rank = rank(good, 95);
        write!(
            f,
            "; of their times the median is {half} ms, p95 {p95} ms (nearest rank: number {rank} \
             of {good} in order), the longest {most} ms"
        )
    }
}

/// The nearest rank: of N times in order the one with number N × percent / 100, rounded up.
fn percentile(times: &[Duration], percent: usize) -> Option<Duration> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = rank(times.len(), percent).checked_sub(1)?;
    times.get(place).copied()
}

fn rank(count: usize, percent: usize) -> usize {
    (count * percent).div_ceil(100)
}

/// In milliseconds, with one decimal, rounded up, so that nothing is called faster than it was.
fn tenths_up(duration: Duration) -> f64 {
    (milliseconds(duration) * 10.0).ceil() / 10.0
}

#[cfg(test)]
mod tests;
