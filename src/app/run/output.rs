//! What a check prints: masked, kept whole on disk and in a bounded tail, and told to reporters.

use std::sync::Arc;

use super::session::Session;
use crate::domain::check::EvidenceFile;
use crate::domain::evidence::redaction::StreamMasker;
use crate::domain::ids::CheckRef;
use crate::domain::run::RunEvent;
use crate::exec::{OutputSink, Tail};
use crate::store::{LogFile, StoreError};

/// How much of the output is kept in memory for people who look at a failure.
const TAIL: usize = 16 * 1024;

/// Takes the output of one attempt.
pub struct CheckOutput<'a> {
    session: &'a Session,
    check: &'a CheckRef,
    masker: StreamMasker,
    log: LogFile,
    tail: Tail,
    masked: Vec<u8>,
}

/// What is left of an attempt's output.
pub struct Printed {
    /// The last lines.
    pub tail: String,
    /// The whole, on disk; `None` when nothing was printed.
    pub log: Result<Option<EvidenceFile>, StoreError>,
}

impl<'a> CheckOutput<'a> {
    /// Begins with nothing printed.
    pub fn begin(session: &'a Session, check: &'a CheckRef, attempt: u32) -> Self {
        Self {
            session,
            check,
            masker: StreamMasker::new(Arc::clone(&session.recording.place.redactor)),
            log: session.recording.place.folder.log_file(check, attempt),
            tail: Tail::new(TAIL),
            masked: Vec::new(),
        }
    }

    /// Ends the output and puts its log on disk.
    pub fn end(mut self) -> Printed {
        let mut rest = Vec::new();
        self.masker.finish(&mut rest);
        self.take(&rest);
        let tail = String::from_utf8_lossy(&self.tail.finish().bytes).into_owned();
        Printed {
            tail,
            log: self.log.finish(),
        }
    }

    fn take(&mut self, masked: &[u8]) {
        if masked.is_empty() {
            return;
        }
        self.log.write(masked);
        self.tail.push(masked);
        self.session.tell(RunEvent::CheckOutput {
            check: self.check.clone(),
            text: String::from_utf8_lossy(masked).into(),
        });
    }
}

impl OutputSink for CheckOutput<'_> {
    fn chunk(&mut self, bytes: &[u8]) {
        let mut masked = std::mem::take(&mut self.masked);
        masked.clear();
        self.masker.push(bytes, &mut masked);
        self.take(&masked);
        self.masked = masked;
    }
}
