//! Every step from an older format to today's, with events that were there before.

use serde_json::json;

use super::tables::{all_rows, event};
use super::*;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::canonical;
use crate::domain::record::event::Event;
use schema::{BOOKKEEPING, MIGRATIONS};

/// An event for nearly every table, and one whose payload fits none.
fn events() -> Vec<Event> {
    let sha = "a".repeat(40);
    let digest = "0".repeat(64);
    [
        ("release_created", json!({"repository": "acme/shop", "sha": sha, "version": "1.0.0"})),
        ("check_reported", json!({"gate": "G1", "check": "unit", "status": "failed"})),
        ("check_reported", json!({"gate": "G1", "check": "unit", "status": "passed"})),
        ("check_reported", json!({"gate": "G1", "check": "lint", "status": "odd"})),
        ("evidence_recorded", json!({"gate": "G1", "type": "junit", "name": "a.xml", "sha256": digest})),
        ("approval_recorded", json!({"gate": "G1", "by": "quinn", "decision": "approved"})),
        (
            "exception_granted",
            json!({"id": "w", "gate": "G1", "by": "mia", "reason": "r", "expires_at": "2030-01-01T00:00:00Z"}),
        ),
        ("deployment_started", json!({"deployment_id": "d", "environment": "staging"})),
        ("deployment_finished", json!({"deployment_id": "d", "environment": "staging", "status": "passed"})),
        ("environment_event", json!({"environment": "staging", "kind": "seen"})),
        ("incident_opened", json!({"incident_id": "i"})),
    ]
    .into_iter()
    .zip(1..)
    .map(|((kind, payload), second)| event(kind, second, payload))
    .collect()
}

/// A database as the first migrations left it, in which the events were inserted.
fn of_format(format: usize, events: &[Event]) -> Database {
    let database = Database::new();
    database.run(BOOKKEEPING);
    for (number, migration) in (1..).zip(&MIGRATIONS[..format]) {
        database.run(migration.sql);
        let (name, sha256) = (migration.name, Sha256Digest::of(migration.sql.as_bytes()));
        database.run(&format!(
            "INSERT INTO ops.migrations (number, name, sha256) VALUES ({number}, '{name}', '\\x{sha256}')"
        ));
    }
    for event in events {
        let body = canonical(event).unwrap();
        database.run(&format!("INSERT INTO ops.events (body) VALUES ('{body}')"));
    }
    database
}

#[tokio::test]
async fn a_filled_ledger_of_every_format_becomes_one_of_today() {
    let (events, release) = (events(), samples::release(1));
    let new = Database::new();
    let new = ledger(&new).await;
    new.append(events.clone()).await.unwrap();
    let expect = all_rows(&new, release).await;
    for format in 1..MIGRATIONS.len() {
        let old = of_format(format, &events);
        let old = ledger(&old).await;
        assert_eq!(all_rows(&old, release).await, expect, "from {format}");
        let chain = old.events(release).await.unwrap();
        assert_eq!(chain, new.events(release).await.unwrap(), "from {format}");
        assert_eq!(old.verify().await.unwrap().damages, [], "from {format}");
    }
}
