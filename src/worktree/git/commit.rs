//! A commit: who made it, and which version its tags name.

use semver::Version;

use super::{Git, GitError};
use crate::domain::ids::CommitSha;

/// Somebody as a commit names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name, as written.
    pub name: String,
    /// The e-mail address, as written.
    pub email: String,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub sha: CommitSha,
    /// Who wrote the change.
    pub author: Person,
    /// Who made the commit.
    pub committer: Person,
    /// The highest of its tags `vX.Y.Z` (<https://semver.org>), without the `v`.
    pub version: Option<Version>,
}

impl Git {
    /// What a commit of the repository says about itself.
    ///
    /// # Errors
    /// [`GitError::NoCommit`] when the repository does not have it.
    pub async fn commit(&self, sha: &CommitSha) -> Result<Commit, GitError> {
        self.commit_at(sha.as_str()).await
    }

    pub(super) async fn commit_at(&self, revision: &str) -> Result<Commit, GitError> {
        const FORMAT: &str = "--format=%H%x00%an%x00%ae%x00%cn%x00%ce%x00%D";
        let arguments = [
            "log",
            "--max-count=1",
            "--no-patch",
            "--no-show-signature",
            "--encoding=UTF-8",
            "--decorate=full",
            "--decorate-refs=refs/tags/*",
            FORMAT,
            revision,
            "--",
        ];
        let answer = self.ask(&arguments).await.map_err(|error| match error {
            GitError::Failed { message, .. } if is_about_a_missing_commit(&message) => {
                let revision = revision.to_owned();
                GitError::NoCommit { revision }
            }
            other => other,
        })?;
        read_commit(&String::from_utf8_lossy(&answer)).ok_or_else(|| GitError::Unclear {
            command: "log".to_owned(),
            message: String::from_utf8_lossy(&answer).into_owned(),
        })
    }
}

fn is_about_a_missing_commit(message: &str) -> bool {
    [
        "does not have any commits yet",
        "bad revision",
        "bad object",
        "unknown revision",
        "bad default revision",
    ]
    .iter()
    .any(|text| message.contains(text))
}

/// Reads the answer to `FORMAT`.
fn read_commit(answer: &str) -> Option<Commit> {
    let mut fields = answer.trim_end_matches('\n').split('\0');
    let sha = fields.next()?.parse().ok()?;
    let mut person = || {
        Some(Person {
            name: fields.next()?.to_owned(),
            email: fields.next()?.to_owned(),
        })
    };
    let (author, committer) = (person()?, person()?);
    Some(Commit {
        sha,
        author,
        committer,
        version: highest_version(fields.next()?),
    })
}

/// The highest plain version, else the highest early one (`v2.0.0-rc.1`), among decorations such as `tag: refs/tags/v1.2.0, tag: refs/tags/latest`.
fn highest_version(decorations: &str) -> Option<Version> {
    decorations
        .split(", ")
        .filter_map(|decoration| decoration.strip_prefix("tag: refs/tags/v"))
        .filter_map(|text| Version::parse(text).ok())
        .max_by(|one, other| (one.pre.is_empty(), one).cmp(&(other.pre.is_empty(), other)))
}
