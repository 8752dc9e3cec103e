//! Releases told by the events of their ledger, as a report reads them.

use serde_json::{Value, json};

use super::*;
use crate::domain::delivery::environment::{ApprovalRule, Approver, Environment, SelfApproval};
use crate::domain::gate::waiver::WaiverRule;
use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType, SCHEMA_VERSION};
use crate::domain::record::history;

/// A release that is being told.
pub(crate) struct Told {
    pub(crate) policy: Policy,
    pub(crate) events: Vec<Event>,
    pub(crate) now: Timestamp,
}

impl Told {
    pub(crate) fn new(gates: Vec<Gate>) -> Self {
        let mut told = Self {
            policy: Script::new(gates).policy,
            events: Vec::new(),
            now: "2026-11-21T04:00:00Z".parse().unwrap(),
        };
        told.tell(
            "release_created",
            "alice",
            json!({"repository": "acme/shop", "sha": release().sha, "version": "1.4.0"}),
        );
        told
    }

    /// Time goes by.
    pub(crate) fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    pub(crate) fn tell(&mut self, kind: &str, actor: &str, payload: Value) -> &mut Self {
        let kinds = EventType::ALL.iter();
        let mut kinds = kinds.filter(|known| known.as_str() == kind);
        self.events.push(Event {
            schema_version: SCHEMA_VERSION.to_owned(),
            idempotency_key: format!("{kind}/{}", self.events.len()),
            event_type: *kinds.next().unwrap(),
            source_system: "tollgate".to_owned(),
            release_id: release().id(),
            occurred_at: self.now,
            actor: actor.to_owned(),
            payload: payload.as_object().unwrap().clone(),
        });
        self
    }

    /// A check ended; `more` are further fields of its report.
    pub(crate) fn check(&mut self, name: &str, status: &str, ms: u64, more: Value) -> &mut Self {
        let check: CheckRef = name.parse().unwrap();
        let mut report = json!({
            "gate": check.gate.as_str(), "check": check.check.as_str(),
            "status": status, "duration_ms": ms, "attempt": 1, "run": RUN,
        });
        let fields = report.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        self.wait(i64::try_from(ms / 1000).unwrap());
        self.tell("check_reported", "alice", report)
    }

    /// A file was kept, of a check or for a gate.
    pub(crate) fn file(&mut self, of: &str, kind: &str, name: &str, by: &str) -> &mut Self {
        let mut piece = json!({
            "type": kind, "name": name, "size": 2048, "run": RUN,
            "sha256": Sha256Digest::of(name.as_bytes()),
            "uri": format!("runs/{RUN}/evidence/{of}/{name}"),
        });
        let (gate, check) = of.split_once('/').map_or((of, None), |(g, c)| (g, Some(c)));
        piece["gate"] = json!(gate);
        if let Some(check) = check {
            piece["check"] = json!(check);
        }
        self.tell("evidence_recorded", by, piece)
    }

    /// The events as the ledger has them.
    pub(crate) fn links(&self) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        for event in &self.events {
            links.push(Link::after(links.last(), event.clone()).unwrap());
        }
        links
    }

    pub(crate) fn facts(&self) -> Facts {
        let (facts, unreadable) = history::fold(&self.events);
        assert_eq!(unreadable, []);
        facts
    }

    pub(crate) fn verdict(&self) -> Verdict {
        judge(&self.policy, &self.facts(), &Viewpoint::Ledger, self.now)
    }
}

fn approvals(from: &[&str]) -> Option<ApprovalRule> {
    Some(ApprovalRule {
        minimum: 1,
        from: from.iter().map(|entry| entry.parse().unwrap()).collect(),
        self_approval: SelfApproval::Allowed,
        max_age: None,
    })
}

fn environment(id: &str, gates: &str) -> Environment {
    let gates = gates.split_whitespace();
    Environment {
        id: id.parse().unwrap(),
        gates: gates.map(|gate| gate.parse().unwrap()).collect(),
        after: Vec::new(),
        approvals: None,
        secrets: Vec::new(),
        variables: Vec::new(),
    }
}

fn gates() -> Vec<Gate> {
    let mut gates = stages(&[
        "lint: ruff eslint",
        "test: pytest types",
        "build: image",
        "push: registry",
        "G0: variables rls",
        "G1: journeys mail",
        "G2: uat wording",
        "G3: money",
        "G4: search push-messages",
    ]);
    let titles = [
        "Entry conditions",
        "Core journeys",
        "Sign-off",
        "Money and permissions",
        "Degradable features",
    ];
    for (gate, title) in gates[4..].iter_mut().zip(titles) {
        gate.kind = GateKind::Gate;
        gate.title = title.to_owned();
        gate.requires = vec!["push".parse().unwrap()];
    }
    let manual = |text: &str| Verb::Manual(text.to_owned());
    gates[6].checks[0].title = "Acceptance by the shop's team".to_owned();
    gates[6].checks[0].verb =
        manual("Buy something with a voucher, cancel it, and see the money come back.");
    gates[6].checks[0].only = vec!["staging".parse().unwrap()];
    gates[6].checks[1].verb = manual("Read the new texts in English and Thai.");
    gates[7].severity = Severity::Absolute;
    gates[7].evidence = vec!["rollback-plan".to_owned()];
    gates[7].approvals = approvals(&["qa"]);
    gates[8].severity = Severity::Advisory;
    gates[8].tolerate = Some(2);
    gates
}

fn shop() -> Told {
    let mut told = Told::new(gates());
    let production = Environment {
        after: vec!["staging".parse().unwrap()],
        approvals: approvals(&["user:bob", "user:mia"]),
        ..environment("production", "G0 G1 G2 G3 G4")
    };
    told.policy.environments = vec![environment("staging", "push G0"), production];
    told.policy.waivers = Some(WaiverRule {
        longest: None,
        from: vec![Approver::User("mia".to_owned())],
    });
    told
}

fn pipeline(told: &mut Told) {
    let image = format!("sha256:{}", Sha256Digest::of(b"image"));
    told.wait(12).check("lint/ruff", "passed", 812, json!({}));
    told.check("lint/eslint", "passed", 4_200, json!({"attempt": 2}));
    told.file("test/pytest", "junit", "pytest.xml", "alice");
    told.file("test/pytest", "coverage", "coverage.xml", "alice");
    told.check(
        "test/pytest",
        "passed",
        64_000,
        json!({
            "tests": {"total": 412, "passed": 410, "failed": 0, "errors": 0, "skipped": 2, "flaky": 1},
            "coverage": {"lines": {"covered": 1804, "total": 2200}},
        }),
    );
    told.check("test/types", "passed", 9_000, json!({}));
    told.check(
        "build/image",
        "passed",
        92_000,
        json!({"image_digest": image}),
    );
    told.check("push/registry", "passed", 11_000, json!({}));
}

/// A release on its way: deployed to staging, signed off in part, with a waiver; production waits
/// for a person to look and for an approval that counts.
pub(crate) fn on_its_way() -> Told {
    let mut told = shop();
    pipeline(&mut told);
    told.check("G0/variables", "passed", 300, json!({}));
    told.check("G0/rls", "passed", 2_100, json!({}));
    let deployment = json!({"deployment_id": "d-1", "environment": "staging"});
    told.wait(600)
        .tell("deployment_started", "alice", deployment);
    told.wait(95).tell(
        "deployment_finished",
        "alice",
        json!({"deployment_id": "d-1", "environment": "staging", "status": "passed",
               "digest": format!("sha256:{}", Sha256Digest::of(b"image"))}),
    );
    told.file("G1/journeys", "junit", "e2e.xml", "alice");
    told.check(
        "G1/journeys",
        "passed",
        181_000,
        json!({"tests": tally(24, 0, 0), "journey_table": [
            {"id": "order", "title": "Chat to order", "own": cell(9, 0, 0), "faults": [
                {"id": "double-click", "cell": cell(3, 0, 0)},
                {"id": "timeout", "cell": cell(4, 0, 1)}]},
            {"id": "pay", "title": "pay", "own": cell(5, 0, 0), "faults": [
                {"id": "timeout", "cell": cell(2, 1, 0)},
                {"id": "webhook-repeated", "cell": cell(0, 0, 0)}]}]}),
    );
    let mail = json!({"reasons": [{"code": "command_failed",
        "message": "the mail server of staging did not answer",
        "location": {"file": "checks/mail.sh", "line": 12}}]});
    told.check("G1/mail", "failed", 30_000, mail);
    told.check("G3/money", "passed", 12_500, json!({}));
    let search = json!({"reasons": [{"code": "tests_failed", "message": "1 of 9 tests failed"}]});
    told.check("G4/search", "failed", 7_000, search);
    told.check("G4/push-messages", "passed", 3_000, json!({}));
    decisions(&mut told);
    told
}

fn tally(passed: u64, failed: u64, flaky: u64) -> Value {
    json!({"total": passed + failed, "passed": passed, "failed": failed, "errors": 0,
           "skipped": 0, "flaky": flaky})
}

fn cell(passed: u64, failed: u64, flaky: u64) -> Value {
    let outcome = match (passed, failed) {
        (0, 0) => "missing",
        (_, 0) => "passed",
        _ => "failed",
    };
    json!({"outcome": outcome, "tests": tally(passed, failed, flaky)})
}

fn decisions(told: &mut Told) {
    let waiver = |id: &str, expires: &str| {
        json!({"id": id, "gate": "G1", "check": "mail", "by": "dev", "expires_at": expires,
               "reason": "mail of staging is being moved"})
    };
    told.wait(7_200);
    told.tell(
        "exception_requested",
        "dev",
        waiver("w-1", "2026-11-28T00:00:00Z"),
    );
    let mut granted = waiver("w-1", "2026-11-28T00:00:00Z");
    granted["by"] = json!("mia");
    told.wait(1_800).tell("exception_granted", "mia", granted);
    told.tell(
        "exception_requested",
        "dev",
        waiver("w-2", "2027-01-31T00:00:00Z"),
    );
    told.wait(60).tell(
        "exception_revoked",
        "mia",
        json!({"id": "w-2", "by": "mia", "reason": "one week is enough"}),
    );
    told.wait(72_000);
    told.file("G2/uat", "screenshot", "refund.png", "carol");
    told.tell("gate_signoff", "carol", json!({"gate": "G2", "check": "uat", "by": "carol",
        "result": "passed", "environment": "staging", "note": "refund seen on the card", "run": RUN}));
    told.wait(900)
        .file("G3", "rollback-plan", "rollback.md", "alice");
    told.tell(
        "approval_recorded",
        "quinn",
        json!({"gate": "G3", "by": "quinn", "role": "qa",
        "decision": "approved", "comment": "prices and permissions checked"}),
    );
    told.wait(300).tell(
        "approval_recorded",
        "eve",
        json!({"environment": "production",
        "by": "eve", "decision": "approved", "comment": "go go go"}),
    );
    told.wait(600);
}

/// The same, brought to its end: everything looked at, approved and in production.
pub(crate) fn delivered() -> Told {
    let mut told = on_its_way();
    told.tell(
        "gate_signoff",
        "dao",
        json!({"gate": "G2", "check": "wording", "by": "dao",
        "result": "passed", "note": "อ่านแล้ว ดี"}),
    );
    told.wait(1_200).tell(
        "approval_recorded",
        "bob",
        json!({"environment": "production",
        "by": "bob", "decision": "approved", "comment": "after the morning peak"}),
    );
    let deployment = json!({"deployment_id": "d-2", "environment": "production"});
    told.wait(3_600)
        .tell("deployment_started", "alice", deployment);
    told.wait(140).tell(
        "deployment_finished",
        "alice",
        json!({"deployment_id": "d-2", "environment": "production", "status": "passed"}),
    );
    told.wait(60);
    told
}

/// A release that failed in its tests, in which every text of others says the same.
pub(crate) fn saying(text: &str) -> Told {
    let mut told = shop();
    told.policy.gates[6].checks[0].title = text.to_owned();
    told.policy.gates[6].checks[0].verb = Verb::Manual(text.to_owned());
    told.policy.gates[4].title = text.to_owned();
    pipeline(&mut told);
    let reason = json!({"code": "tests_failed", "message": text,
                        "location": {"file": text, "line": 7}});
    let case = json!({"suite": text, "class": text, "name": text, "outcome": "failed",
                      "message": text, "location": {"file": text, "line": 7}});
    told.wait(5).check(
        "test/types",
        "failed",
        1_000,
        json!({"reasons": [reason],
        "cases": [case], "tests": {"total": 3, "passed": 2, "failed": 1, "errors": 0,
        "skipped": 0, "flaky": 0}}),
    );
    told.tell(
        "exception_granted",
        text,
        json!({"id": text, "gate": "G1", "by": text,
        "reason": text, "expires_at": "2026-12-01T00:00:00Z"}),
    );
    told.tell(
        "exception_revoked",
        text,
        json!({"id": text, "by": text, "reason": text}),
    );
    told.tell(
        "gate_signoff",
        text,
        json!({"gate": "G2", "check": "uat", "by": text,
        "result": "failed", "environment": "staging", "note": text}),
    );
    for subject in [json!({"gate": "G3"}), json!({"environment": "production"})] {
        let mut approval = json!({"by": text, "decision": "rejected", "comment": text});
        let fields = approval.as_object_mut().unwrap();
        fields.extend(subject.as_object().unwrap().clone());
        told.tell("approval_recorded", text, approval);
    }
    told.tell(
        "evidence_recorded",
        text,
        json!({"type": text, "name": text, "uri": text,
        "sha256": Sha256Digest::of(b"x"), "size": 1}),
    );
    told.tell(
        "deployment_finished",
        text,
        json!({"deployment_id": text,
        "environment": "staging", "status": "failed"}),
    );
    told.tell(
        "incident_opened",
        text,
        json!({"incident_id": text, "environment": "staging",
        "severity": text, "summary": text}),
    );
    told.wait(60);
    told
}
