//! Waivers: which are heard now, and why the others are not.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use super::Severity;
use super::facts::{Facts, WaiverFact};
use crate::domain::delivery::environment::{Approver, Person};
use crate::domain::ids::{CheckId, CheckRef, GateId};
use crate::domain::policy::Policy;
use crate::domain::reason::{Reason, ReasonCode};

/// Users are warned when a waiver has less than this to go.
const WARN_BEFORE: Duration = Duration::from_secs(24 * 3600);

/// `waivers:` of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRule {
    /// How long one may last; `None` is any time, though never without an end.
    pub longest: Option<Duration>,
    /// Who may grant one; never empty.
    pub from: Vec<Approver>,
}

/// How a waiver stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaiverState {
    /// Somebody asks for it; nobody who may has granted it.
    Requested,
    /// It is heard.
    Active,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// It was never one: the policy does not allow it, or it is about nothing.
    Void,
}

impl WaiverState {
    /// The word that users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Void => "void",
        }
    }
}

/// A waiver, and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct WaiverVerdict {
    /// Its id.
    pub id: String,
    /// The gate that it is about.
    pub gate: GateId,
    /// The one check that it is about; `None` is the whole gate.
    pub check: Option<CheckId>,
    /// Who granted it, or asks for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was granted or asked for.
    pub at: Timestamp,
    /// From then on it is not heard.
    pub expires_at: Timestamp,
    /// How it stands.
    pub state: WaiverState,
    /// Why it is not heard; of one that is, a warning when it expires soon.
    pub note: Option<Reason>,
}

impl WaiverVerdict {
    /// What it is about: `test`, or `test/pytest`.
    pub fn scope(&self) -> String {
        match &self.check {
            Some(check) => CheckRef::new(self.gate.clone(), check.clone()).to_string(),
            None => self.gate.to_string(),
        }
    }
}

/// Judges every waiver, the oldest first. The order of the facts and their repetition make no
/// difference.
pub fn judge(policy: &Policy, facts: &Facts, now: Timestamp) -> Vec<WaiverVerdict> {
    let revoked: HashSet<&str> = facts
        .revocations
        .iter()
        .map(|it| it.record.id.as_str())
        .collect();
    let granted: HashSet<&str> = facts
        .grants
        .iter()
        .map(|it| it.record.id.as_str())
        .collect();
    let is_open = |request: &&WaiverFact| !granted.contains(request.record.id.as_str());
    let requests = facts.requests.iter().filter(is_open);
    let requests = requests.map(|fact| (fact, requested(fact, policy, now)));
    let grants = facts
        .grants
        .iter()
        .map(|fact| (fact, granted_by(fact, policy, now)));
    let mut all: Vec<WaiverVerdict> = requests
        .chain(grants)
        .map(|(fact, standing)| verdict(fact, standing, revoked.contains(fact.record.id.as_str())))
        .collect();
    all.sort_by(|a, b| order(a).cmp(&order(b)));
    all.dedup();
    all
}

/// The first waiver of a list that is heard for a gate, or for one check of it.
pub fn active<'w>(
    waivers: &'w [WaiverVerdict],
    gate: &GateId,
    check: Option<&CheckId>,
) -> Option<&'w WaiverVerdict> {
    let mut fitting = waivers.iter().filter(|waiver| {
        waiver.state == WaiverState::Active
            && waiver.gate == *gate
            && waiver.check.as_ref() == check
    });
    fitting.next()
}

/// Everything that a fact says, so that no order of arrival shows.
fn order(waiver: &WaiverVerdict) -> (Timestamp, &str, String, &str, Timestamp, &str) {
    (
        waiver.at,
        &waiver.id,
        waiver.scope(),
        &waiver.by,
        waiver.expires_at,
        &waiver.reason,
    )
}

type Standing = (WaiverState, Option<Reason>);

fn verdict(fact: &WaiverFact, standing: Standing, is_revoked: bool) -> WaiverVerdict {
    let record = &fact.record;
    let (state, note) = match is_revoked {
        true => {
            let message = format!("the waiver {} was taken back", record.id);
            (
                WaiverState::Revoked,
                Some(Reason::new(ReasonCode::WaiverRevoked, message)),
            )
        }
        false => standing,
    };
    WaiverVerdict {
        id: record.id.clone(),
        gate: record.gate.clone(),
        check: record.check.clone(),
        by: record.by.clone(),
        reason: record.reason.clone(),
        at: fact.at,
        expires_at: record.expires_at,
        state,
        note,
    }
}

fn requested(fact: &WaiverFact, policy: &Policy, now: Timestamp) -> Standing {
    if let Some(over) = expired(fact, now) {
        return over;
    }
    if let Some(reason) = beyond_reach(policy, &fact.record.gate, fact.record.check.as_ref()) {
        return (WaiverState::Void, Some(reason));
    }
    let message = format!(
        "the waiver {} is asked for by {}; somebody whom `waivers.from` names must grant it",
        fact.record.id, fact.record.by
    );
    (
        WaiverState::Requested,
        Some(Reason::new(ReasonCode::WaiverNotGranted, message)),
    )
}

fn granted_by(fact: &WaiverFact, policy: &Policy, now: Timestamp) -> Standing {
    let record = &fact.record;
    let void = |reason| (WaiverState::Void, Some(reason));
    if let Some(reason) = beyond_reach(policy, &record.gate, record.check.as_ref()) {
        return void(reason);
    }
    if let Some(over) = expired(fact, now) {
        return over;
    }
    if let Some(reason) = too_long(policy.waivers.as_ref(), fact.at, record.expires_at) {
        return void(reason);
    }
    if fact.at > now {
        let message = format!(
            "the waiver {} is of {:.0}, and it is {now:.0} here; set the clocks right",
            record.id, fact.at
        );
        return void(Reason::new(ReasonCode::WaiverInFuture, message));
    }
    let person = Person {
        login: &record.by,
        role: record.role.as_deref(),
        teams: &record.teams,
    };
    match not_a_granter(policy.waivers.as_ref(), &person) {
        Some(reason) => (WaiverState::Requested, Some(reason)),
        None => (WaiverState::Active, expiring(fact, now)),
    }
}

fn expired(fact: &WaiverFact, now: Timestamp) -> Option<Standing> {
    let record = &fact.record;
    (record.expires_at <= now).then(|| {
        let message = format!(
            "the waiver {} expired at {:.0}",
            record.id, record.expires_at
        );
        (
            WaiverState::Expired,
            Some(Reason::new(ReasonCode::WaiverExpired, message)),
        )
    })
}

fn expiring(fact: &WaiverFact, now: Timestamp) -> Option<Reason> {
    let left = fact.record.expires_at.duration_since(now).unsigned_abs();
    (left < WARN_BEFORE).then(|| {
        let message = format!(
            "the waiver {} expires in {} h, at {:.0}; mend {} before, or ask for another",
            fact.record.id,
            left.as_secs() / 3600,
            fact.record.expires_at,
            fact.record.gate
        );
        Reason::new(ReasonCode::WaiverExpiring, message)
    })
}

/// Why nothing can be waived there: the policy does not have it, or it is absolute.
pub fn beyond_reach(policy: &Policy, gate: &GateId, check: Option<&CheckId>) -> Option<Reason> {
    let Some(known) = policy.gate(gate) else {
        let message = format!("a waiver is about {gate}, and the policy has no such gate");
        return Some(Reason::new(ReasonCode::WaiverUnmatched, message));
    };
    if let Some(check) = check.filter(|check| known.check(check).is_none()) {
        let message = format!("a waiver is about {gate}/{check}, and the policy has no such check");
        return Some(Reason::new(ReasonCode::WaiverUnmatched, message));
    }
    (known.severity == Severity::Absolute).then(|| {
        let message = format!("{gate} is absolute: it can never be waived, in whole or in part");
        Reason::new(ReasonCode::WaiverOfAbsoluteGate, message)
    })
}

/// Why a waiver may not last so long.
pub fn too_long(rule: Option<&WaiverRule>, at: Timestamp, expires: Timestamp) -> Option<Reason> {
    let longest = rule?.longest?;
    let asked = expires.duration_since(at);
    let is_over = asked.is_positive() && asked.unsigned_abs() > longest;
    is_over.then(|| {
        let message = format!(
            "a waiver may last {} h (`waivers.longest`), and this one would last {} h",
            longest.as_secs() / 3600,
            asked.unsigned_abs().as_secs().div_ceil(3600)
        );
        Reason::new(ReasonCode::WaiverNotAllowed, message)
    })
}

/// Why somebody may not grant a waiver.
pub fn not_a_granter(rule: Option<&WaiverRule>, person: &Person<'_>) -> Option<Reason> {
    let Some(rule) = rule else {
        let message = "the policy lets nobody grant waivers; add `waivers` with `from`";
        return Some(Reason::new(ReasonCode::WaiverNotAllowed, message));
    };
    if rule.from.iter().any(|entry| entry.means(person)) {
        return None;
    }
    let from: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
    let message = format!(
        "{} may not grant waivers; the policy names {}",
        person.login,
        from.join(" or ")
    );
    Some(Reason::new(ReasonCode::WaiverNotGranted, message))
}
