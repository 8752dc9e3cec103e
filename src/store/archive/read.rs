//! Reading a ZIP file that anybody may have made.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write as _};
use std::path::Path;

use zip::read::{ArchiveOffset, Config, OwnedZipFileEntry, ZipFileEntry};
use zip::{ZipArchive, ZipReadOptions};

use super::{Archive, MOST_ENTRIES, names};
use crate::store::StoreError;
use crate::store::whole;

/// The kind of a file within a Unix mode (`stat.h`: `S_IFMT`, `S_IFREG`, `S_IFDIR`).
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// How much is read for the list of entries at the most: what bounds the memory that it takes.
const LONGEST_LIST: u64 = 32 << 20;

const ACTION: &str = "read as a ZIP file";

impl Archive<File> {
    /// Opens a ZIP file and looks through its list of entries. Blocks the thread.
    ///
    /// # Errors
    /// When it cannot be opened, and as [`Archive::of`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::at(path, "opened"))?;
        Self::of(file, path)
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Looks through the list of entries of a ZIP file; `path` is what messages call it. The
    /// memory that it takes is bounded, however large the file is.
    ///
    /// # Errors
    /// When it is no ZIP file or a damaged one, when an entry has a name that
    /// [`Archive::pack`] would refuse or one that stands twice, is a link or anything else but a
    /// file or folder, is encrypted, or is described differently in the two places that a ZIP file
    /// has for it.
    pub fn of(mut reader: R, path: &Path) -> Result<Self, StoreError> {
        let entries = entries(&mut reader).map_err(StoreError::at(path, ACTION))?;
        Ok(Self {
            reader,
            path: path.to_owned(),
            entries,
        })
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The content of a file, `None` when there is none of this name. No more than `most_bytes`
    /// are inflated and held. Blocks the thread.
    ///
    /// # Errors
    /// When the file is larger, its data is damaged, or the ZIP file cannot be read.
    pub fn read(&mut self, name: &str, most_bytes: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(entry) = self.entries.get(name) else {
            return Ok(None);
        };
        let mut content = Vec::new();
        let read = inflate(&mut self.reader, entry, most_bytes, &mut content);
        read.map_err(|error| about(name, error))
            .map_err(StoreError::at(&self.path, ACTION))?;
        Ok(Some(content))
    }

    /// Writes a file to `to`, whole or not at all, and gives its size; `None` when there is none
    /// of this name. What was at `to` is replaced. Blocks the thread.
    ///
    /// # Errors
    /// As [`Archive::read`], and when `to` cannot be written.
    pub fn extract(
        &mut self,
        name: &str,
        to: &Path,
        most_bytes: u64,
    ) -> Result<Option<u64>, StoreError> {
        let Some(entry) = self.entries.get(name) else {
            return Ok(None);
        };
        let reader = &mut self.reader;
        whole::write(to, |file| {
            let mut buffer = io::BufWriter::with_capacity(1 << 16, file);
            let size = inflate(reader, entry, most_bytes, &mut buffer)
                .map_err(|error| about(name, error))
                .map_err(StoreError::at(&self.path, ACTION))?;
            buffer.flush().map_err(StoreError::at(to, "written"))?;
            Ok(Some(size))
        })
    }
}

fn damaged(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

fn about(name: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{name}`: {error}"))
}

/// Lets a reader give a certain number of bytes.
struct Metered<'a, R> {
    reader: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        let left = self.left.get().checked_sub(count as u64);
        self.left.set(left.ok_or_else(list_too_long)?);
        Ok(count)
    }
}

impl<R: Seek> Seek for Metered<'_, R> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}

fn list_too_long() -> io::Error {
    damaged(format!(
        "its list of entries is longer than {LONGEST_LIST} bytes"
    ))
}

fn entries(reader: &mut (impl Read + Seek)) -> io::Result<BTreeMap<String, OwnedZipFileEntry>> {
    let left = Cell::new(LONGEST_LIST);
    let metered = BufReader::with_capacity(
        1024,
        Metered {
            reader,
            left: &left,
        },
    );
    // A ZIP file begins at its first byte; looking for one behind other data takes memory.
    let archive_offset = ArchiveOffset::Known(0);
    let mut archive = ZipArchive::with_config(Config { archive_offset }, metered)?;
    if archive.len() > MOST_ENTRIES {
        let message = format!("its {} entries are more than {MOST_ENTRIES}", archive.len());
        return Err(damaged(message));
    }
    left.set(u64::MAX);
    archive.validate_header_consistency()?;
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index)?;
        let name = entry.name()?.into_owned();
        if let Some(problem) = problem(&entry, &name) {
            return Err(damaged(format!("its entry {name:?} is refused: {problem}")));
        }
        let place = name.strip_suffix('/').unwrap_or(&name).to_owned();
        let listed = entry.is_file().then(|| entry.into());
        if entries.insert(place, listed).is_some() {
            return Err(damaged(format!("its entry {name:?} stands twice")));
        }
    }
    let files = entries.into_iter();
    Ok(files
        .filter_map(|(name, entry)| Some((name, entry?)))
        .collect())
}

fn problem(entry: &ZipFileEntry<'_>, name: &str) -> Option<&'static str> {
    let kind = (entry.external_attributes() >> 16) & KIND;
    let (place, expected) = match name.strip_suffix('/') {
        Some(folder) => (folder, FOLDER),
        None => (name, REGULAR),
    };
    if let Some(problem) = names::problem(place) {
        return Some(problem);
    }
    if kind != 0 && kind != expected {
        return Some("it is neither a file nor a folder");
    }
    entry.encrypted().then_some("it is encrypted")
}

/// Inflates an entry into `target`, no further than one byte behind `most_bytes`.
fn inflate(
    reader: &mut (impl Read + Seek),
    entry: &OwnedZipFileEntry,
    most_bytes: u64,
    target: &mut impl io::Write,
) -> io::Result<u64> {
    let too_large = || damaged(format!("it is larger than {most_bytes} bytes"));
    if entry.size() > most_bytes {
        return Err(too_large());
    }
    let file = entry.as_ref().with_reader(reader, ZipReadOptions::new())?;
    let size = io::copy(&mut file.take(most_bytes.saturating_add(1)), target)?;
    if size > most_bytes {
        return Err(too_large());
    }
    if size != entry.size() {
        let message = format!("{} bytes are declared, {size} are there", entry.size());
        return Err(damaged(message));
    }
    Ok(size)
}
