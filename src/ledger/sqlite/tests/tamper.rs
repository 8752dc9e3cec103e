//! Whatever is changed in the file is found, and where it is an event, it is named.

use std::os::unix::fs::FileExt as _;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::*;
use crate::ledger::{Damage, LedgerError, Place, SealState};

/// Changes the file behind the ledger's back, and its own guards.
async fn tamper(path: &Path, sql: &'static str) {
    const GUARDS: &str = "DROP TRIGGER events_are_never_updated; \
        DROP TRIGGER events_are_never_deleted; DROP TRIGGER chains_only_grow; \
        DROP TRIGGER chains_are_never_deleted;";
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.unwrap();
    let guards: Vec<(String,)> =
        sqlx::query_as("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    sqlx::raw_sql(GUARDS)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    for (guard,) in guards {
        sqlx::raw_sql(sqlx::AssertSqlSafe(guard))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    sqlx::Connection::close(connection).await.unwrap();
}

/// What a verification finds in a ledger of five events, besides that bytes were changed.
async fn found_after(sql: &'static str) -> Vec<Damage> {
    let (_folder, path) = place();
    let ledger = Sqlite::open(&path).await.unwrap();
    ledger
        .append(samples::events(samples::release(1), 5))
        .await
        .unwrap();
    ledger.close().await.unwrap();
    tamper(&path, sql).await;
    let ledger = existing(&path).await;
    let report = ledger.verify().await.unwrap();
    assert_eq!(report.seal, SealState::Broken);
    let damages = report.damages.into_iter();
    damages
        .filter(|found| !matches!(found, Damage::Bytes { .. }))
        .collect()
}

#[tokio::test]
async fn what_was_altered_is_never_judged() {
    for sql in [
        "UPDATE events SET body = replace(body, 'failed', 'passed') WHERE id & 15 = 1",
        "UPDATE events SET hash = randomblob(32) WHERE id & 15 = 5",
        "UPDATE events SET key = 'x' WHERE id >> 32 = 1 AND id & 15 = 3",
        "DELETE FROM events WHERE id & 15 = 2",
        "DELETE FROM events WHERE id & 15 = 5",
        "UPDATE chains SET length = 4",
    ] {
        let (_folder, path) = place();
        make(&path, 5).await;
        tamper(&path, sql).await;
        let ledger = existing(&path).await;
        let mut faults = Vec::new();
        for number in [1, 2] {
            faults.extend(ledger.events(samples::release(number)).await.err());
        }
        assert!(
            matches!(faults[0], LedgerError::Damaged { .. }),
            "{sql}: {faults:?}"
        );
    }
}

fn at(sequence: u64) -> Place {
    let release = samples::release(1);
    Place {
        release: release.to_string(),
        sequence,
        key: Some(samples::event(release, sequence).idempotency_key),
    }
}

fn release() -> String {
    samples::release(1).to_string()
}

#[tokio::test]
async fn altered_events_are_named_each() {
    let found =
        found_after("UPDATE events SET body = replace(body, 'passed', 'failed') WHERE id & 3 = 1")
            .await;
    assert_eq!(found, [Damage::Altered(at(1)), Damage::Altered(at(5))]);
}

#[tokio::test]
async fn an_altered_hash_is_told_from_altered_content() {
    let found =
        found_after("UPDATE events SET hash = randomblob(32) WHERE id & 15 IN (2, 5)").await;
    assert_eq!(
        found,
        [Damage::HashAltered(at(2)), Damage::HashAltered(at(5))]
    );
}

#[tokio::test]
async fn an_altered_key_is_named() {
    let found = found_after("UPDATE events SET key = 'x' WHERE id & 15 = 3").await;
    let own = at(3).key.unwrap();
    let place = Place {
        key: Some("x".to_owned()),
        ..at(3)
    };
    assert_eq!(found, [Damage::KeyAltered { place, own }]);
}

#[tokio::test]
async fn removed_events_are_missed() {
    let found = found_after("DELETE FROM events WHERE id & 15 IN (2, 3)").await;
    let missing = Damage::Missing {
        release: release(),
        first: 2,
        last: 3,
    };
    assert_eq!(found, [missing, Damage::Unproven(at(4))]);
}

#[tokio::test]
async fn a_removed_tail_is_missed() {
    let found = found_after("DELETE FROM events WHERE id & 15 > 3").await;
    assert_eq!(
        found,
        [Damage::Missing {
            release: release(),
            first: 4,
            last: 5
        }]
    );
}

#[tokio::test]
async fn a_chain_that_was_shortened_is_found() {
    let found = found_after("UPDATE chains SET length = 4").await;
    assert_eq!(
        found,
        [Damage::Surplus {
            release: release(),
            known: 4,
            found: 5
        }]
    );
    let found = found_after("UPDATE chains SET head = randomblob(32)").await;
    assert_eq!(found, [Damage::HeadAltered { release: release() }]);
}

#[tokio::test]
async fn events_without_a_chain_are_named() {
    let found = found_after("DELETE FROM chains").await;
    let keys = (1..=5).map(|number| Damage::Stray {
        key: at(number).key.unwrap(),
    });
    assert_eq!(found, keys.collect::<Vec<_>>());
}

#[tokio::test]
async fn events_of_another_release_are_named() {
    let found = found_after("UPDATE chains SET release_id = replace(release_id, '-', '0')").await;
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(matches!(found[0], Damage::Foreign(_)));
}

#[tokio::test]
async fn a_changed_definition_is_named() {
    let found = found_after("DROP VIEW log; CREATE TABLE more (id)").await;
    let wanted = ["table more", "view log"].map(|name| Damage::Definition(name.to_owned()));
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn the_tables_refuse_changes_by_themselves() {
    let (_folder, path) = place();
    make(&path, 1).await;
    let mut connection = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    for sql in [
        "UPDATE events SET body = '{}'",
        "DELETE FROM events",
        "UPDATE chains SET length = 0",
        "DELETE FROM chains",
        "INSERT INTO events SELECT id + 9, key, hash, body FROM events",
    ] {
        assert!(
            sqlx::raw_sql(sql).execute(&mut connection).await.is_err(),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn bytes_behind_the_end_are_found() {
    let (_folder, path) = place();
    make(&path, 1).await;
    let length = std::fs::metadata(&path).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[0; 10], length).unwrap();
    let report = existing(&path).await.verify().await.unwrap();
    assert_eq!(
        report.damages,
        [Damage::Bytes {
            first: length,
            last: length + 9
        }]
    );
}

/// Flips a bit in the byte at `place`, verifies, and flips it back. Tells whether it was noticed.
async fn is_noticed(path: &Path, place: u64) -> bool {
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, place).unwrap();
    let flipped = [byte[0] ^ (1 << (place % 8))];
    file.write_all_at(&flipped, place).unwrap();
    let noticed = match Sqlite::open_existing(path).await {
        Ok(Some(ledger)) => {
            let noticed = !ledger.verify().await.is_ok_and(|report| report.is_sound());
            ledger.close().await.unwrap();
            noticed
        }
        // A ledger that is not there any more is not noticed by itself.
        Ok(None) => false,
        Err(_) => true,
    };
    file.write_all_at(&byte, place).unwrap();
    noticed
}

/// The whole header, and places all over the file; `TOLLGATE_TEST_EVERY_BYTE` makes it every byte.
#[tokio::test]
async fn a_flipped_byte_anywhere_is_noticed() {
    let (_folder, path) = place();
    make(&path, 40).await;
    let length = std::fs::metadata(&path).unwrap().len();
    let step = if std::env::var_os("TOLLGATE_TEST_EVERY_BYTE").is_some() {
        1
    } else {
        length / 251
    };
    let mut unnoticed = Vec::new();
    for place in (0..100).chain((100..length).step_by(usize::try_from(step).unwrap())) {
        if !is_noticed(&path, place).await {
            unnoticed.push(place);
        }
    }
    assert_eq!(unnoticed, Vec::<u64>::new());
    assert!(existing(&path).await.verify().await.unwrap().is_sound());
}
