//! Events that are not taken are noted beside the ledger, behind the answer's back: it waits for no
//! note, and a note that fails changes nothing of it. Several are written together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::ControlPlane;
use crate::domain::access::Caller;
use crate::domain::record::envelope::Label;
use crate::ledger::Logbook;
pub use crate::ledger::logbook::Cause;
use crate::ledger::logbook::Untaken;

/// How many notes may wait; what comes then is told by the log alone.
const WAITING: usize = 1024;

/// How many are written together at the most.
const TOGETHER: usize = 256;

/// How long what waits may take when the server ends.
const GRACE: Duration = Duration::from_secs(5);

/// The longest detail that is kept, in characters.
const LONGEST_DETAIL: usize = 500;

/// How an event was answered that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The id of the answer.
    pub ingest_id: Uuid,
    /// Whose fault it was.
    pub cause: Cause,
    /// The code of the answer.
    pub code: &'static str,
    /// The message of the answer.
    pub message: String,
}

/// Writes notes until it is told to end.
#[derive(Debug)]
pub(super) struct Notes {
    notes: mpsc::Sender<Untaken>,
    ending: CancellationToken,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Notes {
    /// Starts the writer as a task of the current runtime.
    pub(super) fn start(ledger: Arc<dyn Logbook>) -> Self {
        let (notes, waiting) = mpsc::channel(WAITING);
        let ending = CancellationToken::new();
        let writer = tokio::spawn(write_all(ledger, waiting, ending.clone()));
        Self {
            notes,
            ending,
            writer: Mutex::new(Some(writer)),
        }
    }

    fn add(&self, untaken: Untaken) {
        let ingest_id = untaken.ingest_id;
        if self.notes.try_send(untaken).is_err() {
            tracing::error!(%ingest_id, "a rejected event was not noted: too many wait");
        }
    }

    /// Writes what waits, and ends.
    pub(super) async fn finish(&self) {
        self.ending.cancel();
        let writer = self.writer.lock();
        let writer = writer.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && timeout(GRACE, writer).await.is_err()
        {
            tracing::error!("rejected events were not noted: the ledger takes too long");
        }
    }
}

async fn write_all(
    ledger: Arc<dyn Logbook>,
    mut waiting: mpsc::Receiver<Untaken>,
    ending: CancellationToken,
) {
    loop {
        let mut untaken = Vec::new();
        tokio::select! {
            biased;
            _ = waiting.recv_many(&mut untaken, TOGETHER) => {}
            () = ending.cancelled() => return,
        }
        let (events, first) = (untaken.len(), untaken.first().map(|it| it.ingest_id));
        if let Err(fault) = ledger.note(untaken).await {
            tracing::error!(events, ?first, %fault, "rejected events could not be noted");
        }
    }
}

impl ControlPlane {
    /// Notes an event that was not taken from a caller. Without a key that could be one it has no
    /// note, nor has what nobody known sent.
    pub fn note(&self, caller: &Caller, label: Option<Label>, rejection: &Rejection) {
        if let Some(label) = label {
            self.notes.add(self.untaken(label, caller, rejection));
        }
    }

    fn untaken(&self, label: Label, caller: &Caller, rejection: &Rejection) -> Untaken {
        let detail = self.redactor.mask(&rejection.message).into_owned();
        let detail = detail.into_inner();
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        Untaken {
            ingest_id: rejection.ingest_id,
            label,
            caller: caller.name.clone(),
            cause: rejection.cause,
            code: rejection.code,
            detail: detail.chars().take(LONGEST_DETAIL).map(plain).collect(),
        }
    }
}
