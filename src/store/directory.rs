//! The directory itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::{RunFolder, RunLock, StoreError};
use crate::domain::ids::RunId;

/// The evidence directory of a project.
#[derive(Debug, Clone)]
pub struct EvidenceDirectory {
    path: PathBuf,
}

impl EvidenceDirectory {
    /// Opens the directory and makes what is missing of it.
    ///
    /// # Errors
    /// When a file stands in its place, or it cannot be written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(StoreError::at(path, "made a directory"))?;
        let ignore = path.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(StoreError::at(&ignore, "written"))?;
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder of a new run.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn run_folder(&self, run: &RunId) -> Result<RunFolder, StoreError> {
        RunFolder::make(&self.path.join("runs").join(run.as_str()))
    }

    /// The lock that one run at a time holds.
    ///
    /// # Errors
    /// When its file cannot be opened.
    pub fn run_lock(&self) -> Result<RunLock, StoreError> {
        RunLock::open(&self.path.join("run.lock"))
    }
}
