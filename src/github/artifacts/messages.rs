//! What is said to the service and what it says: Protocol Buffers written as JSON
//! (<https://protobuf.dev/programming-guides/json/>), with the field names of the definition.

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};

use super::ArtifactError;
use super::blocks::Content;
use super::run_token::BackendIds;
use crate::domain::ids::Sha256Digest;

/// A method of the service.
pub(super) trait Call: Serialize {
    /// What it answers.
    type Answer: DeserializeOwned;
    /// Its name.
    const METHOD: &'static str;
}

/// Makes an artifact.
#[derive(Serialize)]
pub(super) struct CreateArtifact<'a> {
    #[serde(flatten)]
    pub(super) ids: &'a BackendIds,
    pub(super) name: &'a str,
    /// RFC 3339 with milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<String>,
    pub(super) version: u32,
    pub(super) mime_type: &'static str,
}

#[derive(Deserialize)]
pub(super) struct Created {
    #[serde(default)]
    pub(super) ok: bool,
    #[serde(default, alias = "signedUploadUrl")]
    pub(super) signed_upload_url: String,
}

impl Call for CreateArtifact<'_> {
    type Answer = Created;
    const METHOD: &'static str = "CreateArtifact";
}

/// Says that an artifact is complete.
#[derive(Serialize)]
pub(super) struct FinalizeArtifact<'a> {
    #[serde(flatten)]
    pub(super) ids: &'a BackendIds,
    pub(super) name: &'a str,
    /// A number: 64 bits are written as text.
    pub(super) size: String,
    /// `sha256:` and hex digits.
    pub(super) hash: String,
}

#[derive(Deserialize)]
pub(super) struct Finalized {
    #[serde(default)]
    pub(super) ok: bool,
    #[serde(default, alias = "artifactId", deserialize_with = "number")]
    pub(super) artifact_id: u64,
}

impl Call for FinalizeArtifact<'_> {
    type Answer = Finalized;
    const METHOD: &'static str = "FinalizeArtifact";
}

/// Lists the finished artifacts of a run.
#[derive(Serialize)]
pub(super) struct ListArtifacts<'a> {
    #[serde(flatten)]
    pub(super) ids: &'a BackendIds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name_filter: Option<&'a str>,
}

#[derive(Deserialize)]
pub(super) struct Listed {
    #[serde(default)]
    pub(super) artifacts: Vec<RunArtifact>,
}

impl Call for ListArtifacts<'_> {
    type Answer = Listed;
    const METHOD: &'static str = "ListArtifacts";
}

/// Asks where an artifact can be fetched.
#[derive(Serialize)]
pub(super) struct GetSignedArtifactUrl<'a> {
    #[serde(flatten)]
    pub(super) ids: &'a BackendIds,
    pub(super) name: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Signed {
    #[serde(default, alias = "signedUrl")]
    pub(super) signed_url: String,
}

impl Call for GetSignedArtifactUrl<'_> {
    type Answer = Signed;
    const METHOD: &'static str = "GetSignedArtifactURL";
}

/// An artifact of this workflow run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RunArtifact {
    /// GitHub's id.
    #[serde(
        rename = "database_id",
        alias = "databaseId",
        deserialize_with = "number"
    )]
    pub id: u64,
    /// Its name.
    pub name: String,
    /// In bytes, as it was uploaded.
    #[serde(default, deserialize_with = "number")]
    pub size: u64,
    /// Of the bytes that were uploaded; clients before version 4.4 send none.
    #[serde(default, deserialize_with = "digest")]
    pub digest: Option<Sha256Digest>,
    /// When it was made.
    #[serde(default, alias = "createdAt")]
    pub created_at: Option<Timestamp>,
    /// Which job made it.
    #[serde(flatten)]
    pub(super) ids: BackendIds,
}

impl RunArtifact {
    /// Whether it is what was sent.
    pub(super) fn holds(&self, content: &Content) -> bool {
        let digest = self.digest.unwrap_or(content.digest);
        (self.size, digest) == (content.size, content.digest)
    }

    /// Compares what came with what was uploaded.
    pub(super) fn check(&self, received: &Content) -> Result<(), ArtifactError> {
        let differs = |message| ArtifactError::Damaged {
            name: self.name.clone(),
            message,
        };
        if self.size != received.size {
            let (expected, found) = (self.size, received.size);
            return Err(differs(format!("{found} bytes instead of {expected}")));
        }
        match self.digest {
            Some(digest) if digest != received.digest => Err(differs(format!(
                "its SHA-256 is {} instead of {digest}",
                received.digest
            ))),
            _ => Ok(()),
        }
    }
}

/// What the service says of a failure
/// (<https://twitchtv.github.io/twirp/docs/spec_v7.html#error-codes>).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Complaint {
    pub(super) msg: String,
}

/// A number of 64 bits: written as text, read as either.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let number = match &value {
        serde_json::Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    number.ok_or_else(|| D::Error::custom("a number is expected"))
}

fn digest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Sha256Digest>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let digest = text
        .strip_prefix("sha256:")
        .and_then(|hex| hex.parse().ok());
    digest
        .map(Some)
        .ok_or_else(|| D::Error::custom("a digest is expected: sha256:…"))
}
