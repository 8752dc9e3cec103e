//! The spool: events that are recorded here and that a server has not acknowledged yet. One JSON
//! Lines file of envelopes a release, `spool/<release id>.jsonl`.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::{StoreError, whole};
use crate::domain::record::envelope;
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;

/// The folder in the evidence directory.
pub const FOLDER: &str = "spool";

/// The longest line that is read, in bytes: as much as a server takes.
const LONGEST_LINE: u64 = 10 << 20;

/// Why a spool could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The file system did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line is no event.
    #[error("{}:{line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
}

/// The spool of one release. Its file is there only while something waits in it.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
}

impl Spool {
    /// The spool of a release in an evidence directory.
    pub fn of(directory: &Path, release: ReleaseId) -> Self {
        Self::at(directory.join(Self::name(release)))
    }

    /// Where the spool of a release lies, relative to the evidence directory.
    pub fn name(release: ReleaseId) -> String {
        format!("{FOLDER}/{release}.jsonl")
    }

    /// Every spool in a folder, in the order of their names.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn all_in(folder: &Path) -> Result<Vec<Self>, StoreError> {
        let unreadable = || StoreError::at(folder, "read");
        let entries = fs::read_dir(folder).map_err(unreadable())?;
        let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths.map_err(unreadable())?;
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        });
        paths.sort();
        Ok(paths.into_iter().map(Self::at).collect())
    }

    fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells whether nothing waits.
    pub fn is_empty(&self) -> bool {
        match fs::metadata(&self.path) {
            Ok(file) => file.len() == 0,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    /// Adds events. They are on disk when it returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, events: &[Event]) -> Result<(), StoreError> {
        let added = lines(events).and_then(|text| self.add(&text));
        added.map_err(StoreError::at(&self.path, "written"))
    }

    fn add(&self, text: &[u8]) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let _one_at_a_time = self.hold()?;
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)?;
        cut_torn_line(&mut file)?;
        file.write_all(text)?;
        file.sync_data()
    }

    /// One writer at a time, whichever process it is in. The lock is a file of its own, since the
    /// spool's is replaced.
    fn hold(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = options.open(self.path.with_extension("lock"))?;
        file.lock()?;
        Ok(file)
    }

    /// The events that wait, in the order in which they were added.
    ///
    /// # Errors
    /// [`SpoolError`], at the first line that is no event.
    pub fn read(&self) -> Result<Vec<Event>, SpoolError> {
        match File::open(&self.path) {
            Ok(file) => read(BufReader::new(file), &self.path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(StoreError::at(&self.path, "read")(error).into()),
        }
    }

    /// Takes events out, by their keys. Gives how many still wait.
    ///
    /// # Errors
    /// When the file cannot be read or written; it is as it was then.
    pub fn take_out(&self, keys: &BTreeSet<String>) -> Result<usize, SpoolError> {
        if self.is_empty() {
            return Ok(0);
        }
        let _one_at_a_time = self.hold().map_err(StoreError::at(&self.path, "locked"))?;
        let mut events = self.read()?;
        let before = events.len();
        events.retain(|event| !keys.contains(&event.idempotency_key));
        match events.len() {
            length if length == before => {}
            0 => fs::remove_file(&self.path).map_err(StoreError::at(&self.path, "removed"))?,
            _ => {
                let failed = || StoreError::at(&self.path, "written");
                let text = lines(&events).map_err(failed())?;
                whole::write(&self.path, |file| file.write_all(&text).map_err(failed()))?;
            }
        }
        Ok(events.len())
    }
}

/// Reads the lines of a spool. A last line without an end was never written whole, and is passed
/// over: what it was about was not recorded either.
///
/// # Errors
/// [`SpoolError`], at the first line that is no event. `path` names the spool in it.
pub fn read(mut lines: impl BufRead, path: &Path) -> Result<Vec<Event>, SpoolError> {
    let mut events = Vec::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut rest = lines.by_ref().take(LONGEST_LINE + 1);
        rest.read_until(b'\n', &mut line)
            .map_err(StoreError::at(path, "read"))?;
        let bad = |message: String| SpoolError::Line {
            path: path.to_owned(),
            line: number,
            message,
        };
        if line.len() as u64 > LONGEST_LINE {
            return Err(bad(format!("it is longer than {LONGEST_LINE} bytes")));
        }
        if line.pop() != Some(b'\n') {
            break;
        }
        events.push(envelope::read(&line).map_err(|error| bad(error.to_string()))?);
    }
    Ok(events)
}

fn lines(events: &[Event]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for event in events {
        serde_json::to_writer(&mut text, event)?;
        text.push(b'\n');
    }
    Ok(text)
}

/// Cuts off what a killed process left of a line, so that the next one stands alone.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut end = length;
    let mut byte = [0];
    while end > 0 {
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut byte)?;
        if byte == *b"\n" {
            break;
        }
        end -= 1;
    }
    match end == length {
        true => Ok(()),
        false => file.set_len(end),
    }
}

#[cfg(test)]
mod tests;
