//! Requirement D6: what each role may do, over connections of its own.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::*;
use crate::domain::record::chain;

const ROLES: [&str; 6] = [
    "ci_service_role",
    "release_manager",
    "qa_tester",
    "sre",
    "developer",
    "audit_reader",
];

/// A ledger that knows two releases with a gate each, and whose roles can sign in.
async fn prepared() -> (Database, Postgres) {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let logins = ROLES.map(|role| {
        format!(
            "DO $$ BEGIN CREATE ROLE {0}_login LOGIN PASSWORD '{1}' IN ROLE {0}; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;",
            role,
            server::PASSWORD
        )
    });
    database.run(&logins.concat());
    for number in [1, 2] {
        let events = samples::events(samples::release(number), 1);
        ledger.append(events).await.unwrap();
    }
    (database, ledger)
}

fn url_of(database: &Database, role: &str) -> String {
    database.url_of(&format!("{role}_login"), server::PASSWORD)
}

/// Signs in with a role as a person.
async fn session(database: &Database, role: &str, person: &str) -> PgConnection {
    let mut session = PgConnection::connect(&url_of(database, role))
        .await
        .unwrap();
    let named = format!("SET ops.actor = '{person}'");
    sqlx::raw_sql(AssertSqlSafe(named))
        .execute(&mut session)
        .await
        .unwrap();
    session
}

/// Runs a statement, and gives what was said against it. `RELEASE` and `GATE` are filled in.
async fn said(session: &mut PgConnection, sql: &str) -> String {
    let release = samples::release(1).to_string();
    let gate = format!(
        "(SELECT id FROM ops.release_gates WHERE release_id = '{release}' AND gate = 'test')"
    );
    let sql = sql.replace("RELEASE", &release).replace("GATE", &gate);
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(session).await;
    done.err().map_or(String::new(), |fault| fault.to_string())
}

/// `kind {payload}` as a call of `ops.record`; anything else is SQL.
fn statement(text: &str) -> String {
    match text.split_once(" {") {
        Some((kind, fields)) if !kind.contains(' ') => {
            format!("SELECT ops.record('{kind}', 'RELEASE', '{{{fields}')")
        }
        _ => text.to_owned(),
    }
}

const OK: &str = "";
const POLICY: &str = "violates row-level security policy";
const DENIED: &str = "permission denied";

#[rustfmt::skip]
const CASES: [(&str, &str, &str); 62] = [
    ("ci_service_role", r#"check_reported {"gate": "G1", "check": "a", "status": "passed"}"#, OK),
    ("ci_service_role", r#"build_complete {"gate": "G1", "status": "pass"}"#, OK),
    ("ci_service_role", r#"release_created {"repository": "acme/shop", "sha": "0000000000000000000000000000000000000001"}"#, OK),
    ("ci_service_role", r#"deployment_started {"deployment_id": "d", "environment": "staging"}"#, OK),
    ("ci_service_role", r#"exception_requested {"id": "w", "gate": "G1", "by": "dev", "reason": "r", "expires_at": "2100-01-01T00:00:00Z"}"#, OK),
    ("ci_service_role", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved"}"#, POLICY),
    ("ci_service_role", r#"gate_signoff {"gate": "G1", "check": "a", "by": "pat", "result": "passed"}"#, POLICY),
    ("ci_service_role", r#"exception_granted {"id": "w", "gate": "G1", "by": "pat", "reason": "r", "expires_at": "2100-01-01T00:00:00Z"}"#, POLICY),
    ("ci_service_role", "INSERT INTO ops.approvals (release_id, gate_id, approver, decision) VALUES ('RELEASE', GATE, 'pat', 'approved')", DENIED),
    ("ci_service_role", "UPDATE ops.gate_checks SET status = 'passed'", DENIED),
    ("ci_service_role", "DELETE FROM ops.events", DENIED),
    ("ci_service_role", "UPDATE ops.chains SET length = length + 1", DENIED),
    ("qa_tester", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved"}"#, OK),
    ("qa_tester", r#"approval_recorded {"gate": "G1", "by": "PAT", "decision": "rejected"}"#, OK),
    ("qa_tester", r#"approval_recorded {"gate": "G1", "by": "rita", "decision": "approved"}"#, POLICY),
    ("qa_tester", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved", "role": "qa_tester"}"#, OK),
    ("qa_tester", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved", "role": "release_manager"}"#, POLICY),
    ("qa_tester", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved", "teams": ["release-managers"]}"#, POLICY),
    ("qa_tester", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved", "authors": ["rita"]}"#, POLICY),
    ("release_manager", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved", "triggered_by": ["rita"]}"#, POLICY),
    ("release_manager", r#"release_created {"repository": "acme/shop", "sha": "0000000000000000000000000000000000000001", "authors": ["rita"]}"#, POLICY),
    ("qa_tester", "INSERT INTO ops.approvals (release_id, gate_id, approver, decision, role) VALUES ('RELEASE', GATE, 'pat', 'approved', 'release_manager')", POLICY),
    ("qa_tester", r#"gate_signoff {"gate": "G1", "check": "a", "by": "pat", "result": "passed"}"#, OK),
    ("qa_tester", r#"gate_signoff {"gate": "G1", "check": "a", "by": "rita", "result": "passed"}"#, POLICY),
    ("qa_tester", r#"evidence_recorded {"type": "log", "name": "a", "sha256": "00"}"#, OK),
    ("qa_tester", "INSERT INTO ops.approvals (release_id, gate_id, approver, decision) VALUES ('RELEASE', GATE, 'pat', 'approved')", OK),
    ("qa_tester", "INSERT INTO ops.approvals (release_id, environment, approver, decision, comment) VALUES ('RELEASE', 'staging', 'Pat', 'approved', 'ü \"')", OK),
    ("qa_tester", "INSERT INTO ops.approvals (release_id, gate_id, approver, decision) VALUES ('RELEASE', GATE, 'rita', 'approved')", POLICY),
    ("qa_tester", "INSERT INTO ops.approvals (release_id, gate_id, approver, decision) VALUES ('RELEASE', gen_random_uuid(), 'pat', 'approved')", "foreign key"),
    ("qa_tester", "INSERT INTO ops.approvals (release_id, gate_id, approver, decision) SELECT 'RELEASE', id, 'pat', 'approved' FROM ops.release_gates WHERE release_id <> 'RELEASE'", "is not one of the release"),
    ("qa_tester", "INSERT INTO ops.approvals (release_id, approver, decision, event_key) VALUES ('RELEASE', 'pat', 'approved', 'k')", DENIED),
    ("qa_tester", "UPDATE ops.approvals SET decision = 'approved'", DENIED),
    ("qa_tester", r#"exception_requested {"id": "w", "gate": "G1", "by": "pat", "reason": "r", "expires_at": "2100-01-01T00:00:00Z"}"#, POLICY),
    ("qa_tester", r#"exception_granted {"id": "w", "gate": "G1", "by": "pat", "reason": "r", "expires_at": "2100-01-01T00:00:00Z"}"#, POLICY),
    ("qa_tester", r#"exception_revoked {"id": "w", "by": "pat"}"#, POLICY),
    ("qa_tester", "DELETE FROM ops.exceptions", DENIED),
    ("qa_tester", "UPDATE ops.exceptions SET expires_at = 'infinity'", DENIED),
    ("qa_tester", r#"check_reported {"gate": "G1", "check": "a", "status": "passed"}"#, POLICY),
    ("release_manager", r#"exception_granted {"id": "w", "gate": "G1", "by": "pat", "reason": "r", "expires_at": "2100-01-01T00:00:00Z"}"#, OK),
    ("release_manager", r#"exception_granted {"id": "w", "gate": "G1", "by": "rita", "reason": "r", "expires_at": "2100-01-01T00:00:00Z"}"#, POLICY),
    ("release_manager", r#"exception_revoked {"id": "w", "by": "pat"}"#, OK),
    ("release_manager", r#"approval_recorded {"environment": "production", "by": "pat", "decision": "approved"}"#, OK),
    ("release_manager", "INSERT INTO ops.approvals (release_id, environment, approver, decision) VALUES ('RELEASE', 'production', 'pat', 'approved')", OK),
    ("release_manager", "INSERT INTO ops.environment_gates (repository, environment, gate) VALUES ('acme/shop', 'canary', 'G1')", OK),
    ("sre", "INSERT INTO ops.environment_gates (repository, environment, gate) VALUES ('acme/shop', 'canary', 'G2')", DENIED),
    ("ci_service_role", "DELETE FROM ops.environment_gates", DENIED),
    ("release_manager", r#"check_reported {"gate": "G1", "check": "a", "status": "passed"}"#, POLICY),
    ("sre", r#"incident_opened {"incident_id": "i", "environment": "production", "severity": "high", "summary": "down"}"#, OK),
    ("sre", r#"incident_closed {"incident_id": "i"}"#, OK),
    ("sre", r#"drill_recorded {"kind": "rollback", "environment": "staging", "status": "passed", "duration_ms": 1}"#, OK),
    ("sre", r#"environment_event {"environment": "staging", "kind": "restarted"}"#, OK),
    ("sre", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved"}"#, POLICY),
    ("sre", r#"exception_granted {"id": "v", "gate": "G1", "by": "pat", "reason": "r", "expires_at": "2100-01-01T00:00:00Z"}"#, POLICY),
    ("developer", r#"incident_opened {"incident_id": "j", "environment": "staging", "severity": "low", "summary": "slow"}"#, OK),
    ("developer", r#"incident_closed {"incident_id": "j"}"#, POLICY),
    ("developer", r#"approval_recorded {"gate": "G1", "by": "pat", "decision": "approved"}"#, POLICY),
    ("audit_reader", r#"incident_opened {"incident_id": "k", "environment": "staging", "severity": "low", "summary": "slow"}"#, DENIED),
    ("audit_reader", "INSERT INTO ops.approvals (release_id, gate_id, approver, decision) VALUES ('RELEASE', GATE, 'pat', 'approved')", DENIED),
    ("audit_reader", "INSERT INTO ops.events (body) VALUES ('{}')", DENIED),
    ("audit_reader", "SELECT ops.hold_chain('RELEASE')", DENIED),
    ("audit_reader", "CREATE TABLE ops.mine (id int)", DENIED),
    ("audit_reader", "TRUNCATE ops.releases CASCADE", DENIED),
];

#[tokio::test]
async fn what_is_allowed_works_and_what_is_not_is_refused() {
    let (database, ledger) = prepared().await;
    let mut told = 1;
    let mut sessions = std::collections::BTreeMap::new();
    for role in ROLES {
        sessions.insert(role, session(&database, role, "pat").await);
    }
    for (role, text, expect) in CASES {
        let said = said(sessions.get_mut(role).unwrap(), &statement(text)).await;
        let as_expected = said.contains(expect) && said.is_empty() == expect.is_empty();
        assert!(as_expected, "{role}: {text}: {said}");
        told += usize::from(expect == OK && !text.contains("environment_gates"));
    }
    let links = ledger.events(samples::release(1)).await.unwrap();
    chain::verify(&links).unwrap();
    assert_eq!(links.len(), told);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM ops.approvals")
        .fetch_one(&ledger.pool)
        .await
        .unwrap();
    assert_eq!(
        rows, 7,
        "each approval is one row and one event, however it was told"
    );
    assert!(ledger.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn every_role_reads_everything() {
    let (database, ledger) = prepared().await;
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'ops'::regnamespace AND relkind IN ('r', 'v')",
    )
    .fetch_all(&ledger.pool)
    .await
    .unwrap();
    for role in ROLES {
        let mut session = session(&database, role, "pat").await;
        for (table,) in &tables {
            let count = |of: &str| format!("SELECT count(*) FROM {of}");
            let all = AssertSqlSafe(count(&format!("ops.{table}")));
            let all: i64 = sqlx::query_scalar(all)
                .fetch_one(&ledger.pool)
                .await
                .unwrap();
            let seen = AssertSqlSafe(count(&format!("ops.{table}")));
            let seen: i64 = sqlx::query_scalar(seen)
                .fetch_one(&mut session)
                .await
                .unwrap();
            assert_eq!(seen, all, "{role} {table}");
        }
    }
}

#[tokio::test]
async fn the_person_is_whom_the_claims_or_the_setting_name() {
    let (database, _ledger) = prepared().await;
    let approve =
        statement(r#"approval_recorded {"gate": "G1", "by": "quinn", "decision": "approved"}"#);
    for (setting, expect) in [
        (r#"SET request.jwt.claims = '{"sub": "quinn"}'"#, OK),
        (
            r#"SET request.jwt.claims = '{"sub": "rita"}'; SET ops.actor = 'quinn'"#,
            POLICY,
        ),
        (
            r#"SET request.jwt.claims = '{}'; SET ops.actor = 'quinn'"#,
            OK,
        ),
        ("SET ops.actor = 'quinn'", OK),
        ("SET ops.actor = ''", "nobody is signed in"),
        ("RESET ops.actor", "nobody is signed in"),
    ] {
        let mut session = PgConnection::connect(&url_of(&database, "qa_tester"))
            .await
            .unwrap();
        assert_eq!(said(&mut session, setting).await, OK);
        let said = said(&mut session, &approve).await;
        assert!(
            said.contains(expect) && said.is_empty() == expect.is_empty(),
            "{setting}: {said}"
        );
    }
}

#[tokio::test]
async fn an_event_of_a_role_is_written_as_everybody_would_hash_it() {
    let (database, _ledger) = prepared().await;
    let mut session = session(&database, "sre", "pat").await;
    let event = samples::with_payload(
        samples::release(1),
        "k",
        9,
        serde_json::json!({"incident_id": "i"}),
    );
    let event = crate::domain::record::event::Event {
        event_type: EventType::IncidentClosed,
        actor: "pat".to_owned(),
        ..event
    };
    let good = chain::canonical(&event).unwrap();
    let in_ns = good
        .replace("00:00:09Z", "00:00:09.000000001Z")
        .replace("\"k\"", "\"l\"");
    for (body, expect) in [
        (good.clone(), OK),
        (in_ns, OK),
        (
            good.replace("\"k\"", "\"m\"").replace(":\"1\"", ": \"1\""),
            POLICY,
        ),
        (
            good.replace("\"k\"", "\"m\"").replace("09Z", "09+00:00"),
            POLICY,
        ),
        (
            good.replace("\"k\"", "\"m\"").replace("09Z", "09.50Z"),
            POLICY,
        ),
        (
            good.replace("\"k\"", "\"m\"").replace("\"1\"", "\"2\""),
            POLICY,
        ),
        (
            good.replace("\"k\"", "\"m\"")
                .replace("\"pat\"", "\"rita\""),
            POLICY,
        ),
        (
            good.replace("\"k\"", "\"m\"")
                .replace("{\"incident_id\":\"i\"}", "[]"),
            POLICY,
        ),
        (
            good.replace("\"k\"", "\"m\"").replace("\"i\"}", "1.50}"),
            POLICY,
        ),
        (good, "duplicate key"),
    ] {
        let insert = format!("INSERT INTO ops.events (body) VALUES ('{body}')");
        let said = said(&mut session, &insert).await;
        assert!(
            said.contains(expect) && said.is_empty() == expect.is_empty(),
            "{body}: {said}"
        );
    }
}

#[tokio::test]
async fn tollgate_itself_works_with_the_rights_of_ci() {
    let (database, _owner) = prepared().await;
    let ledger = Postgres::open(&url_of(&database, "ci_service_role"))
        .await
        .unwrap();
    let release = samples::release(1);
    ledger.append(samples::events(release, 5)).await.unwrap();
    ledger
        .append(samples::events(samples::release(2), 2))
        .await
        .unwrap();
    assert_eq!(ledger.events(release).await.unwrap().len(), 5);
    assert!(ledger.verify().await.unwrap().is_sound());
    let mut approval = samples::event(release, 6);
    approval.event_type = EventType::ApprovalRecorded;
    let fault = ledger.append(vec![approval]).await.unwrap_err();
    assert!(matches!(fault, LedgerError::ReadOnly { .. }), "{fault}");
    let reader = Postgres::open(&url_of(&database, "audit_reader"))
        .await
        .unwrap();
    assert_eq!(reader.events(release).await.unwrap().len(), 5);
    let fault = reader
        .append(samples::events(release, 6))
        .await
        .unwrap_err();
    assert!(matches!(fault, LedgerError::ReadOnly { .. }), "{fault}");
}

#[tokio::test]
async fn roles_are_set_up_again_without_effect_and_by_who_may() {
    let (database, ledger) = prepared().await;
    let again: bool = sqlx::query_scalar("SELECT ops.set_up_roles()")
        .fetch_one(&ledger.pool)
        .await
        .unwrap();
    assert!(again);
    assert!(ledger.verify().await.unwrap().is_sound());
    let mut session = session(&database, "developer", "pat").await;
    let made: bool = sqlx::query_scalar("SELECT ops.make_roles(ARRAY['a_role_that_is_missing'])")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert!(!made);
}

#[tokio::test]
async fn canonical_json_in_sql_is_that_of_everybody() {
    let (_database, ledger) = prepared().await;
    for text in [
        r#"{"a":[],"b":{},"c":[null,true,-0.5,0.83,12.25,1234567.125]}"#,
        r#"{"":"\"\\\b\f\n\r\t\u0001\u001f/ü😀","A":9007199254740991,"a":-3,"aa":0,"b":""}"#,
    ] {
        let found: String = sqlx::query_scalar("SELECT ops.canonical($1::text::jsonb)")
            .bind(text)
            .fetch_one(&ledger.pool)
            .await
            .unwrap();
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(found, serde_json_canonicalizer::to_string(&value).unwrap());
    }
    for text in [
        r#"{"ü":1}"#,
        "[9007199254740992]",
        "1e-7",
        "1.5e20",
        r#"{"a":[{"b":1e-7}]}"#,
    ] {
        let found: Option<String> = sqlx::query_scalar("SELECT ops.canonical($1::text::jsonb)")
            .bind(text)
            .fetch_one(&ledger.pool)
            .await
            .unwrap();
        let exact: serde_json::Value = serde_json::from_str(text).unwrap();
        let same = serde_json_canonicalizer::to_string(&exact).unwrap();
        assert!(found.is_none() || found == Some(same), "{text}: {found:?}");
    }
}
