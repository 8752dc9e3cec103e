//! `tollgate ledger verify|log|export|import`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::forward;
use super::ledgers;
use super::pack::Packed;
use super::project::Project;
use super::whole_file;
use crate::domain::record::chain::Link;
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;
use crate::ledger::pack::{self, PackError};
use crate::ledger::{self, Outcome, VerifyReport};
use crate::settings::{LedgerAddress, Settings};

pub use crate::ledger::pack::Imported;

/// Whose events are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of the release that is looked at.
    Release,
    /// Those of every release of the ledger.
    All,
}

/// The ledger that is meant, and whose events in it.
#[derive(Debug)]
pub struct Meant {
    address: LedgerAddress,
    /// The project whose release is meant; `None` where every release is.
    project: Option<Project>,
    working_directory: PathBuf,
}

impl Meant {
    /// Finds it. A ledger that is named, and meant as a whole, needs no project around it.
    ///
    /// # Errors
    /// When the project that says which one is meant cannot be opened.
    pub async fn find(settings: Settings, scope: Scope) -> Result<Self, Failure> {
        let working_directory = settings.working_directory.clone();
        if let (Some(address), Scope::All) = (&settings.ledger, scope) {
            let address = address.within(&working_directory);
            if let LedgerAddress::Sqlite(path) = &address {
                ledgers::folder_is_there(path)?;
            }
            return Ok(Self {
                address,
                project: None,
                working_directory,
            });
        }
        let project = Project::open(settings).await?;
        Ok(Self {
            address: project.ledger(),
            project: Some(project).filter(|_| scope == Scope::Release),
            working_directory,
        })
    }

    fn release(&self) -> Option<ReleaseId> {
        self.project.as_ref().map(|project| project.release.id())
    }

    /// Where it lies.
    pub fn address(&self) -> &LedgerAddress {
        &self.address
    }
}

/// Checks every chain of the ledger.
///
/// # Errors
/// When it cannot be looked at; a file that is no ledger is unsound.
pub async fn verify(meant: &Meant) -> Result<VerifyReport, Failure> {
    match ledgers::examine(&meant.address).await? {
        Some(ledger) => ledger.verify().await.map_err(ledgers::finding),
        None => Err(no_ledger(&meant.address)),
    }
}

/// The events that are meant. A ledger that is not there has none.
///
/// # Errors
/// When it cannot be read.
pub async fn log(meant: &Meant) -> Result<Vec<Link>, Failure> {
    let Some(ledger) = ledgers::open_existing(&meant.address).await? else {
        return Ok(Vec::new());
    };
    ledger::log::read(&*ledger, meant.release())
        .await
        .map_err(ledgers::failure)
}

/// Writes the events that are meant as a pack, to a file or to standard output. Those of one release
/// go with its policy, its manifests and its verdict. Gives what people should know about it.
///
/// # Errors
/// When there is no ledger, or the pack cannot be written; a file is written whole or not at all.
pub async fn export(meant: &Meant, output: Option<&Path>) -> Result<Vec<String>, Failure> {
    let Some(ledger) = ledgers::open_existing(&meant.address).await? else {
        return Err(no_ledger(&meant.address));
    };
    let Packed { text, notes } = match &meant.project {
        Some(project) => super::pack::release(project, &*ledger).await?,
        None => {
            let (mut text, notes) = (Vec::new(), Vec::new());
            let exported = pack::export(&*ledger, None, &mut text).await;
            exported.map_err(failure)?;
            Packed { text, notes }
        }
    };
    let written = match output {
        Some(path) => whole_file::write(&meant.working_directory.join(path), &text),
        None => io::stdout().lock().write_all(&text),
    };
    let place = output.map_or("standard output".into(), Path::to_string_lossy);
    written.map_err(|error| Failure::unreachable(format!("{place} cannot be written: {error}")))?;
    Ok(notes)
}

/// Brings in the events of a pack or of a folder of spools, each once. What does not hold is refused
/// whole.
///
/// # Errors
/// When it cannot be read or does not hold, or the ledger cannot be written.
pub async fn import(meant: &Meant, path: &Path) -> Result<Imported, Failure> {
    if meant.working_directory.join(path).is_dir() {
        return import_spools(meant, path).await;
    }
    let shown = path.display();
    let mut file = File::open(meant.working_directory.join(path))
        .map_err(|error| Failure::usage(format!("the pack {shown} cannot be read: {error}")))?;
    let ledger = ledgers::open(&meant.address).await?;
    let imported = pack::import(&*ledger, &mut file).await;
    let closed = ledger.close().await.map_err(ledgers::failure);
    let imported = imported.map_err(|error| match error {
        PackError::Refused {
            line,
            item,
            message,
        } => Failure::unsound(format!("{shown}:{line}: {item}: {message}"))
            .hint("nothing of it was imported"),
        other => failure(other),
    })?;
    closed.map(|()| imported)
}

async fn import_spools(meant: &Meant, path: &Path) -> Result<Imported, Failure> {
    let spooled = forward::spool_of(&meant.working_directory.join(path))?;
    let events: Vec<Event> = spooled.events().cloned().collect();
    let releases: BTreeSet<String> = events.iter().map(|it| it.release_id.to_string()).collect();
    let ledger = ledgers::open(&meant.address).await?;
    let appended = ledger.append(events).await;
    let closed = ledger.close().await.map_err(ledgers::failure);
    let appended = appended.map_err(ledgers::failure)?;
    let new = appended.iter().filter(|it| it.outcome == Outcome::Recorded);
    let imported = Imported {
        events: appended.len() as u64,
        recorded: new.count() as u64,
        releases: releases.len() as u64,
    };
    closed.map(|()| imported)
}

fn failure(error: PackError) -> Failure {
    match error {
        PackError::Ledger(error) => ledgers::failure(error),
        other => Failure::unreachable(other.to_string()),
    }
}

fn no_ledger(address: &LedgerAddress) -> Failure {
    Failure::usage(format!("there is no ledger at {address}"))
        .hint("`tollgate run` makes one; --ledger names another")
}
