//! The GitHub App of the control plane: by its private key it gets a token for the installation that
//! a delivery names, and with that a [`Client`] for one repository
//! (<https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app>).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use octocrab::jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::client::{Attempt, Installation};
use super::{Client, GitHubError};
use crate::domain::release::Repository;

/// How long a token is used; GitHub's live for an hour.
const USED_FOR: Duration = Duration::from_secs(50 * 60);

/// How long it is remembered whether the App is installed in a repository, and with which rights.
const INSTALLED_FOR: Duration = Duration::from_secs(5 * 60);

/// How far GitHub's clock may be behind, in seconds.
const BACKDATED: i64 = 60;

/// How long the App's own token lives, in seconds; GitHub takes ten minutes at the most.
const LIFE: i64 = 9 * 60;

/// An App that can act in its installations.
pub struct App {
    api_url: String,
    id: String,
    key: EncodingKey,
    clients: Mutex<HashMap<(u64, String), (Instant, Client)>>,
    installations: Mutex<HashMap<String, (Instant, Installation)>>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
}

impl App {
    /// An App by its id (or client id) and its private key in PEM.
    ///
    /// # Errors
    /// When the key is none.
    pub fn new(api_url: &str, id: &str, private_key: &SecretString) -> Result<Self, String> {
        let key = EncodingKey::from_rsa_pem(private_key.expose_secret().as_bytes());
        Ok(Self {
            api_url: api_url.to_owned(),
            id: id.to_owned(),
            key: key.map_err(|_| "it is no RSA private key in PEM".to_owned())?,
            clients: Mutex::default(),
            installations: Mutex::default(),
        })
    }

    /// A client for a repository in which the App is installed.
    ///
    /// # Errors
    /// When it is not, or GitHub gives no token for it.
    pub async fn client_of(&self, repository: &Repository) -> Result<Client, GitHubError> {
        let installation = self.installation(repository).await?;
        self.client(installation.id, repository).await
    }

    /// The App as it is installed in a repository.
    ///
    /// # Errors
    /// When it is not, or GitHub can't be asked.
    pub async fn installation(&self, repository: &Repository) -> Result<Installation, GitHubError> {
        let place = repository.as_str().to_lowercase();
        if let Some((asked, known)) = locked(&self.installations).get(&place)
            && asked.elapsed() < INSTALLED_FOR
        {
            return Ok(known.clone());
        }
        let as_app = Client::new(&self.api_url, self.token()?, repository.clone())?;
        let found = as_app.installation().await?;
        let mut known = locked(&self.installations);
        known.retain(|_, (asked, _)| asked.elapsed() < INSTALLED_FOR);
        known.insert(place, (Instant::now(), found.clone()));
        Ok(found)
    }

    /// A client for a repository of an installation.
    ///
    /// # Errors
    /// When GitHub gives no token for it.
    pub async fn client(
        &self,
        installation: u64,
        repository: &Repository,
    ) -> Result<Client, GitHubError> {
        let place = (installation, repository.as_str().to_lowercase());
        if let Some((made, client)) = locked(&self.clients).get(&place)
            && made.elapsed() < USED_FOR
        {
            return Ok(client.clone());
        }
        let as_app = Client::new(&self.api_url, self.token()?, repository.clone())?;
        let made = Instant::now();
        let token = as_app.installation_token(installation).await?;
        let client = Client::new(&self.api_url, token, repository.clone())?;
        let mut clients = locked(&self.clients);
        clients.retain(|_, (made, _)| made.elapsed() < USED_FOR);
        clients.insert(place, (made, client.clone()));
        Ok(client)
    }

    /// Every try since a moment to deliver an event to the App, the newest first.
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn deliveries(&self, since: Timestamp) -> Result<Vec<Attempt>, GitHubError> {
        let as_app = Client::of_app(&self.api_url, self.token()?)?;
        as_app.deliveries(since).await
    }

    /// What was sent at one try, as JSON; `None` where GitHub keeps it no longer.
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn delivered(&self, attempt: u64) -> Result<Option<String>, GitHubError> {
        let as_app = Client::of_app(&self.api_url, self.token()?)?;
        as_app.delivered(attempt).await
    }

    /// The App's own token.
    fn token(&self) -> Result<SecretString, GitHubError> {
        let now = Timestamp::now().as_second();
        let claims = Claims {
            iss: &self.id,
            iat: now - BACKDATED,
            exp: now + LIFE,
        };
        let token = encode(&Header::new(Algorithm::RS256), &claims, &self.key);
        token
            .map(SecretString::from)
            .map_err(|error| GitHubError::BadToken {
                message: format!("the App's key signs nothing: {error}"),
            })
    }
}

/// What is behind a lock is whole after any panic of its users.
fn locked<T>(known: &Mutex<T>) -> MutexGuard<'_, T> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
