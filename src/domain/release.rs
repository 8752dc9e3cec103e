//! What moves to production: a repository at a commit, with a version.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ids::{CommitSha, InvalidId};

/// `owner/name`, as the user spelled it. GitHub compares names without case, and so does the
/// release's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository(String);

impl Repository {
    /// `owner/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    pub fn owner(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The part behind the slash.
    pub fn name(&self) -> &str {
        self.0.split('/').nth(1).unwrap_or_default()
    }

    /// Tells whether two names mean one repository: GitHub compares them without case.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl FromStr for Repository {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let part = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        };
        match text.split_once('/') {
            Some((owner, name)) if part(owner) && part(name) => Ok(Self(text.to_owned())),
            _ => Err(InvalidId {
                text: text.to_owned(),
                wanted: "a repository (OWNER/NAME)",
            }),
        }
    }
}

impl TryFrom<String> for Repository {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.0
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The id that every job of every workflow computes alike, with no look-up: UUIDv5 (RFC 9562)
/// in the URL namespace of `tollgate:` + lower-case `owner/repo` + `@` + full SHA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReleaseId(Uuid);

impl ReleaseId {
    /// Computes the id of a repository at a commit.
    pub fn of(repository: &Repository, sha: &CommitSha) -> Self {
        let name = format!("tollgate:{}@{sha}", repository.as_str().to_lowercase());
        Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
    }
}

impl FromStr for ReleaseId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::parse_str(text).map(Self).map_err(|_| InvalidId {
            text: text.to_owned(),
            wanted: "a release id (a UUID)",
        })
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The release that is being judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Where it comes from.
    pub repository: Repository,
    /// The commit.
    pub sha: CommitSha,
    /// `1.4.0`, where a tag or the user says so.
    pub version: Option<String>,
}

impl Release {
    /// The release's id.
    pub fn id(&self) -> ReleaseId {
        ReleaseId::of(&self.repository, &self.sha)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(repository: &str, sha: &str) -> String {
        ReleaseId::of(&repository.parse().unwrap(), &sha.parse().unwrap()).to_string()
    }

    #[test]
    fn the_id_depends_on_repository_and_commit_and_not_on_case() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        // python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "tollgate:acme/shop@0123…4567"))'
        assert_eq!(id("acme/shop", sha), "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39");
        assert_eq!(id("Acme/Shop", &sha.to_uppercase()), id("acme/shop", sha));
        assert_ne!(id("acme/other", sha), id("acme/shop", sha));
    }

    #[test]
    fn a_repository_is_owner_and_name() {
        let repository: Repository = "acme/shop".parse().unwrap();
        assert_eq!((repository.owner(), repository.name()), ("acme", "shop"));
        for bad in ["shop", "acme/", "/shop", "a/b/c", "a b/c"] {
            assert!(bad.parse::<Repository>().is_err(), "{bad}");
        }
    }
}
