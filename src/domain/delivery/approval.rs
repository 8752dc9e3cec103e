//! Approvals: whose count, and why the others' do not.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::environment::{ApprovalRule, Approver, Person, SelfApproval, is_same};
use crate::domain::gate::facts::{ApprovalFact, Facts};
use crate::domain::ids::{CommitSha, EnvironmentId, GateId, Sha256Digest};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::moment::at_the_latest;
use crate::domain::record::payload::{ApprovalRecorded, Decision};

/// What is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A stage or gate.
    Gate(&'a GateId),
    /// The way into an environment.
    Environment(&'a EnvironmentId),
}

impl Subject<'_> {
    /// Its name in the policy.
    pub fn name(&self) -> &str {
        match self {
            Self::Gate(id) => id.as_str(),
            Self::Environment(id) => id.as_str(),
        }
    }

    fn is_of(&self, record: &ApprovalRecorded) -> bool {
        match self {
            Self::Gate(id) => record.gate.as_ref() == Some(*id),
            Self::Environment(id) => record.environment.as_ref() == Some(*id),
        }
    }

    fn way(&self) -> String {
        let name = self.name();
        match self {
            Self::Gate(_) => format!("`tollgate approve {name} --by NAME`"),
            Self::Environment(_) => format!(
                "in GitHub Actions by a review of the job that names `environment: {name}`, elsewhere by \
                 `tollgate approve {name} --by NAME`"
            ),
        }
    }
}

/// What an approval is bound to besides the commit: another policy or other evidence voids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Default))]
pub struct Basis {
    /// The policy in force.
    pub policy: Sha256Digest,
    /// The root of the evidence that there is.
    pub evidence: Sha256Digest,
}

/// How the approvals of a gate or an environment stand.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalVerdict {
    /// How many people must approve.
    pub required: u32,
    /// What an approval given now is bound to.
    pub basis: Basis,
    /// Everyone who decided, by name, each once.
    pub people: Vec<PersonVerdict>,
    /// Why it is not approved; empty when it is.
    pub reasons: Vec<Reason>,
}

/// How one person's decision stands.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonVerdict {
    /// The login or name, as the person was called last.
    pub by: String,
    /// What they decided in the end.
    pub decision: Decision,
    /// When.
    pub at: Timestamp,
    /// What they said.
    pub comment: String,
    /// Why it does not count; `None` for an approval that does.
    pub objection: Option<Reason>,
}

impl ApprovalVerdict {
    /// How many people's approvals count.
    pub fn counted(&self) -> usize {
        let counts = |person: &&PersonVerdict| person.objection.is_none();
        self.people.iter().filter(counts).count()
    }

    /// Those whose rejection nobody lifted, by name.
    pub fn rejecters(&self) -> impl Iterator<Item = &str> {
        let vetoes = self.people.iter().filter(|person| {
            let objection = person.objection.as_ref();
            objection.is_some_and(|it| it.code == ReasonCode::ApprovalRejected)
        });
        vetoes.map(|person| person.by.as_str())
    }

    /// The rejections that nobody lifted.
    pub fn vetoes(&self) -> Vec<Reason> {
        let objections = self.people.iter().filter_map(|it| it.objection.clone());
        objections
            .filter(|it| it.code == ReasonCode::ApprovalRejected)
            .collect()
    }
}

/// Judges who approved. Every person counts once, whatever the case of the name.
/// A rejection is a veto until the same person approves later.
pub fn judge(
    rule: &ApprovalRule,
    subject: Subject<'_>,
    basis: Basis,
    facts: &Facts,
    now: Timestamp,
) -> ApprovalVerdict {
    let bench = Bench {
        rule,
        basis,
        authors: authors(facts, now),
        now,
    };
    let people = by_person(subject, &facts.approvals);
    let people = people.values().filter_map(|facts| bench.person(facts));
    let mut verdict = ApprovalVerdict {
        required: rule.minimum,
        basis,
        people: people.collect(),
        reasons: Vec::new(),
    };
    verdict.reasons = reasons(rule, subject, &verdict);
    if verdict.counted() < rule.minimum as usize {
        verdict
            .reasons
            .extend(of_other_commits(subject, &facts.elsewhere, &verdict));
    }
    verdict
}

fn by_person<'f>(
    subject: Subject<'_>,
    facts: &'f [ApprovalFact],
) -> BTreeMap<String, Vec<&'f ApprovalFact>> {
    let mut people: BTreeMap<String, Vec<&ApprovalFact>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| subject.is_of(&fact.record)) {
        let person = fact.record.by.trim().to_lowercase();
        people.entry(person).or_default().push(fact);
    }
    people
}

/// Who approved another commit and has not decided on this one: the new commit voids that.
fn of_other_commits(
    subject: Subject<'_>,
    elsewhere: &[ApprovalFact],
    verdict: &ApprovalVerdict,
) -> Vec<Reason> {
    let has_decided = |by: &str| verdict.people.iter().any(|person| is_same(&person.by, by));
    let people = by_person(subject, elsewhere);
    let newest = people
        .values()
        .filter_map(|facts| newest(facts.iter().copied()));
    let approved = newest.filter(|fact| fact.record.decision == Decision::Approved);
    let void = approved
        .filter(|fact| !has_decided(&fact.record.by))
        .map(|fact| {
            let commit = fact
                .record
                .commit
                .as_ref()
                .map_or("another commit", CommitSha::short);
            let message = format!(
                "{} approved {commit} at {:.0}; another commit voids that, so approve again",
                fact.record.by, fact.at
            );
            Reason::new(ReasonCode::ApprovalVoid, message)
        });
    void.collect()
}

/// Vetoes first; where people are missing, also why some did not count.
fn reasons(rule: &ApprovalRule, subject: Subject<'_>, verdict: &ApprovalVerdict) -> Vec<Reason> {
    let objections = || verdict.people.iter().filter_map(|it| it.objection.clone());
    let is_veto = |reason: &Reason| reason.code == ReasonCode::ApprovalRejected;
    let mut reasons: Vec<Reason> = verdict.vetoes();
    let counted = verdict.counted();
    if counted < rule.minimum as usize {
        let from: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
        let message = format!(
            "{} has {counted} of {} approvals that count; let it be approved by {}: {}",
            subject.name(),
            rule.minimum,
            from.join(" or "),
            subject.way()
        );
        reasons.push(Reason::new(ReasonCode::ApprovalMissing, message));
        reasons.extend(objections().filter(|reason| !is_veto(reason)));
    }
    reasons
}

/// Everyone who made the release, from whichever fact knows them; `None` where none does yet.
fn authors(facts: &Facts, now: Timestamp) -> Option<Vec<&str>> {
    let seen = facts.approvals.iter();
    let seen = seen.filter_map(|fact| Some((fact.at, fact.record.authors.as_ref()?)));
    let told = facts.authors.iter().map(|fact| (fact.at, &fact.record));
    let all: Vec<(Timestamp, &Vec<String>)> = seen.chain(told).collect();
    let is_known = all
        .iter()
        .any(|(at, authors)| *at <= now && !authors.is_empty());
    let authors = all.into_iter().flat_map(|(_, authors)| authors);
    is_known.then(|| authors.map(String::as_str).collect())
}

/// What decisions are held against.
struct Bench<'a> {
    rule: &'a ApprovalRule,
    basis: Basis,
    authors: Option<Vec<&'a str>>,
    now: Timestamp,
}

impl Bench<'_> {
    /// One person's decisions. An approval from the future is not heard, a rejection always is.
    fn person(&self, facts: &[&ApprovalFact]) -> Option<PersonVerdict> {
        let of = |decision| {
            facts
                .iter()
                .filter(move |fact| fact.record.decision == decision)
        };
        let rejection = newest(of(Decision::Rejected).copied());
        let is_after = |fact: &ApprovalFact, veto: &ApprovalFact| fact.at > at_the_latest(veto.at);
        let later = |fact: &&&ApprovalFact| rejection.is_none_or(|veto| is_after(fact, veto));
        let approvals: Vec<_> = of(Decision::Approved).filter(later).copied().collect();
        let heard = || approvals.iter().copied().filter(|fact| fact.at <= self.now);
        if let Some(fact) = newest(heard().filter(|fact| self.objection(fact).is_none())) {
            return Some(decided(fact, None));
        }
        if let Some(fact) = newest(heard()) {
            return Some(decided(fact, self.objection(fact)));
        }
        if let Some(fact) = rejection {
            return Some(decided(fact, Some(veto(fact))));
        }
        newest(approvals.into_iter()).map(|fact| decided(fact, Some(too_early(fact, self.now))))
    }

    /// Why an approval does not count.
    fn objection(&self, fact: &ApprovalFact) -> Option<Reason> {
        let by = &fact.record.by;
        let person = person(&fact.record);
        if !self.rule.from.iter().any(|entry| entry.means(&person)) {
            return Some(self.not_an_approver(by));
        }
        if self.rule.self_approval == SelfApproval::Refused
            && let Some(reason) = self.own(fact)
        {
            return Some(reason);
        }
        if let Some(reason) = self.void(fact) {
            return Some(reason);
        }
        let age = self.now.duration_since(fact.at).unsigned_abs();
        let most = self.rule.max_age.filter(|most| age > *most)?;
        let message = format!(
            "the approval of {by} is of {:.0}, older than the {} h of `max-age`; start a new run \
             and let it be approved",
            fact.at,
            most.as_secs_f64() / 3600.0
        );
        Some(Reason::new(ReasonCode::ApprovalExpired, message))
    }

    /// Why an approval was given for something else than there is now.
    fn void(&self, fact: &ApprovalFact) -> Option<Reason> {
        let (by, record) = (&fact.record.by, &fact.record);
        let is_other = |bound: Option<Sha256Digest>, now| bound.is_some_and(|bound| bound != now);
        let what = match (
            is_other(record.policy_digest, self.basis.policy),
            is_other(record.evidence_root, self.basis.evidence),
        ) {
            (true, _) => "under another policy than there is now",
            (false, true) => "on other evidence than there is now",
            (false, false) => return None,
        };
        let message = format!(
            "{by} approved at {:.0} {what}, which voids it; approve again",
            fact.at
        );
        Some(Reason::new(ReasonCode::ApprovalVoid, message))
    }

    fn not_an_approver(&self, by: &str) -> Reason {
        let mut message = format!("{by} approved, but is not among those under `from`");
        let has = |wanted: fn(&Approver) -> bool| self.rule.from.iter().any(wanted);
        if has(|entry| matches!(entry, Approver::Team(_))) {
            message.push_str("; a team counts where GitHub says that the person is in it");
        }
        if has(|entry| matches!(entry, Approver::Role(_))) {
            message.push_str("; a role counts where the approval names it");
        }
        Reason::new(ReasonCode::NotAnApprover, message)
    }

    /// Why an approval may be that of somebody who made the release.
    fn own(&self, fact: &ApprovalFact) -> Option<Reason> {
        let by = &fact.record.by;
        if fact.record.triggered_by.iter().any(|who| is_same(who, by)) {
            let message = format!("{by} approved, but started the run; somebody else must approve");
            return Some(Reason::new(ReasonCode::SelfApproval, message));
        }
        match &self.authors {
            None => {
                let message = format!(
                    "{by} approved, but nobody knows who made the release, so self-approval can't \
                     be ruled out"
                );
                Some(Reason::new(ReasonCode::AuthorsUnknown, message))
            }
            Some(authors) if authors.iter().any(|who| is_same(who, by)) => {
                let message =
                    format!("{by} approved, but made the release; somebody else must approve");
                Some(Reason::new(ReasonCode::SelfApproval, message))
            }
            Some(_) => None,
        }
    }
}

fn person(record: &ApprovalRecorded) -> Person<'_> {
    Person {
        login: &record.by,
        role: record.role.as_deref(),
        teams: &record.teams,
    }
}

fn newest<'f>(facts: impl Iterator<Item = &'f ApprovalFact>) -> Option<&'f ApprovalFact> {
    facts.max_by_key(|fact| (fact.at, &fact.key))
}

fn decided(fact: &ApprovalFact, objection: Option<Reason>) -> PersonVerdict {
    PersonVerdict {
        by: fact.record.by.clone(),
        decision: fact.record.decision,
        at: fact.at,
        comment: fact.record.comment.clone(),
        objection,
    }
}

fn veto(fact: &ApprovalFact) -> Reason {
    let by = &fact.record.by;
    let said = match fact.record.comment.trim() {
        "" => String::new(),
        comment => format!(" ({comment})"),
    };
    let again = match fact.record.run {
        Some(_) => format!("start a new run and let {by} approve it"),
        None => format!("only a later approval by {by} lifts that: `tollgate approve`"),
    };
    let message = format!("{by} rejected the release{said}; {again}");
    Reason::new(ReasonCode::ApprovalRejected, message)
}

fn too_early(fact: &ApprovalFact, now: Timestamp) -> Reason {
    let message = format!(
        "the approval of {} is of {:.0}, and it is {now:.0} here; set the clocks right",
        fact.record.by, fact.at
    );
    Reason::new(ReasonCode::ApprovalInFuture, message)
}
