//! ZIP files (APPNOTE.TXT 6.3.10): packing files of ours, and reading files of anybody's.
//!
//! What is packed is the same bytes for the same files: sorted by name, without times and owners.
//! What is read is believed in nothing: names, kinds, sizes and checksums are looked at before a
//! caller sees a byte.

mod names;
mod pack;
mod read;

use std::collections::BTreeMap;
use std::path::PathBuf;

use zip::read::OwnedZipFileEntry;

/// The most entries that an archive may have; the list of them is held in memory.
pub const MOST_ENTRIES: usize = 100_000;

/// A ZIP file that was opened to be read. Every name in it is one that [`Archive::pack`] would
/// write, no name stands twice, and all entries are plain files.
pub struct Archive<R> {
    reader: R,
    path: PathBuf,
    entries: BTreeMap<String, OwnedZipFileEntry>,
}

impl<R> std::fmt::Debug for Archive<R> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Archive");
        shown.field("path", &self.path);
        shown.field("entries", &self.entries.len());
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
