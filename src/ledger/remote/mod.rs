//! A Tollgate server as a producer sees it: `POST /v1/events`, one event at a time.
//!
//! What the server answers for good is told once. What may pass is asked again within
//! [`RetryPolicy`]: the server knows events by their keys, so sending one twice has no second effect.

mod answer;

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

pub use answer::{Answer, Refusal};

use super::Outcome;
use crate::domain::record::event::Event;
use crate::retry::{RetryPolicy, Try};
use crate::transport;

/// How long one answer may take: the server itself gives up after twenty seconds.
const WITHIN: Duration = Duration::from_secs(30);

/// The most that is read of an answer, in bytes.
const LIMIT: usize = 64 * 1024;

/// The most that is read of how something stands, in bytes.
const LONGEST_DOCUMENT: usize = 16 * 1024 * 1024;

/// Why there is nothing to show at the server's door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPass {
    /// Asking for it again may help.
    Away(String),
    /// There is none.
    Denied(String),
}

/// A server.
#[derive(Debug)]
pub struct Server {
    events: Url,
    http: reqwest::Client,
    retry: RetryPolicy,
}

impl Server {
    /// A server whose events are taken at an address.
    ///
    /// # Errors
    /// An address that is not https (or http on this machine), or TLS that can't be set up.
    pub fn new(events: Url) -> Result<Self, String> {
        if !transport::is_safe(&events) {
            return Err("it must be https, or http on this machine".to_owned());
        }
        let http = transport::client_for(&events).map_err(|error| transport::in_words(&error))?;
        Ok(Self {
            events,
            http,
            retry: RetryPolicy::default(),
        })
    }

    /// Tells one event, with a pass for each try: one may serve a single time.
    pub async fn tell(
        &self,
        event: &Event,
        mut pass: impl AsyncFnMut() -> Result<SecretString, NoPass>,
    ) -> Answer {
        let once = async || match pass().await {
            Ok(pass) => settled(self.once(event, &pass).await),
            Err(NoPass::Away(why)) => Try::Again(Answer::Away { why, wait: None }),
            Err(NoPass::Denied(why)) => Try::Answer(Answer::Closed(why)),
        };
        self.retry.ask(once).await
    }

    async fn once(&self, event: &Event, pass: &SecretString) -> Answer {
        let away = |why: String| Answer::Away { why, wait: None };
        match tokio::time::timeout(WITHIN, self.post(event, pass)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => away(transport::in_words(&error)),
            Err(_) => away("it took too long".to_owned()),
        }
    }

    /// Asks how something stands: the JSON at an address of the server.
    ///
    /// # Errors
    /// Why there is no answer. It is not asked again.
    pub async fn ask(&self, address: Url, pass: &SecretString) -> Result<Value, String> {
        let asked = self
            .http
            .get(address)
            .bearer_auth(pass.expose_secret())
            .send();
        let told = async {
            let mut response = asked.await?;
            let status = response.status();
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk);
                if body.len() > LONGEST_DOCUMENT {
                    break;
                }
            }
            Ok::<_, reqwest::Error>((status, body))
        };
        let (status, body) = match tokio::time::timeout(WITHIN, told).await {
            Ok(told) => told.map_err(|error| transport::in_words(&error))?,
            Err(_) => return Err("it took too long".to_owned()),
        };
        let document = serde_json::from_slice(&body).ok();
        match document.filter(|_| status == reqwest::StatusCode::OK) {
            Some(document) => Ok(document),
            None => Err(format!("it answered {}", status.as_u16())),
        }
    }

    async fn post(&self, event: &Event, pass: &SecretString) -> Result<Answer, reqwest::Error> {
        let request = self.http.post(self.events.clone()).json(event);
        let request = request.bearer_auth(pass.expose_secret());
        let request = request.header(CONTENT_TYPE, "application/json");
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let wait = response.headers().get(RETRY_AFTER);
        let wait = wait.and_then(|wait| wait.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LIMIT {
                break;
            }
        }
        Ok(answer::read(status, wait.map(Duration::from_secs), &body))
    }
}

fn settled(answer: Answer) -> Try<Answer> {
    match answer {
        Answer::Away { wait: None, .. } => Try::Again(answer),
        Answer::Away {
            wait: Some(wait), ..
        } => Try::After(answer, wait),
        answer => Try::Answer(answer),
    }
}
