//! Tokens that GitHub Actions makes for its jobs (OpenID Connect): whether a signature is the
//! issuer's (<https://docs.github.com/en/actions/reference/security/oidc>).
//!
//! Only RS256 is read, whatever the token says of itself, and only keys that the issuer publishes
//! now. What the token claims is judged elsewhere. And the other side: asking for a token as a job.

mod fetch;
mod job;
mod ring;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use octocrab::jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

pub use self::job::{JobTokens, NoToken};

use self::fetch::Fetcher;
use self::ring::{KeyRing, Lookup};
use crate::domain::access::token::Claims;

/// Why a token's signature was not found good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// It is no token that this build reads.
    #[error("it is no RS256 token with the claims of GitHub Actions")]
    Malformed,
    /// The issuer publishes no such key.
    #[error("the issuer has no such key")]
    UnknownKey,
    /// Somebody else signed it, or it was altered.
    #[error("its signature does not hold")]
    BadSignature,
    /// The issuer's keys could not be had, so nothing can be said of the token.
    #[error("the issuer's keys cannot be had: {0}")]
    Unreachable(String),
}

/// An issuer of tokens, with the keys that it published when it was asked last.
#[derive(Debug)]
pub struct Issuer {
    fetcher: Fetcher,
    ring: Mutex<KeyRing>,
    /// Held by whoever asks the issuer, so that many callers make one request.
    asking: tokio::sync::Mutex<()>,
}

impl Issuer {
    /// An issuer by its address, as tokens spell it under `iss`.
    ///
    /// # Errors
    /// An address that is not https (or http on this machine), or TLS that can't be set up.
    pub fn new(address: &str) -> Result<Self, String> {
        Ok(Self {
            fetcher: Fetcher::new(address)?,
            ring: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        })
    }

    /// The claims of a token whose signature holds. Nothing else about them is checked.
    ///
    /// # Errors
    /// [`OidcError`].
    pub async fn verified(&self, token: &str) -> Result<Claims, OidcError> {
        let header = decode_header(token).map_err(|_| OidcError::Malformed)?;
        let (Algorithm::RS256, Some(kid)) = (header.alg, header.kid) else {
            return Err(OidcError::Malformed);
        };
        let key = self.key(&kid).await?;
        read(token, &key)
    }

    /// The key of an id: a known one, else what the issuer publishes now.
    async fn key(&self, kid: &str) -> Result<DecodingKey, OidcError> {
        if let Lookup::Fresh(key) = self.ring().find(kid, Instant::now()) {
            return Ok(key);
        }
        let _one_at_a_time = self.asking.lock().await;
        let known = match self.ring().find(kid, Instant::now()) {
            Lookup::Fresh(key) => return Ok(key),
            Lookup::Stale(key) => Some(key),
            Lookup::Unknown => None,
        };
        if !self.ring().may_ask(Instant::now()) {
            return known.ok_or(OidcError::UnknownKey);
        }
        match self.fetcher.keys().await {
            Ok(keys) => self.ring().replace(keys, Instant::now()),
            Err(message) => {
                tracing::warn!(message, "the issuer of tokens gave no keys");
                return known.ok_or(OidcError::Unreachable(message));
            }
        }
        match self.ring().find(kid, Instant::now()) {
            Lookup::Fresh(key) => Ok(key),
            Lookup::Stale(_) | Lookup::Unknown => Err(OidcError::UnknownKey),
        }
    }

    fn ring(&self) -> MutexGuard<'_, KeyRing> {
        // A ring is whole after any panic of its users: it is replaced as one.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a token with a key. Times, issuer and audience are judged with the other claims.
fn read(token: &str, key: &DecodingKey) -> Result<Claims, OidcError> {
    use octocrab::jsonwebtoken::errors::ErrorKind;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let read = decode::<Claims>(token, key, &validation);
    read.map(|data| data.claims)
        .map_err(|error| match error.kind() {
            ErrorKind::Json(_) | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => OidcError::Malformed,
            _ => OidcError::BadSignature,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_asked_over_https_or_on_this_machine() {
        for (address, is_good) in [
            ("https://token.actions.githubusercontent.com", true),
            ("https://ghes.example/_services/token", true),
            ("http://127.0.0.1:7000", true),
            ("http://[::1]:7000", true),
            ("http://localhost:7000/slug", true),
            ("http://token.example", false),
            ("ftp://127.0.0.1", false),
            ("token.example", false),
        ] {
            assert_eq!(Issuer::new(address).is_ok(), is_good, "{address}");
        }
    }
}
