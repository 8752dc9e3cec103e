//! Jobs that wait at the App's deployment protection rule: GitHub delivers the request, the ledger
//! keeps it, and it is answered when the release is eligible or a gate failed.
//!
//! The ledger is the queue. A request is an event, and so is its answer: what has no answer is open,
//! also after a crash. Trouble never answers anything.

mod attendant;
mod intake;
mod queue;

use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use tokio::sync::Notify;

pub use attendant::attend;
pub use intake::Delivered;

use self::queue::Queue;
use super::keys::secret_text;
use crate::app::failure::Failure;
use crate::domain::access::token::Trusted;
use crate::domain::release::Repository;
use crate::github::App;
use crate::github::context::PUBLIC_API;
use crate::github::webhook;
use crate::settings::Settings;

/// What the control plane needs to answer GitHub.
#[derive(Debug)]
pub(super) struct Protection {
    secret: SecretString,
    app: App,
    api_url: String,
    /// Whose deliveries are taken; empty for every repository in which the App is installed.
    repositories: Vec<Trusted>,
    queue: Mutex<Queue>,
    woken: Notify,
}

impl Protection {
    /// Reads `TOLLGATE_WEBHOOK_SECRET`, `TOLLGATE_GITHUB_APP_ID`, `TOLLGATE_GITHUB_APP_PRIVATE_KEY`
    /// (or their `_FILE`) and `GITHUB_API_URL`; `None` where there is no App.
    ///
    /// # Errors
    /// Settings that make no sense, or of which one is missing.
    pub(super) fn of(
        settings: &Settings,
        repositories: Vec<Trusted>,
    ) -> Result<Option<Self>, Failure> {
        let secret = secret_text(settings, "TOLLGATE_WEBHOOK_SECRET")?;
        let id = settings.variable("TOLLGATE_GITHUB_APP_ID");
        let key = secret_text(settings, "TOLLGATE_GITHUB_APP_PRIVATE_KEY")?;
        let (Some((secret, _)), Some(id), Some((key, place))) = (&secret, id, &key) else {
            return match (secret, id, key) {
                (None, None, None) => Ok(None),
                _ => Err(
                    Failure::usage("the GitHub App is set up in part only").hint(
                        "set TOLLGATE_WEBHOOK_SECRET, TOLLGATE_GITHUB_APP_ID and \
                     TOLLGATE_GITHUB_APP_PRIVATE_KEY, or none of them",
                    ),
                ),
            };
        };
        if settings.policy.is_none() {
            return Err(
                Failure::usage("the GitHub App cannot judge without a policy")
                    .hint("name one with --policy"),
            );
        }
        let api_url = settings.variable("GITHUB_API_URL").unwrap_or(PUBLIC_API);
        let app = App::new(api_url, id, &SecretString::from(key.trim()));
        Ok(Some(Self {
            secret: SecretString::from(secret.trim()),
            app: app.map_err(|error| Failure::usage(format!("{place}: {error}")))?,
            api_url: api_url.to_owned(),
            repositories,
            queue: Mutex::default(),
            woken: Notify::new(),
        }))
    }

    /// Tells whether a delivery is GitHub's.
    pub(super) fn is_signed(&self, body: &[u8], signature: &str) -> bool {
        webhook::is_signed(&self.secret, body, signature)
    }

    /// Has everything that waits judged again soon.
    pub(super) fn wake(&self) {
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
}
