//! One request and its answer, whatever it is; redirects within the API are followed.

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Method, Url};
use serde_json::Value;

use super::memory::{Remembered, number, timestamp};
use super::{Client, GitHubError};
use crate::retry::Try;
use crate::transport;

/// So many redirects are followed.
const MOST_REDIRECTS: usize = 5;

/// What GitHub asks for after a limit that it says nothing more about
/// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>).
const WAIT_AFTER_LIMIT: Duration = Duration::from_secs(60);

/// What is done with `302 Found`, by which GitHub names the place of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirects {
    /// It is followed as any other.
    Followed,
    /// It is the answer.
    Answers,
}

/// An answer as it came.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) status: u16,
    /// How long GitHub asks to wait.
    pub(super) wait: Option<Duration>,
    pub(super) location: Option<String>,
    /// `checks=write`.
    pub(super) accepted_permissions: Option<String>,
    /// The address of the next page of a list.
    pub(super) next_page: Option<String>,
    pub(super) body: String,
    etag: Option<String>,
}

/// An exchange without an answer.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    message: String,
    pub(super) request: Request,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// Nobody was connected.
    NotSent,
    /// It may have been read and done.
    PerhapsDone,
}

/// Tells whether a read is asked for again.
pub(super) fn judged(answer: Result<Raw, Broken>) -> Try<Result<Raw, Broken>> {
    match answer {
        Ok(raw) => match raw.wait_asked_for() {
            Some(wait) => Try::After(Ok(raw), wait),
            None if raw.is_trouble() => Try::Again(Ok(raw)),
            None => Try::Answer(Ok(raw)),
        },
        Err(broken) => Try::Again(Err(broken)),
    }
}

impl Client {
    /// Sends a request and takes the answer, both within the time-out.
    pub(super) async fn exchange(
        &self,
        method: &Method,
        address: &Url,
        body: Option<&Value>,
        redirects: Redirects,
    ) -> Result<Raw, Broken> {
        let exchange = self.follow(method, address, body, redirects);
        match tokio::time::timeout(self.time_out, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(Broken {
                message: format!("it gave no answer within {} s", self.time_out.as_secs_f32()),
                request: Request::PerhapsDone,
            }),
        }
    }

    /// GitHub wants a request repeated as it was, whatever the kind of the redirect
    /// (<https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects>).
    async fn follow(
        &self,
        method: &Method,
        address: &Url,
        body: Option<&Value>,
        redirects: Redirects,
    ) -> Result<Raw, Broken> {
        let mut address = address.clone();
        let mut raw = self.send(method, &address, body).await?;
        for _ in 0..MOST_REDIRECTS {
            let is_answer = raw.status == 302 && redirects == Redirects::Answers;
            let location = raw.location.as_deref().filter(|_| !is_answer);
            let next = location.and_then(|location| self.within_the_api(&address, location));
            match next {
                Some(next) => address = next,
                None => return Ok(raw),
            }
            raw = self.send(method, &address, body).await?;
        }
        Ok(raw)
    }

    async fn send(
        &self,
        method: &Method,
        address: &Url,
        body: Option<&Value>,
    ) -> Result<Raw, Broken> {
        let broken = |error: octocrab::Error| Broken::new(&error);
        let known = match *method {
            Method::GET => self.memory.answer(address.as_str()),
            _ => None,
        };
        self.memory.count_call();
        let response = match *method {
            Method::POST => self.octocrab._post(address.as_str(), body).await,
            Method::PATCH => self.octocrab._patch(address.as_str(), body).await,
            _ => {
                let condition = known.as_ref().and_then(Remembered::condition);
                let address = address.as_str();
                self.octocrab._get_with_headers(address, condition).await
            }
        };
        let response = response.map_err(broken)?;
        self.memory.note_limits(response.headers());
        let mut raw = Raw::from_head(response.status().as_u16(), response.headers());
        raw.body = self
            .octocrab
            .body_to_string(response)
            .await
            .map_err(broken)?;
        tracing::debug!(%method, path = address.path(), status = raw.status, "asked GitHub");
        Ok(self.remembering(raw, known, address))
    }

    /// Puts what is known in the place of `304 Not Modified`, and keeps what is new.
    fn remembering(&self, mut raw: Raw, known: Option<Remembered>, address: &Url) -> Raw {
        match (raw.status, known, raw.etag.take()) {
            (304, Some(known), _) => Raw {
                status: 200,
                body: known.body,
                next_page: known.next_page,
                ..raw
            },
            (200, _, Some(etag)) => {
                let answer = Remembered {
                    etag,
                    body: raw.body.clone(),
                    next_page: raw.next_page.clone(),
                };
                self.memory.keep(address.as_str(), answer);
                raw
            }
            _ => raw,
        }
    }
}

impl Remembered {
    fn condition(&self) -> Option<HeaderMap> {
        let etag = HeaderValue::from_str(&self.etag).ok()?;
        Some(HeaderMap::from_iter([(IF_NONE_MATCH, etag)]))
    }
}

impl Raw {
    fn from_head(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        let links = text("link").unwrap_or_default();
        Self {
            status,
            wait: wait(headers),
            location: text("location").filter(|_| (300..400).contains(&status)),
            accepted_permissions: text("x-accepted-github-permissions"),
            next_page: next_in(&links),
            etag: text("etag"),
            body: String::new(),
        }
    }

    /// The `cursor` in the address of the next page, which is not followed itself.
    pub(super) fn next_cursor(&self) -> Option<String> {
        let next = Url::parse(self.next_page.as_deref()?).ok()?;
        let mut pairs = next.query_pairs();
        let cursor = pairs.find(|(name, _)| name == "cursor");
        cursor.map(|(_, value)| value.into_owned())
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether GitHub did nothing because too much was asked of it: by the hour, or at once
    /// (its "secondary" limit).
    pub(super) fn is_limit(&self) -> bool {
        let says_so = || self.message().to_lowercase().contains("rate limit");
        match self.status {
            429 => true,
            403 => self.wait.is_some() || says_so(),
            _ => false,
        }
    }

    /// Whether GitHub failed at it, perhaps after it was done.
    pub(super) fn is_trouble(&self) -> bool {
        self.status >= 500 || self.status == 408
    }

    /// How long to wait before it is asked for again, where GitHub has a say in it.
    pub(super) fn wait_asked_for(&self) -> Option<Duration> {
        match () {
            () if self.is_limit() => self.wait.or(Some(WAIT_AFTER_LIMIT)),
            () if self.is_trouble() => self.wait,
            () => None,
        }
    }
}

/// The address of the next page in a `link` header (RFC 8288).
fn next_in(links: &str) -> Option<String> {
    let mut links = links.split(',');
    let next = links.find(|link| link.contains("rel=\"next\""))?;
    let (address, _) = next.split_once('>')?;
    Some(address.trim().trim_start_matches('<').to_owned())
}

/// What GitHub asks to wait, in the order in which it wants its headers read.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    if let Some(seconds) = number(headers, "retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    if number(headers, "x-ratelimit-remaining") != Some(0) {
        return None;
    }
    let resets = timestamp(number(headers, "x-ratelimit-reset")?)?;
    let wait = resets.duration_since(Timestamp::now());
    Some(Duration::try_from(wait).unwrap_or_default())
}

impl Broken {
    pub(super) fn new(error: &octocrab::Error) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        let mut message = "the exchange broke off".to_owned();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<reqwest::Error>() {
                return Self::from(error);
            }
            message = error.to_string();
            cause = error.source();
        }
        Self {
            message,
            request: Request::PerhapsDone,
        }
    }

    pub(super) fn into_error(self) -> GitHubError {
        let message = self.message;
        GitHubError::Unreachable { message }
    }
}

impl From<&reqwest::Error> for Broken {
    fn from(error: &reqwest::Error) -> Self {
        Self {
            message: transport::in_words(error),
            request: match error.is_connect() {
                true => Request::NotSent,
                false => Request::PerhapsDone,
            },
        }
    }
}
