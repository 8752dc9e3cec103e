//! The rules in SQL: what Rust says, they say; and what the views make of them.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::ProptestConfig;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::histories;
use super::*;
use crate::domain::delivery::four_gates::{evaluate_gate, is_eligible};
use crate::domain::record::event::Event;

/// As many histories as `make bench` names, by chance; else 300, the same ones each time, as every
/// status is to be among what they come to.
fn runner() -> TestRunner {
    match std::env::var("TOLLGATE_TEST_HISTORIES") {
        Ok(number) => TestRunner::new(ProptestConfig::with_cases(number.parse().unwrap())),
        Err(_) => TestRunner::new_with_rng(
            ProptestConfig::with_cases(300),
            TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        ),
    }
}

const GATES: [&str; 4] = ["G1", "G2", "G3", "G4"];

/// What the environments of the test require.
const REQUIRED: [(&str, &[&str]); 4] = [
    ("staging", &["G1", "G2", "G3"]),
    ("production", &["G1", "G2", "G3", "G4"]),
    ("canary", &["G1"]),
    ("nowhere", &[]),
];

/// What the rules are about; checks, evidence and approvals more often than the rest.
const KINDS: &[EventType] = &[
    EventType::CheckReported,
    EventType::CheckReported,
    EventType::GateSignoff,
    EventType::BuildComplete,
    EventType::EvidenceRecorded,
    EventType::EvidenceRecorded,
    EventType::EvidenceRecorded,
    EventType::ApprovalRecorded,
    EventType::ApprovalRecorded,
    EventType::ExceptionRequested,
    EventType::ExceptionGranted,
    EventType::ExceptionRevoked,
    EventType::DeploymentStarted,
    EventType::DeploymentFinished,
    EventType::RollbackFinished,
    EventType::EnvironmentEvent,
    EventType::ReleaseCreated,
];

/// Every gate and environment at a moment, as SQL sees them.
async fn in_sql(ledger: &Postgres, release: ReleaseId, moment: Timestamp) -> Vec<String> {
    const SQL: &str = "SELECT gate || '=' || ops.status_at($1::uuid, gate, $3::timestamptz) \
            FROM unnest($2) WITH ORDINALITY AS g (gate, place) \
        UNION ALL SELECT env || '=' || ops.is_eligible_at($1::uuid, env, $3::timestamptz) \
            FROM unnest($4) WITH ORDINALITY AS e (env, place)";
    let environments: Vec<&str> = REQUIRED.iter().map(|(name, _)| *name).collect();
    sqlx::query_scalar(SQL)
        .bind(release.to_string())
        .bind(&GATES[..])
        .bind(moment.to_string())
        .bind(&environments)
        .fetch_all(&ledger.pool)
        .await
        .unwrap()
}

/// The same, as Rust sees them.
fn in_rust(events: &[Event], moment: Timestamp) -> Vec<String> {
    let gates = GATES.map(|gate| format!("{gate}={}", evaluate_gate(events, gate, moment)));
    let environments = REQUIRED
        .map(|(name, required)| format!("{name}={}", is_eligible(events, required, moment)));
    gates.into_iter().chain(environments).collect()
}

#[test]
fn sql_and_rust_say_the_same_of_any_history() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = Database::new();
    let ledger = runtime.block_on(ledger(&database));
    database.run("INSERT INTO ops.environment_gates (environment, gate) VALUES ('canary', 'G1')");
    let number = std::cell::Cell::new(0);
    let seen = std::cell::RefCell::new(BTreeMap::<String, u32>::new());
    let held = runner().run(&histories::draws(KINDS, 30), |draws| {
        number.set(number.get() + 1);
        let release = samples::release(number.get());
        let events = histories::events(release, &draws);
        runtime.block_on(ledger.append(events.clone())).unwrap();
        for second in [20, 45, 2_000_000_000] {
            let moment = Timestamp::UNIX_EPOCH + second.seconds();
            let found = runtime.block_on(in_sql(&ledger, release, moment));
            let expected = in_rust(&events, moment);
            for told in &expected {
                *seen.borrow_mut().entry(told.clone()).or_default() += 1;
            }
            proptest::prop_assert_eq!(found, expected, "at {}", moment);
        }
        Ok(())
    });
    held.unwrap();
    let seen = seen.into_inner();
    for gate in GATES {
        for status in ["passed", "failed", "pending", "waived"] {
            assert!(
                seen.contains_key(&format!("{gate}={status}")),
                "{gate} {status}: {seen:#?}"
            );
        }
    }
    assert!(
        seen.contains_key("canary=true") && seen.contains_key("staging=true"),
        "{seen:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_of_a_gate_or_a_kind_is_found_by_an_index() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let mut connection = ledger.pool.acquire().await.unwrap();
    // Without rows a table is read from end to end as fast as by any index.
    sqlx::raw_sql("SET enable_seqscan = off")
        .execute(&mut *connection)
        .await
        .unwrap();
    let gate = "gate_id = '00000000-0000-0000-0000-000000000000'";
    let newest = "event_type = 'release_created' ORDER BY occurred_at DESC LIMIT 9";
    for (table, condition, index) in [
        ("approvals", gate, "approvals_by_gate"),
        ("exceptions", gate, "exceptions_by_gate"),
        ("evidence_artifacts", gate, "evidence_by_gate"),
        ("gate_checks", gate, "gate_checks_pkey"),
        ("events", newest, "events_by_kind"),
    ] {
        let sql = format!("EXPLAIN SELECT * FROM ops.{table} WHERE {condition}");
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let plan = plan.join("\n");
        assert!(
            plan.contains(&format!(" {index}")) && !plan.contains("Seq Scan"),
            "{plan}"
        );
    }
}

fn told(kind: &str, number: u64, payload: Value) -> Event {
    let event = samples::with_payload(
        samples::release(1),
        &format!("{kind}/{number}"),
        number,
        payload,
    );
    Event {
        event_type: serde_json::from_value(json!(kind)).unwrap(),
        ..event
    }
}

/// A row as JSON, or null.
async fn row(ledger: &Postgres, sql: &str) -> Value {
    let sql = format!("SELECT to_jsonb(r)::text FROM ({sql}) AS r");
    let query = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql));
    let found = query.fetch_optional(&ledger.pool).await.unwrap();
    found.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
}

/// Requirement D9: the way of a release, step by step, with what each step opens.
#[tokio::test]
async fn a_whole_cycle_can_be_followed_in_sql() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let zeros = "0".repeat(64);
    let created = json!({"repository": "Acme/Shop", "sha": "a".repeat(40), "version": "1.0.0"});
    for (kind, payload, open, staging, production) in [
        ("release_created", created, "", false, false),
        (
            "check_reported",
            json!({"gate": "G1", "check": "unit", "status": "passed"}),
            "G1",
            false,
            false,
        ),
        (
            "evidence_recorded",
            json!({"gate": "G2", "type": "junit", "name": "e2e.xml", "sha256": zeros}),
            "G1 G2",
            false,
            false,
        ),
        (
            "evidence_recorded",
            json!({"gate": "G3", "type": "rollback-plan", "name": "plan.md", "sha256": zeros}),
            "G1 G2",
            false,
            false,
        ),
        (
            "approval_recorded",
            json!({"gate": "G3", "by": "rita", "decision": "approved"}),
            "G1 G2 G3",
            true,
            false,
        ),
        (
            "deployment_started",
            json!({"deployment_id": "d", "environment": "staging"}),
            "G1 G2 G3",
            true,
            false,
        ),
        (
            "deployment_finished",
            json!({"deployment_id": "d", "environment": "staging", "status": "passed", "digest": "sha256:1"}),
            "G1 G2 G3",
            true,
            false,
        ),
        (
            "evidence_recorded",
            json!({"gate": "G4", "type": "health-check", "name": "health.json", "sha256": zeros}),
            "G1 G2 G3 G4",
            true,
            true,
        ),
        (
            "check_reported",
            json!({"gate": "G1", "check": "smoke", "status": "failed"}),
            "G2 G3 G4",
            false,
            false,
        ),
        (
            "exception_granted",
            json!({"id": "w", "gate": "G1", "by": "rita", "reason": "known", "expires_at": "2100-01-01T00:00:00Z"}),
            "G1 G2 G3 G4",
            true,
            true,
        ),
        (
            "exception_revoked",
            json!({"id": "w", "by": "rita"}),
            "G2 G3 G4",
            false,
            false,
        ),
    ] {
        let number = ledger
            .head(samples::release(1))
            .await
            .unwrap()
            .map_or(1, |head| head.length + 1);
        ledger
            .append(vec![told(kind, number, payload)])
            .await
            .unwrap();
        let gates = row(
            &ledger,
            "SELECT string_agg(gate, ' ' ORDER BY gate) AS open FROM ops.release_gates \
            WHERE ops.evaluate_gate(id) IN ('passed', 'waived')",
        )
        .await;
        assert_eq!(
            gates["open"].as_str().unwrap_or_default(),
            open,
            "{kind} {number}"
        );
        for (environment, expect) in [("staging", staging), ("production", production)] {
            let eligible = row(&ledger, &format!("SELECT eligible, missing_gates, ops.is_eligible_for_promotion(release_id, environment) AS again \
                FROM ops.v_promotion_eligibility WHERE environment = '{environment}'")).await;
            assert_eq!(
                (&eligible["eligible"], &eligible["again"]),
                (&json!(expect), &json!(expect)),
                "{kind} {number}: {eligible}"
            );
            assert_eq!(eligible["missing_gates"] == json!([]), expect, "{eligible}");
        }
    }
    for (sql, expect) in [
        (
            "SELECT status, checks, checks_passed, checks_failed, approvals, evidence FROM ops.v_release_gate_summary WHERE gate = 'G1'",
            json!({"status": "failed", "checks": 2, "checks_passed": 1, "checks_failed": 1, "approvals": 0, "evidence": 0}),
        ),
        (
            "SELECT status, approvals, rejections, version FROM ops.v_release_gate_summary WHERE gate = 'G3'",
            json!({"status": "passed", "approvals": 1, "rejections": 0, "version": "1.0.0"}),
        ),
        (
            "SELECT types, required_type, complete FROM ops.v_evidence_completeness WHERE gate = 'G3'",
            json!({"types": ["rollback-plan"], "required_type": "rollback-plan", "complete": true}),
        ),
        (
            "SELECT exception_id, status, approved_by, revoked_by FROM ops.v_exception_status",
            json!({"exception_id": "w", "status": "revoked", "approved_by": "rita", "revoked_by": "rita"}),
        ),
        (
            "SELECT environment, status, digest, duration FROM ops.v_deployment_history",
            json!({"environment": "staging", "status": "passed", "digest": "sha256:1", "duration": "00:00:01"}),
        ),
        (
            "SELECT ops.evaluate_gate(gen_random_uuid()) AS status",
            json!({"status": null}),
        ),
        (
            "SELECT ops.is_eligible_for_promotion(gen_random_uuid(), 'staging') AS it",
            json!({"it": false}),
        ),
        (
            "SELECT ops.is_eligible_for_promotion(id, 'nowhere') AS it FROM ops.releases",
            json!({"it": false}),
        ),
    ] {
        assert_eq!(row(&ledger, sql).await, expect, "{sql}");
    }
}

/// Requirement D10.
#[tokio::test]
async fn every_state_of_an_exception_is_visible() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let until = |id: &str, expires: &str| json!({"id": id, "gate": "G1", "by": "rita", "reason": "r", "expires_at": expires});
    let far = "2100-01-01T00:00:00Z";
    ledger
        .append(vec![
            told("exception_requested", 1, until("a", far)),
            told("exception_granted", 4_000_000_000, until("b", far)),
            told("exception_granted", 3, until("c", far)),
            told("exception_granted", 4, until("d", "2001-01-01T00:00:00Z")),
            told("exception_granted", 5, until("e", far)),
            told("exception_revoked", 6, json!({"id": "e", "by": "rita"})),
        ])
        .await
        .unwrap();
    let states = row(
        &ledger,
        "SELECT string_agg(status, ' ' ORDER BY exception_id) AS all FROM ops.v_exception_status",
    )
    .await;
    assert_eq!(states["all"], "requested approved active expired revoked");
}

#[tokio::test]
async fn a_repository_may_require_other_gates() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let created = json!({"repository": "Acme/Shop", "sha": "a".repeat(40)});
    let passed = json!({"gate": "test", "check": "unit", "status": "passed"});
    let events = vec![
        told("release_created", 1, created),
        told("check_reported", 2, passed),
    ];
    ledger.append(events).await.unwrap();
    const ELIGIBLE: &str = "SELECT eligible, missing_gates FROM ops.v_promotion_eligibility WHERE environment = 'staging'";
    let before = row(&ledger, ELIGIBLE).await;
    assert_eq!(
        before,
        json!({"eligible": false, "missing_gates": ["G1", "G2", "G3"]})
    );
    database.run("INSERT INTO ops.environment_gates VALUES ('acme/shop', 'staging', 'test')");
    assert_eq!(
        row(&ledger, ELIGIBLE).await,
        json!({"eligible": true, "missing_gates": []})
    );
}
