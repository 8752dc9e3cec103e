//! Group commit: what many tasks record at the same time becomes durable together.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::{Appended, Ledger, LedgerError};
use crate::domain::record::event::Event;

/// How many callers may wait to be heard.
const WAITING: usize = 1024;

/// How many events are gathered at the most; those of one call are never parted.
const TOGETHER: usize = 256;

/// How many appends are under way at once at the most. There is more than one only while each has all
/// that it can hold: half as many events cost more than half of one.
const AT_ONCE: usize = 4;

type Reply = oneshot::Sender<Result<Vec<Appended>, LedgerError>>;

struct Request {
    events: Vec<Event>,
    reply: Reply,
}

/// A writer in front of a ledger. Clones share it; it ends when the last one is gone.
///
/// While one append is under way, what arrives is gathered, and then appended as one; what is more than
/// one can hold is not kept waiting for it. Each caller is answered when its own events are durable, and
/// hears of its own faults only.
#[derive(Debug, Clone)]
pub struct Recorder {
    requests: mpsc::Sender<Request>,
    place: Arc<str>,
}

impl Recorder {
    /// Starts the writer as a task of the current runtime. `place` names the ledger in messages.
    pub fn start(ledger: Arc<dyn Ledger>, place: &str) -> Self {
        let (requests, waiting) = mpsc::channel(WAITING);
        tokio::spawn(write_all(ledger, waiting));
        Self {
            requests,
            place: place.into(),
        }
    }

    /// Records events, all or none, and returns when they are durable: one answer for each event.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub async fn record(&self, events: Vec<Event>) -> Result<Vec<Appended>, LedgerError> {
        let closed = || LedgerError::Closed {
            place: self.place.to_string(),
        };
        let (reply, answer) = oneshot::channel();
        let sent = self.requests.send(Request { events, reply }).await;
        sent.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

/// What is gathered for one append.
#[derive(Default)]
struct Batch {
    requests: Vec<Request>,
    events: usize,
}

impl Batch {
    fn add(&mut self, request: Request) {
        self.events += request.events.len();
        self.requests.push(request);
    }

    fn is_full(&self) -> bool {
        self.events >= TOGETHER
    }
}

async fn write_all(ledger: Arc<dyn Ledger>, mut waiting: mpsc::Receiver<Request>) {
    let mut under_way = JoinSet::new();
    while let Some(first) = waiting.recv().await {
        let mut batch = Batch::default();
        batch.add(first);
        gather(&mut batch, &mut waiting, &mut under_way).await;
        let ledger = Arc::clone(&ledger);
        under_way.spawn(async move { write(&*ledger, batch.requests).await });
    }
    while under_way.join_next().await.is_some() {}
}

/// Gathers what comes until nothing is under way, or until a batch is full and may be another one.
async fn gather(
    batch: &mut Batch,
    waiting: &mut mpsc::Receiver<Request>,
    under_way: &mut JoinSet<()>,
) {
    loop {
        while !batch.is_full()
            && let Ok(next) = waiting.try_recv()
        {
            batch.add(next);
        }
        let may_begin = batch.is_full() && under_way.len() < AT_ONCE;
        if may_begin || under_way.is_empty() {
            return;
        }
        tokio::select! {
            _ = under_way.join_next() => {}
            Some(next) = waiting.recv(), if !batch.is_full() => batch.add(next),
        }
    }
}

/// Appends all requests as one. Should that be refused, each is appended by itself, so that a
/// fault reaches only the caller whose fault it is. A caller that went away needs no answer; its
/// events are recorded all the same.
async fn write(ledger: &dyn Ledger, requests: Vec<Request>) {
    if requests.len() > 1 {
        let events = requests
            .iter()
            .flat_map(|request| request.events.iter().cloned());
        if let Ok(answers) = ledger.append(events.collect()).await {
            let mut answers = answers.into_iter();
            for Request { events, reply } in requests {
                let _ = reply.send(Ok(answers.by_ref().take(events.len()).collect()));
            }
            return;
        }
    }
    for Request { events, reply } in requests {
        let _ = reply.send(ledger.append(events).await);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::future::join_all;
    use tokio::sync::Semaphore;
    use tokio::task::yield_now;

    use super::*;
    use crate::domain::ids::Sha256Digest;
    use crate::domain::record::chain::Link;
    use crate::domain::record::event::EventType;
    use crate::domain::release::ReleaseId;
    use crate::ledger::tests::samples::{event, release};
    use crate::ledger::{Answer, Duty, Head, Outcome, VerifyReport};

    /// A ledger whose appends end when they are let.
    struct Held {
        begun: Mutex<Vec<usize>>,
        let_go: Semaphore,
    }

    impl Held {
        fn recorder() -> (Arc<Self>, Recorder) {
            let ledger = Arc::new(Self {
                begun: Mutex::default(),
                let_go: Semaphore::new(0),
            });
            (ledger.clone(), Recorder::start(ledger, "here"))
        }

        /// How many events each append has that was begun by now.
        async fn begun(&self) -> Vec<usize> {
            for _ in 0..10_000 {
                yield_now().await; // whoever has something to do, does it
            }
            self.begun.lock().unwrap().clone()
        }
    }

    impl Ledger for Held {
        fn append(&self, events: Vec<Event>) -> Answer<'_, Vec<Appended>> {
            self.begun.lock().unwrap().push(events.len());
            Box::pin(async move {
                self.let_go.acquire().await.unwrap().forget();
                let answer = Appended {
                    sequence: 1,
                    hash: Sha256Digest::of(b""),
                    outcome: Outcome::Recorded,
                };
                Ok(vec![answer; events.len()])
            })
        }

        fn events(&self, _: ReleaseId) -> Answer<'_, Vec<Link>> {
            unreachable!("nothing is read")
        }

        fn newest(&self, _: EventType, _: u32) -> Answer<'_, Vec<Event>> {
            unreachable!("nothing is read")
        }

        fn releases(&self) -> Answer<'_, Vec<Head>> {
            unreachable!("nothing is read")
        }

        fn head(&self, _: ReleaseId) -> Answer<'_, Option<Head>> {
            unreachable!("nothing is read")
        }

        fn verify(&self) -> Answer<'_, VerifyReport> {
            unreachable!("nothing is read")
        }

        fn duty(&self) -> Box<dyn Duty> {
            unreachable!("nobody has a duty")
        }

        fn close(&self) -> Answer<'_, ()> {
            unreachable!("it stays open")
        }
    }

    /// What waits for so many calls of one event each.
    async fn calls(recorder: &Recorder, number: u64) {
        let calls = (0..number).map(|number| recorder.record(vec![event(release(1), number)]));
        for answers in join_all(calls).await {
            assert_eq!(answers.unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn what_comes_while_an_append_is_under_way_is_appended_as_one() {
        let (ledger, recorder) = Held::recorder();
        let looking = async {
            assert_eq!(ledger.begun().await, [1]);
            tokio::join!(calls(&recorder, 20), async {
                assert_eq!(ledger.begun().await, [1]);
                ledger.let_go.add_permits(1);
                assert_eq!(ledger.begun().await, [1, 20]);
                ledger.let_go.add_permits(1);
            });
        };
        tokio::join!(calls(&recorder, 1), looking);
    }

    #[tokio::test]
    async fn what_is_more_than_an_append_can_hold_is_not_kept_waiting_for_it() {
        let (ledger, recorder) = Held::recorder();
        let looking = async {
            assert_eq!(ledger.begun().await, [1]);
            tokio::join!(calls(&recorder, 1500), async {
                let full = [TOGETHER; AT_ONCE - 1];
                let begun = ledger.begun().await;
                assert_eq!((begun[0], &begun[1..]), (1, &full[..]));
                ledger.let_go.add_permits(AT_ONCE);
                ledger.begun().await;
                ledger.let_go.add_permits(AT_ONCE);
            });
        };
        tokio::join!(calls(&recorder, 1), looking);
        let begun = ledger.begun().await;
        assert_eq!(begun.iter().sum::<usize>(), 1501, "{begun:?}");
        assert!(begun.iter().all(|events| *events <= TOGETHER), "{begun:?}");
    }
}
