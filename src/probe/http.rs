//! One HTTP request, timed, with its answer read up to a limit.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::tls::TlsInfo;
use reqwest::{Client, Method, Request, Response, StatusCode};
use url::Url;

use crate::domain::check::{HttpRule, Redirects};
use crate::transport;

/// How much of an answer is read, in bytes.
pub const LONGEST: usize = 4 * 1024 * 1024;

/// How many redirects are followed.
const HOPS: usize = 10;

/// An endpoint that can be asked again and again.
pub struct Endpoint {
    client: Client,
    request: Request,
    is_proxied: bool,
}

/// What an endpoint answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// The certificate that it showed, in DER.
    pub certificate: Option<Vec<u8>>,
    /// From the start of the request to the last byte that was read.
    pub took: Duration,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// It has more than [`LONGEST`] bytes, and was not read to its end.
    TooLong,
}

/// Why there is no answer. The texts hold no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// The endpoint was asked, and gave none, or not a whole one.
    OfEndpoint(String),
    /// A proxy stands before it, and did not let us ask.
    OfProxy(String),
}

impl Endpoint {
    /// Prepares the request of a rule.
    ///
    /// # Errors
    /// Says what in the rule can't be used, without showing it.
    pub fn new(rule: &HttpRule) -> Result<Self, String> {
        let url = Url::parse(&rule.url).map_err(|error| format!("the URL is none: {error}"))?;
        let method = Method::from_bytes(rule.method.as_bytes()).map_err(|it| it.to_string())?;
        let is_proxied = transport::is_proxied(&without_user(&url));
        let client = transport::builder()
            .and_then(|it| it.redirect(redirects(rule, &url)).tls_info(true).build())
            .map_err(|error| transport::in_words(&error))?;
        let mut request = client
            .request(method, url)
            .headers(headers(rule)?)
            .timeout(rule.request_time_out);
        if let Some(body) = &rule.body {
            request = request.body(body.clone());
        }
        let request = request
            .build()
            .map_err(|error| transport::in_words(&error))?;
        Ok(Self {
            client,
            request,
            is_proxied,
        })
    }

    /// Asks once.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub async fn ask(&self) -> Result<Answer, NoAnswer> {
        let begin = Instant::now();
        let request = self
            .request
            .try_clone()
            .ok_or_else(|| NoAnswer::OfEndpoint("the request can't be repeated".to_owned()))?;
        let sent = self.client.execute(request).await;
        let mut response = sent.map_err(|error| self.no_answer(&error))?;
        let status = response.status();
        if self.is_proxied && status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(NoAnswer::OfProxy("the proxy wants credentials".to_owned()));
        }
        let body = read(&mut response).await;
        let body = body.map_err(|error| self.no_answer(&error))?;
        let info = response.extensions().get::<TlsInfo>();
        let certificate = info.and_then(|info| info.peer_certificate());
        Ok(Answer {
            status: status.as_u16(),
            headers: response.headers().clone(),
            body,
            certificate: certificate.map(<[u8]>::to_vec),
            took: begin.elapsed(),
        })
    }

    /// What stands in the way of a connection is the proxy, unless the endpoint was reached.
    fn no_answer(&self, error: &reqwest::Error) -> NoAnswer {
        let message = transport::in_words(error);
        match self.is_proxied && error.is_connect() && !transport::is_tls_fault(error) {
            true => NoAnswer::OfProxy(message),
            false => NoAnswer::OfEndpoint(message),
        }
    }
}

async fn read(response: &mut Response) -> Result<Body, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > LONGEST {
            return Ok(Body::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body::Whole(bytes))
}

fn headers(rule: &HttpRule) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &rule.headers {
        let wrong = || format!("the value of the header `{name}` can't stand in a header");
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn redirects(rule: &HttpRule, url: &Url) -> Policy {
    let carries = !rule.headers.is_empty() || rule.body.is_some() || !url.username().is_empty();
    match rule.redirects {
        Redirects::Judged => Policy::none(),
        Redirects::Followed => Policy::custom(move |attempt| match is_allowed(&attempt, carries) {
            true if attempt.previous().len() > HOPS => attempt.error("it redirects for ever"),
            true => attempt.follow(),
            false => attempt.stop(),
        }),
    }
}

/// Never to a place without TLS from one with it, nor with what is meant for one place to another.
fn is_allowed(attempt: &Attempt<'_>, carries: bool) -> bool {
    let to = attempt.url();
    let Some(from) = attempt.previous().last() else {
        return true;
    };
    let (had_tls, has_tls) = (from.scheme() == "https", to.scheme() == "https");
    let is_upgrade = !had_tls && has_tls && from.host_str() == to.host_str();
    let stays = from.origin() == to.origin() || is_upgrade;
    (has_tls || !had_tls) && (stays || !carries)
}

/// Proxies are chosen by scheme and host.
fn without_user(url: &Url) -> String {
    format!(
        "{}://{}/",
        url.scheme(),
        url.authority().rsplit('@').next().unwrap_or_default()
    )
}
