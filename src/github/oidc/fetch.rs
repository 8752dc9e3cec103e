//! Asking an issuer for its keys (OpenID Connect Discovery 1.0, section 4; RFC 7517).

use std::collections::HashMap;
use std::time::Duration;

use octocrab::jsonwebtoken::DecodingKey;
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::transport::{self, is_safe};

/// How long one answer may take.
const WITHIN: Duration = Duration::from_secs(10);

/// The most that is read of one answer, in bytes.
const LIMIT: usize = 1024 * 1024;

/// Asks one issuer.
#[derive(Debug)]
pub(super) struct Fetcher {
    address: String,
    http: reqwest::Client,
}

/// `/.well-known/openid-configuration`.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: Url,
}

/// A set of keys. Keys of kinds that this build does not read stand there too.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// An RSA key, RFC 7518, section 6.3.
#[derive(Deserialize)]
struct RsaKey {
    kty: String,
    kid: String,
    n: String,
    e: String,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    alg: Option<String>,
}

impl Fetcher {
    pub(super) fn new(address: &str) -> Result<Self, String> {
        let url: Url = address
            .parse()
            .map_err(|error| format!("it is no URL: {error}"))?;
        if !is_safe(&url) {
            return Err("it must be https, or http on this machine".to_owned());
        }
        Ok(Self {
            address: address.to_owned(),
            http: transport::client().map_err(|error| transport::in_words(&error))?,
        })
    }

    /// The keys that the issuer publishes, by id.
    pub(super) async fn keys(&self) -> Result<HashMap<String, DecodingKey>, String> {
        let place = format!(
            "{}/.well-known/openid-configuration",
            self.address.trim_end_matches('/')
        );
        let place = place.parse().map_err(|error| format!("{error}"))?;
        let configuration: Configuration = self.get(place).await?;
        if configuration.issuer != self.address {
            return Err("its configuration is of another issuer".to_owned());
        }
        if !is_safe(&configuration.jwks_uri) {
            return Err("its keys do not lie under https".to_owned());
        }
        let set: KeySet = self.get(configuration.jwks_uri).await?;
        Ok(set.keys.into_iter().filter_map(usable).collect())
    }

    async fn get<T: DeserializeOwned>(&self, place: Url) -> Result<T, String> {
        let read = tokio::time::timeout(WITHIN, self.read(place)).await;
        let bytes = read.map_err(|_| "it took too long".to_owned())??;
        serde_json::from_slice(&bytes).map_err(|_| "its answer makes no sense".to_owned())
    }

    async fn read(&self, place: Url) -> Result<Vec<u8>, String> {
        let in_words = |error: reqwest::Error| transport::in_words(&error);
        let mut response = self.http.get(place).send().await.map_err(in_words)?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(in_words)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LIMIT {
                return Err("its answer is too long".to_owned());
            }
        }
        Ok(bytes)
    }
}

/// A key that may verify RS256; `None` for all others.
fn usable(key: Value) -> Option<(String, DecodingKey)> {
    let key: RsaKey = serde_json::from_value(key).ok()?;
    let is_for =
        |value: &Option<String>, wanted: &str| value.as_deref().is_none_or(|it| it == wanted);
    let is_usable = key.kty == "RSA" && is_for(&key.purpose, "sig") && is_for(&key.alg, "RS256");
    let decoding = DecodingKey::from_rsa_components(&key.n, &key.e).ok()?;
    is_usable.then_some((key.kid, decoding))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_rsa_keys_for_signatures_are_taken() {
        let whole = json!({"kty": "RSA", "kid": "a", "n": "sXch", "e": "AQAB", "use": "sig", "alg": "RS256"});
        for (field, value, is_taken) in [
            ("x5t", json!("more"), true),
            ("use", Value::Null, true),
            ("alg", Value::Null, true),
            ("use", json!("enc"), false),
            ("alg", json!("HS256"), false),
            ("kty", json!("oct"), false),
            ("kid", json!(7), false),
            ("n", json!("not base64!"), false),
        ] {
            let mut key = whole.clone();
            key[field] = value.clone();
            assert_eq!(usable(key).is_some(), is_taken, "{field} {value}");
        }
    }
}
