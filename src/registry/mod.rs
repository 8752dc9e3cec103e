//! The digest that an OCI registry holds for a reference
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>).
//!
//! The registry is asked by HEAD for an index or a manifest of either kind, and its own digest is
//! taken; where it names none, the manifest is fetched and hashed. Plain http is spoken to this
//! machine only.

mod credentials;

use std::collections::BTreeMap;
use std::time::Duration;

use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, ParseError, Reference, RegistryOperation};

use crate::domain::ids::ImageDigest;
use crate::retry::{RetryPolicy, Try};
use crate::transport;

pub use credentials::DockerConfig;

/// What a registry says about a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It holds this image.
    Found(ImageDigest),
    /// It holds no such image.
    NoSuchImage,
    /// It could not be asked, or gave no answer that can be understood.
    Unreachable {
        /// What happened.
        message: String,
    },
    /// It does not let us look.
    Denied {
        /// What happened, and what to do.
        message: String,
    },
}

/// A reference that names no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{reference}` is no image reference: {message}; write it as REGISTRY/NAME:TAG")]
pub struct BadReference {
    /// As it was written.
    pub reference: String,
    /// What is wrong with it.
    pub message: String,
}

/// How registries are asked.
#[derive(Debug, Clone)]
pub struct Registry {
    credentials: DockerConfig,
    retry: RetryPolicy,
    time_out: Duration,
}

impl Registry {
    /// Asks with the credentials that `docker login` left behind, three times at most, 30 s each.
    pub fn new(credentials: DockerConfig) -> Self {
        Self {
            credentials,
            retry: RetryPolicy::default(),
            time_out: Duration::from_secs(30),
        }
    }

    /// The same, found through the environment (`DOCKER_CONFIG`, `HOME`).
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Self {
        Self::new(DockerConfig::from_environment(environment))
    }

    /// The same with other patience.
    pub fn with_patience(self, retry: RetryPolicy, time_out: Duration) -> Self {
        Self {
            retry,
            time_out,
            ..self
        }
    }

    /// Asks for the digest of `reference`. Server errors and failing connections are tried again.
    ///
    /// # Errors
    /// Only when the reference names no image; everything else is an [`Answer`].
    pub async fn digest(&self, reference: &str) -> Result<Answer, BadReference> {
        let image = parse(reference)?;
        let auth = match self.credentials.for_registry(image.registry()).await {
            Ok(auth) => auth,
            Err(message) => return Ok(Answer::Denied { message }),
        };
        let answer = self.retry.ask(async || self.try_once(&image, &auth).await);
        Ok(answer.await)
    }

    async fn try_once(&self, image: &Reference, auth: &RegistryAuth) -> Try<Answer> {
        match tokio::time::timeout(self.time_out, ask(image, auth)).await {
            Ok(Ok(digest)) => Try::Answer(found(&digest)),
            Ok(Err(error)) => judge(&error, image),
            Err(_) => Try::Answer(Answer::Unreachable {
                message: format!("it gave no answer within {} s", self.time_out.as_secs_f32()),
            }),
        }
    }
}

/// Reads a reference.
fn parse(reference: &str) -> Result<Reference, BadReference> {
    Reference::try_from(reference).map_err(|error| BadReference {
        reference: reference.to_owned(),
        message: match error {
            ParseError::ReferenceInvalidFormat if reference.chars().any(char::is_uppercase) => {
                "its form is wrong (names are lower-case)".to_owned()
            }
            ParseError::ReferenceInvalidFormat => "its form is wrong".to_owned(),
            other => other.to_string(),
        },
    })
}

/// Asks once: for a token where the registry wants one, then for the digest.
async fn ask(image: &Reference, auth: &RegistryAuth) -> Result<String, OciDistributionError> {
    let signing_in = client(image)?;
    let token = signing_in
        .auth(image, auth, RegistryOperation::Pull)
        .await?;
    match token {
        Some(token) if token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            let auth = RegistryAuth::Bearer(token);
            client(image)?.fetch_manifest_digest(image, &auth).await
        }
        Some(_) => Err(OciDistributionError::RegistryTokenDecodeError(
            "it can't stand in a header".to_owned(),
        )),
        None => signing_in.fetch_manifest_digest(image, auth).await,
    }
}

fn client(image: &Reference) -> Result<Client, OciDistributionError> {
    let host = image.resolve_registry();
    let protocol = match is_this_machine(host) {
        true => ClientProtocol::HttpsExcept(vec![host.to_owned()]),
        false => ClientProtocol::Https,
    };
    let trusted = transport::roots().map(|root| Certificate {
        encoding: CertificateEncoding::Der,
        data: root.to_vec(),
    });
    Client::try_from(ClientConfig {
        protocol,
        tls_certs_only: trusted.collect(),
        user_agent: transport::USER_AGENT,
        ..ClientConfig::default()
    })
}

/// Tells whether a registry's `host` or `host:port` is on this machine.
fn is_this_machine(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    let is_loopback = || {
        host.parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
    };
    host == "localhost" || host.ends_with(".localhost") || is_loopback()
}

fn found(digest: &str) -> Answer {
    match digest.parse() {
        Ok(digest) => Answer::Found(digest),
        Err(error) => Answer::Unreachable {
            message: format!("it named a digest that can't be compared: {error}"),
        },
    }
}

/// Says what an error means, and whether asking again may help.
fn judge(error: &OciDistributionError, image: &Reference) -> Try<Answer> {
    use OciDistributionError as Error;
    match error {
        Error::UnauthorizedError { .. } => Try::Answer(denied(image, "it wants other credentials")),
        Error::AuthenticationFailure(said) => {
            Try::Answer(denied(image, &format!("it gave no token: {}", brief(said))))
        }
        Error::RegistryError { envelope, .. } => {
            let is =
                |codes: &[OciErrorCode]| envelope.errors.iter().any(|e| codes.contains(&e.code));
            use OciErrorCode::{Denied, ManifestUnknown, NameUnknown, NotFound, Unauthorized};
            Try::Answer(match () {
                () if is(&[Unauthorized, Denied]) => denied(image, &envelope.to_string()),
                () if is(&[ManifestUnknown, NameUnknown, NotFound]) => Answer::NoSuchImage,
                () => unreachable(&envelope.to_string()),
            })
        }
        Error::ServerError { code: 404, .. } => Try::Answer(Answer::NoSuchImage),
        Error::ServerError { code: 403, .. } => {
            Try::Answer(denied(image, "it forbids to look (403)"))
        }
        Error::ServerError { code, message, .. } => {
            let answer = unreachable(format!("it answered {code} {}", brief(message)).trim());
            match code {
                500.. => Try::Again(answer),
                _ => Try::Answer(answer),
            }
        }
        Error::RequestError(request) if request.is_connect() => {
            Try::Again(unreachable(&transport::in_words(request)))
        }
        Error::RequestError(request) => Try::Answer(unreachable(&transport::in_words(request))),
        other => Try::Answer(unreachable(&other.to_string())),
    }
}

fn unreachable(message: &str) -> Answer {
    Answer::Unreachable {
        message: message.to_owned(),
    }
}

fn denied(image: &Reference, message: &str) -> Answer {
    let host = image.registry();
    Answer::Denied {
        message: format!("{message}; sign in with `docker login {host}`, or correct the name"),
    }
}

/// The first line of what a server said, cut to a readable length.
fn brief(said: &str) -> String {
    said.lines()
        .next()
        .unwrap_or_default()
        .trim()
        .chars()
        .take(200)
        .collect()
}

#[cfg(test)]
mod tests;
