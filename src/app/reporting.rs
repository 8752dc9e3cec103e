//! One stream of run events, many reporters.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::domain::run::{RunEvent, Timed};
use crate::render::Reporter;

/// A reporter, and whether it still can be told anything.
struct Listener {
    reporter: Box<dyn Reporter + Send>,
    fault: Option<std::io::Error>,
}

/// All reporters of a run, told one event after the other.
#[derive(Clone, Default)]
pub struct Reporters {
    listeners: Arc<Mutex<Vec<Listener>>>,
}

impl std::fmt::Debug for Reporters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reporters").finish_non_exhaustive()
    }
}

impl Reporters {
    /// Adds one.
    pub fn add(&self, reporter: Box<dyn Reporter + Send>) {
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.push(Listener {
            reporter,
            fault: None,
        });
    }

    /// Tells all of them what happens now. One that cannot be written to is told nothing more: a
    /// closed pipe never changes a verdict.
    pub fn tell(&self, event: RunEvent) {
        let timed = Timed {
            at: Timestamp::now(),
            event,
        };
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for listener in listeners
            .iter_mut()
            .filter(|listener| listener.fault.is_none())
        {
            listener.fault = listener.reporter.hear(&timed).err();
        }
    }

    /// Tells whether anybody listens.
    pub fn has_listeners(&self) -> bool {
        let listeners = self.listeners.lock();
        !listeners.unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// What kept reporters from telling everything.
    pub fn faults(&self) -> Vec<std::io::Error> {
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listeners
            .iter_mut()
            .filter_map(|listener| listener.fault.take())
            .collect()
    }
}
