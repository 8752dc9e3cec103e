//! Two handles on one file, as two processes would have.

use super::*;
use crate::ledger::{Outcome, SealState};

#[tokio::test]
async fn two_handles_at_once_lose_nothing() {
    let (_folder, path) = place();
    let release = samples::release(1);
    let write = async |offset: u64| {
        let ledger = Sqlite::open(&path).await.unwrap();
        for number in 0..40 {
            let event = samples::event(release, 1 + 2 * number + offset);
            ledger.append(vec![event]).await.unwrap();
        }
        ledger.close().await.unwrap();
    };
    tokio::join!(write(0), write(1));
    let ledger = existing(&path).await;
    let mut numbers: Vec<_> = ledger.events(release).await.unwrap();
    assert_eq!(numbers.len(), 80);
    numbers.sort_by_key(|link| link.event.occurred_at);
    for (index, link) in (1..).zip(numbers) {
        assert_eq!(link.event, samples::event(release, index));
    }
    let report = ledger.verify().await.unwrap();
    assert_eq!(
        (report.damages, report.seal),
        (Vec::new(), SealState::Intact)
    );
    assert_eq!(names_beside(&path), ["ledger.db"]);
}

#[tokio::test]
async fn what_another_handle_recorded_is_a_duplicate_here_too() {
    let (_folder, path) = place();
    let release = samples::release(1);
    let (one, two) = (
        Sqlite::open(&path).await.unwrap(),
        Sqlite::open(&path).await.unwrap(),
    );
    one.append(samples::events(release, 2)).await.unwrap();
    two.append(samples::events(release, 3)).await.unwrap();
    let answers = one.append(samples::events(release, 4)).await.unwrap();
    let outcomes: Vec<_> = answers
        .iter()
        .map(|answer| (answer.sequence, answer.outcome))
        .collect();
    assert_eq!(outcomes[2], (3, Outcome::Duplicate));
    assert_eq!(outcomes[3], (4, Outcome::Recorded));
}

#[tokio::test]
async fn a_reader_sees_what_a_writer_has_not_closed_yet() {
    let (_folder, path) = place();
    let release = samples::release(1);
    let writer = Sqlite::open(&path).await.unwrap();
    writer.append(samples::events(release, 3)).await.unwrap();
    let reader = existing(&path).await;
    assert_eq!(reader.events(release).await.unwrap().len(), 3);
    writer.append(samples::events(release, 4)).await.unwrap();
    assert_eq!(reader.events(release).await.unwrap().len(), 4);
    let report = reader.verify().await.unwrap();
    assert_eq!((report.damages, report.seal), (Vec::new(), SealState::Open));
    writer.close().await.unwrap();
    assert_eq!(reader.verify().await.unwrap().seal, SealState::Intact);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_no_transaction_behind() {
    let (_folder, path) = place();
    let ledger = Sqlite::open(&path).await.unwrap();
    let release = samples::release(1);
    for number in 1..=20 {
        let mut append = ledger.append(vec![samples::event(release, number)]);
        // Polled once, or not at all, and dropped.
        let _ = futures_util::poll!(&mut append);
    }
    let answers = ledger.append(samples::events(release, 20)).await.unwrap();
    assert_eq!(answers.len(), 20);
    assert_eq!(ledger.events(release).await.unwrap().len(), 20);
    let other = Sqlite::open(&path).await.unwrap();
    other
        .append(vec![samples::event(release, 21)])
        .await
        .unwrap();
    assert!(other.verify().await.unwrap().is_sound());
}
