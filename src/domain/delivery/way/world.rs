//! A world in which every step goes well: steps → the facts that they make.

use jiff::{SignedDuration, Timestamp};

use super::step::{AddEvidence, Approvable, Approve, Run, SignOff, Step};
use crate::domain::check::{Check, Verb};
use crate::domain::delivery::approval::ApprovalVerdict;
use crate::domain::delivery::environment::{
    ApprovalRule, Approver, Environment, SelfApproval, is_same,
};
use crate::domain::delivery::promotion;
use crate::domain::gate::Gate;
use crate::domain::gate::facts::{CheckFact, Fact, Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{EnvironmentId, GateId, RunId, Sha256Digest};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::quality::requirement::Requirement;
use crate::domain::record::payload::{
    ApprovalRecorded, CheckReported, Decision, DeploymentFinished, DeploymentStatus,
    EvidenceRecorded, GateSignoff, SignoffResult,
};
use crate::domain::status::{CheckStatus, GateStatus};

/// Facts that grow by what steps would make.
#[derive(Clone)]
pub(super) struct World<'p> {
    /// The policy; numbers are taken away from checks that were imagined to pass.
    pub(super) policy: Policy,
    /// Where the way leads.
    pub(super) environment: &'p Environment,
    facts: Facts,
    now: Timestamp,
    /// How many facts were imagined.
    made: u64,
}

/// Somebody who approves.
pub(super) struct Somebody {
    by: String,
    pub(super) role: Option<String>,
    teams: Vec<String>,
}

impl<'p> World<'p> {
    /// The world as it is. Whatever bears a time that has not come and would open a door is left
    /// out, and what is imagined is newer than whatever closes one.
    pub(super) fn of(
        policy: &Policy,
        environment: &'p Environment,
        facts: &Facts,
        now: Timestamp,
    ) -> Self {
        let facts = heard(facts.clone(), now);
        Self {
            policy: policy.clone(),
            environment,
            now: newest(&facts).max(Some(now)).unwrap_or(now),
            facts,
            made: 0,
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        judge(&self.policy, &self.facts, &Viewpoint::Ledger, self.now)
    }

    /// Tells whether the way is open.
    pub(super) fn is_open(&self, verdict: &Verdict) -> bool {
        let judged = verdict.environment(&self.environment.id);
        judged.is_some_and(|judged| judged.eligible)
    }

    /// Tells whether the release must stand its test in an environment first, and has not yet.
    pub(super) fn must_deploy(&self, place: &EnvironmentId) -> bool {
        self.environment.after.contains(place)
            && !promotion::has_run_in(place, &self.facts, self.now)
    }

    /// Tells whether a step is done in an environment to which the release must go first. Where a
    /// check is not about environments, whoever looked at one can look again.
    pub(super) fn must_wait(&self, step: &Step) -> bool {
        let place = match step {
            Step::Run(run) => run.place.as_ref(),
            Step::SignOff(SignOff { check, place, .. }) => {
                let only = self
                    .policy
                    .check(check)
                    .map_or(&[][..], |check| &check.only);
                place.as_ref().filter(|place| only.contains(place))
            }
            _ => None,
        };
        place.is_some_and(|place| self.must_deploy(place))
    }

    /// Tells whether the release should go to an environment already: what that asks for and the way
    /// needs too has passed, but for what can only be seen there.
    pub(super) fn lets_deploy(&self, place: &EnvironmentId, verdict: &Verdict) -> bool {
        let Some(environment) = self.policy.environment(place) else {
            return true;
        };
        let is_seen_there = |gate: &Gate| {
            let all = self.with_required(&gate.id);
            let mut checks = all.iter().flat_map(|gate| &gate.checks);
            checks.any(|check| check.only.contains(place))
        };
        let needed = pipeline::with_required(&self.policy, &self.environment.gates);
        let mut shut = pipeline::with_required(&self.policy, &environment.gates)
            .into_iter()
            .filter(|gate| !verdict.status_of(&gate.id).lets_through());
        let must_wait =
            shut.any(|gate| needed.iter().any(|it| it.id == gate.id) && !is_seen_there(gate));
        !must_wait && !environment.after.iter().any(|id| self.must_deploy(id))
    }

    fn with_required(&self, gate: &GateId) -> Vec<&Gate> {
        pipeline::with_required(&self.policy, std::slice::from_ref(gate))
    }

    /// Tells whether a check that is about environments passed in one of them.
    pub(super) fn passed_in(&self, gate: &GateId, check: &Check, place: &EnvironmentId) -> bool {
        let mut policy = self.policy.clone();
        let checks = policy.gates.iter_mut().filter(|it| it.id == *gate);
        for known in checks.flat_map(|gate| &mut gate.checks) {
            if known.id == check.id {
                known.only = vec![place.clone()];
            }
        }
        let verdict = judge(&policy, &self.facts, &Viewpoint::Ledger, self.now);
        let judged = verdict.gate(gate).and_then(|it| it.check(&check.id));
        judged.is_some_and(|it| it.status == CheckStatus::Passed)
    }

    /// Does a step.
    pub(super) fn carry_out(&mut self, step: &Step) {
        match step {
            Step::Run(run) => self.run(run),
            Step::SignOff(sign_off) => self.sign_off(sign_off),
            Step::AddEvidence(AddEvidence { kind, gate }) => {
                let piece = self.piece(kind, gate.as_ref(), None, None);
                self.facts.evidence.push(piece);
            }
            Step::Deploy(environment) => self.deploy(environment),
            Step::Approve(approve) => self.approve(approve),
            Step::Promote(_) => {}
        }
    }

    /// Does steps as careful people do: nobody looks at a gate that is still blocked, nor deploys what
    /// has not passed. Tells whether the way is open in the end.
    pub(super) fn opens_by<'s>(mut self, steps: impl Iterator<Item = &'s Step>) -> bool {
        for step in steps {
            let verdict = self.verdict();
            let is_done = match step {
                Step::SignOff(SignOff { check, .. }) => {
                    verdict.status_of(&check.gate) != GateStatus::Blocked
                }
                Step::Approve(approve) => approve.subject.is_open(&verdict),
                Step::Deploy(place) => self.lets_deploy(place, &verdict),
                _ => true,
            };
            if is_done {
                self.carry_out(step);
            }
        }
        self.is_open(&self.verdict())
    }

    /// Somebody who may approve and whose approval is not counted yet; `None` where nobody is left.
    pub(super) fn somebody(
        &self,
        rule: &ApprovalRule,
        stand: &ApprovalVerdict,
    ) -> Option<Somebody> {
        rule.from.iter().find_map(|entry| {
            let stranger = format!("somebody-{}", self.made);
            let (by, role, teams) = match entry {
                Approver::User(login) => (login.clone(), None, Vec::new()),
                Approver::Role(role) => (stranger, Some(role.clone()), Vec::new()),
                Approver::Team(slug) => (stranger, None, vec![slug.clone()]),
            };
            let mut people = stand.people.iter();
            let counts = people.any(|it| is_same(&it.by, &by) && it.objection.is_none());
            let may = !counts && !self.made_the_release(rule, &by);
            may.then_some(Somebody { by, role, teams })
        })
    }

    /// Whoever rejected, as they decided then.
    pub(super) fn rejecter(&self, subject: &Approvable, by: &str) -> Somebody {
        let past = self.facts.approvals.iter().filter(|fact| {
            is_same(&fact.record.by, by)
                && fact.record.decision == Decision::Rejected
                && subject.is_of(&fact.record)
        });
        let record = past.max_by_key(|fact| fact.at).map(|fact| &fact.record);
        Somebody {
            by: by.to_owned(),
            role: record.and_then(|it| it.role.clone()),
            teams: record.map_or_else(Vec::new, |it| it.teams.clone()),
        }
    }

    fn made_the_release(&self, rule: &ApprovalRule, by: &str) -> bool {
        let records = self.facts.approvals.iter().map(|fact| &fact.record);
        let mut authors = records.flat_map(|it| it.authors.iter().flatten());
        rule.self_approval == SelfApproval::Refused && authors.any(|author| is_same(author, by))
    }

    /// Whoever may approves what there is now.
    fn approve(&mut self, approve: &Approve) {
        let verdict = self.verdict();
        let Some(stand) = approve.subject.approvals(&verdict) else {
            return;
        };
        let who = match &approve.by {
            Some(by) => Some(self.rejecter(&approve.subject, by)),
            None => self.somebody(&approve.rule, stand),
        };
        let Some(Somebody { by, role, teams }) = who else {
            return;
        };
        let (gate, environment) = match &approve.subject {
            Approvable::Gate(id) => (Some(id.clone()), None),
            Approvable::Environment(id) => (None, Some(id.clone())),
        };
        let record = ApprovalRecorded {
            commit: None,
            gate,
            environment,
            by,
            decision: Decision::Approved,
            comment: String::new(),
            role,
            teams,
            observed_at: None,
            run: None,
            attempt: None,
            run_sha: None,
            authors: Some(vec!["whoever made the release".to_owned()]),
            triggered_by: Vec::new(),
            policy_digest: Some(stand.basis.policy),
            evidence_root: Some(stand.basis.evidence),
        };
        let fact = self.happens(record);
        self.facts.approvals.push(fact);
    }

    /// Gate by gate, with all that they require, as far as they are open and have not passed.
    fn run(&mut self, run: &Run) {
        let plan = pipeline::with_required(&self.policy, &run.gates);
        let plan: Vec<Gate> = plan.into_iter().cloned().collect();
        for gate in plan {
            let verdict = self.verdict();
            let status = verdict.status_of(&gate.id);
            if status.lets_through() || status == GateStatus::Blocked {
                continue;
            }
            let checks = gate.checks.iter();
            let performed: Vec<&Check> = checks
                .filter(|check| performs(check, run.place.as_ref()))
                .collect();
            let has_passed = |check: &&Check| {
                let judged = verdict.gate(&gate.id).and_then(|it| it.check(&check.id));
                judged.is_some_and(|it| it.status == CheckStatus::Passed)
            };
            if !performed.iter().all(has_passed) {
                for check in performed {
                    self.pass(&gate.id, check, run.place.as_ref());
                }
            }
        }
    }

    /// A check passes, whatever numbers it is held to, with all the evidence that it declares.
    fn pass(&mut self, gate: &GateId, check: &Check, place: Option<&EnvironmentId>) {
        let at = self.tick();
        let gates = self.policy.gates.iter_mut().filter(|it| it.id == *gate);
        for known in gates.flat_map(|gate| &mut gate.checks) {
            if known.id == check.id {
                known.require = Requirement::default();
            }
        }
        let run = self.run_id();
        for kind in kinds(check) {
            let check = Some(check);
            let piece = self.piece(&kind, Some(gate), check, run.clone());
            self.facts.evidence.push(piece);
        }
        let report = CheckReported {
            journeys: None,
            journey_table: None,
            migrations: Vec::new(),
            gate: gate.clone(),
            check: check.id.clone(),
            status: CheckStatus::Passed,
            duration_ms: 0,
            attempt: 1,
            tests: None,
            coverage: None,
            findings: None,
            latency: None,
            image_digest: None,
            reasons: Vec::new(),
            cases: Vec::new(),
            blocked: false,
            run,
            dirty: false,
            version: self.facts.version.clone(),
            definition: Some(check.definition),
            job: None,
            environment: place.cloned(),
        };
        let key = self.key();
        self.facts.checks.push(CheckFact { at, key, report });
    }

    fn sign_off(&mut self, sign_off: &SignOff) {
        let name = &sign_off.check;
        let Some(check) = self.policy.check(name) else {
            return;
        };
        let record = GateSignoff {
            gate: name.gate.clone(),
            check: name.check.clone(),
            by: "somebody".to_owned(),
            result: SignoffResult::Passed,
            environment: sign_off.place.clone(),
            note: String::new(),
            blocked: false,
            definition: Some(check.definition),
            run: None,
        };
        let fact = self.happens(record);
        self.facts.signoffs.push(fact);
    }

    fn deploy(&mut self, environment: &EnvironmentId) {
        let record = DeploymentFinished {
            deployment_id: String::new(),
            environment: environment.clone(),
            status: DeploymentStatus::Passed,
            digest: None,
        };
        let fact = self.happens(record);
        self.facts.deployments.push(fact);
    }

    /// A piece of evidence that is like no other.
    fn piece(
        &mut self,
        kind: &str,
        gate: Option<&GateId>,
        check: Option<&Check>,
        run: Option<RunId>,
    ) -> EvidenceRecorded {
        self.made += 1;
        EvidenceRecorded {
            gate: gate.cloned(),
            check: check.map(|check| check.id.clone()),
            kind: kind.to_owned(),
            name: kind.to_owned(),
            sha256: Sha256Digest::of(self.key().as_bytes()),
            size: 0,
            uri: None,
            run,
        }
    }

    fn tick(&mut self) -> Timestamp {
        self.made += 1;
        let next = self.now.checked_add(SignedDuration::from_secs(1));
        self.now = next.unwrap_or(self.now);
        self.now
    }

    fn key(&self) -> String {
        format!("imagined/{}", self.made)
    }

    fn run_id(&self) -> Option<RunId> {
        format!("imagined-{}", self.made).parse().ok()
    }

    /// A fact of now.
    fn happens<T>(&mut self, record: T) -> Fact<T> {
        Fact {
            at: self.tick(),
            key: self.key(),
            record,
        }
    }
}

/// Whether a run performs a check: people perform manual ones, and one that is about environments
/// is performed in those.
pub(super) fn performs(check: &Check, place: Option<&EnvironmentId>) -> bool {
    let is_there = || place.is_some_and(|place| check.only.contains(place));
    !matches!(check.verb, Verb::Manual(_)) && (check.only.is_empty() || is_there())
}

/// The types of the evidence that a check declares.
pub(super) fn kinds(check: &Check) -> Vec<String> {
    let of_results = check.results.by_kind().into_iter();
    let of_results = of_results.filter(|(_, globs)| !globs.is_empty());
    let mut kinds: Vec<String> = of_results.map(|(kind, _)| kind.to_string()).collect();
    kinds.extend(check.evidence.iter().map(|rule| rule.kind.clone()));
    if matches!(check.verb, Verb::Run(_)) {
        kinds.push("log".to_owned());
    }
    kinds
}

/// Facts without those that would open a door when their time comes.
fn heard(mut facts: Facts, now: Timestamp) -> Facts {
    let is_pass = |status| status == CheckStatus::Passed;
    facts
        .checks
        .retain(|it| it.at <= now || !is_pass(it.report.status));
    facts
        .approvals
        .retain(|it| it.at <= now || it.record.decision == Decision::Rejected);
    facts
        .signoffs
        .retain(|it| it.at <= now || it.record.result == SignoffResult::Failed);
    facts
        .deployments
        .retain(|it| it.at <= now || it.record.status == DeploymentStatus::Failed);
    facts.grants.retain(|it| it.at <= now);
    facts
}

fn newest(facts: &Facts) -> Option<Timestamp> {
    let checks = facts.checks.iter().map(|it| it.at);
    let approvals = facts.approvals.iter().map(|it| it.at);
    let signoffs = facts.signoffs.iter().map(|it| it.at);
    let deployments = facts.deployments.iter().map(|it| it.at);
    let all = checks.chain(approvals).chain(signoffs).chain(deployments);
    all.max()
}
