//! What the database refuses, and what is found where somebody changed it all the same.

use super::*;
use crate::ledger::Damage;

async fn filled() -> (Database, Postgres) {
    let database = Database::new();
    let ledger = ledger(&database).await;
    for number in [1, 2] {
        let events = samples::events(samples::release(number), 4);
        ledger.append(events).await.unwrap();
    }
    (database, ledger)
}

#[tokio::test]
async fn nothing_is_changed_or_removed() {
    let (_database, ledger) = filled().await;
    for (sql, says) in [
        (
            "UPDATE ops.events SET actor = 'mallory'",
            "events is append-only: UPDATE",
        ),
        ("DELETE FROM ops.events", "events is append-only: DELETE"),
        ("TRUNCATE ops.events", "events is append-only: TRUNCATE"),
        ("DELETE FROM ops.chains", "chains is append-only: DELETE"),
        ("TRUNCATE ops.chains", "chains is append-only: TRUNCATE"),
        (
            "UPDATE ops.chains SET length = length - 1",
            "a chain only grows",
        ),
        (
            "UPDATE ops.chains SET release_id = gen_random_uuid(), length = length + 1",
            "a chain only grows",
        ),
        (
            "INSERT INTO ops.events (body) SELECT body FROM ops.events",
            "duplicate key",
        ),
        ("INSERT INTO ops.events (body) VALUES ('{}')", "null value"),
    ] {
        let fault = sqlx::raw_sql(sql).execute(&ledger.pool).await.unwrap_err();
        assert!(fault.to_string().contains(says), "{sql}: {fault}");
    }
    assert!(ledger.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn what_was_altered_behind_the_triggers_is_found() {
    for (sql, expect) in [
        (
            "UPDATE ops.events SET body = replace(body, 'alice', 'mallory') WHERE sequence = 2",
            "event 2 of release * (*) was altered: its content does not have its hash",
        ),
        (
            "UPDATE ops.events SET hash = sha256('') WHERE sequence = 4",
            "event 4 of release * (*) has an altered hash; its content is whole",
        ),
        (
            "UPDATE ops.events SET idempotency_key = 'other' || release_id WHERE sequence = 3",
            "event 3 of release * (*) stands under the key of another event: its own is *",
        ),
        (
            "DELETE FROM ops.events WHERE sequence = 4",
            "release * lost its events 4 to 4",
        ),
        (
            "DELETE FROM ops.chains",
            "the event * stands in no release's chain",
        ),
        (
            "UPDATE ops.chains SET head = sha256('')",
            "the chain of release * does not end with the hash that the ledger has for it",
        ),
    ] {
        let (database, ledger) = filled().await;
        database.run(&format!("SET session_replication_role = replica; {sql}"));
        let report = ledger.verify().await.unwrap();
        let pattern = regex::escape(expect).replace("\\*", ".*");
        let pattern = regex::Regex::new(&format!("^{pattern}$")).unwrap();
        let told: Vec<_> = report.damages.iter().map(Damage::to_string).collect();
        assert!(
            told.len() >= 2 && told.iter().any(|told| pattern.is_match(told)),
            "{sql}: {told:#?}"
        );
        if !sql.contains("DELETE FROM ops.chains") {
            let read = ledger.events(samples::release(1)).await;
            assert!(matches!(read, Err(LedgerError::Damaged { .. })), "{sql}");
        }
    }
}

/// What is judged stands in the contents alone; the columns are for finding it.
#[tokio::test]
async fn an_event_that_is_filed_wrongly_is_found() {
    for column in [
        "event_type = 'other'",
        "source_system = 'other'",
        "actor = 'mallory'",
        "occurred_at = occurred_at + interval '1 second'",
    ] {
        let (database, ledger) = filled().await;
        database.run(&format!(
            "SET session_replication_role = replica; \
             UPDATE ops.events SET {column} WHERE sequence = 2"
        ));
        let damages = ledger.verify().await.unwrap().damages;
        assert_eq!(damages.len(), 2, "{column}: {damages:?}");
        let is_it =
            |damage: &Damage| matches!(damage, Damage::Misfiled(place) if place.sequence == 2);
        assert!(damages.iter().all(is_it), "{column}: {damages:?}");
    }
}

#[tokio::test]
async fn drift_is_named() {
    let (database, ledger) = filled().await;
    for (sql, expect) in [
        ("CREATE TABLE ops.extra (id int)", "relation extra"),
        (
            "ALTER TABLE ops.events ADD COLUMN note text",
            "column events.note",
        ),
        (
            "ALTER TABLE ops.events ALTER COLUMN actor DROP NOT NULL",
            "column events.actor",
        ),
        (
            "ALTER TABLE ops.events DISABLE TRIGGER events_are_never_changed",
            "trigger events.events_are_never_changed",
        ),
        (
            "DROP TRIGGER chains_only_grow ON ops.chains",
            "trigger chains.chains_only_grow",
        ),
        ("DROP INDEX ops.events_by_kind", "index events_by_kind"),
        (
            "CREATE OR REPLACE FUNCTION ops.hold_chain(release uuid) RETURNS void LANGUAGE sql AS ''",
            "function hold_chain(release uuid)",
        ),
        (
            "ALTER TABLE ops.chains DROP CONSTRAINT chains_length_check",
            "constraint chains.chains_length_check",
        ),
    ] {
        database.run(sql);
        let damages = ledger.verify().await.unwrap().damages;
        let wanted = Damage::Definition(expect.to_owned());
        assert!(damages.contains(&wanted), "{sql}: {damages:?}");
    }
    let models = sqlx::query("SELECT FROM pg_namespace WHERE nspname = 'ops_model'");
    let models = models.fetch_all(&ledger.pool).await.unwrap();
    assert_eq!(models.len(), 0, "what was made to compare is gone");
}

#[tokio::test]
async fn what_no_column_holds_is_refused_with_its_key() {
    let (_database, ledger) = filled().await;
    let release = samples::release(1);
    let with_key = |key: &str| samples::with_payload(release, key, 9, serde_json::json!({}));
    let mut early = with_key("early");
    early.occurred_at = jiff::Timestamp::MIN;
    for event in [with_key("nul\0"), with_key(&"k".repeat(3000)), early] {
        let fault = ledger.append(vec![event]).await.unwrap_err();
        assert!(matches!(fault, LedgerError::NotCanonical(_)), "{fault}");
    }
}

#[tokio::test]
async fn an_escaped_backslash_begins_no_character() {
    let (_database, ledger) = filled().await;
    for key in ["\\u0000", "a\\\\u0000b", "\u{1}"] {
        let payload = serde_json::json!({ "text": "\0 \\\0 \0\0" });
        let event = samples::with_payload(samples::release(1), key, 9, payload);
        ledger.append(vec![event]).await.unwrap();
    }
    assert!(ledger.verify().await.unwrap().is_sound());
}
