//! A check's output on disk: made at the first byte, hashed while it is written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::StoreError;
use crate::domain::check::EvidenceFile;
use crate::domain::ids::Sha256Digest;

/// A file that takes masked bytes. A check that prints nothing leaves no file.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    described: EvidenceFile,
    writer: Option<BufWriter<File>>,
    hasher: Sha256,
    failed: Option<io::Error>,
}

impl LogFile {
    /// A log that will lie at `path`, which is `relative` to its run's folder.
    pub(super) fn new(path: PathBuf, relative: String, name: &str) -> Self {
        let described = EvidenceFile {
            kind: "log".to_owned(),
            name: name.to_owned(),
            sha256: Sha256Digest::of(b""),
            size: 0,
            path: relative,
        };
        Self {
            path,
            described,
            writer: None,
            hasher: Sha256::new(),
            failed: None,
        }
    }

    /// Appends bytes that are masked already. The first error is kept for [`LogFile::finish`];
    /// after it nothing is written.
    pub fn write(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || self.failed.is_some() {
            return;
        }
        match self.append(bytes) {
            Ok(()) => {
                self.hasher.update(bytes);
                self.described.size += bytes.len() as u64;
            }
            Err(error) => self.failed = Some(error),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.writer.is_none() {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            self.writer = Some(BufWriter::with_capacity(
                1 << 16,
                File::create_new(&self.path)?,
            ));
        }
        self.writer
            .as_mut()
            .map_or(Ok(()), |writer| writer.write_all(bytes))
    }

    /// Puts everything on disk and describes the file; `None` when nothing was printed.
    ///
    /// # Errors
    /// The first error of all writes.
    pub fn finish(mut self) -> Result<Option<EvidenceFile>, StoreError> {
        let failed = StoreError::at(&self.path, "written");
        if let Some(error) = self.failed.take() {
            return Err(failed(error));
        }
        let Some(writer) = self.writer.take() else {
            return Ok(None);
        };
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error);
        if let Err(error) = file.and_then(|file| file.sync_data()) {
            return Err(failed(error));
        }
        self.described.sha256 = Sha256Digest::from_bytes(self.hasher.finalize().into());
        Ok(Some(self.described))
    }
}
