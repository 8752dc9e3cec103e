//! Who calls: `Authorization: Bearer …`, or the session of a browser → an authenticated caller, or a
//! refusal that says nothing of what would have been accepted.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jiff::Timestamp;

use super::answer::Problem;
use super::{Server, cookie};
use crate::app::control_plane::{
    ControlPlane, Keys, NoSession, NotLetIn, Session, Sessions, Tokens,
};
use crate::domain::access::Caller;

/// Why a caller is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// There is no `Authorization: Bearer`, or more than one.
    NoToken,
    /// There is one, and it opens nothing.
    BadToken,
    /// There is a session, and it opens nothing, or nothing any more.
    NoSession,
    /// Whoever made the token could not be asked for its keys.
    Undecided,
    /// The ledger could not be asked whether the token was used before.
    LedgerAway,
}

impl Denied {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::NoToken => "send one `Authorization: Bearer KEY`",
            Self::BadToken => "this key or token is not accepted",
            Self::NoSession => "this session is not accepted, or no longer",
            Self::Undecided => "the issuer of the token cannot be reached; send a new token later",
            Self::LedgerAway => "the ledger is away; send a new token later",
        }
    }
}

/// Knows who may call.
pub struct Door {
    keys: Keys,
    tokens: Option<Tokens>,
    sessions: Sessions,
    plane: Arc<ControlPlane>,
}

/// Somebody who looks at a page.
pub(super) struct Visitor {
    pub(super) caller: Caller,
    /// Whether a session let them in.
    pub(super) has_session: bool,
}

impl Door {
    /// A door that API keys open, tokens of GitHub Actions where they are wanted, and to pages
    /// sessions.
    pub fn new(
        keys: Keys,
        tokens: Option<Tokens>,
        sessions: Sessions,
        plane: Arc<ControlPlane>,
    ) -> Self {
        Self {
            keys,
            tokens,
            sessions,
            plane,
        }
    }

    /// Tells who calls. A token of GitHub Actions is used up by that.
    pub(super) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Denied> {
        let token = bearer(headers).ok_or(Denied::NoToken)?;
        if let Some(caller) = self.keys.caller(token) {
            return Ok(caller.clone());
        }
        match &self.tokens {
            Some(tokens) if is_jwt(token) => self.read(tokens, token).await,
            _ => {
                tracing::warn!("a key that opens nothing was presented");
                Err(Denied::BadToken)
            }
        }
    }

    async fn read(&self, tokens: &Tokens, token: &str) -> Result<Caller, Denied> {
        let read = tokens.caller(token, Timestamp::now(), &self.plane).await;
        read.map_err(|reason| {
            tracing::warn!(%reason, "a token was not accepted");
            match reason {
                NotLetIn::NotKnown(_) => Denied::LedgerAway,
                reason if reason.is_undecided() => Denied::Undecided,
                _ => Denied::BadToken,
            }
        })
    }
}

impl Door {
    /// Tells who looks at a page: where there is an `Authorization`, it decides; else the session.
    pub(super) async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Denied> {
        if headers.contains_key(AUTHORIZATION) {
            let caller = self.caller(headers).await?;
            let has_session = false;
            return Ok(Visitor {
                caller,
                has_session,
            });
        }
        let now = Timestamp::now();
        let mut denied = Denied::NoToken;
        for text in cookie::sessions(headers) {
            match self.sessions.caller(&self.keys, text, now) {
                Ok(caller) => {
                    return Ok(Visitor {
                        caller: caller.clone(),
                        has_session: true,
                    });
                }
                Err(reason) => {
                    note(reason);
                    denied = Denied::NoSession;
                }
            }
        }
        Err(denied)
    }

    /// Begins a session for whoever has a key.
    pub(super) fn session(&self, key: &str) -> Option<Session> {
        let session = self.sessions.begin(&self.keys, key, Timestamp::now());
        if session.is_none() && !key.is_empty() {
            tracing::warn!("a key that opens nothing was presented");
        }
        session
    }
}

/// Somebody who may call. A handler that takes this first does nothing for anybody else.
pub(super) struct LetIn(pub(super) Caller);

impl FromRequestParts<Arc<Server>> for LetIn {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(server.door.caller(&parts.headers).await?))
    }
}

/// Sessions end by themselves; one that was never given, or by another server, is odd.
fn note(reason: NoSession) {
    match reason {
        NoSession::Over => tracing::debug!(%reason, "a session was not accepted"),
        NoSession::Unknown => tracing::warn!(%reason, "a session was not accepted"),
    }
}

/// Tells whether a text has the three parts of a signed token (RFC 7515, section 7.1).
fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

/// The token of RFC 6750, section 2.1. The scheme is compared without case (RFC 9110, section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_from_the_one_header() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(read(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["bearer  abc "]).as_deref(), Some("abc"));
        for bad in [
            &[][..],
            &["abc"],
            &["Basic abc"],
            &["Bearer "],
            &["Bearer a", "Bearer a"],
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
