//! Artifacts, downloaded in bounded memory and checked against their digest.

use std::path::Path;

use reqwest::{Response, Url};
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::exchange::Redirects;
use super::{Artifact, Client, GitHubError, Subject};
use crate::domain::ids::Sha256Digest;
use crate::retry::Try;
use crate::transport;

/// Where one download goes, and how much of it.
#[derive(Clone, Copy)]
struct Target<'a> {
    what: &'a str,
    file: &'a Path,
    most_bytes: u64,
}

impl Client {
    /// Downloads an artifact's ZIP file to `to`, `most_bytes` at the most, and gives its digest.
    /// The signed address of the file, which holds for a minute, gets no token and is shown to
    /// nobody. When it fails, there is no file.
    /// <https://docs.github.com/en/rest/actions/artifacts#download-an-artifact>
    ///
    /// # Errors
    /// When GitHub can't be asked or keeps it no longer, when it is too large, takes too long, can't
    /// be written, or has another digest than GitHub gives for it.
    pub async fn download_artifact(
        &self,
        artifact: &Artifact,
        to: &Path,
        most_bytes: u64,
    ) -> Result<Sha256Digest, GitHubError> {
        let what = format!("artifact `{}` ({})", artifact.name, artifact.id);
        let target = Target {
            what: &what,
            file: to,
            most_bytes,
        };
        let attempt = async || self.attempt(artifact, target).await;
        let most = self.allowance.of(artifact.size_in_bytes);
        let downloaded = tokio::time::timeout(most, self.retry.ask(attempt)).await;
        let downloaded = downloaded.unwrap_or_else(|_| {
            let seconds = most.as_secs_f32();
            Err(target.too_slow(format!("it was not complete after {seconds} s")))
        });
        let checked = downloaded.and_then(|found| artifact.checked(&what, found));
        if checked.is_err() {
            let removed = tokio::fs::remove_file(to).await;
            tracing::debug!(?removed, "nobody is to read half a file");
        }
        checked
    }

    async fn attempt(
        &self,
        artifact: &Artifact,
        target: Target<'_>,
    ) -> Try<Result<Sha256Digest, GitHubError>> {
        // GitHub is asked again within, so what it says is final.
        let place = match self.place(artifact, target.what).await {
            Ok(place) => place,
            Err(error) => return Try::Answer(Err(error)),
        };
        match self.fetch(place, target).await {
            Err(error) if error.is_outage() => Try::Again(Err(error)),
            answer => Try::Answer(answer),
        }
    }

    /// Where the file lies.
    async fn place(&self, artifact: &Artifact, what: &str) -> Result<Url, GitHubError> {
        if artifact.expired {
            let what = what.to_owned();
            return Err(GitHubError::Expired { what });
        }
        let route = format!("actions/artifacts/{}/zip", artifact.id);
        let raw = self.ask(&route, Redirects::Answers).await?;
        let location = raw.location.as_deref().filter(|_| raw.status == 302);
        let Some(location) = location else {
            let permission = "actions: read";
            let subject = Subject { what, permission };
            return Err(raw.error(&self.repository, subject));
        };
        let place = self.address(&route)?.join(location);
        place.map_err(|error| GitHubError::Unreachable {
            message: format!("where the {what} lies can't be read: {error}"),
        })
    }

    async fn fetch(&self, place: Url, target: Target<'_>) -> Result<Sha256Digest, GitHubError> {
        let request = self.without_token.get(place).send();
        let response = self.in_time(request, target).await?;
        match response.status().as_u16() {
            200 => self.receive(response, target).await,
            status => Err(target.unreachable(&format!("its store answered {status}"))),
        }
    }

    async fn receive(
        &self,
        mut response: Response,
        target: Target<'_>,
    ) -> Result<Sha256Digest, GitHubError> {
        target.takes(response.content_length().unwrap_or_default())?;
        let not_written = |error: std::io::Error| target.not_written(&error);
        let mut file = File::create(target.file).await.map_err(not_written)?;
        let (mut hasher, mut bytes) = (Sha256::new(), 0);
        while let Some(chunk) = self.in_time(response.chunk(), target).await? {
            bytes += chunk.len() as u64;
            target.takes(bytes)?;
            hasher.update(&chunk);
            file.write_all(&chunk).await.map_err(not_written)?;
        }
        file.flush().await.map_err(not_written)?;
        Ok(Sha256Digest::from_bytes(hasher.finalize().into()))
    }

    /// Waits for the next thing that the store sends.
    async fn in_time<T>(
        &self,
        next: impl Future<Output = Result<T, reqwest::Error>>,
        target: Target<'_>,
    ) -> Result<T, GitHubError> {
        match tokio::time::timeout(self.time_out, next).await {
            Ok(Ok(next)) => Ok(next),
            Ok(Err(error)) => Err(target.unreachable(&transport::in_words(&error))),
            Err(_) => {
                let seconds = self.time_out.as_secs_f32();
                Err(target.too_slow(format!("its store sent nothing for {seconds} s")))
            }
        }
    }
}

impl Target<'_> {
    fn takes(self, bytes: u64) -> Result<(), GitHubError> {
        match bytes <= self.most_bytes {
            true => Ok(()),
            false => Err(GitHubError::TooLarge {
                what: self.what.to_owned(),
                most_bytes: self.most_bytes,
            }),
        }
    }

    fn not_written(self, error: &std::io::Error) -> GitHubError {
        GitHubError::NotWritten {
            file: self.file.display().to_string(),
            message: error.to_string(),
        }
    }

    fn too_slow(self, message: String) -> GitHubError {
        let what = self.what.to_owned();
        GitHubError::TooSlow { what, message }
    }

    fn unreachable(self, message: &str) -> GitHubError {
        GitHubError::Unreachable {
            message: format!("the {} did not come: {message}", self.what),
        }
    }
}

impl Artifact {
    /// The digest of what came, when it is the one that GitHub gives, or GitHub gives none.
    fn checked(&self, what: &str, found: Sha256Digest) -> Result<Sha256Digest, GitHubError> {
        match &self.digest {
            Some(expected) if self.sha256() != Some(found) => Err(GitHubError::Altered {
                what: what.to_owned(),
                expected: expected.clone(),
                found,
            }),
            _ => Ok(found),
        }
    }
}
