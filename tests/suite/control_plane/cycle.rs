//! A whole release over HTTP: created, checked, signed off, staged, approved for production; and the
//! same verdict from the ledger alone.

use serde_json::{Value, json};

use super::server::{RELEASE, SHA, Server, created, event};
use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
  build: { checks: { image: { run: "true" } } }
gates:
  G1: { requires: [build], checks: { journeys: { run: "true" } } }
  G2: { requires: [G1], evidence: [load-test], checks: { faults: { run: "true" } } }
  G3:
    requires: [G2]
    severity: absolute
    evidence: [rollback-plan]
    approvals: { minimum: 1, from: [qa] }
    checks: { payment: { manual: "Pay once in staging" } }
  G4: { requires: [G3], evidence: [health-check] }
environments:
  staging: { gates: [G2] }
  production: { gates: [G4], after: [staging], approvals: { minimum: 1, from: ["user:rita"] } }
"#;

/// The steps of the release: who tells what, and where the release may go after it.
fn steps() -> Vec<(&'static str, Value, &'static str)> {
    let check = |name: &str| {
        let (gate, check) = name.split_once('/').unwrap();
        let payload = json!({"gate": gate, "check": check, "status": "passed", "duration_ms": 5, "attempt": 1});
        event("check_reported", &format!("cycle/{name}"), payload)
    };
    let evidence = |gate: &str, kind: &str| {
        let payload = json!({
            "gate": gate, "type": kind, "name": format!("{kind}.md"), "sha256": "ab".repeat(32),
            "size": 7, "uri": "https://evidence.example/1",
        });
        event("evidence_recorded", &format!("cycle/{kind}"), payload)
    };
    let signed_off = json!({"gate": "G3", "check": "payment", "by": "quinn", "result": "passed"});
    let by_qa =
        json!({"gate": "G3", "by": "quinn", "decision": "approved", "comment": "ok", "role": "qa"});
    let by_owner =
        json!({"environment": "production", "by": "rita", "decision": "approved", "comment": "go"});
    let deployment = json!({"deployment_id": "d1", "environment": "staging"});
    let deployed = json!({"deployment_id": "d1", "environment": "staging", "status": "passed"});
    vec![
        ("ci", check("lint/ruff"), ""),
        ("ci", check("build/image"), ""),
        ("ci", check("G1/journeys"), ""),
        ("ci", check("G2/faults"), ""),
        ("ci", evidence("G2", "load-test"), "staging"),
        (
            "ci",
            event("deployment_started", "cycle/d1", deployment),
            "staging",
        ),
        (
            "ci",
            event("deployment_finished", "cycle/d1/end", deployed),
            "staging",
        ),
        ("ci", evidence("G3", "rollback-plan"), "staging"),
        (
            "quinn",
            event("gate_signoff", "cycle/payment", signed_off),
            "staging",
        ),
        (
            "quinn",
            event("approval_recorded", "cycle/G3", by_qa),
            "staging",
        ),
        ("ci", evidence("G4", "health-check"), "staging"),
        (
            "rita",
            event("approval_recorded", "cycle/production", by_owner),
            "staging production",
        ),
    ]
}

/// Where the release may go now.
fn open_ways(server: &Server) -> String {
    let ways = ["staging", "production"].into_iter().filter(|environment| {
        let path = format!("/v1/releases/{RELEASE}/eligibility/{environment}");
        server.get(&path, "otto").expect(200).json()["eligible"] == true
    });
    ways.collect::<Vec<_>>().join(" ")
}

fn status(server: &Server) -> Value {
    server
        .get(&format!("/v1/releases/{RELEASE}"), "otto")
        .expect(200)
        .json()
}

#[test]
fn a_release_goes_from_its_creation_to_production() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    server.create_release();
    for (who, event, expect) in steps() {
        assert_eq!(server.post(who, &event).said(), "200 accepted", "{event}");
        assert_eq!(
            open_ways(&server),
            expect,
            "after {}",
            event["idempotency_key"]
        );
    }
    let served = status(&server);
    assert_eq!(served["status"], "passed");
    server.stop();
    let call = format!("status --format json --repository acme/shop --release-sha {SHA}");
    let alone = project.tollgate(&call).json();
    assert_eq!(alone["gates"], served["gates"]);
    assert_eq!(alone["environments"], served["environments"]);
    let report = project.tollgate(&format!(
        "report --repository acme/shop --release-sha {SHA}"
    ));
    report
        .expect(0)
        .says("rita")
        .says("rollback-plan")
        .says("staging");
}

#[test]
fn the_order_in_which_facts_come_makes_no_difference() {
    let project = Project::new(POLICY);
    let start = |ledger: &str| {
        let call = format!(
            "serve --listen 127.0.0.1:0 --policy .github/tollgate.yml --ledger sqlite:{ledger}"
        );
        Server::of(project.call(&call))
    };
    let (one, other) = (start("one.db"), start("other.db"));
    one.create_release();
    other.create_release();
    for (who, event, _) in steps() {
        one.post(who, &event).expect(200);
    }
    for (who, event, _) in steps().into_iter().rev() {
        other.post(who, &event).expect(200);
    }
    assert_eq!(status(&one), status(&other));
    assert_eq!(open_ways(&other), "staging production");
}

#[test]
fn a_fact_of_a_release_that_nobody_told_of_waits_for_it() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    let (_, early, _) = steps().remove(0);
    assert_eq!(server.post("ci", &early).said(), "409 unknown_release");
    server.post("ci", &created()).expect(200);
    assert_eq!(server.post("ci", &early).said(), "200 accepted");
}
