//! The directory itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

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

    /// Tells this workspace from every other: a random name, made at the first call.
    ///
    /// # Errors
    /// When its file cannot be read or written.
    pub fn workspace(&self) -> Result<String, StoreError> {
        let file = self.path.join("workspace");
        match fs::read_to_string(&file) {
            Ok(name) if !name.trim().is_empty() => return Ok(name.trim().to_owned()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::at(&file, "read")(error)),
        }
        let name = Uuid::new_v4().to_string();
        fs::write(&file, &name).map_err(StoreError::at(&file, "written"))?;
        Ok(name)
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
