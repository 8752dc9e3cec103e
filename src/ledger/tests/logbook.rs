//! What every logbook does, whatever it is kept in.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::samples::{release, with_payload};
use crate::domain::ids::Sha256Digest;
use crate::domain::record::envelope::Label;
use crate::ledger::Logbook;
use crate::ledger::logbook::{Cause, Untaken};

/// Runs every case, each on a new, empty ledger. `log` gives what the table says, a line a key:
/// `KEY STATUS CODE CALLER`; `tokens` counts the tokens that are remembered.
pub(crate) async fn hold<L, Made, Log, Tokens>(
    new: impl Fn() -> Made,
    log: impl Fn(Arc<L>) -> Log,
    tokens: impl Fn(Arc<L>) -> Tokens,
) where
    L: Logbook + 'static,
    Made: Future<Output = L>,
    Log: Future<Output = Vec<String>>,
    Tokens: Future<Output = i64>,
{
    let made = || async { Arc::new(new().await) };
    let ledger = made().await;
    the_newest_note_of_a_key_counts(&*ledger).await;
    let expect = ["a error error ci", "b rejected forbidden ci"];
    assert_eq!(log(Arc::clone(&ledger)).await, expect);
    assert!(ledger.verify().await.unwrap().is_sound());
    let ledger = made().await;
    what_is_accepted_stays_accepted(&*ledger).await;
    let expect = [
        "x accepted - -",
        "y accepted - -",
        "z rejected forbidden ci",
    ];
    assert_eq!(log(ledger).await, expect);
    let ledger = made().await;
    a_token_is_used_once(Arc::clone(&ledger)).await;
    assert_eq!(tokens(ledger).await, 2, "those that have not ended");
    let ledger = made().await;
    ledger.close().await.unwrap();
    assert!(
        ledger
            .note(vec![untaken("a", Cause::Error, "x")])
            .await
            .is_err()
    );
    assert!(ledger.use_up(token("a"), Timestamp::MAX).await.is_err());
}

fn untaken(key: &str, cause: Cause, code: &'static str) -> Untaken {
    Untaken {
        ingest_id: Uuid::new_v4(),
        label: Label {
            key: key.to_owned(),
            event_type: Some("party".to_owned()),
            source_system: None,
            release: Some(release(1)),
        },
        caller: "ci".to_owned(),
        cause,
        code,
        detail: "it is '; DROP TABLE x; --".to_owned(),
    }
}

fn token(name: &str) -> Sha256Digest {
    Sha256Digest::of(name.as_bytes())
}

async fn the_newest_note_of_a_key_counts(ledger: &impl Logbook) {
    let first = [
        untaken("a", Cause::Rejected, "forbidden"),
        untaken("b", Cause::Error, "error"),
        untaken("b", Cause::Rejected, "forbidden"),
    ];
    ledger.note(first.to_vec()).await.unwrap();
    let second = untaken("a", Cause::Error, "error");
    ledger.note(vec![second]).await.unwrap();
    ledger.note(Vec::new()).await.unwrap();
}

async fn what_is_accepted_stays_accepted(ledger: &impl Logbook) {
    let event = |key: &str| with_payload(release(1), key, 1, json!({}));
    let note = |key: &str| untaken(key, Cause::Rejected, "forbidden");
    let keys = [note("x"), note("y")];
    ledger.append(vec![event("x")]).await.unwrap();
    ledger
        .note([&keys[..], &[note("z")]].concat())
        .await
        .unwrap();
    ledger.append(vec![event("y")]).await.unwrap();
    ledger.note(keys.to_vec()).await.unwrap();
}

async fn a_token_is_used_once(ledger: Arc<impl Logbook + 'static>) {
    let now = Timestamp::now().as_second();
    let until = move |seconds: i64| Timestamp::from_second(now + seconds).unwrap();
    let uses = (0..20).map(|_| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move { ledger.use_up(token("a"), until(300)).await.unwrap() })
    });
    let uses = futures_util::future::join_all(uses).await;
    assert_eq!(
        uses.into_iter()
            .filter(|first| *first.as_ref().unwrap())
            .count(),
        1
    );
    assert!(ledger.use_up(token("past"), until(-7200)).await.unwrap());
    assert!(ledger.use_up(token("b"), until(-1800)).await.unwrap());
    assert!(
        !ledger.use_up(token("b"), until(-1800)).await.unwrap(),
        "clocks differ"
    );
    assert!(!ledger.use_up(token("a"), until(300)).await.unwrap());
}
