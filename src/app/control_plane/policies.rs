//! By which policy a release is judged: the one that `--policy` names, else that of its repository's
//! default branch, read as the App.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::app::failure::Failure;
use crate::app::project::{POLICY_PATHS, find_policy, load};
use crate::domain::delivery::environment::Environment;
use crate::domain::evidence::redaction::{RedactionRules, Redactor, secret_values};
use crate::domain::policy::Policy;
use crate::domain::release::Repository;
use crate::github::{App, GitHubError};
use crate::policy::{Expansion, Source};
use crate::settings::Settings;

/// How long a policy is used before it is read again.
const FRESH: Duration = Duration::from_secs(60);

/// A policy, and what masks by it.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) policy: Policy,
    pub(super) redactor: Arc<Redactor>,
}

/// Why there are no rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRules {
    /// Nobody named a policy, and there is no App to read one.
    #[error(
        "this server was started without --policy and without a GitHub App, so it keeps records and judges none"
    )]
    Nowhere,
    /// The repository has none, or a wrong one, or does not let the App read it.
    #[error("the policy of {repository} can't be judged by: {message}")]
    Unusable {
        /// Whose.
        repository: Repository,
        /// What is wrong.
        message: String,
    },
    /// GitHub is in trouble.
    #[error("GitHub could not be asked for the policy: {0}")]
    Away(String),
}

/// Where policies come from.
pub(super) struct Policies {
    named: Option<Arc<Rules>>,
    app: Option<Arc<App>>,
    secrets: Vec<String>,
    read: Mutex<HashMap<String, (Instant, Arc<Rules>)>>,
}

impl Policies {
    /// Reads the policy that the settings name.
    ///
    /// # Errors
    /// When it is missing or wrong.
    pub(super) fn of(settings: &Settings, app: Option<Arc<App>>) -> Result<Self, Failure> {
        let variables = settings.environment.iter();
        let variables = variables.map(|(name, value)| (name.as_str(), value.as_str()));
        let secrets = secret_values(variables);
        let named = match &settings.policy {
            None => None,
            Some(_) => {
                let source = find_policy(settings, &settings.working_directory)?;
                Some(Arc::new(rules(&source, &secrets)?))
            }
        };
        Ok(Self {
            named,
            app,
            secrets,
            read: Mutex::default(),
        })
    }

    /// What masks where no policy says how: everything that can be.
    pub(super) fn redactor(&self) -> Result<Arc<Redactor>, Failure> {
        if let Some(named) = &self.named {
            return Ok(Arc::clone(&named.redactor));
        }
        let all = RedactionRules {
            emails: true,
            coordinates: true,
            patterns: Vec::new(),
        };
        masking(&all, &self.secrets)
    }

    /// The rules for a repository.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) async fn rules(&self, repository: &Repository) -> Result<Arc<Rules>, NoRules> {
        if let Some(named) = &self.named {
            return Ok(Arc::clone(named));
        }
        let app = self.app.as_ref().ok_or(NoRules::Nowhere)?;
        let place = repository.as_str().to_lowercase();
        if let Some((at, known)) = self.read().get(&place)
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(known));
        }
        let source = source(Arc::clone(app), repository.clone()).await?;
        let rules = rules(&source, &self.secrets).map_err(|failure| NoRules::Unusable {
            repository: repository.clone(),
            message: failure.message,
        })?;
        let rules = Arc::new(rules);
        let mut read = self.read();
        read.retain(|_, (at, _)| at.elapsed() < FRESH);
        read.insert(place, (Instant::now(), Arc::clone(&rules)));
        Ok(rules)
    }

    fn read(&self) -> MutexGuard<'_, HashMap<String, (Instant, Arc<Rules>)>> {
        // The map is whole after any panic of its users.
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rules {
    /// The environment of a name, compared as GitHub does: without case.
    pub(super) fn environment(&self, name: &str) -> Option<&Environment> {
        let mut known = self.policy.environments.iter();
        known.find(|it| it.id.as_str().eq_ignore_ascii_case(name))
    }
}

/// Reads a policy. Its texts stay as they are written: no environment of a check is that of the
/// server.
fn rules(source: &Source, secrets: &[String]) -> Result<Rules, Failure> {
    let policy = load(source, Expansion::Keep)?;
    let redactor = masking(&policy.redact, secrets)?;
    Ok(Rules { policy, redactor })
}

fn masking(rules: &RedactionRules, secrets: &[String]) -> Result<Arc<Redactor>, Failure> {
    Redactor::new(rules, secrets.iter().cloned())
        .map(Arc::new)
        .map_err(|error| Failure::usage(format!("redact.patterns: {error}")))
}

/// Reads a policy as the App. That runs on a thread of its own: the futures of the client cannot be
/// moved between threads.
async fn source(app: Arc<App>, repository: Repository) -> Result<Source, NoRules> {
    let (handle, of) = (Handle::current(), repository.clone());
    let reading = tokio::task::spawn_blocking(move || handle.block_on(text(&app, &of)));
    let read = reading
        .await
        .map_err(|error| NoRules::Away(error.to_string()))?;
    let unusable = |message: String| NoRules::Unusable {
        repository: repository.clone(),
        message,
    };
    match read {
        Ok(Some(source)) => Ok(source),
        Ok(None) => Err(unusable(format!(
            "its default branch has neither {} nor {}",
            POLICY_PATHS[0], POLICY_PATHS[1]
        ))),
        Err(error) if error.is_outage() => Err(NoRules::Away(error.to_string())),
        Err(error) => Err(unusable(error.to_string())),
    }
}

async fn text(app: &App, repository: &Repository) -> Result<Option<Source>, GitHubError> {
    let client = app.client_of(repository).await?;
    for path in POLICY_PATHS {
        if let Some(text) = client.default_branch_file(path).await? {
            let path = path.to_owned();
            return Ok(Some(Source { path, text }));
        }
    }
    Ok(None)
}
