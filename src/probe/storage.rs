//! Stores of objects: S3-compatible ones and Supabase. Only listings are asked for.

mod s3;
mod supabase;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use url::{Host, Url};

use crate::retry::{RetryPolicy, Try};
use crate::transport;
use crate::transport::scrub::Scrubber;

/// How much of an answer is read, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// How long one request may take.
const TIME_OUT: Duration = Duration::from_secs(30);

/// The mark of Supabase before the URL's scheme.
const SUPABASE: &str = "supabase+";

/// A store that can be asked.
pub struct Store {
    kind: Kind,
    client: Client,
    retry: RetryPolicy,
    scrubber: Scrubber,
}

enum Kind {
    S3(s3::Account),
    Supabase(supabase::Project),
}

/// What a store says about a bucket or an object. The texts hold no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    Found,
    /// It is not.
    Missing,
    /// The store does not let us look.
    Denied(String),
    /// The store could not be asked, or gave no answer that can be understood.
    Unreachable(String),
}

/// A whole answer over HTTP.
struct Response {
    status: StatusCode,
    body: Vec<u8>,
}

impl Store {
    /// Reads the URL of a store, and the credentials that are not in it from the environment.
    ///
    /// # Errors
    /// Says what is wrong or missing, without showing it.
    pub fn open(url: &str, environment: &BTreeMap<String, String>) -> Result<Self, String> {
        let variable = |name: &str| {
            let value = environment.get(name).map(|value| value.trim());
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let (kind, mut secrets) = match url.trim().strip_prefix(SUPABASE) {
            Some(rest) => {
                let project = supabase::Project::new(web_address(rest)?, &variable)?;
                let secrets = project.secrets();
                (Kind::Supabase(project), secrets)
            }
            None => {
                let account = s3::Account::new(web_address(url.trim())?, &variable)?;
                let secrets = account.secrets();
                (Kind::S3(account), secrets)
            }
        };
        secrets.push(url.trim().to_owned());
        let client = transport::client().map_err(|error| transport::in_words(&error))?;
        Ok(Self {
            kind,
            client,
            retry: RetryPolicy::default(),
            scrubber: Scrubber::of(secrets),
        })
    }

    /// Asks whether a bucket exists and can be listed.
    pub async fn bucket(&self, name: &str) -> Answer {
        let answer = match &self.kind {
            Kind::S3(account) => account.bucket(self, name).await,
            Kind::Supabase(project) => project.bucket(self, name).await,
        };
        self.clean(answer)
    }

    /// Asks whether the listing of a bucket has an object of that key.
    pub async fn object(&self, bucket: &str, key: &str) -> Answer {
        let answer = match &self.kind {
            Kind::S3(account) => account.object(self, bucket, key).await,
            Kind::Supabase(project) => project.object(self, bucket, key).await,
        };
        self.clean(answer)
    }

    fn clean(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Denied(why) => Answer::Denied(self.scrubber.clean(&why)),
            Answer::Unreachable(why) => Answer::Unreachable(self.scrubber.clean(&why)),
            answer => answer,
        }
    }

    /// Sends a request, which `request` makes anew for each try. Failing connections and server
    /// errors are tried again; an error is the answer then.
    async fn send(&self, request: impl Fn(&Client) -> RequestBuilder) -> Result<Response, Answer> {
        let asked = self.retry.ask(async || {
            match exchange(request(&self.client).timeout(TIME_OUT)).await {
                Ok(response) if may_pass(response.status) => Try::Again(Err(Answer::Unreachable(
                    format!("it answered {}", response.status.as_u16()),
                ))),
                Ok(response) => Try::Answer(Ok(response)),
                Err(why) => Try::Again(Err(Answer::Unreachable(why))),
            }
        });
        asked.await
    }
}

/// Tells whether another try may get another answer.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

async fn exchange(request: RequestBuilder) -> Result<Response, String> {
    let in_words = |error: reqwest::Error| transport::in_words(&error);
    let mut response = request.send().await.map_err(in_words)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(in_words)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(format!("its answer is longer than {LONGEST} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, body })
}

/// An address with a path that ends in `/`.
fn web_address(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("its URL is none: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        let why = "its URL does not begin with https://, http:// or supabase+https://";
        return Err(why.to_owned());
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// The user and password of a URL, decoded and taken out of it.
fn take_user(url: &mut Url) -> (String, String) {
    let decoded = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text);
        decoded.decode_utf8_lossy().into_owned()
    };
    let (user, password) = (url.username(), url.password().unwrap_or_default());
    let taken = (decoded(user), decoded(password));
    // Neither fails for a URL that has a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    taken
}

/// Tells whether a URL leads to this machine.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
