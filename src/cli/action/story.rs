//! What happened in the runs of this step, for the step summary.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::run::{RunEvent, Timed};
use crate::render::{Chronicle, Reporter};

/// The chronicles of the step's runs; a clone hears for the same story.
#[derive(Debug, Clone, Default)]
pub(super) struct Story {
    runs: Arc<Mutex<Vec<Chronicle>>>,
}

impl Story {
    /// The chronicles, in order.
    pub(super) fn runs(&self) -> Vec<Chronicle> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.clone()
    }
}

impl Reporter for Story {
    fn hear(&mut self, event: &Timed) -> io::Result<()> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.is_empty() || matches!(event.event, RunEvent::Started(_)) {
            runs.push(Chronicle::default());
        }
        if let Some(chronicle) = runs.last_mut() {
            chronicle.note(event);
        }
        Ok(())
    }
}
