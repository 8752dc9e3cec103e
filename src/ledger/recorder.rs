//! Group commit: what many tasks record at the same time becomes durable together.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{Appended, Ledger, LedgerError};
use crate::domain::record::event::Event;

/// How many callers may wait to be heard.
const WAITING: usize = 1024;

/// How many events are gathered at the most; those of one call are never parted.
const TOGETHER: usize = 512;

type Reply = oneshot::Sender<Result<Vec<Appended>, LedgerError>>;

struct Request {
    events: Vec<Event>,
    reply: Reply,
}

/// A writer in front of a ledger. Clones share it; it ends when the last one is gone.
///
/// While one append is under way, what arrives is gathered, and then appended as one. Each caller
/// is answered when its own events are durable, and hears of its own faults only.
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

async fn write_all(ledger: Arc<dyn Ledger>, mut waiting: mpsc::Receiver<Request>) {
    while let Some(first) = waiting.recv().await {
        let mut events = first.events.len();
        let mut requests = vec![first];
        while events < TOGETHER
            && let Ok(next) = waiting.try_recv()
        {
            events += next.events.len();
            requests.push(next);
        }
        write(&*ledger, requests).await;
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
