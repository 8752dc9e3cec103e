//! The evidence directory on disk: run folders, masked copies with digests, the run lock, ZIP files.
//!
//! ```text
//! .tollgate/
//!   .gitignore          keeps all of it out of commits
//!   ledger.db           the ledger, unless it lies elsewhere
//!   run.lock            held while a run goes on
//!   workspace           tells this workspace from those of other jobs
//!   spool/<id>.jsonl    what a server has not acknowledged yet, a file a release
//!   runs/<id>/          one folder a run
//!     log.jsonl  summary.md  junit.xml  annotations.json  manifest.json
//!     evidence/<gate>/<check>/…
//! ```
//!
//! Evidence is on disk (`fdatasync`) before the call that keeps it returns, so an event never
//! names a file that a crash could take away.

pub mod archive;
mod directory;
mod kept;
mod lock;
mod log_file;
mod run_folder;
pub mod spool;
mod whole;

pub use archive::Archive;
pub use directory::EvidenceDirectory;
pub use lock::{Held, RunLock};
pub use log_file::LogFile;
pub use run_folder::RunFolder;
pub use spool::Spool;

use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be stored.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be {action}: {source}", path.display())]
pub struct StoreError {
    /// The file or folder.
    pub path: PathBuf,
    /// What was tried, as a participle: "written".
    pub action: &'static str,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl StoreError {
    fn at(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self {
            path,
            action,
            source,
        }
    }
}
