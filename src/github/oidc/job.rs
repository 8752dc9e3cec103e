//! Asking GitHub for a token that says which job this is
//! (<https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token>).

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::transport;

/// How long one answer may take.
const WITHIN: Duration = Duration::from_secs(10);

/// Why a job has no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// GitHub is away, or says so.
    #[error("GitHub gave no token for this job: {0}")]
    Away(String),
    /// GitHub gives this job none, or what it gave is none.
    #[error("GitHub gives this job no token: {0}")]
    Denied(String),
}

/// Where a job asks for tokens. They are for one audience, and each is a new one.
#[derive(Debug)]
pub struct JobTokens {
    place: Url,
    right: SecretString,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Given {
    value: String,
}

impl JobTokens {
    /// Reads `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`; `None` where the
    /// job may not have tokens (`permissions: id-token: write` is what gives the right).
    ///
    /// # Errors
    /// An address that is not https (or http on this machine), or TLS that can't be set up.
    pub fn find(
        environment: &BTreeMap<String, String>,
        audience: &str,
    ) -> Result<Option<Self>, String> {
        let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let place = set("ACTIONS_ID_TOKEN_REQUEST_URL");
        let (Some(place), Some(right)) = (place, set("ACTIONS_ID_TOKEN_REQUEST_TOKEN")) else {
            return Ok(None);
        };
        let mut place: Url = place
            .parse()
            .map_err(|error| format!("ACTIONS_ID_TOKEN_REQUEST_URL is no URL: {error}"))?;
        if !transport::is_safe(&place) {
            return Err("ACTIONS_ID_TOKEN_REQUEST_URL is not https".to_owned());
        }
        place.query_pairs_mut().append_pair("audience", audience);
        let http = transport::client_for(&place).map_err(|error| transport::in_words(&error))?;
        Ok(Some(Self {
            place,
            right: right.clone().into(),
            http,
        }))
    }

    /// A token that was not used yet.
    ///
    /// # Errors
    /// [`NoToken`].
    pub async fn fresh(&self) -> Result<SecretString, NoToken> {
        let asked = tokio::time::timeout(WITHIN, self.ask()).await;
        asked.unwrap_or_else(|_| Err(NoToken::Away("it took too long".to_owned())))
    }

    async fn ask(&self) -> Result<SecretString, NoToken> {
        let away = |error: reqwest::Error| NoToken::Away(transport::in_words(&error));
        let request = self.http.get(self.place.clone());
        let request = request.bearer_auth(self.right.expose_secret());
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        if !status.is_success() {
            let said = format!("it answered {}", status.as_u16());
            let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            return Err(if may_pass {
                NoToken::Away(said)
            } else {
                NoToken::Denied(said)
            });
        }
        let text = response.bytes().await.map_err(away)?;
        // What could not be read may hold a token, so nothing of it is told.
        let given: Given = serde_json::from_slice(&text)
            .map_err(|_| NoToken::Denied("its answer makes no sense".to_owned()))?;
        Ok(given.value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pairs: &[(&str, &str)]) -> Result<Option<String>, String> {
        let named = |(name, value): &(&str, &str)| {
            (
                format!("ACTIONS_ID_TOKEN_REQUEST_{name}"),
                (*value).to_owned(),
            )
        };
        let found = JobTokens::find(&pairs.iter().map(named).collect(), "https://a.test/x y");
        found.map(|tokens| tokens.map(|tokens| tokens.place.to_string()))
    }

    #[test]
    fn a_job_asks_where_github_says_and_for_one_audience() {
        let url = ("URL", "https://t.test/id?api-version=2.0");
        let asked = "https://t.test/id?api-version=2.0&audience=https%3A%2F%2Fa.test%2Fx+y";
        assert_eq!(find(&[url, ("TOKEN", "right")]), Ok(Some(asked.to_owned())));
        assert_eq!(find(&[url]), Ok(None));
        assert_eq!(find(&[url, ("TOKEN", "")]), Ok(None));
        assert_eq!(find(&[("TOKEN", "right")]), Ok(None));
        assert!(find(&[("URL", "http://t.test/"), ("TOKEN", "right")]).is_err());
    }
}
