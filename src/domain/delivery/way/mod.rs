//! The way into an environment: what blocks it, and the fewest steps that open it.
//!
//! The judge itself says when the way is open: each step's facts are imagined, and the release is
//! judged again with them, until it is eligible.

mod lacks;
mod merge;
mod plan;
mod step;
mod world;

use std::time::Duration;

use jiff::Timestamp;

use super::environment::{Approver, Environment};
use super::promotion::EnvironmentVerdict;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::{GateVerdict, Verdict};
use crate::domain::gate::{Gate, GateKind, waiver};
use crate::domain::ids::{CheckId, CheckRef, EnvironmentId, GateId};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::reason::Reason;
use crate::domain::status::{CheckStatus, GateStatus};
use plan::{Plan, Turn};
use step::{flag, listed};
use world::{World, performs};

pub use step::{AddEvidence, Approvable, Approve, Run, SignOff, Step};

/// A waiver is proposed for this long, where the policy allows it.
const WAIVED_FOR: Duration = Duration::from_secs(7 * DAY);

const DAY: u64 = 24 * 3600;
const HOUR: u64 = 3600;

/// What keeps a release from an environment, and how it gets there.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// Where to.
    pub environment: EnvironmentId,
    /// Whether it may go there now.
    pub eligible: bool,
    /// What blocks it: root causes only, gates in the order in which they open, then what the
    /// environment itself asks for.
    pub blockers: Vec<Blocker>,
    /// The fewest steps, in order; the last one is to promote. Without that one where
    /// `dead_end` says why nothing opens the way.
    pub steps: Vec<Step>,
    /// What may be done instead of mending.
    pub alternatives: Vec<Waive>,
    /// Why nothing that anybody could do opens it, behind the steps that can be done.
    pub dead_end: Option<String>,
}

/// Something that blocks.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocker {
    /// The stage or gate with its status; `None` where it is the environment itself.
    pub gate: Option<(GateId, GateKind, GateStatus)>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// A waiver that may be granted instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waive {
    /// The gate.
    pub gate: GateId,
    /// The one check of it that is bad, where it is only one.
    pub check: Option<CheckId>,
    /// Who may grant it.
    pub from: Vec<Approver>,
    /// How long it may last; `None` where the policy does not say.
    pub longest: Option<Duration>,
}

impl Waive {
    /// What it is about: `test`, or `test/pytest`.
    pub fn scope(&self) -> String {
        match &self.check {
            Some(check) => CheckRef::new(self.gate.clone(), check.clone()).to_string(),
            None => self.gate.to_string(),
        }
    }

    /// The command; words in capitals are to be filled in.
    pub fn command(&self) -> String {
        let role = match self.from.first() {
            Some(Approver::Role(role)) => flag("role", Some(role)),
            _ => String::new(),
        };
        let time = self.longest.unwrap_or(WAIVED_FOR).min(WAIVED_FOR).as_secs();
        let time = match time {
            time if time % DAY == 0 => format!("{}d", time / DAY),
            time if time % HOUR == 0 => format!("{}h", time / HOUR),
            time => format!("{time}s"),
        };
        format!(
            "tollgate waive {} --by NAME{role} --reason REASON --expires {time}",
            self.scope()
        )
    }

    /// Those who may grant it, as people read it.
    pub fn who(&self) -> String {
        listed(&self.from)
    }
}

/// Finds the way into an environment, seen from outside any run. `None` for one that the policy
/// does not have.
pub fn find(
    policy: &Policy,
    facts: &Facts,
    environment: &EnvironmentId,
    now: Timestamp,
) -> Option<Way> {
    let environment = policy.environment(environment)?;
    let verdict = judge(policy, facts, &Viewpoint::Ledger, now);
    let judged = verdict.environment(&environment.id)?;
    let world = World::of(policy, environment, facts, now);
    let plans = [Turn::Runs, Turn::People].map(|first| Plan::make(&world, first));
    let shortest = plans
        .into_iter()
        .min_by_key(|plan| (plan.dead_end.is_some(), plan.steps.len()))?;
    let mut steps = shortest.steps;
    name_what_to_mend(&mut steps, policy, &verdict);
    if shortest.dead_end.is_none() {
        steps.push(Step::Promote(environment.id.clone()));
    }
    Some(Way {
        environment: environment.id.clone(),
        eligible: judged.eligible,
        blockers: blockers(policy, environment, &verdict, judged),
        steps,
        alternatives: alternatives(policy, environment, &verdict),
        dead_end: shortest.dead_end.filter(|_| !judged.eligible),
    })
}

/// What did not pass when it was run last is to be mended before the first run that performs it.
fn name_what_to_mend(steps: &mut [Step], policy: &Policy, verdict: &Verdict) {
    let mut named: Vec<CheckRef> = Vec::new();
    for step in steps {
        let Step::Run(run) = step else { continue };
        for gate in pipeline::with_required(policy, &run.gates) {
            let performed = gate.checks.iter();
            let performed = performed.filter(|check| performs(check, run.place.as_ref()));
            for check in performed {
                let name = CheckRef::new(gate.id.clone(), check.id.clone());
                if is_bad(verdict, &name) && !named.contains(&name) {
                    run.mend.push(name.clone());
                    named.push(name);
                }
            }
        }
    }
}

/// Whether a check keeps its gate shut with a result.
fn is_bad(verdict: &Verdict, name: &CheckRef) -> bool {
    let gate = verdict.gate(&name.gate);
    let shut = gate.filter(|gate| !gate.status.lets_through());
    let check = shut.and_then(|gate| gate.check(&name.check));
    check.is_some_and(|check| {
        !matches!(check.status, CheckStatus::Passed | CheckStatus::Pending)
            && check.waiver.is_none()
    })
}

/// The gates that an environment asks for and that are shut for a reason of their own, in order.
fn shut<'v>(
    policy: &Policy,
    environment: &Environment,
    verdict: &'v Verdict,
) -> Vec<&'v GateVerdict> {
    let needed = pipeline::with_required(policy, &environment.gates);
    let judged = needed.iter().filter_map(|gate| verdict.gate(&gate.id));
    judged
        .filter(|it| !it.status.lets_through() && it.status != GateStatus::Blocked)
        .collect()
}

fn blockers(
    policy: &Policy,
    environment: &Environment,
    verdict: &Verdict,
    judged: &EnvironmentVerdict,
) -> Vec<Blocker> {
    let gates = shut(policy, environment, verdict).into_iter();
    let mut blockers: Vec<Blocker> = gates
        .map(|gate| Blocker {
            gate: Some((gate.id.clone(), gate.kind, gate.status)),
            reasons: gate.reasons.clone(),
        })
        .collect();
    let own = judged.reasons.iter().filter(|it| it.gate.is_none());
    let reasons: Vec<Reason> = own.cloned().collect();
    if !reasons.is_empty() {
        blockers.push(Blocker {
            gate: None,
            reasons,
        });
    }
    blockers
}

/// A waiver for each gate that failed and may be waived. A rejection is no failure, and no waiver
/// lifts it.
fn alternatives(policy: &Policy, environment: &Environment, verdict: &Verdict) -> Vec<Waive> {
    let Some(rule) = &policy.waivers else {
        return Vec::new();
    };
    let failed = shut(policy, environment, verdict).into_iter().filter(|it| {
        let rejected = it
            .approvals
            .iter()
            .any(|it| it.rejecters().next().is_some());
        it.status == GateStatus::Failed
            && !rejected
            && waiver::beyond_reach(policy, &it.id, None).is_none()
    });
    let waive = |judged: &GateVerdict| Waive {
        gate: judged.id.clone(),
        check: policy
            .gate(&judged.id)
            .and_then(|gate| only_bad(gate, judged)),
        from: rule.from.clone(),
        longest: rule.longest,
    };
    failed.map(waive).collect()
}

/// The check that alone keeps a gate from passing.
fn only_bad(gate: &Gate, judged: &GateVerdict) -> Option<CheckId> {
    let mut open = judged
        .checks
        .iter()
        .filter(|it| it.status != CheckStatus::Passed && it.waiver.is_none());
    let is_approved = judged.approvals.iter().all(|it| it.reasons.is_empty());
    let lacks_nothing_else = is_approved && lacks::evidence(gate, judged, false).next().is_none();
    match (open.next(), open.next()) {
        (Some(check), None) if lacks_nothing_else && check.status != CheckStatus::Pending => {
            Some(check.id.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
