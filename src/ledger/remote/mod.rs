//! A Tollgate server as a producer sees it: `POST /v1/events` for one event, and
//! `POST /v1/events/batch` for several once the server said that it takes them together.
//!
//! What the server answers for good is told once. What may pass is asked again within
//! [`RetryPolicy`]: the server knows events by their keys, so sending one twice has no second effect.

mod answer;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::Value;

pub use answer::{Answer, Refusal};

use super::Outcome;
use crate::domain::record::envelope::TOGETHER_HEADER;
use crate::domain::record::event::Event;
use crate::retry::{RetryPolicy, Try};
use crate::transport;

/// How long one answer may take: the server itself gives up after twenty seconds.
const WITHIN: Duration = Duration::from_secs(30);

/// The most that is read of an answer, in bytes: some hundreds for each of [`MOST_TOGETHER`] events.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// The most events that are sent together, whatever the server takes.
const MOST_TOGETHER: usize = 100;

/// The most that is read of how something stands, in bytes.
const LONGEST_DOCUMENT: usize = 16 * 1024 * 1024;

/// The most that is sent together, in bytes: well below what servers and proxies take.
const LARGEST_BATCH: usize = 512 * 1024;

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
    /// How many events it takes together, as it said first; 0 while it said nothing.
    together: AtomicUsize,
}

/// What came back over the line.
struct Heard {
    status: u16,
    /// How long the server wants to be left alone.
    wait: Option<Duration>,
    body: Vec<u8>,
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
            together: AtomicUsize::new(0),
        })
    }

    /// Of events that are to be told, how many the next call may tell: 1 or more.
    pub fn next(&self, events: &[Event]) -> usize {
        let most = self
            .together
            .load(Ordering::Relaxed)
            .clamp(1, MOST_TOGETHER);
        let mut bytes = 0;
        let fitting = events.iter().take(most).take_while(|event| {
            bytes += serde_json::to_vec(event).map_or(0, |json| json.len());
            bytes <= LARGEST_BATCH
        });
        fitting.count().max(1)
    }

    /// Tells one event, with a pass for each try: one may serve a single time.
    pub async fn tell(
        &self,
        event: &Event,
        pass: impl AsyncFnMut() -> Result<SecretString, NoPass>,
    ) -> Answer {
        match self.send(&self.events, event, pass).await {
            Ok(heard) => heard.answer(),
            Err(answer) => answer,
        }
    }

    /// Tells several, as many as [`Server::next`] says. There is an answer to each, up to one that
    /// holds for all that follow. Where they are not taken together, such as by a proxy that thinks
    /// them too large, each is told by itself from then on.
    pub async fn tell_all(
        &self,
        events: &[Event],
        mut pass: impl AsyncFnMut() -> Result<SecretString, NoPass>,
    ) -> Vec<Answer> {
        let mut batch = self.events.clone();
        batch.set_path(&format!("{}/batch", self.events.path()));
        let heard = self.send(&batch, events, &mut pass).await;
        match heard.and_then(|it| answer::read_all(it.status, &it.body, events.len())) {
            Ok(answers) => return answers,
            Err(Answer::Refused(_)) => self.together.store(1, Ordering::Relaxed),
            Err(answer) => return vec![answer],
        }
        let mut answers = Vec::new();
        for event in events {
            answers.push(self.tell(event, &mut pass).await);
            if matches!(
                answers.last(),
                Some(Answer::Closed(_) | Answer::Away { .. })
            ) {
                break;
            }
        }
        answers
    }

    /// Sends something until asking again would change nothing.
    async fn send(
        &self,
        address: &Url,
        what: &(impl Serialize + ?Sized),
        mut pass: impl AsyncFnMut() -> Result<SecretString, NoPass>,
    ) -> Result<Heard, Answer> {
        let once = async || match pass().await {
            Ok(pass) => settled(self.once(address, what, &pass).await),
            Err(NoPass::Away(why)) => Try::Again(Err(Answer::Away { why, wait: None })),
            Err(NoPass::Denied(why)) => Try::Answer(Err(Answer::Closed(why))),
        };
        self.retry.ask(once).await
    }

    async fn once(
        &self,
        address: &Url,
        what: &(impl Serialize + ?Sized),
        pass: &SecretString,
    ) -> Result<Heard, Answer> {
        let away = |why: String| Err(Answer::Away { why, wait: None });
        match tokio::time::timeout(WITHIN, self.post(address, what, pass)).await {
            Ok(Ok(heard)) if answer::may_pass(heard.status) => Err(heard.answer()),
            Ok(Ok(heard)) => Ok(heard),
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

    async fn post(
        &self,
        address: &Url,
        what: &(impl Serialize + ?Sized),
        pass: &SecretString,
    ) -> Result<Heard, reqwest::Error> {
        let request = self.http.post(address.clone()).json(what);
        let request = request.bearer_auth(pass.expose_secret());
        let request = request.header(CONTENT_TYPE, "application/json");
        let mut response = request.send().await?;
        let number = |name: HeaderName| {
            let value = response.headers().get(name)?;
            value.to_str().ok()?.trim().parse::<u64>().ok()
        };
        let wait = number(RETRY_AFTER).map(Duration::from_secs);
        if let Some(most) = number(HeaderName::from_static(TOGETHER_HEADER)) {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let together = &self.together;
            let _ = together.compare_exchange(0, most, Ordering::Relaxed, Ordering::Relaxed);
        }
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                break;
            }
        }
        Ok(Heard { status, wait, body })
    }
}

impl Heard {
    /// What it means where one event was told, or all of them were answered alike.
    fn answer(&self) -> Answer {
        answer::read(self.status, self.wait, &self.body)
    }
}

fn settled(answer: Result<Heard, Answer>) -> Try<Result<Heard, Answer>> {
    match answer {
        Err(Answer::Away { wait: None, .. }) => Try::Again(answer),
        Err(Answer::Away {
            wait: Some(wait), ..
        }) => Try::After(answer, wait),
        answer => Try::Answer(answer),
    }
}
