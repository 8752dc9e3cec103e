//! A release whose life is told in commands, as users type them.

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::domain::check::{Check, Verb};
use crate::domain::delivery::approval::ApprovalVerdict;
use crate::domain::delivery::environment::{ApprovalRule, Approver, is_same};
use crate::domain::delivery::way::{self, Way};
use crate::domain::gate::Gate;
use crate::domain::gate::facts::{CheckFact, Fact, Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckRef, GateId, Sha256Digest};
use crate::domain::pipeline;
use crate::domain::policy::Policy;
use crate::domain::status::{CheckStatus, GateStatus};
use crate::policy::{Expansion, Source, load};

/// A policy, and what happened to its release; each command takes a minute.
pub(super) struct Life {
    pub(super) policy: Policy,
    pub(super) facts: Facts,
    minute: i64,
    pub(super) yaml: String,
}

impl Life {
    pub(super) fn new(yaml: &str) -> Self {
        let text = format!("version: 1\nproject: shop\n{yaml}");
        let path = "tollgate.yml".to_owned();
        let policy = load(&Source { path, text }, Expansion::Keep);
        Self {
            policy: policy.unwrap_or_else(|wrong| panic!("{wrong}\n{yaml}")),
            facts: Facts::default(),
            minute: 0,
            yaml: yaml.to_owned(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1_000_000 + self.minute)
    }

    pub(super) fn verdict(&self) -> Verdict {
        judge(&self.policy, &self.facts, &Viewpoint::Ledger, self.now())
    }

    pub(super) fn way(&self, environment: &str) -> Way {
        let environment = environment.parse().unwrap();
        way::find(&self.policy, &self.facts, &environment, self.now()).unwrap()
    }

    pub(super) fn is_eligible(&self, environment: &str) -> bool {
        let id = environment.parse().unwrap();
        self.verdict().environment(&id).unwrap().eligible
    }

    /// Carries out a command. Behind `but` stand the checks that fail.
    pub(super) fn does(&mut self, line: &str) {
        self.minute += 1;
        let (command, but) = line.split_once(" but ").unwrap_or((line, ""));
        let words: Vec<&str> = command
            .strip_prefix("tollgate ")
            .unwrap_or(command)
            .split(' ')
            .collect();
        let flag = |name: &str| {
            let place = words.iter().position(|word| *word == format!("--{name}"))?;
            words.get(place + 1).copied()
        };
        match words[0] {
            "run" => {
                let gates = words[1..].iter().take_while(|word| !word.starts_with("--"));
                let gates: Vec<GateId> = gates.map(|gate| gate.parse().unwrap()).collect();
                self.run(
                    &gates,
                    flag("environment"),
                    &but.split(' ').collect::<Vec<_>>(),
                );
            }
            "sign-off" => self.sign_off(words[1], flag("environment"), flag("result").unwrap()),
            "evidence" => self.piece(words[2], flag("gate"), None, None),
            "approve" => {
                let verb = if words.contains(&"--reject") {
                    "rejected"
                } else {
                    "approved"
                };
                self.decide(words[1], flag("by").unwrap(), flag("role"), verb);
            }
            "deployed" => self.deploy(words[1], flag("status").unwrap()),
            "waive" => self.waive(words[1], flag("by").unwrap()),
            "promote" => {}
            other => panic!("{other} is no command"),
        }
    }

    /// What `tollgate run` does: gate by gate, in order; one that is blocked or has passed is left.
    fn run(&mut self, gates: &[GateId], place: Option<&str>, fail: &[&str]) {
        let plan = pipeline::with_required(&self.policy, gates);
        let plan: Vec<GateId> = plan.iter().map(|gate| gate.id.clone()).collect();
        for id in plan {
            let status = self.verdict().status_of(&id);
            if status.lets_through() || status == GateStatus::Blocked {
                continue;
            }
            let performed: Vec<Check> = self.performed(&id, place);
            let judged = self.verdict().gate(&id).unwrap().clone();
            let is_passed =
                |check: &Check| judged.check(&check.id).unwrap().status == CheckStatus::Passed;
            if performed.iter().all(is_passed) {
                continue;
            }
            for check in performed {
                let name = format!("{id}/{}", check.id);
                self.report(&id, &check, place, !fail.contains(&name.as_str()));
            }
        }
    }

    fn performed(&self, gate: &GateId, place: Option<&str>) -> Vec<Check> {
        let is_there = |check: &Check| {
            let only = check.only.iter().map(|id| id.as_str());
            check.only.is_empty() || only.into_iter().any(|id| Some(id) == place)
        };
        let checks = self.policy.gate(gate).unwrap().checks.iter();
        checks
            .filter(|check| is_there(check) && !matches!(check.verb, Verb::Manual(_)))
            .cloned()
            .collect()
    }

    /// Nobody deploys what has not passed what the environment asks for, but for what can only be
    /// seen there.
    fn deploy(&mut self, place: &str, status: &str) {
        let environment = self.policy.environment(&place.parse().unwrap()).unwrap();
        let both = |id: &str| {
            let environment = self.policy.environment(&id.parse().unwrap()).unwrap();
            pipeline::with_required(&self.policy, &environment.gates)
        };
        let there = |gate: &&Gate| {
            let all = pipeline::with_required(&self.policy, std::slice::from_ref(&gate.id));
            let mut checks = all.iter().flat_map(|gate| &gate.checks);
            checks.any(|check| check.only.contains(&environment.id))
        };
        let production = both("production");
        let verdict = self.verdict();
        let is_shut = both(place).into_iter().any(|gate| {
            production.iter().any(|it| it.id == gate.id)
                && !there(&gate)
                && !verdict.status_of(&gate.id).lets_through()
        });
        if !is_shut || status == "failed" {
            self.facts.deployments.push(self.dated(json!({
                "deployment_id": self.key(), "environment": place, "status": status,
            })));
        }
    }

    fn report(&mut self, gate: &GateId, check: &Check, place: Option<&str>, is_good: bool) {
        let run = format!("run-{}-{}", self.minute, self.facts.checks.len());
        let report = json!({
            "gate": gate, "check": check.id, "environment": place, "run": run,
            "status": if is_good { "passed" } else { "failed" }, "definition": check.definition,
            "reasons": if is_good { json!([]) } else { json!([{"code": "command_failed", "message": "exit 1"}]) },
        });
        self.facts.checks.push(CheckFact {
            at: self.now(),
            key: run.clone(),
            report: serde_json::from_value(report).unwrap(),
        });
        let mut kinds: Vec<&str> = check.evidence.iter().map(|it| it.kind.as_str()).collect();
        kinds.push("log");
        for kind in kinds {
            self.piece(
                kind,
                Some(gate.as_str()),
                Some(check.id.as_str()),
                Some(&run),
            );
        }
    }

    fn sign_off(&mut self, name: &str, place: Option<&str>, result: &str) {
        let name: CheckRef = name.parse().unwrap();
        let definition = self.policy.check(&name).unwrap().definition;
        let blocked = self.verdict().status_of(&name.gate) == GateStatus::Blocked;
        self.facts.signoffs.push(self.dated(json!({
            "gate": name.gate, "check": name.check, "by": "carol", "result": result,
            "environment": place, "definition": definition, "blocked": blocked,
        })));
    }

    fn piece(&mut self, kind: &str, gate: Option<&str>, check: Option<&str>, run: Option<&str>) {
        let content = format!("{} {}", self.minute, self.facts.evidence.len());
        let piece = json!({
            "type": kind, "name": kind, "gate": gate, "check": check, "run": run,
            "sha256": Sha256Digest::of(content.as_bytes()),
        });
        self.facts
            .evidence
            .push(serde_json::from_value(piece).unwrap());
    }

    /// Nobody approves a gate that is still blocked.
    fn decide(&mut self, subject: &str, by: &str, role: Option<&str>, decision: &str) {
        let verdict = self.verdict();
        let gate = verdict.gate(&subject.parse().unwrap());
        if gate.is_some_and(|gate| gate.status == GateStatus::Blocked) {
            return;
        }
        let (rule, stand, key) = self.subject(subject, &verdict);
        let by = if by == "NAME" {
            fitting(&rule, &stand, role, self.minute)
        } else {
            by.to_owned()
        };
        let team = rule.from.iter().find_map(|entry| match entry {
            Approver::Team(slug) => Some(slug.clone()),
            _ => None,
        });
        self.facts.approvals.push(self.dated(json!({
            key: subject, "by": by, "role": role, "decision": decision, "authors": ["alice"],
            "teams": team.into_iter().collect::<Vec<_>>(),
            "policy_digest": stand.basis.policy, "evidence_root": stand.basis.evidence,
        })));
    }

    fn subject(
        &self,
        name: &str,
        verdict: &Verdict,
    ) -> (ApprovalRule, ApprovalVerdict, &'static str) {
        if let Some(gate) = self.policy.gate(&name.parse().unwrap()) {
            let judged = verdict.gate(&gate.id).unwrap();
            let stand = judged.approvals.clone().unwrap();
            return (gate.approvals.clone().unwrap(), stand, "gate");
        }
        let environment = self.policy.environment(&name.parse().unwrap()).unwrap();
        let judged = verdict.environment(&environment.id).unwrap();
        let stand = judged.approvals.clone().unwrap();
        (environment.approvals.clone().unwrap(), stand, "environment")
    }

    fn waive(&mut self, scope: &str, by: &str) {
        let (gate, check) = scope
            .split_once('/')
            .map_or((scope, None), |(gate, check)| (gate, Some(check)));
        let by = if by == "NAME" { "mia" } else { by };
        self.facts.grants.push(self.dated(json!({
            "id": self.key(), "gate": gate, "check": check, "by": by, "reason": "known",
            "expires_at": self.now() + SignedDuration::from_hours(24),
        })));
    }

    fn key(&self) -> String {
        format!("fact-{}", self.minute)
    }

    fn dated<T: DeserializeOwned>(&self, record: Value) -> Fact<T> {
        Fact {
            at: self.now(),
            key: self.key(),
            record: serde_json::from_value(record).unwrap(),
        }
    }
}

/// Somebody new who may approve, in the role that the command names.
fn fitting(
    rule: &ApprovalRule,
    stand: &ApprovalVerdict,
    role: Option<&str>,
    minute: i64,
) -> String {
    let has_decided = |login: &str| {
        stand
            .people
            .iter()
            .any(|it| is_same(&it.by, login) && it.objection.is_none())
    };
    let users = rule.from.iter().filter_map(|entry| match entry {
        Approver::User(login) if login != "alice" && !has_decided(login) => Some(login.clone()),
        _ => None,
    });
    match role {
        Some(_) => format!("person-{minute}"),
        None => users
            .into_iter()
            .next()
            .unwrap_or_else(|| format!("member-{minute}")),
    }
}
