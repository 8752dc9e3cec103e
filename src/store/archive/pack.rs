//! Writing a ZIP file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Archive, MOST_ENTRIES, names};
use crate::store::StoreError;
use crate::store::whole;

/// From here on an entry gets 64-bit sizes. Below 4 GiB by more than deflate can add to what it
/// can't make smaller.
const LARGE: u64 = 4_000_000_000;

impl Archive<File> {
    /// Packs files under the names given, which may have `/`, into a ZIP file at `to`, whole or
    /// not at all. What was at `to` is replaced. Blocks the thread.
    ///
    /// Each file is read once, in bounded memory, up to the size it had when it was opened: one
    /// that is appended to meanwhile is packed as it was, one that is cut is packed as far as it
    /// goes, and the ZIP file is sound in both cases.
    ///
    /// # Errors
    /// When a name is none that an entry may have or stands twice, when a path is no regular file
    /// (links are not followed), or when it cannot be read or the ZIP file cannot be written.
    pub fn pack(files: &[(String, PathBuf)], to: &Path) -> Result<(), StoreError> {
        let sorted = sorted(files).map_err(StoreError::at(to, "packed"))?;
        whole::write(to, |file| {
            let mut writer = ZipWriter::new(BufWriter::with_capacity(1 << 16, file));
            for (name, path) in sorted {
                add(&mut writer, name, path)?;
            }
            let written = writer.finish().map_err(io::Error::from);
            written
                .and_then(|mut buffer| buffer.flush())
                .map_err(StoreError::at(to, "packed"))
        })
    }
}

fn sorted(files: &[(String, PathBuf)]) -> io::Result<BTreeMap<&str, &Path>> {
    if files.len() > MOST_ENTRIES {
        let message = format!("{} files are more than {MOST_ENTRIES}", files.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let mut sorted = BTreeMap::new();
    for (name, path) in files {
        let mut problem = names::problem(name);
        if sorted.insert(name.as_str(), path.as_path()).is_some() {
            problem = Some("it stands twice");
        }
        if let Some(problem) = problem {
            let message = format!("an entry can't be named {name:?}: {problem}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
    }
    Ok(sorted)
}

fn add(
    writer: &mut ZipWriter<impl Write + Seek>,
    name: &str,
    path: &Path,
) -> Result<(), StoreError> {
    let (file, size) = open(path).map_err(StoreError::at(path, "packed"))?;
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .large_file(size >= LARGE);
    let started = writer.start_file(name, options).map_err(io::Error::from);
    started
        .and_then(|()| io::copy(&mut file.take(size), writer))
        .map_err(StoreError::at(path, "packed"))?;
    Ok(())
}

/// Opens a regular file without following a link or waiting for the other end of a pipe.
fn open(path: &Path) -> io::Result<(File, u64)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let no_file = || io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => no_file(),
        other => other.into(),
    })?;
    let file = File::from(opened);
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok((file, metadata.len()))
    } else {
        Err(no_file())
    }
}
