//! Tokens of GitHub Actions: jobs call without a secret of their own.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::{ControlPlane, Fault};
use crate::app::failure::Failure;
use crate::domain::access::Caller;
use crate::domain::access::token::{TokenFault, TokenRules, Trusted, judge};
use crate::domain::ids::Sha256Digest;
use crate::github::oidc::{Issuer, OidcError};
use crate::ledger::LedgerError;
use crate::settings::Settings;

/// Whose tokens are read when nothing else is said.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// How long a caller waits for the ledger to say whether a token was used before.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads tokens of one issuer, each once.
#[derive(Debug)]
pub struct Tokens {
    issuer: Issuer,
    rules: TokenRules,
    /// Those that this process saw: most that come a second time come here.
    used: UsedTokens,
}

/// Why a token lets nobody in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLetIn {
    /// Its signature was not found good.
    #[error(transparent)]
    Signature(#[from] OidcError),
    /// It says what it must not.
    #[error(transparent)]
    Claims(#[from] TokenFault),
    /// It was used before.
    #[error("it was used before")]
    Replayed,
    /// Whether it was used before could not be asked.
    #[error("whether it was used before is not known: {0}")]
    NotKnown(Fault),
}

impl NotLetIn {
    /// Tells whether nothing is known against the token: its issuer could not be asked.
    pub fn is_undecided(&self) -> bool {
        matches!(self, Self::Signature(OidcError::Unreachable(_)))
    }
}

impl From<LedgerError> for NotLetIn {
    fn from(error: LedgerError) -> Self {
        Self::NotKnown(error.into())
    }
}

impl Tokens {
    /// Reads `TOLLGATE_OIDC_AUDIENCE`, `TOLLGATE_OIDC_ISSUER` and `TOLLGATE_REPOSITORIES`; `None`
    /// where tokens are not wanted.
    ///
    /// # Errors
    /// Settings that make no sense.
    pub fn of(settings: &Settings) -> Result<Option<Self>, Failure> {
        let Some(audience) = settings.variable("TOLLGATE_OIDC_AUDIENCE") else {
            return match settings.variable("TOLLGATE_OIDC_ISSUER") {
                None => Ok(None),
                Some(_) => Err(Failure::usage(
                    "TOLLGATE_OIDC_ISSUER is set, and TOLLGATE_OIDC_AUDIENCE is not",
                )
                .hint("set it to the address of this server, as jobs ask for it")),
            };
        };
        let address = settings.variable("TOLLGATE_OIDC_ISSUER").unwrap_or(GITHUB);
        let issuer = Issuer::new(address);
        Ok(Some(Self {
            issuer: issuer
                .map_err(|error| Failure::usage(format!("TOLLGATE_OIDC_ISSUER: {error}")))?,
            rules: TokenRules {
                issuer: address.to_owned(),
                audience: audience.to_owned(),
                repositories: named(settings)?,
            },
            used: UsedTokens::default(),
        }))
    }

    /// Who calls with a token, at its first use, whichever server of the ledger it is shown to.
    ///
    /// # Errors
    /// Why it lets nobody in.
    pub async fn caller(
        &self,
        token: &str,
        now: Timestamp,
        plane: &ControlPlane,
    ) -> Result<Caller, NotLetIn> {
        let claims = self.issuer.verified(token).await?;
        let caller = judge(&claims, &self.rules, now)?;
        let token = Sha256Digest::of(format!("{}\n{}", claims.iss, claims.jti).as_bytes());
        let is_first = self.used.is_first_use(token, claims.exp, now)
            && plane.is_first_use(token, claims.exp).await?;
        match is_first {
            true => Ok(caller),
            false => Err(NotLetIn::Replayed),
        }
    }
}

impl ControlPlane {
    /// Uses a token up for all servers of the ledger.
    async fn is_first_use(&self, token: Sha256Digest, expires: i64) -> Result<bool, NotLetIn> {
        let expires = Timestamp::from_second(expires).unwrap_or(Timestamp::MAX);
        let asked = timeout(PATIENCE, self.ledger.use_up(token, expires)).await;
        let answered = asked.map_err(|_| NotLetIn::NotKnown(Fault::too_late()))?;
        answered.map_err(NotLetIn::from)
    }
}

/// The repositories whose jobs may call.
fn named(settings: &Settings) -> Result<Vec<Trusted>, Failure> {
    let repositories = repositories(settings)?;
    if repositories.is_empty() {
        let message =
            "TOLLGATE_OIDC_AUDIENCE is set, and TOLLGATE_REPOSITORIES names no repository";
        return Err(Failure::usage(message).hint(
            "name those whose jobs may call, by number or by OWNER/NAME, with commas between",
        ));
    }
    Ok(repositories)
}

/// `TOLLGATE_REPOSITORIES`.
///
/// # Errors
/// An entry that names none.
pub(super) fn repositories(settings: &Settings) -> Result<Vec<Trusted>, Failure> {
    let text = settings
        .variable("TOLLGATE_REPOSITORIES")
        .unwrap_or_default();
    let names = text.split([',', ' ', '\n', '\t', '\r']);
    let names = names.filter(|name| !name.is_empty());
    let read: Result<Vec<Trusted>, String> = names.map(str::parse).collect();
    read.map_err(|error| Failure::usage(format!("TOLLGATE_REPOSITORIES: {error}")))
}

/// Which tokens were used, until they expire.
#[derive(Debug, Default)]
struct UsedTokens(Mutex<BTreeSet<(i64, [u8; 32])>>);

impl UsedTokens {
    fn is_first_use(&self, token: Sha256Digest, expires: i64, now: Timestamp) -> bool {
        // The set is whole after any panic of its users.
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while used.first().is_some_and(|(end, _)| *end <= now.as_second()) {
            used.pop_first();
        }
        used.insert((expires, *token.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_once_and_forgotten_when_it_has_expired() {
        let used = UsedTokens::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        let token = |name: &str| Sha256Digest::of(name.as_bytes());
        for (jti, expires, now, expect) in [
            ("a", 100, 10, true),
            ("a", 100, 10, false),
            ("a", 100, 99, false),
            ("b", 100, 99, true),
        ] {
            assert_eq!(
                used.is_first_use(token(jti), expires, at(now)),
                expect,
                "{jti} at {now}"
            );
        }
        assert!(used.is_first_use(token("c"), 300, at(200)));
        assert_eq!(used.0.lock().unwrap().len(), 1);
    }
}
