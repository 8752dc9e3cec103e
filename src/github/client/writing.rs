//! Writes. One that may have been done is looked for before it is sent again: GitHub takes no key
//! by which it could tell a repeat.

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::exchange::{Broken, Raw, Redirects, Request};
use super::{Client, GitHubError, Subject};

/// A write.
#[derive(Debug, Clone)]
pub(super) struct Write<'a> {
    pub(super) method: Method,
    pub(super) route: &'a str,
    pub(super) body: &'a Value,
    pub(super) subject: Subject<'a>,
}

/// What came of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written<T, F> {
    /// GitHub answered that it is done.
    New(T),
    /// GitHub's answer was lost, and this was found afterwards.
    Found(F),
}

/// What one try came to.
enum Outcome<T> {
    Done(T),
    /// GitHub will not do it.
    Refused(GitHubError),
    /// It was certainly not done, and may be sent again.
    NotDone(GitHubError),
    /// It may have been done.
    Unclear(GitHubError),
}

impl Client {
    /// Writes. `look` finds what an earlier try wrote; it gives `None` where there is nothing, or
    /// where a second one does no harm.
    pub(super) async fn write<T: DeserializeOwned, F>(
        &self,
        write: Write<'_>,
        look: impl AsyncFn() -> Result<Option<F>, GitHubError>,
    ) -> Result<Written<T, F>, GitHubError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let (outcome, wait) = self.write_once(&write).await?;
            let (error, is_unclear) = match outcome {
                Outcome::Done(answer) => return Ok(Written::New(answer)),
                Outcome::Refused(error) => return Err(error),
                Outcome::NotDone(error) => (error, false),
                Outcome::Unclear(error) => (error, true),
            };
            let pause = self.retry.wait_after(tried, wait);
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
            if is_unclear && let Some(found) = self.found(&look, &error).await? {
                return Ok(Written::Found(found));
            }
            if pause.is_none() {
                return Err(error);
            }
            tracing::info!(route = write.route, tried, %error, "writing again");
        }
    }

    async fn found<F>(
        &self,
        look: &impl AsyncFn() -> Result<Option<F>, GitHubError>,
        error: &GitHubError,
    ) -> Result<Option<F>, GitHubError> {
        look().await.map_err(|second| GitHubError::Unreachable {
            message: format!(
                "{}; whether it was done nevertheless could not be found out: {second}",
                error.outage()
            ),
        })
    }

    async fn write_once<T: DeserializeOwned>(
        &self,
        write: &Write<'_>,
    ) -> Result<(Outcome<T>, Option<std::time::Duration>), GitHubError> {
        let address = self.address(write.route)?;
        let exchange = self.exchange(
            &write.method,
            &address,
            Some(write.body),
            Redirects::Followed,
        );
        Ok(match exchange.await {
            Ok(raw) => (self.outcome(&raw, write.subject), raw.wait_asked_for()),
            Err(broken) => (broken.outcome(), None),
        })
    }

    fn outcome<T: DeserializeOwned>(&self, raw: &Raw, subject: Subject<'_>) -> Outcome<T> {
        match self.read(raw, subject) {
            Ok(answer) => Outcome::Done(answer),
            Err(error) if raw.is_limit() => Outcome::NotDone(error),
            Err(error) if raw.is_success() || raw.is_trouble() => Outcome::Unclear(error),
            Err(error) => Outcome::Refused(error),
        }
    }
}

impl Broken {
    fn outcome<T>(self) -> Outcome<T> {
        match self.request {
            Request::NotSent => Outcome::NotDone(self.into_error()),
            Request::PerhapsDone => Outcome::Unclear(self.into_error()),
        }
    }
}
