//! A commit: who made it, and which version its tags name.

use encoding_rs::{Encoding, UTF_8};
use gix::bstr::ByteSlice as _;
use gix::refs::FullName;
use gix::{ObjectId, Repository};
use semver::Version;

use super::{Git, GitError};
use crate::domain::delivery::authors::{Authors, Person};
use crate::domain::ids::CommitSha;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub sha: CommitSha,
    /// Who wrote the change.
    pub author: Person,
    /// Who made the commit.
    pub committer: Person,
    /// What it says that it does, and who else wrote it.
    pub message: String,
    /// The highest of its tags `vX.Y.Z` (<https://semver.org>), without the `v`.
    pub version: Option<Version>,
}

impl Commit {
    /// Everybody who made it.
    pub fn authors(&self) -> Authors {
        let signatures = [self.author.clone(), self.committer.clone()];
        Authors::of(signatures, &self.message)
    }
}

impl Git {
    /// Everybody who made a commit: author, committer and co-authors.
    ///
    /// # Errors
    /// As [`Git::commit`].
    pub async fn authors(&self, sha: &CommitSha) -> Result<Authors, GitError> {
        Ok(self.commit(sha).await?.authors())
    }

    /// What a commit of the repository says about itself.
    ///
    /// # Errors
    /// [`GitError::NoCommit`] when the repository does not have it.
    pub async fn commit(&self, sha: &CommitSha) -> Result<Commit, GitError> {
        let sha = sha.clone();
        self.read(move |checkout| commit_at(&checkout.repository, &sha))
            .await
    }
}

/// The commit that is checked out.
pub(super) fn head(repository: &Repository) -> Result<Commit, GitError> {
    let unreadable = |error| GitError::unreadable("HEAD", error);
    let no_commit = || GitError::NoCommit {
        revision: "HEAD".to_owned(),
    };
    let mut head = repository.head().map_err(unreadable)?;
    if head.is_unborn() {
        return Err(no_commit());
    }
    match head.peel_to_commit() {
        Ok(commit) => read_commit(&commit),
        Err(error) if error.is_not_found() => Err(no_commit()),
        Err(error) => Err(unreadable(error)),
    }
}

fn commit_at(repository: &Repository, sha: &CommitSha) -> Result<Commit, GitError> {
    let no_commit = || GitError::NoCommit {
        revision: sha.as_str().to_owned(),
    };
    let id = ObjectId::from_hex(sha.as_str().as_bytes()).map_err(|_| no_commit())?;
    if id.kind() != repository.object_hash() {
        return Err(no_commit());
    }
    let object = repository
        .try_find_object(id)
        .map_err(|error| GitError::unreadable(format!("the object {id}"), error))?;
    let commit = object
        .ok_or_else(no_commit)?
        .try_into_commit()
        .map_err(|_| no_commit())?;
    read_commit(&commit)
}

fn read_commit(commit: &gix::Commit<'_>) -> Result<Commit, GitError> {
    let unreadable = |error| GitError::unreadable(format!("the commit {}", commit.id), error);
    let encoding = commit.decode().map_err(unreadable)?.encoding;
    let encoding = encoding.and_then(|label| Encoding::for_label(label));
    let encoding = encoding.unwrap_or(UTF_8);
    let message = commit.message_raw().map_err(unreadable)?;
    Ok(Commit {
        sha: sha_of(commit.id)?,
        author: person(commit.author().map_err(unreadable)?, encoding),
        committer: person(commit.committer().map_err(unreadable)?, encoding),
        message: text(message, encoding),
        version: highest_version(commit)?,
    })
}

fn person(signature: gix::actor::SignatureRef<'_>, encoding: &'static Encoding) -> Person {
    let signature = signature.trim();
    Person {
        name: text(signature.name, encoding),
        email: text(signature.email, encoding),
    }
}

fn text(bytes: &[u8], encoding: &'static Encoding) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

pub(super) fn sha_of(id: ObjectId) -> Result<CommitSha, GitError> {
    id.to_string()
        .parse()
        .map_err(|error| GitError::unreadable(format!("the object {id}"), error))
}

/// The highest plain version, else the highest early one (`v2.0.0-rc.1`), among a commit's tags.
fn highest_version(commit: &gix::Commit<'_>) -> Result<Option<Version>, GitError> {
    let mut tags = version_tags(commit.repo)?;
    tags.sort_by(|(one, _), (other, _)| {
        (one.pre.is_empty(), one)
            .cmp(&(other.pre.is_empty(), other))
            .reverse()
    });
    let highest = tags.into_iter().find(|(_, name)| {
        // A tag that leads nowhere is no tag, for Git too.
        let reference = commit.repo.find_reference(name);
        reference.is_ok_and(|mut tag| tag.peel_to_id().is_ok_and(|id| id == commit.id))
    });
    Ok(highest.map(|(version, _)| version))
}

fn version_tags(repository: &Repository) -> Result<Vec<(Version, FullName)>, GitError> {
    let unreadable = |error| GitError::unreadable("the list of tags", error);
    let references = repository.references().map_err(unreadable)?;
    let tags = references.tags().map_err(unreadable)?;
    let versions = tags.filter_map(Result::ok).filter_map(|tag| {
        let name = tag.name().as_bstr().strip_prefix(b"refs/tags/v")?;
        let version = Version::parse(name.to_str().ok()?).ok()?;
        Some((version, tag.name().to_owned()))
    });
    Ok(versions.collect())
}
