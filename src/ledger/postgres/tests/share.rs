//! Several handles on one database, as several processes would have.

use super::*;
use crate::ledger::Outcome;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handles_at_once_lose_nothing() {
    let database = Database::new();
    let release = samples::release(1);
    let url = database.url();
    let write = |offset: u64| {
        let url = url.clone();
        tokio::spawn(async move {
            let ledger = Postgres::open(&url).await.unwrap();
            for number in 0..30 {
                let event = samples::event(release, 1 + 3 * number + offset);
                ledger.append(vec![event]).await.unwrap();
            }
        })
    };
    for task in [0, 1, 2].map(write) {
        task.await.unwrap();
    }
    let ledger = ledger(&database).await;
    let mut links = ledger.events(release).await.unwrap();
    links.sort_by_key(|link| link.event.occurred_at);
    let events: Vec<_> = links.into_iter().map(|link| link.event).collect();
    assert_eq!(events, samples::events(release, 90));
    assert!(ledger.verify().await.unwrap().is_sound());
}

/// Requirement D4: 100 events at once, 30 of them repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_twice_at_once_is_recorded_once() {
    let database = Database::new();
    let (one, two) = (ledger(&database).await, ledger(&database).await);
    let release = samples::release(1);
    let numbers = (1..=70).chain(1..=30);
    let sent = numbers.zip([&one, &two].into_iter().cycle());
    let answers = futures_util::future::join_all(
        sent.map(|(number, ledger)| ledger.append(vec![samples::event(release, number)])),
    );
    let answers: Vec<_> = answers.await.into_iter().flat_map(Result::unwrap).collect();
    let recorded = answers
        .iter()
        .filter(|answer| answer.outcome == Outcome::Recorded);
    assert_eq!((answers.len(), recorded.count()), (100, 70));
    for (first, again) in answers[..30].iter().zip(&answers[70..]) {
        assert_eq!((first.sequence, first.hash), (again.sequence, again.hash));
    }
    assert_eq!(one.events(release).await.unwrap().len(), 70);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_to_many_releases_in_any_order_never_end_each_other() {
    let database = Database::new();
    let (one, two) = (ledger(&database).await, ledger(&database).await);
    let batch = |number: u64, reversed: bool| {
        let mut releases: Vec<u32> = (1..=8).collect();
        if reversed {
            releases.reverse();
        }
        let events = releases.into_iter().map(samples::release);
        let events = events.map(|release| samples::event(release, number));
        events.collect::<Vec<_>>()
    };
    let forth = async {
        for number in 0..20 {
            one.append(batch(2 * number + 1, false)).await.unwrap();
        }
    };
    let back = async {
        for number in 0..20 {
            two.append(batch(2 * number + 2, true)).await.unwrap();
        }
    };
    tokio::join!(forth, back);
    let report = one.verify().await.unwrap();
    assert_eq!((report.events, report.damages), (320, Vec::new()));
    let deadlocks = "DO $$ BEGIN ASSERT (SELECT deadlocks FROM pg_stat_database \
        WHERE datname = current_database()) = 0; END $$";
    database.run(deadlocks);
}

/// By SQL as well, where nobody asks again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_events_of_a_release_may_come_at_once() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    for release in (1..=5).map(samples::release) {
        let insert = |number| {
            let body = crate::domain::record::chain::canonical(&samples::event(release, number));
            let insert = sqlx::query("INSERT INTO ops.events (body) VALUES ($1)");
            insert.bind(body.unwrap()).execute(&ledger.pool)
        };
        for done in futures_util::future::join_all((1..=8).map(insert)).await {
            done.unwrap();
        }
    }
    let report = ledger.verify().await.unwrap();
    assert_eq!((report.events, report.damages), (40, Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releases_may_begin_at_once_in_several_processes() {
    let database = Database::new();
    let (one, two) = (ledger(&database).await, ledger(&database).await);
    let batch = |number: u64| {
        let releases = (1..=20).map(samples::release);
        releases
            .map(|release| samples::event(release, number))
            .collect::<Vec<_>>()
    };
    let batches = (1..=8).map(batch).zip([&one, &two].into_iter().cycle());
    let appends = batches.map(|(events, ledger)| ledger.append(events));
    for done in futures_util::future::join_all(appends).await {
        assert_eq!(done.unwrap().len(), 20);
    }
    let report = one.verify().await.unwrap();
    assert_eq!((report.events, report.damages), (160, Vec::new()));
}

/// Where a database has it that events are inserted as rows, and Tollgate beside that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_and_appends_go_into_one_chain() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let release = samples::release(1);
    let rows = async {
        for number in 1..=20 {
            let body = crate::domain::record::chain::canonical(&samples::event(release, number));
            let insert = sqlx::query("INSERT INTO ops.events (body) VALUES ($1)");
            insert
                .bind(body.unwrap())
                .execute(&ledger.pool)
                .await
                .unwrap();
        }
    };
    let appends = async {
        for number in 21..=40 {
            ledger
                .append(vec![samples::event(release, number)])
                .await
                .unwrap();
        }
    };
    tokio::join!(rows, appends);
    let report = ledger.verify().await.unwrap();
    assert_eq!((report.events, report.damages), (40, Vec::new()));
}

#[tokio::test]
async fn the_same_key_in_two_releases_at_once_is_refused_to_one() {
    let database = Database::new();
    let (one, two) = (ledger(&database).await, ledger(&database).await);
    let under_one_key = |release| {
        let mut event = samples::event(samples::release(release), 1);
        event.idempotency_key = "taken".to_owned();
        vec![event]
    };
    let both = tokio::join!(one.append(under_one_key(1)), two.append(under_one_key(2)));
    let key = "taken".to_owned();
    match both {
        (Ok(_), Err(fault)) | (Err(fault), Ok(_)) => {
            assert_eq!(fault, LedgerError::Conflict { key })
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(one.releases().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing_behind() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let release = samples::release(1);
    for number in 1..=20 {
        let mut append = ledger.append(vec![samples::event(release, number)]);
        // Polled once, or not at all, and dropped.
        let _ = futures_util::poll!(&mut append);
    }
    let answers = ledger.append(samples::events(release, 20)).await.unwrap();
    assert_eq!(answers.len(), 20);
    assert_eq!(ledger.events(release).await.unwrap().len(), 20);
    assert!(ledger.verify().await.unwrap().is_sound());
}
