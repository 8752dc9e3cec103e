//! Artifacts of the workflow run that Tollgate runs in: GitHub's artifact service, version 4, as
//! its own client speaks to it
//! (<https://github.com/actions/toolkit/tree/main/packages/artifact/src/internal>).
//!
//! An upload makes the artifact, sends the file block by block to an address that is signed for
//! it (<https://learn.microsoft.com/rest/api/storageservices/put-block>), and finishes it with
//! size and digest. The job's token goes to the service only, the signed address to nobody.
//!
//! Everything here may be repeated: a block and the list of blocks replace themselves, making an
//! artifact twice is refused by the service, and one that may be finished is looked for.

mod address;
mod blob;
mod blocks;
mod error;
mod messages;
mod rules;
mod run_token;
mod service;

use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::fs::File;

use super::Allowance;
use crate::domain::ids::Sha256Digest;
use crate::github::context::ArtifactService;
use crate::retry::RetryPolicy;

use address::SignedUrl;
use blob::Blob;
use error::Fault;
use service::Service;

pub use error::ArtifactError;
pub use messages::RunArtifact;

/// How long the service is waited for, and how often it is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For each request.
    pub retry: RetryPolicy,
    /// How long the service may take for an answer.
    pub answer: Duration,
    /// How long a block may take on its way up.
    pub block: Duration,
    /// How long a whole artifact may take, up or down, with all that is tried.
    pub whole: Allowance,
}

impl Default for Patience {
    /// Five tries, after 3, 6, 10 and 10 s: within the times of the official client, which are
    /// 3 s × 1.5ⁿ and up to half as much more.
    fn default() -> Self {
        Self {
            retry: RetryPolicy {
                tries: 5,
                first_pause: Duration::from_secs(3),
                longest_pause: Duration::from_secs(10),
            },
            answer: Duration::from_secs(60),
            block: Duration::from_secs(60),
            whole: Allowance::default(),
        }
    }
}

/// What was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uploaded {
    /// GitHub's id.
    pub id: u64,
    /// In bytes.
    pub size: u64,
    /// Of the bytes that were sent.
    pub digest: Sha256Digest,
}

/// The artifacts of this workflow run.
#[derive(Debug, Clone)]
pub struct Artifacts {
    service: Service,
    longest_days: Option<u32>,
}

impl Artifacts {
    /// Reads where the service is and what the job is called there.
    ///
    /// # Errors
    /// When the address or the token of the job can't be used.
    pub fn new(service: &ArtifactService) -> Result<Self, ArtifactError> {
        Ok(Self {
            service: Service::new(service)?,
            longest_days: service.longest_days.filter(|days| *days > 0),
        })
    }

    /// The same with other patience.
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.service.patience = patience;
        self
    }

    /// The same with another time for an artifact on its way.
    pub fn with_allowance(mut self, allowance: Allowance) -> Self {
        self.service.patience.whole = allowance;
        self
    }

    /// When an artifact ends that is to be kept for some days: no later than the repository
    /// allows (`GITHUB_RETENTION_DAYS`).
    ///
    /// # Errors
    /// When `days` is not 1 to 400.
    pub fn expiry(&self, now: Timestamp, days: u32) -> Result<Timestamp, ArtifactError> {
        rules::expiry(now, days, self.longest_days)
    }

    /// Uploads a ZIP file as an artifact, in bounded memory. Without `expires_at` it is kept as
    /// long as the repository says.
    ///
    /// # Errors
    /// When the name is none that an artifact may have or is taken in this run, when the file
    /// cannot be read, and when the service refuses, can't be reached, or takes too long.
    pub async fn upload(
        &self,
        name: &str,
        file: &Path,
        expires_at: Option<Timestamp>,
    ) -> Result<Uploaded, ArtifactError> {
        rules::check_name(name)?;
        let source = open(file).await;
        let (source, size) = source.map_err(|error| ArtifactError::file(file, "read", &error))?;
        let upload = async {
            let url = self.service.create(name, expires_at).await?;
            let sent = self.blob(&url).upload(source).await;
            let sent = sent.map_err(|fault| match fault {
                Fault::Source(error) => ArtifactError::file(file, "read", &error),
                other => other.into_error("upload the artifact"),
            })?;
            Ok(Uploaded {
                id: self.service.finalize(name, &sent).await?,
                size: sent.size,
                digest: sent.digest,
            })
        };
        self.in_time(size, "upload the artifact", upload).await
    }

    /// Waits no longer than for a file of a size.
    async fn in_time<T>(
        &self,
        size: u64,
        what: &'static str,
        moved: impl Future<Output = Result<T, ArtifactError>>,
    ) -> Result<T, ArtifactError> {
        let most = self.service.patience.whole.of(size);
        let moved = tokio::time::timeout(most, moved).await;
        moved.unwrap_or_else(|_| {
            let message = format!("it was not complete after {} s", most.as_secs_f32());
            Err(ArtifactError::Unreachable { what, message })
        })
    }

    /// The finished artifacts of this run, or the ones of a name.
    ///
    /// # Errors
    /// When the service refuses or can't be reached.
    pub async fn list(&self, name: Option<&str>) -> Result<Vec<RunArtifact>, ArtifactError> {
        self.service.list(name).await
    }

    /// Downloads the newest artifact of a name to `to`, whole or not at all, and gives its digest,
    /// which is the one that the service holds for it.
    ///
    /// # Errors
    /// When there is none, when it is larger than `most_bytes` or not what was uploaded, when `to`
    /// cannot be written, and when the service refuses or can't be reached.
    pub async fn download(
        &self,
        name: &str,
        to: &Path,
        most_bytes: u64,
    ) -> Result<Sha256Digest, ArtifactError> {
        rules::check_name(name)?;
        let found = self.service.list(Some(name)).await?;
        let found = found.into_iter().max_by_key(|artifact| artifact.id);
        let no_artifact = || ArtifactError::NoArtifact { name: name.into() };
        let artifact = found.ok_or_else(no_artifact)?;
        let too_large = || ArtifactError::TooLarge {
            name: name.into(),
            most_bytes,
        };
        if artifact.size > most_bytes {
            return Err(too_large());
        }
        let download = async {
            let url = self.service.signed_url(&artifact).await?;
            let received = self.blob(&url).download(to, most_bytes).await;
            received.map_err(|fault| match fault {
                Fault::TooLarge => too_large(),
                Fault::Target(error) => ArtifactError::file(to, "written", &error),
                other => other.into_error("download the artifact"),
            })
        };
        let received = self.in_time(artifact.size, "download the artifact", download);
        let received = received.await?;
        artifact.check(&received.content)?;
        let kept = received.keep(to).await;
        kept.map_err(|error| ArtifactError::file(to, "written", &error))
    }

    fn blob<'a>(&'a self, url: &'a SignedUrl) -> Blob<'a> {
        Blob {
            client: &self.service.client,
            url,
            patience: &self.service.patience,
        }
    }
}

/// A file with its size.
async fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::open(path).await?;
    let found = file.metadata().await?;
    if found.is_file() {
        Ok((file, found.len()))
    } else {
        Err(io::Error::other("it is no regular file"))
    }
}

#[cfg(test)]
mod tests;
