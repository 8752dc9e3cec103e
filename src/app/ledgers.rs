//! Opening the ledger, and what its faults mean to users.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::failure::Failure;
use super::project::Project;
use crate::domain::gate::facts::Facts;
use crate::domain::record::chain::Link;
use crate::domain::record::history;
use crate::domain::release::ReleaseId;
use crate::ledger::postgres::Postgres;
use crate::ledger::sqlite::Sqlite;
use crate::ledger::{Ledger, LedgerError, Logbook};
use crate::settings::LedgerAddress;

/// Opens the ledger, and makes it when it is not there.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(address: &LedgerAddress) -> Result<Arc<dyn Logbook>, Failure> {
    Ok(match address {
        LedgerAddress::Sqlite(path) => Arc::new(Sqlite::open(path).await.map_err(failure)?),
        LedgerAddress::Postgres(url) => {
            Arc::new(Postgres::open(url.expose()).await.map_err(failure)?)
        }
    })
}

/// Opens the ledger to read; `None` when there is none yet.
///
/// # Errors
/// When it cannot be opened.
pub async fn open_existing(address: &LedgerAddress) -> Result<Option<Arc<dyn Ledger>>, Failure> {
    find(address).await.map_err(failure)
}

async fn find(address: &LedgerAddress) -> Result<Option<Arc<dyn Ledger>>, LedgerError> {
    Ok(match address {
        LedgerAddress::Sqlite(path) => {
            let found = Sqlite::open_existing(path).await?;
            found.map(|ledger| Arc::new(ledger) as Arc<dyn Ledger>)
        }
        LedgerAddress::Postgres(url) => {
            let found = Postgres::open_existing(url.expose()).await?;
            found.map(|ledger| Arc::new(ledger) as Arc<dyn Ledger>)
        }
    })
}

/// Opens the ledger of a project to read; `None` when there is none yet.
///
/// # Errors
/// When it cannot be opened, or lies in a folder that is not there: a mistyped path is no fresh
/// ledger.
pub async fn of(project: &Project) -> Result<Option<Arc<dyn Ledger>>, Failure> {
    let address = project.ledger();
    if let LedgerAddress::Sqlite(path) = &address
        && path.parent() != Some(&*project.evidence_directory())
    {
        folder_is_there(path)?;
    }
    open_existing(&address).await
}

/// Refuses a path whose folder is not there.
///
/// # Errors
/// [`Failure::unreachable`] with the folder.
pub fn folder_is_there(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    if folder.is_dir() {
        return Ok(());
    }
    let message = format!("the ledger {} cannot be reached", path.display());
    Err(Failure::unreachable(message).hint(format!("there is no folder {}", folder.display())))
}

/// Opens the ledger to look for faults in it: what is wrong in itself is a finding.
///
/// # Errors
/// When it cannot be opened.
pub async fn examine(address: &LedgerAddress) -> Result<Option<Arc<dyn Ledger>>, Failure> {
    find(address).await.map_err(finding)
}

/// Everything that a ledger knows about a release.
///
/// # Errors
/// When it cannot be read.
pub async fn facts(ledger: &dyn Ledger, release: ReleaseId) -> Result<Facts, Failure> {
    facts_by(ledger, release, Timestamp::MAX).await
}

/// What a ledger knows about a release that had happened by a moment.
///
/// # Errors
/// When it cannot be read.
pub async fn facts_by(
    ledger: &dyn Ledger,
    release: ReleaseId,
    moment: Timestamp,
) -> Result<Facts, Failure> {
    let links = ledger.events(release).await.map_err(failure)?;
    Ok(facts_of(&links, moment))
}

/// What a chain adds up to, as far as it had happened by a moment. Events whose payload makes no
/// sense are told of.
pub fn facts_of(links: &[Link], moment: Timestamp) -> Facts {
    let events = links.iter().map(|link| &link.event);
    let (facts, unreadable) = history::fold(events.filter(|event| event.occurred_at <= moment));
    for problem in unreadable {
        tracing::warn!(key = problem.key, "{problem}; it counts for nothing");
    }
    facts
}

/// A fault of the ledger as users of it read it: it cannot be worked with.
pub fn failure(error: LedgerError) -> Failure {
    with_hint(Failure::unreachable(error.to_string()), &error)
}

/// A fault of the ledger as those read it who look for faults: what is wrong in itself is a
/// finding.
pub fn finding(error: LedgerError) -> Failure {
    match error.is_unsound() {
        true => with_hint(Failure::unsound(error.to_string()), &error),
        false => failure(error),
    }
}

fn with_hint(failure: Failure, error: &LedgerError) -> Failure {
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
