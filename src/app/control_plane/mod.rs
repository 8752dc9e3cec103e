//! The control plane: one ledger for many producers. It takes their events, and judges releases by
//! the same pure core as the command line.

mod fault;
mod ingest;
mod keys;
mod known;
mod releases;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

pub use fault::Fault;
pub use ingest::{Receipt, Received};
pub use keys::{Keys, NewKey};
pub use releases::Found;
pub use tokens::{NotLetIn, Tokens};

use self::known::KnownReleases;
use super::failure::Failure;
use super::ledgers;
use super::project::{find_policy, load};
use crate::domain::evidence::redaction::{RedactionRules, Redactor, secret_values};
use crate::domain::policy::Policy;
use crate::ledger::{Ledger, Recorder};
use crate::policy::Expansion;
use crate::settings::{LedgerAddress, Settings};

/// How long the ledger may take to say that it is there.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// Where the ledger lies when nothing names it.
const DEFAULT_LEDGER: &str = ".tollgate/ledger.db";

/// The control plane of one process. Any number of them may share a ledger.
pub struct ControlPlane {
    ledger: Arc<dyn Ledger>,
    recorder: Recorder,
    known: KnownReleases,
    policy: Option<Policy>,
    redactor: Arc<Redactor>,
}

impl ControlPlane {
    /// Opens the ledger, and reads the policy where one is named. The policy's texts stay as they
    /// are written: no environment of a check is that of the server.
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
        let policy = policy(settings)?;
        let redactor = redactor(settings, policy.as_ref())?;
        let path = ledger_path(settings)?;
        let ledger = ledgers::open(&path).await?;
        Ok(Self {
            recorder: Recorder::start(Arc::clone(&ledger), &path.to_string_lossy()),
            ledger,
            known: KnownReleases::default(),
            policy,
            redactor: Arc::new(redactor),
        })
    }

    /// Tells whether the ledger answers.
    pub async fn is_ready(&self) -> bool {
        let nobody = Uuid::nil().to_string().parse();
        let Ok(nobody) = nobody else { return false };
        let answered = timeout(READY_WITHIN, self.ledger.head(nobody)).await;
        answered.is_ok_and(|head| head.is_ok())
    }

    /// What masks everything that is served.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Closes the ledger. To be called once, when nobody waits for an answer any more.
    ///
    /// # Errors
    /// When it cannot be left as it is to rest.
    pub async fn close(&self) -> Result<(), Failure> {
        self.ledger.close().await.map_err(ledgers::failure)
    }
}

fn policy(settings: &Settings) -> Result<Option<Policy>, Failure> {
    if settings.policy.is_none() {
        return Ok(None);
    }
    let source = find_policy(settings, &settings.working_directory)?;
    load(&source, Expansion::Keep).map(Some)
}

fn redactor(settings: &Settings, policy: Option<&Policy>) -> Result<Redactor, Failure> {
    let all = RedactionRules {
        emails: true,
        coordinates: true,
        patterns: Vec::new(),
    };
    let rules = policy.map_or(&all, |policy| &policy.redact);
    let variables = settings.environment.iter();
    let secrets = secret_values(variables.map(|(name, value)| (name.as_str(), value.as_str())));
    Redactor::new(rules, secrets)
        .map_err(|error| Failure::usage(format!("redact.patterns: {error}")))
}

fn ledger_path(settings: &Settings) -> Result<PathBuf, Failure> {
    if let Some(LedgerAddress::Sqlite(path)) = &settings.ledger {
        let path = settings.working_directory.join(path);
        ledgers::folder_is_there(&path)?;
        return Ok(path);
    }
    let path = settings.working_directory.join(DEFAULT_LEDGER);
    let folder = path.parent().unwrap_or(&path);
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::unreachable(format!("{} cannot be made: {error}", folder.display()))
    })?;
    Ok(path)
}
