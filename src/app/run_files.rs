//! The files that a run leaves beside its evidence: `log.jsonl`, `summary.md`, `junit.xml`.

use std::io::{self, BufWriter};

use serde::Serialize;

use super::failure::Failure;
use super::recording::unwritable;
use super::reporting::Reporters;
use crate::domain::run::{RunEvent, Timed};
use crate::render::{Chronicle, Reporter, junit, log, markdown};
use crate::store::RunFolder;

/// Adds the reporters that write into the run's folder.
///
/// # Errors
/// When the log cannot be opened.
pub fn log_to(reporters: &Reporters, folder: &RunFolder) -> Result<(), Failure> {
    let file = folder.append("log.jsonl").map_err(unwritable)?;
    reporters.add(Box::new(log::Log::new(BufWriter::new(file))));
    reporters.add(Box::new(Summaries {
        chronicle: Chronicle::default(),
        folder: folder.clone(),
    }));
    Ok(())
}

/// Pretty JSON with a line end.
///
/// # Errors
/// When the value has no JSON form.
pub fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Failure::unreachable(format!("no JSON can be made: {error}")))?;
    text.push(b'\n');
    Ok(text)
}

/// Writes `summary.md` and `junit.xml` when the run is over.
struct Summaries {
    chronicle: Chronicle,
    folder: RunFolder,
}

impl Reporter for Summaries {
    fn hear(&mut self, event: &Timed) -> io::Result<()> {
        self.chronicle.note(event);
        if let RunEvent::Finished(_) = &event.event {
            let write = |name: &str, text: &str| {
                let written = self.folder.write(name, text.as_bytes());
                written.map_err(|error| io::Error::other(error.to_string()))
            };
            write("summary.md", &markdown::summary(&self.chronicle).whole())?;
            write("junit.xml", &junit::report(&self.chronicle)?)?;
        }
        Ok(())
    }
}
