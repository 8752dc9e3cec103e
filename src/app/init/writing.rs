//! Writes several files, all or none.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Scaffold;

/// A file that lies beside its place, under a temporary name, until all of them do.
struct Beside {
    temporary: PathBuf,
    target: PathBuf,
}

impl Drop for Beside {
    fn drop(&mut self) {
        // It is gone once it was renamed; and nobody is left to tell when it can't be removed.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// A file that can't be written, and why.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be written: {error}", path.display())]
pub(super) struct NotWritten {
    path: PathBuf,
    error: io::Error,
}

/// Writes the files beside their places, and renames them only when all are written.
pub(super) fn all_or_none(root: &Path, files: &[Scaffold]) -> Result<(), NotWritten> {
    let mut made = Folders::default();
    let written = put(root, files, &mut made);
    if written.is_err() {
        made.remove();
    }
    written
}

fn put(root: &Path, files: &[Scaffold], made: &mut Folders) -> Result<(), NotWritten> {
    let mut ready = Vec::new();
    for file in files {
        let path = root.join(file.path);
        let beside = beside(&path, &file.text, made);
        ready.push(beside.map_err(|error| NotWritten { path, error })?);
    }
    for file in &ready {
        fs::rename(&file.temporary, &file.target).map_err(|error| NotWritten {
            path: file.target.clone(),
            error,
        })?;
    }
    Ok(())
}

fn beside(target: &Path, text: &str, made: &mut Folders) -> io::Result<Beside> {
    if target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if let Some(folder) = target.parent() {
        made.make(folder)?;
    }
    let name = format!(".tollgate-{}.new", uuid::Uuid::new_v4().simple());
    let temporary = target.with_file_name(name);
    let mut file = fs::File::create_new(&temporary)?;
    let beside = Beside {
        temporary,
        target: target.to_owned(),
    };
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(beside)
}

/// Folders that were made for the files, the outer ones first.
#[derive(Default)]
struct Folders(Vec<PathBuf>);

impl Folders {
    fn make(&mut self, folder: &Path) -> io::Result<()> {
        let missing = folder.ancestors().take_while(|folder| !folder.exists());
        let missing: Vec<_> = missing.map(Path::to_owned).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(&folder)?;
            self.0.push(folder);
        }
        Ok(())
    }

    fn remove(&self) {
        for folder in self.0.iter().rev() {
            // One that is not empty any more is not ours alone.
            let _ = fs::remove_dir(folder);
        }
    }
}
