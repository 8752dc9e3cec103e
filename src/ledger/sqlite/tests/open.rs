//! Opening what is there and what is not.

use std::os::unix::fs::PermissionsExt as _;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::*;
use crate::ledger::{LedgerError, SealState};

async fn raw(path: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

#[tokio::test]
async fn a_new_file_is_for_its_owner_alone() {
    let (_folder, path) = place();
    make(&path, 1).await;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn at_rest_it_is_one_file_that_can_be_copied() {
    let (_folder, path) = place();
    make(&path, 3).await;
    assert_eq!(names_beside(&path), ["ledger.db"]);
    let copy = path.with_file_name("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    let report = existing(&copy).await.verify().await.unwrap();
    assert_eq!(
        (report.events, report.damages, report.seal),
        (6, Vec::new(), SealState::Intact)
    );
}

#[tokio::test]
async fn reading_creates_and_changes_nothing() {
    let (_folder, path) = place();
    assert!(Sqlite::open_existing(&path).await.unwrap().is_none());
    assert_eq!(names_beside(&path), Vec::<String>::new());
    make(&path, 2).await;
    let before = std::fs::read(&path).unwrap();
    let ledger = existing(&path).await;
    assert_eq!(ledger.events(samples::release(1)).await.unwrap().len(), 2);
    assert!(ledger.verify().await.unwrap().is_sound());
    assert_eq!(names_beside(&path), ["ledger.db"]);
    let fault = ledger
        .append(samples::events(samples::release(1), 3))
        .await
        .unwrap_err();
    assert!(matches!(fault, LedgerError::ReadOnly { .. }), "{fault}");
    ledger.close().await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn opening_and_closing_without_an_append_changes_nothing() {
    let (_folder, path) = place();
    make(&path, 2).await;
    let before = std::fs::read(&path).unwrap();
    Sqlite::open(&path).await.unwrap().close().await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn an_empty_file_is_no_ledger_yet() {
    let (_folder, path) = place();
    std::fs::write(&path, "").unwrap();
    assert!(Sqlite::open_existing(&path).await.unwrap().is_none());
    make(&path, 1).await;
    assert_eq!(
        existing(&path)
            .await
            .events(samples::release(1))
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_ledger_from_the_future_is_left_alone() {
    let (_folder, path) = place();
    make(&path, 1).await;
    raw(&path, "PRAGMA user_version = 99").await;
    let before = std::fs::read(&path).unwrap();
    for fault in [
        Sqlite::open(&path).await.unwrap_err(),
        Sqlite::open_existing(&path).await.unwrap_err(),
    ] {
        assert!(
            matches!(
                fault,
                LedgerError::FromTheFuture {
                    found: 99,
                    known: schema::KNOWN,
                    ..
                }
            ),
            "{fault}"
        );
        assert!(fault.hint().unwrap().contains("upgrade"));
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn an_older_ledger_is_brought_up_to_date_and_is_sealed_anew() {
    const FIRST: &str = concat!(
        include_str!("../../migrations/sqlite/0001_events_and_chains.sql"),
        "UPDATE seal SET stripes = randomblob(2048);
         PRAGMA application_id = 0x544c4754; PRAGMA user_version = 1"
    );
    let (_folder, path) = place();
    raw(&path, FIRST).await;
    let report = existing(&path).await.verify().await.unwrap();
    assert_eq!((report.seal, report.damages), (SealState::Open, Vec::new()));
    make(&path, 1).await;
    let report = existing(&path).await.verify().await.unwrap();
    assert_eq!((report.seal, report.events), (SealState::Intact, 2));
}

#[tokio::test]
async fn other_files_are_no_ledgers() {
    let (folder, path) = place();
    std::fs::write(
        &path,
        "a text that is longer than the header of a database ".repeat(9),
    )
    .unwrap();
    let other = folder.path().join("other.db");
    raw(&other, "CREATE TABLE shop (id)").await;
    for path in [&path, &other, &folder.path().to_owned()] {
        let before = std::fs::read(path).ok();
        for fault in [
            Sqlite::open(path).await.unwrap_err(),
            Sqlite::open_existing(path).await.unwrap_err(),
        ] {
            assert!(matches!(fault, LedgerError::NotALedger { .. }), "{fault}");
        }
        assert_eq!(std::fs::read(path).ok(), before);
    }
}

#[tokio::test]
async fn a_folder_that_is_missing_is_said() {
    let (folder, _) = place();
    let fault = Sqlite::open(&folder.path().join("no/ledger.db"))
        .await
        .unwrap_err();
    assert!(matches!(fault, LedgerError::Unreachable { .. }), "{fault}");
}

#[tokio::test]
async fn a_strange_name_is_only_a_name() {
    let (folder, _) = place();
    let path = folder.path().join("file:a b?mode=memory&ü%41#'\".db");
    make(&path, 1).await;
    assert_eq!(
        names_beside(&path),
        [path.file_name().unwrap().to_str().unwrap()]
    );
    assert!(existing(&path).await.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_file_in_wal_mode_that_lost_its_log_can_be_read_where_nothing_may_be_written() {
    let (_folder, path) = place();
    make(&path, 2).await;
    raw(&path, "PRAGMA journal_mode = WAL").await;
    let ledger = existing(&path).await;
    assert_eq!(ledger.events(samples::release(1)).await.unwrap().len(), 2);
    assert!(ledger.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let (_folder, path) = place();
    make(&path, 20).await;
    let ledger = Sqlite::open(&path).await.unwrap();
    ledger
        .append(samples::events(samples::release(1), 21))
        .await
        .unwrap();
    // SQLite says of a file that may not grow what it says of a disk that is full.
    let limit = "PRAGMA max_page_count = 1";
    let mut session = ledger.session().await.unwrap();
    let connection = session.connection(&path).unwrap();
    sqlx::raw_sql(limit).execute(connection).await.unwrap();
    drop(session);
    let large = samples::with_payload(
        samples::release(1),
        "large",
        1,
        serde_json::json!({ "text": "x".repeat(100_000) }),
    );
    let fault = ledger.append(vec![large]).await.unwrap_err();
    assert!(matches!(fault, LedgerError::Full { .. }), "{fault}");
    assert_eq!(ledger.events(samples::release(1)).await.unwrap().len(), 21);
    ledger.close().await.unwrap();
    let report = existing(&path).await.verify().await.unwrap();
    assert_eq!(
        (report.events, report.damages, report.seal),
        (41, Vec::new(), SealState::Intact)
    );
}
