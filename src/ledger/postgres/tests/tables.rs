//! What the events add up to in the tables.

use proptest::prelude::{Just, ProptestConfig, Strategy as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::histories;
use super::*;
use crate::domain::record::event::Event;

/// Every table that tells of releases.
const TABLES: [&str; 12] = [
    "releases",
    "release_gates",
    "gate_checks",
    "approvals",
    "evidence_artifacts",
    "exceptions",
    "exception_revocations",
    "deployments",
    "environment_events",
    "incidents",
    "recovery_drills",
    "event_ingest_log",
];

/// The rows of a table about a release, without the time at which they were made.
async fn rows(ledger: &Postgres, table: &str, release: ReleaseId) -> Value {
    let column = if table == "releases" {
        "id"
    } else {
        "release_id"
    };
    let sql = format!(
        "SELECT coalesce(jsonb_agg(r ORDER BY r), '[]')::text FROM (\
            SELECT to_jsonb(t) - 'created_at' AS r FROM ops.{table} t WHERE {column} = '{release}') s"
    );
    let query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql));
    let text: String = query.fetch_one(&ledger.pool).await.unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(super) async fn all_rows(ledger: &Postgres, release: ReleaseId) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    for table in TABLES {
        all.push((table, rows(ledger, table, release).await));
    }
    all
}

pub(super) fn event(kind: &str, second: u64, payload: Value) -> Event {
    let key = format!("{kind}/{second}");
    let event = samples::with_payload(samples::release(1), &key, second, payload);
    Event {
        event_type: serde_json::from_value(json!(kind)).unwrap(),
        ..event
    }
}

/// Tells events, and looks for columns of the one row that they make.
async fn tells(ledger: &Postgres, events: Vec<Event>, table: &str, expect: Value) {
    let release = events[0].release_id;
    ledger.append(events).await.unwrap();
    let rows = rows(ledger, table, release).await;
    let found = rows.as_array().unwrap().iter().any(|row| {
        let mut columns = expect.as_object().unwrap().iter();
        columns.all(|(name, value)| row[name] == *value)
    });
    assert!(found, "{table}: no {expect} in {rows:#}");
}

#[tokio::test]
async fn each_kind_of_event_is_told() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let zeros = "0".repeat(64);
    let sha = "a".repeat(40);
    for (kind, second, payload, table, expect) in [
        (
            "release_created",
            1,
            json!({"repository": "acme/shop", "sha": sha, "version": "1.0.0"}),
            "releases",
            json!({"repository": "acme/shop", "sha": sha, "version": "1.0.0"}),
        ),
        (
            "release_created",
            2,
            json!({"repository": "acme/shop", "sha": sha}),
            "releases",
            json!({"version": "1.0.0", "event_key": "release_created/2"}),
        ),
        (
            "check_reported",
            1,
            json!({"gate": "test", "check": "unit", "status": "pending"}),
            "gate_checks",
            json!({"check_name": "unit", "status": "pending", "required": true}),
        ),
        (
            "check_reported",
            2,
            json!({"gate": "test", "check": "unit", "status": "passed", "duration_ms": 7}),
            "gate_checks",
            json!({"check_name": "unit", "status": "passed", "duration_ms": 7}),
        ),
        (
            "check_reported",
            3,
            json!({"gate": "test", "check": "unit", "status": "failed", "blocked": true}),
            "gate_checks",
            json!({"check_name": "unit", "status": "passed"}),
        ),
        (
            "build_complete",
            1,
            json!({"gate": "build", "status": "pass"}),
            "gate_checks",
            json!({"check_name": "build", "status": "passed"}),
        ),
        (
            "gate_signoff",
            1,
            json!({"gate": "G1", "check": "look", "by": "quinn", "result": "passed"}),
            "gate_checks",
            json!({"check_name": "look", "status": "passed", "reported_by": "quinn"}),
        ),
        (
            "evidence_recorded",
            1,
            json!({"gate": "G3", "type": "rollback-plan", "name": "p.md", "sha256": zeros}),
            "evidence_artifacts",
            json!({"type": "rollback-plan", "sha256": zeros, "size": 0}),
        ),
        (
            "approval_recorded",
            1,
            json!({"environment": "production", "by": "rita", "decision": "approved"}),
            "approvals",
            json!({"approver": "rita", "environment": "production", "gate_id": null}),
        ),
        (
            "exception_revoked",
            3,
            json!({"id": "w1", "by": "rita"}),
            "exception_revocations",
            json!({"exception_id": "w1", "revoked_by": "rita"}),
        ),
        (
            "exception_granted",
            2,
            json!({"id": "w1", "gate": "G1", "by": "rita", "reason": "flaky", "expires_at": "2100-01-01T00:00:00Z"}),
            "exceptions",
            json!({"granted_by": "rita", "requested_by": null, "expires_at": "2100-01-01T00:00:00+00:00"}),
        ),
        (
            "exception_requested",
            1,
            json!({"id": "w1", "gate": "G2", "by": "dev", "reason": "later", "expires_at": "2099-01-01T00:00:00Z"}),
            "exceptions",
            json!({"granted_by": "rita", "requested_by": "dev", "reason": "flaky"}),
        ),
        (
            "deployment_finished",
            2,
            json!({"deployment_id": "d1", "environment": "staging", "status": "passed"}),
            "deployments",
            json!({"kind": "deployment", "status": "passed", "started_at": null}),
        ),
        (
            "deployment_started",
            1,
            json!({"deployment_id": "d1", "environment": "staging", "target": "api"}),
            "deployments",
            json!({"status": "passed", "target": "api"}),
        ),
        (
            "rollback_started",
            3,
            json!({"deployment_id": "d1", "environment": "staging", "plan": "api", "to": "v1"}),
            "deployments",
            json!({"kind": "rollback", "status": "running", "plan": "api", "rolled_to": "v1"}),
        ),
        (
            "environment_event",
            1,
            json!({"environment": "staging", "kind": "restarted", "detail": "by hand"}),
            "environment_events",
            json!({"kind": "restarted", "detail": "by hand"}),
        ),
        (
            "incident_closed",
            2,
            json!({"incident_id": "i1"}),
            "incidents",
            json!({"incident_id": "i1", "opened_at": null}),
        ),
        (
            "incident_opened",
            1,
            json!({"incident_id": "i1", "environment": "production", "severity": "high", "summary": "down"}),
            "incidents",
            json!({"severity": "high", "closed_by": "alice"}),
        ),
        (
            "drill_recorded",
            1,
            json!({"kind": "rollback", "environment": "staging", "status": "passed", "duration_ms": 90}),
            "recovery_drills",
            json!({"kind": "rollback", "duration_ms": 90}),
        ),
    ] {
        tells(&ledger, vec![event(kind, second, payload)], table, expect).await;
    }
}

#[tokio::test]
async fn a_payload_that_makes_no_sense_is_kept_and_noted() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    for (kind, payload, says) in [
        (
            "check_reported",
            json!({"gate": "G1", "check": "a", "status": "fine"}),
            "gate_checks_status_check",
        ),
        (
            "check_reported",
            json!({"check": "a", "status": "passed"}),
            "null value in column \"gate_id\"",
        ),
        (
            "exception_granted",
            json!({"id": "w", "gate": "G1", "by": "b", "reason": "r"}),
            "null value in column \"expires_at\"",
        ),
        (
            "exception_granted",
            json!({"id": "w", "gate": "G1", "by": "b", "reason": "r", "expires_at": "never"}),
            "invalid input syntax",
        ),
        (
            "deployment_finished",
            json!({"deployment_id": "d", "environment": "p", "status": "odd"}),
            "ends passed or failed",
        ),
        (
            "evidence_recorded",
            json!({"type": "log", "name": "a", "sha256": "none"}),
            "evidence_artifacts_sha256_check",
        ),
        (
            "approval_recorded",
            json!({"by": "b", "decision": "approved"}),
            "approvals_check",
        ),
        (
            "release_created",
            json!({"repository": "a/b", "sha": "main"}),
            "releases_sha_check",
        ),
    ] {
        let number = 1 + rows(&ledger, "event_ingest_log", samples::release(1))
            .await
            .as_array()
            .unwrap()
            .len() as u64;
        let event = event(kind, number, payload);
        let key = event.idempotency_key.clone();
        ledger.append(vec![event]).await.unwrap();
        let log = rows(&ledger, "event_ingest_log", samples::release(1)).await;
        let noted = log
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["idempotency_key"] == key)
            .unwrap();
        assert!(
            noted["detail"].as_str().unwrap().contains(says),
            "{kind}: {noted}"
        );
    }
    for table in [
        "gate_checks",
        "exceptions",
        "deployments",
        "approvals",
        "release_gates",
    ] {
        assert_eq!(
            rows(&ledger, table, samples::release(1)).await,
            json!([]),
            "{table}"
        );
    }
}

/// Requirement D2.
#[tokio::test]
async fn the_database_itself_holds_what_must_hold() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let told = event(
        "environment_event",
        1,
        json!({"environment": "p", "kind": "k"}),
    );
    ledger.append(vec![told]).await.unwrap();
    let nullable: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace \
         LEFT JOIN pg_attribute a ON attrelid = c.oid AND attname = 'created_at' AND attnotnull \
         WHERE nspname = 'ops' AND relkind = 'r' AND attname IS NULL",
    )
    .fetch_one(&ledger.pool)
    .await
    .unwrap();
    assert_eq!(nullable, 0, "tables without a created_at that is not null");
    let evidence = "INSERT INTO ops.evidence_artifacts (id, type, name, sha256, recorded_at, event_key) \
        VALUES (ops.id_of('e'), 'TYPE', 'n', repeat('0', 64), now(), 'e')";
    for (sql, says) in [
        (
            "UPDATE ops.environment_events SET kind = 'x'",
            "append-only: UPDATE",
        ),
        ("DELETE FROM ops.environment_events", "append-only: DELETE"),
        ("TRUNCATE ops.environment_events", "append-only: TRUNCATE"),
        (&evidence.replace("TYPE", "log"), "evidence_artifacts_check"),
        (&evidence.replace("TYPE", "reference"), ""),
        (&evidence.replace("TYPE", "reference"), "duplicate key"),
        (
            "INSERT INTO ops.event_ingest_log (ingest_id, idempotency_key, event_type, source_system, release_id, status) \
          SELECT gen_random_uuid(), idempotency_key, '', '', release_id, 'accepted' FROM ops.event_ingest_log",
            "idempotency_key",
        ),
    ] {
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&ledger.pool)
            .await;
        let fault = done.err().map_or(String::new(), |fault| fault.to_string());
        assert!(
            fault.contains(says) && fault.is_empty() == says.is_empty(),
            "{sql}: {fault}"
        );
    }
}

/// Nor how many of them come together.
#[test]
fn the_order_in_which_events_come_makes_no_difference() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (one, two) = (Database::new(), Database::new());
    let (one, two) = runtime.block_on(async { (ledger(&one).await, ledger(&two).await) });
    let number = std::cell::Cell::new(0);
    let shuffled = histories::draws(EventType::ALL, 40).prop_flat_map(|draws| {
        let order: Vec<usize> = (0..draws.len()).collect();
        (Just(draws), Just(order).prop_shuffle())
    });
    let mut runner = TestRunner::new(ProptestConfig::with_cases(40));
    let held = runner.run(&(shuffled, 1..9_usize), |((draws, order), together)| {
        number.set(number.get() + 1);
        let release = samples::release(number.get());
        let events = histories::events(release, &draws);
        let otherwise: Vec<Event> = order.iter().map(|place| events[*place].clone()).collect();
        let (here, there) = runtime.block_on(async {
            one.append(events).await.unwrap();
            for part in otherwise.chunks(together) {
                two.append(part.to_vec()).await.unwrap();
            }
            (all_rows(&one, release).await, all_rows(&two, release).await)
        });
        proptest::prop_assert_eq!(here, there);
        Ok(())
    });
    held.unwrap();
}
