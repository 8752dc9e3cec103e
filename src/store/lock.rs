//! One run at a time in one directory. The system gives the lock back when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;

/// The lock's file, not yet locked.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    path: PathBuf,
}

/// The lock while it is held; dropping it gives it back.
#[derive(Debug)]
pub struct Held {
    _file: File,
}

impl RunLock {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(StoreError::at(path, "opened"))?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Takes the lock if nobody holds it, else gives it back with what its holder wrote into it.
    ///
    /// # Errors
    /// When the file system cannot lock, or the file cannot be written.
    pub fn try_hold(mut self, holder: &str) -> Result<Result<Held, (Self, String)>, StoreError> {
        match self.file.try_lock() {
            Ok(()) => self.held(holder).map(Ok),
            Err(TryLockError::WouldBlock) => {
                let mut other = String::new();
                // Who holds it is told to people only; not knowing does no harm.
                let _ = self.file.read_to_string(&mut other);
                let other = other.trim().to_owned();
                Ok(Err((self, other)))
            }
            Err(TryLockError::Error(error)) => Err(StoreError::at(&self.path, "locked")(error)),
        }
    }

    /// Waits for the lock. Blocks the thread.
    ///
    /// # Errors
    /// As [`RunLock::try_hold`].
    pub fn hold(self, holder: &str) -> Result<Held, StoreError> {
        self.file
            .lock()
            .map_err(StoreError::at(&self.path, "locked"))?;
        self.held(holder)
    }

    fn held(mut self, holder: &str) -> Result<Held, StoreError> {
        let written = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| writeln!(self.file, "{holder}"));
        written.map_err(StoreError::at(&self.path, "written"))?;
        Ok(Held { _file: self.file })
    }
}

#[cfg(test)]
mod tests {
    use crate::store::EvidenceDirectory;

    #[test]
    fn one_at_a_time_holds_it_and_the_next_learns_who() {
        let folder = tempfile::tempdir().unwrap();
        let directory = EvidenceDirectory::open(folder.path()).unwrap();
        let lock = || directory.run_lock().unwrap();
        let first = lock().try_hold("pid 1").unwrap().unwrap();
        let (waiting, who) = lock().try_hold("pid 2").unwrap().unwrap_err();
        assert_eq!(who, "pid 1");
        let second = std::thread::spawn(move || waiting.hold("pid 2").unwrap());
        drop(first);
        let second = second.join().unwrap();
        let (_, who) = lock().try_hold("pid 3").unwrap().unwrap_err();
        assert_eq!(who, "pid 2");
        drop(second);
        assert!(lock().try_hold("pid 3").unwrap().is_ok());
    }
}
