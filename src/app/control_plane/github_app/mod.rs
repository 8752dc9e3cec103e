//! The control plane as a GitHub App. Jobs that wait at its deployment protection rule are answered when
//! their release is eligible or a gate failed; deliveries that did not arrive are fetched; and a check run
//! for each environment tells on the commit how the release stands.
//!
//! The ledger is the queue. A request is an event, and so is its answer: what has no answer is open,
//! also after a crash. Trouble never answers anything.

mod attendant;
mod desk;
mod duty;
mod intake;
mod missed;
mod queue;
mod trouble;
mod watch;
mod writer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use secrecy::SecretString;
use tokio::sync::Notify;

pub use duty::attend;
pub use intake::Delivered;

use self::desk::Desk;
use self::queue::Queue;
use super::keys::secret_text;
use crate::app::failure::Failure;
use crate::domain::access::token::Trusted;
use crate::domain::release::{ReleaseId, Repository};
use crate::github::App;
use crate::github::context::PUBLIC_API;
use crate::github::webhook;
use crate::settings::{ServerAddress, Settings};

/// What the control plane needs to answer GitHub.
#[derive(Debug)]
pub(super) struct GitHubApp {
    secret: SecretString,
    app: Arc<App>,
    api_url: String,
    /// Where people reach this server, if anybody says so.
    pages: Option<ServerAddress>,
    /// Whose deliveries are taken; empty for every repository in which the App is installed.
    repositories: Vec<Trusted>,
    queue: Mutex<Queue>,
    woken: Notify,
    desk: Mutex<Desk>,
    told: Notify,
}

/// Reads `TOLLGATE_GITHUB_APP_ID`, `TOLLGATE_GITHUB_APP_PRIVATE_KEY` (or its `_FILE`) and
/// `GITHUB_API_URL`; `None` where there is no App.
///
/// # Errors
/// A key that cannot be used, or one of the two without the other.
pub(super) fn app(settings: &Settings) -> Result<Option<App>, Failure> {
    let id = settings.variable("TOLLGATE_GITHUB_APP_ID");
    let key = secret_text(settings, "TOLLGATE_GITHUB_APP_PRIVATE_KEY")?;
    match (id, key) {
        (None, None) => Ok(None),
        (Some(id), Some((key, place))) => {
            let app = App::new(api_url(settings), id, &SecretString::from(key.trim()));
            let app = app.map_err(|error| Failure::usage(format!("{place}: {error}")))?;
            Ok(Some(app))
        }
        _ => Err(Failure::usage("the GitHub App is set up in part only")
            .hint("set TOLLGATE_GITHUB_APP_ID and TOLLGATE_GITHUB_APP_PRIVATE_KEY, or neither")),
    }
}

fn api_url(settings: &Settings) -> &str {
    settings.variable("GITHUB_API_URL").unwrap_or(PUBLIC_API)
}

/// Reads `TOLLGATE_PUBLIC_URL`.
///
/// # Errors
/// What is no address of a server.
fn public_address(settings: &Settings) -> Result<Option<ServerAddress>, Failure> {
    let Some(address) = settings.variable("TOLLGATE_PUBLIC_URL") else {
        return Ok(None);
    };
    let read = address.trim().parse().map(Some);
    read.map_err(|error: String| {
        Failure::usage(format!("TOLLGATE_PUBLIC_URL: {error}")).hint(
            "name the address at which people reach this server, such as https://gates.example",
        )
    })
}

impl GitHubApp {
    /// Reads `TOLLGATE_WEBHOOK_SECRET` (or its `_FILE`), `GITHUB_API_URL` and `TOLLGATE_PUBLIC_URL`;
    /// `None` where no deliveries are wanted.
    ///
    /// # Errors
    /// A secret that cannot be read, or that comes without an App; an address that is none.
    pub(super) fn of(
        settings: &Settings,
        app: Option<Arc<App>>,
        repositories: Vec<Trusted>,
    ) -> Result<Option<Self>, Failure> {
        let secret = secret_text(settings, "TOLLGATE_WEBHOOK_SECRET")?;
        match (secret, app) {
            (None, _) => Ok(None),
            (Some(_), None) => Err(Failure::usage(
                "TOLLGATE_WEBHOOK_SECRET is set, and there is no GitHub App to answer with",
            )
            .hint("set TOLLGATE_GITHUB_APP_ID and TOLLGATE_GITHUB_APP_PRIVATE_KEY too")),
            (Some((secret, _)), Some(app)) => Ok(Some(Self {
                secret: SecretString::from(secret.trim()),
                app,
                api_url: api_url(settings).to_owned(),
                pages: public_address(settings)?,
                repositories,
                queue: Mutex::default(),
                woken: Notify::new(),
                desk: Mutex::default(),
                told: Notify::new(),
            })),
        }
    }

    /// The page of a release, where people may reach it.
    fn page(&self, release: ReleaseId) -> Option<String> {
        let address = self.pages.as_ref()?.join(&format!("/releases/{release}"));
        address.ok().map(String::from)
    }

    /// Tells whether a delivery is GitHub's.
    pub(super) fn is_signed(&self, body: &[u8], signature: &str) -> bool {
        webhook::is_signed(&self.secret, body, signature)
    }

    /// Has a release judged again soon, and everything that waits.
    pub(super) fn told(&self, release: ReleaseId) {
        self.desk().told(release, Instant::now());
        self.told.notify_one();
        self.wake();
    }

    /// Forgets everything: another server works for GitHub, and the ledger has it all.
    fn forget(&self) {
        *self.queue() = Queue::default();
        *self.desk() = Desk::default();
    }

    /// Has everything that waits judged again soon.
    fn wake(&self) {
        self.woken.notify_one();
    }

    fn is_trusted(&self, id: u64, name: &Repository) -> bool {
        let means = |trusted: &Trusted| trusted.means(&id.to_string(), name);
        self.repositories.is_empty() || self.repositories.iter().any(means)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A queue is whole after any panic of its users.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // A desk is whole after any panic of its users.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
