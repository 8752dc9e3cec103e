//! The shape of `tollgate.status/v1`.

use serde_json::json;

use super::*;
use crate::domain::delivery::environment::Environment;
use crate::domain::ids::{CheckRef, Sha256Digest};
use crate::domain::quality::share::Ratio;
use crate::domain::reason::ReasonCode;
use crate::domain::release::Release;
use crate::domain::run::{RunEvent, Timed};
use crate::domain::status::CheckStatus;
use crate::render::script::{self, Script};

fn shown(events: &[Timed]) -> Value {
    let Some(RunEvent::Finished(end)) = events.last().map(|event| &event.event) else {
        panic!("the script has no end");
    };
    let release = script::release();
    status(&StatusView {
        release: &release,
        dirty: false,
        verdict: &end.verdict,
    })
}

/// Everything of `expected` stands in `found`; `found` may have more keys.
fn holds(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected
            .iter()
            .all(|(key, value)| found.get(key).is_some_and(|found| holds(found, value))),
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(found, value)| holds(found, value))
        }
        (found, expected) => found == expected,
    }
}

#[test]
fn the_example_of_the_reference_holds() {
    let mut gates = script::stages(&["test: pytest"]);
    gates[0].title = "Tests".to_owned();
    let mut script = Script::new(gates);
    let mut result = script::failing_pytest();
    result.duration = std::time::Duration::from_millis(812);
    result.evidence.truncate(1);
    result.evidence[0].name = "pytest.xml".to_owned();
    let sha256 = result.evidence[0].sha256.to_string();
    script.record(&"test/pytest".parse::<CheckRef>().unwrap(), &result);
    let verdict = script.verdict();
    let release = script::release();
    let found = status(&StatusView {
        release: &release,
        dirty: false,
        verdict: &verdict,
    });
    let expected = json!({
        "schema": "tollgate.status/v1",
        "release": {
            "id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39", "repository": "acme/shop",
            "sha": "0123456789abcdef0123456789abcdef01234567", "version": "1.4.0", "dirty": false
        },
        "status": "failed",
        "gates": [{
            "id": "test", "kind": "stage", "severity": "blocking", "status": "failed", "waiver": null,
            "reasons": [{"code": "tests_failed", "check": "pytest", "message": "2 of 31 tests failed"}],
            "checks": [{
                "id": "pytest", "status": "failed", "duration_ms": 812, "attempts": 1,
                "tests": {"total": 31, "passed": 28, "failed": 2, "errors": 0, "skipped": 1, "flaky": 0},
                "coverage": {"lines": {"covered": 180, "total": 240}},
                "evidence": [{"type": "junit", "name": "pytest.xml", "sha256": sha256}]
            }]
        }],
        "environments": []
    });
    assert!(holds(&found, &expected), "{found:#}");
    assert_eq!(found["gates"][0]["waiver"], Value::Null);
    assert!(
        found["gates"][0]
            .as_object()
            .unwrap()
            .contains_key("waiver")
    );
    assert_eq!(found["gates"][0]["title"], "Tests");
}

#[test]
fn a_failing_release() {
    insta::assert_snapshot!(format!("{:#}", shown(&script::failing())));
}

#[test]
fn a_check_without_a_result_that_counts() {
    let release = Release {
        version: None,
        ..script::release()
    };
    let verdict = Script::new(script::stages(&["lint: ruff"])).verdict();
    let found = status(&StatusView {
        release: &release,
        dirty: true,
        verdict: &verdict,
    });
    let check = &found["gates"][0]["checks"][0];
    assert_eq!(
        *check,
        json!({
            "id": "ruff", "title": "ruff", "status": "pending", "duration_ms": 0, "attempts": 0,
            "reasons": [], "evidence": []
        })
    );
    assert_eq!(found["release"]["version"], Value::Null);
    assert_eq!(found["release"]["dirty"], true);
    assert_eq!(found["status"], "pending");
}

#[test]
fn what_people_decided_is_told() {
    let told = script::release::on_its_way();
    let (release, verdict) = (script::release(), told.verdict());
    let found = status(&StatusView {
        release: &release,
        dirty: false,
        verdict: &verdict,
    });
    let gate = |id: &str| {
        let mut gates = found["gates"].as_array().unwrap().iter();
        gates.find(|gate| gate["id"] == id).unwrap()
    };
    let waiver = json!({"id": "w-1", "by": "mia", "reason": "mail of staging is being moved",
                        "expires_at": "2026-11-28T00:00:00Z"});
    let g1 = gate("G1");
    assert_eq!((&g1["status"], &g1["waiver"]), (&json!("waived"), &waiver));
    assert_eq!(g1["checks"][1]["status"], "failed");
    assert_eq!(g1["checks"][1]["waiver"], waiver);
    let uat = &gate("G2")["checks"][0]["signoffs"][0];
    let expected = json!({"by": "carol", "result": "passed", "environment": "staging",
                          "note": "refund seen on the card"});
    assert!(holds(uat, &expected), "{uat:#}");
    let expected = json!({
        "approvals": {"required": 1, "counted": 1, "people": [{"by": "quinn", "counts": true}]},
        "evidence": [{"type": "rollback-plan", "name": "rollback.md"}],
    });
    assert!(holds(gate("G3"), &expected), "{:#}", gate("G3"));
    let expected = json!([
        {"id": "w-1", "gate": "G1", "check": "mail", "state": "active", "by": "mia"},
        {"id": "w-2", "state": "revoked", "note": {"code": "waiver_revoked"}},
    ]);
    assert!(
        holds(&found["waivers"], &expected),
        "{:#}",
        found["waivers"]
    );
}

#[test]
fn measures_and_places_are_told_where_there_are_some() {
    let mut script = Script::new(script::stages(&["lint: ruff"]));
    let drift = Reason::new(ReasonCode::VersionDrift, "python is 3.11").at("Dockerfile", Some(3));
    let mut result = script::not_passed(CheckStatus::Failed, 5, drift);
    result.measured.coverage = Some(Coverage {
        lines: Ratio {
            covered: 1,
            total: 2,
        },
        branches: Some(Ratio {
            covered: 3,
            total: 4,
        }),
    });
    result.measured.latency = Some(Latency {
        p95_ms: 12.5,
        requests: Some(7),
        failed: None,
    });
    result.image_digest = Some(format!("sha256:{}", "0".repeat(64)).parse().unwrap());
    result.migrations = vec![Migration {
        name: "1_init".to_owned(),
        sha256: Sha256Digest::of(b""),
        reversible: false,
        alternative: Some("restore".to_owned()),
    }];
    script.record(&"lint/ruff".parse().unwrap(), &result);
    let verdict = script.verdict();
    let release = script::release();
    let found = status(&StatusView {
        release: &release,
        dirty: false,
        verdict: &verdict,
    });
    let check = &found["gates"][0]["checks"][0];
    let sha256 = Sha256Digest::of(b"").to_string();
    assert_eq!(
        check["migrations"],
        json!([{"name": "1_init", "sha256": sha256, "reversible": false, "alternative": "restore"}])
    );
    assert_eq!(
        check["reasons"],
        json!([{"code": "version_drift", "message": "python is 3.11", "file": "Dockerfile", "line": 3}])
    );
    assert_eq!(
        check["coverage"]["branches"],
        json!({"covered": 3, "total": 4})
    );
    assert_eq!(check["latency"], json!({"p95_ms": 12.5, "requests": 7}));
    assert_eq!(check["image_digest"], format!("sha256:{}", "0".repeat(64)));
    assert!(check.get("tests").is_none() && check.get("findings").is_none());
}

#[test]
fn an_environment_says_why_it_is_shut() {
    let mut script = Script::new(script::stages(&["test: pytest"]));
    script.policy.environments.push(Environment {
        id: "production".parse().unwrap(),
        gates: vec!["test".parse().unwrap()],
        after: Vec::new(),
        approvals: None,
        secrets: Vec::new(),
        variables: Vec::new(),
    });
    let result = script::failing_pytest();
    script.record(&"test/pytest".parse::<CheckRef>().unwrap(), &result);
    let (verdict, release) = (script.verdict(), script::release());
    let found = status(&StatusView {
        release: &release,
        dirty: false,
        verdict: &verdict,
    });
    let expected = json!([{"id": "production", "eligible": false, "reasons": [
        {"code": "gate_failed", "gate": "test"}
    ]}]);
    assert!(holds(&found["environments"], &expected), "{found:#}");
}
