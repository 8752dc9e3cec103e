//! `tollgate ledger verify|log|export|import`.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use super::failure::Failure;
use super::ledgers;
use super::project::Project;
use crate::domain::record::chain::Link;
use crate::domain::release::ReleaseId;
use crate::ledger::pack::{self, PackError};
use crate::ledger::{self, VerifyReport};

pub use crate::ledger::pack::Imported;

/// Whose events are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of the release that is looked at.
    Release,
    /// Those of every release of the ledger.
    All,
}

impl Scope {
    fn release(self, project: &Project) -> Option<ReleaseId> {
        match self {
            Self::Release => Some(project.release.id()),
            Self::All => None,
        }
    }
}

/// Checks every chain of the ledger.
///
/// # Errors
/// When it cannot be looked at; a file that is no ledger is unsound.
pub async fn verify(project: &Project) -> Result<VerifyReport, Failure> {
    match ledgers::examine(&project.ledger_path()).await? {
        Some(ledger) => ledger.verify().await.map_err(ledgers::finding),
        None => Err(no_ledger(project)),
    }
}

/// The events of a scope. A ledger that is not there has none.
///
/// # Errors
/// When it cannot be read.
pub async fn log(project: &Project, scope: Scope) -> Result<Vec<Link>, Failure> {
    let Some(ledger) = ledgers::of(project).await? else {
        return Ok(Vec::new());
    };
    let release = scope.release(project);
    ledger::log::read(&*ledger, release)
        .await
        .map_err(ledgers::failure)
}

/// Writes the events of a scope as a pack, to a file or to standard output.
///
/// # Errors
/// When there is no ledger, or the pack cannot be written; a file is written whole or not at all.
pub async fn export(project: &Project, scope: Scope, output: Option<&Path>) -> Result<(), Failure> {
    let Some(ledger) = ledgers::of(project).await? else {
        return Err(no_ledger(project));
    };
    let mut text = Vec::new();
    pack::export(&*ledger, scope.release(project), &mut text)
        .await
        .map_err(failure)?;
    let written = match output {
        Some(path) => write_whole(&project.settings.working_directory.join(path), &text),
        None => io::stdout().lock().write_all(&text),
    };
    let place = output.map_or("standard output".into(), Path::to_string_lossy);
    written.map_err(|error| Failure::unreachable(format!("{place} cannot be written: {error}")))
}

fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let mut writer = BufWriter::new(file);
    writer.write_all(text)?;
    let file = writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(mode)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Brings in the events of a pack, each once. A pack that does not hold is refused whole.
///
/// # Errors
/// When the pack cannot be read or does not hold, or the ledger cannot be written.
pub async fn import(project: &Project, path: &Path) -> Result<Imported, Failure> {
    let shown = path.display();
    let mut file = File::open(project.settings.working_directory.join(path))
        .map_err(|error| Failure::usage(format!("the pack {shown} cannot be read: {error}")))?;
    let ledger = ledgers::open(&project.ledger_path()).await?;
    let imported = pack::import(&*ledger, &mut file).await;
    let closed = ledger.close().await.map_err(ledgers::failure);
    let imported = imported.map_err(|error| match error {
        PackError::Refused { line, message } => {
            Failure::unsound(format!("{shown}:{line}: {message}"))
                .hint("nothing of it was imported")
        }
        other => failure(other),
    })?;
    closed.map(|()| imported)
}

fn failure(error: PackError) -> Failure {
    match error {
        PackError::Ledger(error) => ledgers::failure(error),
        other => Failure::unreachable(other.to_string()),
    }
}

fn no_ledger(project: &Project) -> Failure {
    Failure::usage(format!(
        "there is no ledger at {}",
        project.ledger_path().display()
    ))
    .hint("`tollgate run` makes one; --ledger sqlite:PATH names another")
}
