//! The control plane: one ledger for many producers. It takes their events, and judges releases by
//! the same pure core as the command line.

mod dashboard;
mod fault;
mod github_app;
mod ingest;
mod keys;
mod known;
mod policies;

mod releases;
mod sessions;
mod tokens;
mod untaken;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

pub use fault::Fault;
pub use github_app::{Delivered, attend};
pub use ingest::{Receipt, Received};
pub use keys::{Keys, NewKey};
pub use policies::NoRules;
pub use releases::{Found, NotJudged};
pub use sessions::{NoSession, SESSION_SECONDS, Session, Sessions};
pub use tokens::{NotLetIn, Tokens};
pub use untaken::{Cause, Rejection};

use self::github_app::GitHubApp;
use self::known::KnownReleases;
use self::policies::Policies;
use self::untaken::Notes;
use super::failure::Failure;
use super::ledgers;
use crate::domain::evidence::redaction::Redactor;
use crate::ledger::{Logbook, Recorder};
use crate::settings::{LedgerAddress, Settings};

/// How long the ledger may take to say that it is there.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// Where the ledger lies when nothing names it.
const DEFAULT_LEDGER: &str = ".tollgate/ledger.db";

/// The control plane of one process. Any number of them may share a ledger.
pub struct ControlPlane {
    ledger: Arc<dyn Logbook>,
    recorder: Recorder,
    notes: Notes,
    known: KnownReleases,
    policies: Policies,
    redactor: Arc<Redactor>,
    github_app: Option<GitHubApp>,
}

impl ControlPlane {
    /// Opens the ledger, and reads the policy where one is named.
    ///
    /// # Errors
    /// A ledger that cannot be opened, a policy that is missing or wrong.
    pub async fn open(settings: &Settings) -> Result<Self, Failure> {
        if let Some(other) = &settings.server {
            let message =
                format!("a server keeps a ledger of its own, and is told by no other: {other}");
            return Err(
                Failure::usage(message).hint("name a ledger with --ledger or TOLLGATE_LEDGER")
            );
        }
        let app = github_app::app(settings)?.map(Arc::new);
        let policies = Policies::of(settings, app.clone())?;
        let redactor = policies.redactor()?;
        let repositories = tokens::repositories(settings)?;
        let github_app = GitHubApp::of(settings, app, repositories)?;
        let address = ledger_address(settings)?;
        let ledger = ledgers::open(&address).await?;
        Ok(Self {
            recorder: Recorder::start(ledger.clone(), &address.to_string()),
            notes: Notes::start(Arc::clone(&ledger)),
            ledger,
            known: KnownReleases::default(),
            policies,
            redactor,
            github_app,
        })
    }

    /// Tells whether the ledger answers.
    pub async fn is_ready(&self) -> bool {
        let nobody = Uuid::nil().to_string().parse();
        let Ok(nobody) = nobody else { return false };
        let answered = timeout(READY_WITHIN, self.ledger.head(nobody)).await;
        answered.is_ok_and(|head| head.is_ok())
    }

    /// What masks what no policy says more of.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Closes the ledger. To be called once, when nobody waits for an answer any more.
    ///
    /// # Errors
    /// When it cannot be left as it is to rest.
    pub async fn close(&self) -> Result<(), Failure> {
        self.notes.finish().await;
        self.ledger.close().await.map_err(ledgers::failure)
    }
}

/// Where the ledger lies: in a folder that is there when it is named, else in one that is made.
fn ledger_address(settings: &Settings) -> Result<LedgerAddress, Failure> {
    let directory = &settings.working_directory;
    if let Some(address) = &settings.ledger {
        let address = address.within(directory);
        if let LedgerAddress::Sqlite(path) = &address {
            ledgers::folder_is_there(path)?;
        }
        return Ok(address);
    }
    let path = directory.join(DEFAULT_LEDGER);
    let folder = path.parent().unwrap_or(&path);
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::unreachable(format!("{} cannot be made: {error}", folder.display()))
    })?;
    Ok(LedgerAddress::Sqlite(path))
}
