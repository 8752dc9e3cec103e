//! An issuer of tokens on this machine, with real keys, that publishes what it is told to.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use octocrab::jsonwebtoken::jwk::Jwk;
use octocrab::jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::web::{Web, answer, ok};

/// For whom good tokens are made.
pub(crate) const AUDIENCE: &str = "https://tollgate.example";

/// The issuer.
pub(crate) struct Issuer {
    web: Web,
    published: Arc<Mutex<Vec<Value>>>,
}

/// A key of the issuer, or of somebody who would like to be it.
pub(crate) struct Signer {
    kid: String,
    key: EncodingKey,
    /// What is published of it.
    pub(crate) public: Value,
    /// The public key as it stands in files.
    pub(crate) public_pem: String,
}

impl Issuer {
    pub(crate) fn start() -> Self {
        let published: Arc<Mutex<Vec<Value>>> = Arc::default();
        let keys = Arc::clone(&published);
        let web = Web::start(move |_, request| {
            let host = request.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("host").then(|| value.trim())
            });
            let address = format!("http://{}", host.unwrap());
            match request.split(' ').nth(1).unwrap() {
                "/.well-known/openid-configuration" => {
                    let keys = format!("{address}/.well-known/jwks");
                    ok(&json!({"issuer": address, "jwks_uri": keys}).to_string())
                }
                "/.well-known/jwks" => ok(&json!({"keys": *keys.lock().unwrap()}).to_string()),
                _ => answer("404 Not Found", "", ""),
            }
        });
        Self { web, published }
    }

    /// Its address, as tokens spell it.
    pub(crate) fn address(&self) -> String {
        self.web.url("")
    }

    /// Publishes these keys, and no others any more.
    pub(crate) fn publish(&self, signers: &[&Signer]) {
        let keys = signers.iter().map(|signer| signer.public.clone());
        *self.published.lock().unwrap() = keys.collect();
    }

    /// How often it was asked for its keys.
    pub(crate) fn asked(&self) -> usize {
        let requests = self.web.requests();
        requests
            .iter()
            .filter(|request| request.contains("/jwks "))
            .count()
    }

    /// The claims of a job of `acme/shop`, with an id of their own.
    pub(crate) fn claims(&self) -> Value {
        let now = jiff::Timestamp::now().as_second();
        json!({
            "iss": self.address(), "aud": AUDIENCE, "sub": "repo:acme/shop:ref:refs/heads/main",
            "jti": uuid::Uuid::new_v4(), "exp": now + 300, "nbf": now - 600, "iat": now,
            "repository": "acme/shop", "repository_id": "42", "repository_owner_id": "7",
            "actor": "alice", "run_id": "77", "run_attempt": "1", "sha": super::server::SHA,
        })
    }
}

impl Signer {
    pub(crate) fn new(kid: &str) -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap();
        let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        let mut public = serde_json::to_value(jwk).unwrap();
        public["kid"] = kid.into();
        public["use"] = "sig".into();
        Self {
            kid: kid.to_owned(),
            key,
            public,
            public_pem: pair.public_key_pem(),
        }
    }

    /// A token as the issuer makes them.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(Algorithm::RS256, claims)
    }

    pub(crate) fn sign_as(&self, algorithm: Algorithm, claims: &Value) -> String {
        let mut header = Header::new(algorithm);
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &self.key).unwrap()
    }

    /// A token without an id of its key.
    pub(crate) fn sign_without_kid(&self, claims: &Value) -> String {
        encode(&Header::new(Algorithm::RS256), claims, &self.key).unwrap()
    }

    /// HS256 with what everybody knows of the key as the secret.
    pub(crate) fn sign_with_the_public_key(&self, secret: &[u8], claims: &Value) -> String {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    /// `alg: none` with any signature.
    pub(crate) fn unsigned(&self, claims: &Value, signature: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": "none", "typ": "JWT", "kid": self.kid});
        format!("{}.{}.{signature}", part(&header), part(claims))
    }
}

/// The same token with other claims: the signature is the old one.
pub(crate) fn altered(token: &str, claims: &Value) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{}.{payload}.{}", parts[0], parts[2])
}
