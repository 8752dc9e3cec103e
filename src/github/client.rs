//! GitHub's REST API for one repository: one method per endpoint.
//!
//! Reads are asked again when GitHub is in trouble; a write is sent once. A write that may have
//! been done already is looked up before it is called a failure.

mod actions;
mod checks;
mod environments;
mod people;
mod rules;
mod tags;

use std::time::Duration;

use octocrab::Octocrab;
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use crate::domain::release::Repository;
use crate::retry::{RetryPolicy, Try};

pub use actions::{Account, Artifact, ArtifactOrigin, Review, WorkflowRun};
pub use checks::{App, PostedCheckRun};
pub use environments::{EnvironmentSettings, Reviewer};
pub use people::CommitPeople;
pub use rules::{BranchRule, RepositorySettings, RequiredCheck};
pub use tags::Tagged;

/// How many items one page of a list holds; GitHub gives no more.
const PAGE: usize = 100;

/// How long one request may take.
const TIME_OUT: Duration = Duration::from_secs(30);

/// Why GitHub did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// There is no such thing, or the token may not see it.
    #[error("GitHub knows no {what} in {repository}, or the token may not see it")]
    NotFound {
        /// What was asked for.
        what: String,
        /// Where.
        repository: Repository,
    },
    /// The token may not do this.
    #[error("GitHub forbids it: {message}; give the job `permissions: {permission}`")]
    Forbidden {
        /// What GitHub said.
        message: String,
        /// What is missing: `contents: write`.
        permission: &'static str,
    },
    /// The token is none, or has expired.
    #[error("the GitHub token can't be used: {message}")]
    BadToken {
        /// What GitHub said.
        message: String,
    },
    /// Too many requests were made.
    #[error("GitHub's rate limit is used up; try again {}", in_words(*.wait))]
    RateLimited {
        /// How long GitHub asks to wait, where it says so.
        wait: Option<Duration>,
    },
    /// The request makes no sense to GitHub as things stand.
    #[error("GitHub refused: {message}")]
    Refused {
        /// What GitHub said.
        message: String,
    },
    /// GitHub could not be asked, or answered what nobody expects.
    #[error("GitHub could not be asked: {message}")]
    Unreachable {
        /// What happened.
        message: String,
    },
}

fn in_words(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("in {} s", wait.as_secs()),
        None => "later".to_owned(),
    }
}

/// A client that is bound to one repository.
#[derive(Debug, Clone)]
pub struct Client {
    octocrab: Octocrab,
    repository: Repository,
    retry: RetryPolicy,
    time_out: Duration,
}

/// What a request is about, for messages.
#[derive(Debug, Clone, Copy)]
struct Subject<'a> {
    what: &'a str,
    permission: &'static str,
}

/// An answer as it came.
struct Raw {
    status: u16,
    retry_after: Option<u64>,
    remaining: Option<u64>,
    body: String,
}

/// <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>
#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Complaint {
    message: String,
    errors: Vec<serde_json::Value>,
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
            let message = "it holds spaces, line ends or letters that no token has".to_owned();
            return Err(GitHubError::BadToken { message });
        }
        let unusable = |error: octocrab::Error| unreachable(&error);
        let octocrab = Octocrab::builder()
            .base_uri(api_url)
            .map_err(unusable)?
            .set_connect_timeout(Some(TIME_OUT))
            .set_read_timeout(Some(TIME_OUT))
            .personal_token(token)
            .build()
            .map_err(unusable)?;
        Ok(Self {
            octocrab,
            repository,
            retry: RetryPolicy::default(),
            time_out: TIME_OUT,
        })
    }

    /// The same with other patience.
    pub fn with_patience(self, retry: RetryPolicy, time_out: Duration) -> Self {
        Self {
            retry,
            time_out,
            ..self
        }
    }

    /// The repository that it is bound to.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    async fn get<T: DeserializeOwned>(
        &self,
        route: &str,
        subject: Subject<'_>,
    ) -> Result<T, GitHubError> {
        let answer = self
            .retry
            .ask(async || match self.send(Method::GET, route, None).await {
                Ok(raw) if raw.status >= 500 => Try::Again(Ok(raw)),
                Ok(raw) => Try::Answer(Ok(raw)),
                Err(error) => Try::Again(Err(error)),
            });
        self.read(answer.await?, subject)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        route: &str,
        body: &serde_json::Value,
        subject: Subject<'_>,
    ) -> Result<T, GitHubError> {
        self.read(self.send(Method::POST, route, Some(body)).await?, subject)
    }

    async fn patch<T: DeserializeOwned>(
        &self,
        route: &str,
        body: &serde_json::Value,
        subject: Subject<'_>,
    ) -> Result<T, GitHubError> {
        self.read(self.send(Method::PATCH, route, Some(body)).await?, subject)
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
        for page in 1.. {
            let route = format!("{route}{joint}per_page={PAGE}&page={page}");
            let found = items(self.get(&route, subject).await?);
            let is_last = found.len() < PAGE;
            all.extend(found);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Sends a request. `route` begins behind the repository, or with a slash at the root.
    async fn send(
        &self,
        method: Method,
        route: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Raw, GitHubError> {
        let route = match route {
            "" => format!("/repos/{}", self.repository),
            absolute if absolute.starts_with('/') => absolute.to_owned(),
            relative => format!("/repos/{}/{relative}", self.repository),
        };
        let exchange = async {
            let response = match method {
                Method::POST => self.octocrab._post(&route, body).await?,
                Method::PATCH => self.octocrab._patch(&route, body).await?,
                _ => self.octocrab._get(&route).await?,
            };
            let number = |name: &str| response.headers().get(name)?.to_str().ok()?.parse().ok();
            Ok(Raw {
                status: response.status().as_u16(),
                retry_after: number("retry-after"),
                remaining: number("x-ratelimit-remaining"),
                body: self.octocrab.body_to_string(response).await?,
            })
        };
        match tokio::time::timeout(self.time_out, exchange).await {
            Ok(answer) => answer.map_err(|error: octocrab::Error| unreachable(&error)),
            Err(_) => Err(GitHubError::Unreachable {
                message: format!("it gave no answer within {} s", self.time_out.as_secs_f32()),
            }),
        }
    }

    /// Reads an answer: the wanted thing, or what is wrong.
    fn read<T: DeserializeOwned>(&self, raw: Raw, subject: Subject<'_>) -> Result<T, GitHubError> {
        if (200..300).contains(&raw.status) {
            return serde_json::from_str(&raw.body).map_err(|error| GitHubError::Unreachable {
                message: format!("its answer about {} can't be read: {error}", subject.what),
            });
        }
        Err(raw.into_error(&self.repository, subject))
    }
}

impl Raw {
    /// Limits first, since they come with the same statuses as missing permissions
    /// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>).
    fn into_error(self, repository: &Repository, subject: Subject<'_>) -> GitHubError {
        let complaint: Complaint = serde_json::from_str(&self.body).unwrap_or_default();
        let message = complaint.in_words(self.status);
        let is_limit = self.retry_after.is_some()
            || self.remaining == Some(0)
            || message.to_lowercase().contains("rate limit");
        match self.status {
            429 => GitHubError::RateLimited {
                wait: self.retry_after.map(Duration::from_secs),
            },
            403 if is_limit => GitHubError::RateLimited {
                wait: self.retry_after.map(Duration::from_secs),
            },
            403 => GitHubError::Forbidden {
                message,
                permission: subject.permission,
            },
            401 => GitHubError::BadToken { message },
            404 => GitHubError::NotFound {
                what: subject.what.to_owned(),
                repository: repository.clone(),
            },
            409 | 422 => GitHubError::Refused { message },
            _ => GitHubError::Unreachable { message },
        }
    }
}

impl Complaint {
    /// What GitHub said, with the details that it gave.
    fn in_words(&self, status: u16) -> String {
        let details = self.errors.iter().filter_map(|error| {
            let text = error.as_str().or_else(|| error.get("message")?.as_str())?;
            Some(text.to_owned())
        });
        let mut said = match self.message.as_str() {
            "" => format!("it answered {status}"),
            message => format!("{message} ({status})"),
        };
        for detail in details {
            said = format!("{said}; {detail}");
        }
        said
    }
}

/// An error with its causes.
fn unreachable(error: &octocrab::Error) -> GitHubError {
    let mut message = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        if !message.is_empty() {
            message.push_str(": ");
        }
        message.push_str(&error.to_string());
        cause = error.source();
    }
    if message.is_empty() {
        message = "the exchange broke off".to_owned();
    }
    GitHubError::Unreachable { message }
}

/// Writes a text into one segment of a path (RFC 3986, section 3.3).
fn in_segment(text: &str) -> String {
    escaped(text, |_| false)
}

/// Writes a text as a value of a query.
fn in_query(text: &str) -> String {
    escaped(text, |_| false)
}

/// Writes a name into a path: a slash stays, what would end or change the path is escaped.
fn in_path(name: &str) -> String {
    escaped(name, |byte| byte == b'/')
}

fn escaped(text: &str, also_plain: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if is_plain || also_plain(byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
