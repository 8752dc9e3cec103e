//! What a token of GitHub Actions says of the job that asked for it, once its signature holds
//! (<https://docs.github.com/en/actions/reference/security/oidc>). The subject is never read: its
//! form is the organisation's to choose.

use std::str::FromStr;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Caller, Reach, Role};
use crate::domain::release::Repository;

/// How far the issuer's clock may be ahead, in seconds. An end is an end: it gets no leeway.
const LEEWAY: i64 = 60;

/// The claims that decide. All others are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// Who made the token.
    pub iss: String,
    /// For whom it was made.
    pub aud: Audience,
    /// From then on it is worth nothing, in seconds since 1970.
    pub exp: i64,
    /// Before then it is worth nothing.
    #[serde(default)]
    pub nbf: Option<i64>,
    /// When it was made.
    pub iat: i64,
    /// Its own id: no two tokens have the same.
    pub jti: String,
    /// `owner/name`, as it is now.
    pub repository: Repository,
    /// The number that the repository keeps for good.
    pub repository_id: String,
    /// The login of whoever started the run.
    pub actor: String,
}

/// One audience, or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "serde_json::Value")]
pub struct Audience(Vec<String>);

impl From<serde_json::Value> for Audience {
    /// Anything that is no text is nobody.
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        let all = match value {
            Value::Array(items) => items,
            one => vec![one],
        };
        let texts = all.into_iter().filter_map(|item| match item {
            Value::String(text) => Some(text),
            _ => None,
        });
        Self(texts.collect())
    }
}

/// A repository whose jobs may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// By its number: it stays the same repository when it is renamed.
    Id(u64),
    /// By its name: whoever has the name is trusted.
    Name(Repository),
}

impl FromStr for Trusted {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let name = text.parse().map(Self::Name);
        name.map_err(|_| format!("{text:?} is neither OWNER/NAME nor a repository's number"))
    }
}

impl Trusted {
    /// Tells whether a repository is this one.
    pub fn means(&self, id: &str, name: &Repository) -> bool {
        match self {
            Self::Id(number) => id == number.to_string(),
            Self::Name(known) => name.is_same(known),
        }
    }
}

/// What a token must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRules {
    /// Who makes tokens.
    pub issuer: String,
    /// For whom they must be made.
    pub audience: String,
    /// Whose jobs may call.
    pub repositories: Vec<Trusted>,
}

/// Why a token is not accepted. It is for the log: callers hear that it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Somebody else made it.
    #[error("it is of another issuer")]
    Issuer,
    /// It was made for somebody else.
    #[error("it is for another audience")]
    Audience,
    /// It is too old.
    #[error("it has expired")]
    Expired,
    /// It is from the future.
    #[error("it is not valid yet")]
    TooEarly,
    /// Nobody said that this repository may call.
    #[error("its repository is not among TOLLGATE_REPOSITORIES")]
    Repository,
}

/// Judges what a token says, at a moment. Its job may tell of its own repository only.
///
/// # Errors
/// The first rule that it breaks.
pub fn judge(claims: &Claims, rules: &TokenRules, now: Timestamp) -> Result<Caller, TokenFault> {
    let now = now.as_second();
    if claims.iss != rules.issuer {
        return Err(TokenFault::Issuer);
    }
    if !claims.aud.0.contains(&rules.audience) {
        return Err(TokenFault::Audience);
    }
    if claims.exp <= now {
        return Err(TokenFault::Expired);
    }
    let earliest = claims.nbf.unwrap_or(claims.iat);
    if earliest.saturating_sub(LEEWAY) > now || claims.iat.saturating_sub(LEEWAY) > now {
        return Err(TokenFault::TooEarly);
    }
    let is_trusted = |trusted: &Trusted| trusted.means(&claims.repository_id, &claims.repository);
    if !rules.repositories.iter().any(is_trusted) {
        return Err(TokenFault::Repository);
    }
    Ok(Caller {
        name: claims.actor.clone(),
        role: Role::CiServiceRole,
        reach: Reach::Repository(claims.repository.clone()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn claims(field: &str, value: Value) -> Claims {
        let mut claims = json!({
            "iss": "https://token.example", "aud": "https://tollgate.example",
            "exp": NOW + 300, "nbf": NOW - 600, "iat": NOW, "jti": "j", "sub": "anything",
            "repository": "acme/shop", "repository_id": "42", "actor": "alice",
        });
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(field),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(field.to_owned(), value),
        };
        serde_json::from_value(claims).unwrap()
    }

    fn judged(claims: &Claims, repositories: &str) -> Result<Caller, TokenFault> {
        let repositories = repositories.split(',').map(|it| it.parse().unwrap());
        let rules = TokenRules {
            issuer: "https://token.example".to_owned(),
            audience: "https://tollgate.example".to_owned(),
            repositories: repositories.collect(),
        };
        judge(claims, &rules, Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn each_claim_must_hold() {
        for (field, value, expect) in [
            ("sub", json!("repo:mallory/other"), None),
            ("aud", json!(["another", "https://tollgate.example"]), None),
            ("nbf", Value::Null, None),
            ("exp", json!(NOW + 1), None),
            ("nbf", json!(NOW + 60), None),
            (
                "iss",
                json!("https://token.example/"),
                Some(TokenFault::Issuer),
            ),
            (
                "aud",
                json!("https://tollgate.example/"),
                Some(TokenFault::Audience),
            ),
            ("aud", json!([]), Some(TokenFault::Audience)),
            ("aud", json!(7), Some(TokenFault::Audience)),
            ("exp", json!(NOW), Some(TokenFault::Expired)),
            ("exp", json!(i64::MIN), Some(TokenFault::Expired)),
            ("nbf", json!(NOW + 61), Some(TokenFault::TooEarly)),
            ("iat", json!(NOW + 61), Some(TokenFault::TooEarly)),
            ("repository_id", json!("43"), Some(TokenFault::Repository)),
        ] {
            let found = judged(&claims(field, value.clone()), "42").err();
            assert_eq!(found, expect, "{field} {value}");
        }
    }

    #[test]
    fn a_repository_is_trusted_by_number_or_by_name() {
        for (repositories, is_trusted) in [
            ("42", true),
            ("Acme/Shop", true),
            ("7,acme/shop", true),
            ("acme/other", false),
            ("420", false),
        ] {
            let caller = judged(&claims("sub", json!("")), repositories);
            assert_eq!(caller.is_ok(), is_trusted, "{repositories}");
        }
        let caller = judged(&claims("sub", json!("")), "42").unwrap();
        assert_eq!(
            (caller.name.as_str(), caller.role),
            ("alice", Role::CiServiceRole)
        );
        assert_eq!(
            caller.reach,
            Reach::Repository("acme/shop".parse().unwrap())
        );
        assert!("acme".parse::<Trusted>().is_err());
    }
}
