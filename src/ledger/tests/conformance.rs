//! What every ledger does, whatever it is kept in. Each implementation runs the whole suite.

use std::sync::Arc;

use serde_json::json;

use super::samples::{event, events, release, with_payload};
use crate::domain::record::chain;
use crate::domain::record::event::EventType;
use crate::ledger::{Ledger, LedgerError, Outcome, Recorder, SealState, log};

/// Runs every case, each on a new, empty ledger.
pub(crate) async fn hold<L, Made>(new: impl Fn() -> Made)
where
    L: Ledger + 'static,
    Made: Future<Output = L>,
{
    an_empty_ledger_knows_nothing(&new().await).await;
    appended_events_are_chained_and_read_back(&new().await).await;
    each_release_has_its_own_chain(&new().await).await;
    the_same_event_is_recorded_once(&new().await).await;
    other_content_under_the_same_key_is_refused_whole(&new().await).await;
    one_call_may_repeat_itself(&new().await).await;
    an_event_without_a_canonical_form_is_refused(&new().await).await;
    strange_texts_survive(&new().await).await;
    many_events_in_one_call(&new().await).await;
    a_sound_ledger_verifies(&new().await).await;
    the_log_is_in_order_of_time(&new().await).await;
    a_free_duty_is_taken_and_stays(&new().await).await;
    a_closed_ledger_says_so(&new().await).await;
    tasks_record_together(Arc::new(new().await)).await;
    a_fault_reaches_its_own_caller_only(Arc::new(new().await)).await;
}

async fn an_empty_ledger_knows_nothing(ledger: &impl Ledger) {
    assert_eq!(ledger.events(release(1)).await.unwrap(), []);
    assert_eq!(ledger.releases().await.unwrap(), []);
    assert_eq!(ledger.head(release(1)).await.unwrap(), None);
    assert_eq!(ledger.append(Vec::new()).await.unwrap(), []);
    let report = ledger.verify().await.unwrap();
    assert_eq!(
        (report.releases, report.events, report.damages),
        (0, 0, Vec::new())
    );
}

async fn a_free_duty_is_taken_and_stays(ledger: &impl Ledger) {
    let mut duty = ledger.duty();
    for _ in 0..2 {
        assert!(duty.hold().await.unwrap());
    }
    drop(duty);
    assert!(ledger.duty().hold().await.unwrap());
}

async fn appended_events_are_chained_and_read_back(ledger: &impl Ledger) {
    let sent = events(release(1), 5);
    let mut answers = ledger.append(sent[..2].to_vec()).await.unwrap();
    answers.extend(ledger.append(sent[2..3].to_vec()).await.unwrap());
    answers.extend(ledger.append(sent[3..].to_vec()).await.unwrap());
    let links = ledger.events(release(1)).await.unwrap();
    chain::verify(&links).unwrap();
    let read: Vec<_> = links.iter().map(|link| link.event.clone()).collect();
    assert_eq!(read, sent);
    for (answer, link) in answers.iter().zip(&links) {
        assert_eq!((answer.sequence, answer.hash), (link.sequence, link.hash));
        assert_eq!(answer.outcome, Outcome::Recorded);
    }
    let head = ledger.head(release(1)).await.unwrap().unwrap();
    assert_eq!((head.length, head.hash), (5, links[4].hash));
}

async fn each_release_has_its_own_chain(ledger: &impl Ledger) {
    let mixed = vec![
        event(release(1), 1),
        event(release(2), 1),
        event(release(1), 2),
        event(release(2), 2),
        event(release(2), 3),
    ];
    let answers = ledger.append(mixed).await.unwrap();
    let sequences: Vec<u64> = answers.iter().map(|answer| answer.sequence).collect();
    assert_eq!(sequences, [1, 1, 2, 2, 3]);
    for (number, length) in [(1, 2), (2, 3)] {
        let links = ledger.events(release(number)).await.unwrap();
        assert_eq!(links.len(), length);
        chain::verify(&links).unwrap();
    }
    let newest = ledger.newest(EventType::CheckReported, 3).await.unwrap();
    assert_eq!(newest.len(), 3);
    assert!(newest.is_sorted_by(|a, b| a.occurred_at >= b.occurred_at));
    assert_eq!(
        ledger.newest(EventType::DrillRecorded, 3).await.unwrap(),
        []
    );
    let heads = ledger.releases().await.unwrap();
    let mut ids = [release(1), release(2)];
    ids.sort();
    assert_eq!(
        heads.iter().map(|head| head.release).collect::<Vec<_>>(),
        ids
    );
    let report = ledger.verify().await.unwrap();
    assert_eq!(
        (report.releases, report.events, report.damages),
        (2, 5, Vec::new())
    );
}

async fn the_same_event_is_recorded_once(ledger: &impl Ledger) {
    let first = ledger.append(events(release(1), 3)).await.unwrap();
    let again = ledger.append(events(release(1), 4)).await.unwrap();
    for (first, again) in first.iter().zip(&again) {
        assert_eq!((again.sequence, again.hash), (first.sequence, first.hash));
        assert_eq!(again.outcome, Outcome::Duplicate);
    }
    assert_eq!(
        (again[3].sequence, again[3].outcome),
        (4, Outcome::Recorded)
    );
    let alone = ledger.append(vec![event(release(1), 2)]).await.unwrap();
    assert_eq!(alone, again[1..2]);
    assert_eq!(ledger.events(release(1)).await.unwrap().len(), 4);
}

async fn other_content_under_the_same_key_is_refused_whole(ledger: &impl Ledger) {
    ledger.append(events(release(1), 2)).await.unwrap();
    let mut changed = event(release(1), 2);
    changed.actor = "mallory".to_owned();
    let key = changed.idempotency_key.clone();
    let mut elsewhere = event(release(2), 1);
    elsewhere.idempotency_key.clone_from(&key);
    for bad in [changed, elsewhere] {
        let fault = ledger
            .append(vec![event(release(1), 3), bad])
            .await
            .unwrap_err();
        assert_eq!(fault, LedgerError::Conflict { key: key.clone() });
    }
    assert_eq!(
        ledger.events(release(1)).await.unwrap().len(),
        2,
        "nothing was written"
    );
    assert_eq!(ledger.head(release(2)).await.unwrap(), None);
    assert!(ledger.verify().await.unwrap().is_sound());
}

async fn one_call_may_repeat_itself(ledger: &impl Ledger) {
    let twice = vec![
        event(release(1), 1),
        event(release(1), 2),
        event(release(1), 1),
    ];
    let answers = ledger.append(twice).await.unwrap();
    assert_eq!(answers[2].outcome, Outcome::Duplicate);
    assert_eq!(answers[2].hash, answers[0].hash);
    let mut other = event(release(1), 3);
    other.actor = "bob".to_owned();
    let fault = ledger
        .append(vec![event(release(1), 3), other])
        .await
        .unwrap_err();
    assert!(matches!(fault, LedgerError::Conflict { .. }));
    assert_eq!(ledger.events(release(1)).await.unwrap().len(), 2);
}

async fn an_event_without_a_canonical_form_is_refused(ledger: &impl Ledger) {
    let bad = with_payload(release(1), "k", 1, json!({ "id": u64::MAX }));
    let fault = ledger
        .append(vec![event(release(1), 1), bad])
        .await
        .unwrap_err();
    assert!(matches!(fault, LedgerError::NotCanonical(_)), "{fault}");
    assert_eq!(ledger.head(release(1)).await.unwrap(), None);
}

async fn strange_texts_survive(ledger: &impl Ledger) {
    let payload = json!({
        "": [null, true, -0.5, 1e-7, "\u{0}\u{1f}\u{7f}\u{2028}", "😀 ü", {"x": []}],
        "quote": "'; DROP TABLE events; --",
    });
    let sent = with_payload(release(1), "k ü \" ' \\ \u{1}", 1, payload);
    ledger.append(vec![sent.clone()]).await.unwrap();
    let links = ledger.events(release(1)).await.unwrap();
    assert_eq!(links[0].event, sent);
    chain::verify(&links).unwrap();
    let again = ledger.append(vec![sent]).await.unwrap();
    assert_eq!(again[0].outcome, Outcome::Duplicate);
    assert!(ledger.verify().await.unwrap().is_sound());
}

async fn many_events_in_one_call(ledger: &impl Ledger) {
    for from in [1, 138] {
        let batch = (from..from + 137).map(|number| event(release(1), number));
        ledger.append(batch.collect()).await.unwrap();
    }
    let links = ledger.events(release(1)).await.unwrap();
    assert_eq!(links.len(), 274);
    chain::verify(&links).unwrap();
}

async fn a_sound_ledger_verifies(ledger: &impl Ledger) {
    ledger.append(events(release(1), 20)).await.unwrap();
    let report = ledger.verify().await.unwrap();
    assert_eq!(
        (report.releases, report.events, report.damages),
        (1, 20, Vec::new())
    );
    assert!(matches!(report.seal, SealState::Open | SealState::None));
}

async fn the_log_is_in_order_of_time(ledger: &impl Ledger) {
    let sent = vec![
        event(release(1), 4),
        event(release(2), 3),
        event(release(1), 2),
    ];
    ledger.append(sent).await.unwrap();
    let all = log::read(ledger, None).await.unwrap();
    let seconds = all.iter().map(|link| link.event.occurred_at.as_second());
    assert_eq!(seconds.collect::<Vec<_>>(), [2, 3, 4]);
    let one = log::read(ledger, Some(release(1))).await.unwrap();
    let sequences = one.iter().map(|link| link.sequence);
    assert_eq!(sequences.collect::<Vec<_>>(), [1, 2]);
}

async fn a_closed_ledger_says_so(ledger: &impl Ledger) {
    ledger.append(events(release(1), 1)).await.unwrap();
    ledger.close().await.unwrap();
    let fault = ledger.append(events(release(1), 2)).await.unwrap_err();
    assert!(matches!(fault, LedgerError::Closed { .. }));
    assert!(ledger.events(release(1)).await.is_err());
}

async fn tasks_record_together(ledger: Arc<impl Ledger + 'static>) {
    let recorder = Recorder::start(ledger.clone(), "here");
    let tasks = (1..=50).map(|number| {
        let recorder = recorder.clone();
        tokio::spawn(async move {
            let pair = vec![
                event(release(1), 2 * number),
                event(release(1), 2 * number + 1),
            ];
            (number, recorder.record(pair).await.unwrap())
        })
    });
    let tasks: Vec<_> = tasks.collect();
    for task in tasks {
        let (number, answers) = task.await.unwrap();
        let links = ledger.events(release(1)).await.unwrap();
        for (answer, number) in answers.iter().zip([2 * number, 2 * number + 1]) {
            let place = usize::try_from(answer.sequence).unwrap() - 1;
            assert_eq!(
                links[place].event,
                event(release(1), number),
                "durable when answered"
            );
        }
    }
    assert!(ledger.verify().await.unwrap().is_sound());
}

async fn a_fault_reaches_its_own_caller_only(ledger: Arc<impl Ledger + 'static>) {
    let recorder = Recorder::start(ledger.clone(), "here");
    recorder.record(events(release(1), 1)).await.unwrap();
    let mut bad = event(release(1), 1);
    bad.actor = "mallory".to_owned();
    let (first, second, third) = tokio::join!(
        recorder.record(vec![event(release(1), 2)]),
        recorder.record(vec![bad]),
        recorder.record(vec![event(release(1), 3)]),
    );
    assert!(matches!(second, Err(LedgerError::Conflict { .. })));
    assert_eq!(first.unwrap()[0].outcome, Outcome::Recorded);
    assert_eq!(third.unwrap()[0].outcome, Outcome::Recorded);
    assert_eq!(ledger.events(release(1)).await.unwrap().len(), 3);
}
