//! GitHub's REST API for one repository: one method per endpoint.
//!
//! Reads are asked again when GitHub is in trouble, or when it asks to wait. A write is sent again
//! only when it was certainly not done: GitHub refused it for its limits, nobody was connected, or
//! it was looked for and is not there.

mod actions;
mod address;
mod checks;
mod co_authors;
mod contents;
mod deliveries;
mod download;
mod environments;
mod error;
mod exchange;
mod memory;
mod people;
mod protection;
mod rules;
mod tags;
mod usage;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use super::Allowance;
use crate::domain::release::Repository;
use crate::retry::RetryPolicy;
use crate::transport;
use address::{in_path, in_query, in_segment};
use error::Subject;
use exchange::{Raw, Redirects};
use memory::Memory;

pub use actions::{Account, Artifact, ArtifactOrigin, Review, WorkflowRun};
pub use checks::{App, Posted, PostedCheckRun, Posting};
pub use contents::Installation;
pub use deliveries::Attempt;
pub use environments::{EnvironmentSettings, Reviewer};
pub use error::GitHubError;
pub use people::CommitPeople;
pub use protection::ProtectionState;
pub use rules::{BranchRule, RepositorySettings, RequiredCheck};
pub use tags::Tagged;
pub use usage::Usage;

/// How many items one page of a list holds; GitHub gives no more.
const PAGE: usize = 100;

/// A list with more pages is not one that Tollgate can judge by.
const MOST_PAGES: usize = 100;

/// The repository of a client that asks for nothing of any.
const OF_NO_REPOSITORY: &str = "-/-";

/// How long one request may take.
const TIME_OUT: Duration = Duration::from_secs(30);

/// <https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#accept>
const MEDIA_TYPE: &str = "application/vnd.github+json";

/// A client that is bound to one repository. Clones share what they remember and count.
#[derive(Debug, Clone)]
pub struct Client {
    octocrab: Octocrab,
    /// The same connections, without the token: for files that lie elsewhere.
    without_token: reqwest::Client,
    api: Url,
    repository: Repository,
    retry: RetryPolicy,
    time_out: Duration,
    allowance: Allowance,
    memory: Arc<Memory>,
}

impl Client {
    /// A client for a repository at `api_url` (`GITHUB_API_URL`). Call it within Tokio.
    ///
    /// # Errors
    /// When `api_url` or the token can't be used.
    pub fn new(
        api_url: &str,
        token: SecretString,
        repository: Repository,
    ) -> Result<Self, GitHubError> {
        let can_be_sent = |token: &str| token.bytes().all(|byte| byte.is_ascii_graphic());
        if !can_be_sent(token.expose_secret()) {
            return Err(unusable_token());
        }
        let api = address::api(api_url)?;
        let without_token = transport::client().map_err(|error| GitHubError::Unreachable {
            message: transport::in_words(&error),
        })?;
        Ok(Self {
            octocrab: octocrab(&api, &token, without_token.clone())?,
            without_token,
            api,
            repository,
            retry: RetryPolicy::default(),
            time_out: TIME_OUT,
            allowance: Allowance::default(),
            memory: Arc::default(),
        })
    }

    /// A client for what an App may ask with its own token, which is about no repository.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub(in crate::github) fn of_app(
        api_url: &str,
        token: SecretString,
    ) -> Result<Self, GitHubError> {
        let none = OF_NO_REPOSITORY.parse();
        let none = none.map_err(|error| GitHubError::Unreachable {
            message: format!("{error}"),
        })?;
        Self::new(api_url, token, none)
    }

    /// The same with other patience.
    pub fn with_patience(self, retry: RetryPolicy, time_out: Duration) -> Self {
        Self {
            retry,
            time_out,
            ..self
        }
    }

    /// The same with another time for artifacts on their way.
    pub fn with_allowance(self, allowance: Allowance) -> Self {
        Self { allowance, ..self }
    }

    /// The repository that it is bound to.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// How often GitHub was asked by this client and its clones, and how often it still may be.
    pub fn usage(&self) -> Usage {
        self.memory.usage()
    }

    async fn get<T: DeserializeOwned>(
        &self,
        route: &str,
        subject: Subject<'_>,
    ) -> Result<T, GitHubError> {
        let raw = self.ask(route, Redirects::Followed).await?;
        self.read(&raw, subject)
    }

    /// Every item of a list, page by page.
    async fn pages<P: DeserializeOwned, T>(
        &self,
        route: &str,
        subject: Subject<'_>,
        items: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>, GitHubError> {
        let joint = if route.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let route = format!("{route}{joint}per_page={PAGE}&page={page}");
            let raw = self.ask(&route, Redirects::Followed).await?;
            let found = items(self.read(&raw, subject)?);
            // Some lists give fewer items a page than they are asked for, and say that more follow.
            let is_last = found.is_empty() || (found.len() < PAGE && raw.next_page.is_none());
            all.extend(found);
            if is_last {
                return Ok(all);
            }
        }
        let (what, items) = (subject.what, all.len());
        Err(GitHubError::Refused {
            message: format!("its list of {what} does not end after {items} items"),
        })
    }

    /// Asks until there is an answer, good or bad.
    async fn ask(&self, route: &str, redirects: Redirects) -> Result<Raw, GitHubError> {
        let address = self.address(route)?;
        let exchange = async || {
            let answer = self.exchange(&Method::GET, &address, None, redirects).await;
            exchange::judged(answer)
        };
        let answer = self.retry.ask(exchange).await;
        answer.map_err(exchange::Broken::into_error)
    }

    /// Reads an answer: the wanted thing, or what is wrong.
    fn read<T: DeserializeOwned>(&self, raw: &Raw, subject: Subject<'_>) -> Result<T, GitHubError> {
        if raw.is_success() {
            let body = match raw.body.as_str() {
                "" => "null", // `204 No Content`
                body => body,
            };
            return serde_json::from_str(body).map_err(|error| GitHubError::Unreachable {
                message: format!("its answer about {} can't be read: {error}", subject.what),
            });
        }
        Err(raw.error(&self.repository, subject))
    }
}

/// Octocrab over our own transport: its default client knows no proxy, follows redirects by itself
/// and goes by the name of `octocrab`.
fn octocrab(
    api: &Url,
    token: &SecretString,
    client: reqwest::Client,
) -> Result<Octocrab, GitHubError> {
    let bearer = format!("Bearer {}", token.expose_secret());
    let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| unusable_token())?;
    bearer.set_sensitive(true);
    let api = || {
        api.as_str().parse().map_err(|error| {
            let message = format!("the address of its API, `{api}`, can't be read: {error}");
            GitHubError::Unreachable { message }
        })
    };
    let accept = (ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
    let Ok(octocrab) = OctocrabBuilder::new_empty()
        .with_service(ReqwestConnector::new(client))
        .with_layer(&ExtraHeadersLayer::new(Arc::new(vec![accept])))
        .with_layer(&AuthHeaderLayer::new(Some(bearer), api()?, api()?))
        .with_auth(AuthState::None)
        .build();
    Ok(octocrab)
}

fn unusable_token() -> GitHubError {
    let message = "it holds spaces, line ends or letters that no token has".to_owned();
    GitHubError::BadToken { message }
}

#[cfg(test)]
mod tests;
