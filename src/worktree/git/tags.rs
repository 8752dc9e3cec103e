//! Annotated tags of the local repository.

use gix::Repository;
use gix::object::Kind;
use gix::refs::FullName;

use super::commit::sha_of;
use super::program::failure;
use super::{Git, GitError};
use crate::domain::ids::CommitSha;

/// Who tags where Git knows nobody: a fresh container has no `user.name`.
const FALLBACK_IDENTITY: [(&str, &str); 2] = [
    ("GIT_COMMITTER_NAME", "Tollgate"),
    ("GIT_COMMITTER_EMAIL", "tollgate@localhost"),
];

/// What came of making a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagMade {
    /// It is new.
    New,
    /// Somebody else was faster: it is there, on this commit or on another.
    Present(CommitSha),
}

impl Git {
    /// The commit on which a tag stands, whether it is annotated or not; `None` when there is no
    /// such tag in this clone, or when it stands on something else than a commit.
    ///
    /// # Errors
    /// When there is no repository, or it can't be read.
    pub async fn tag_target(&self, name: &str) -> Result<Option<CommitSha>, GitError> {
        let name = format!("refs/tags/{name}");
        self.read(move |checkout| target_of(&checkout.repository, name))
            .await
    }

    /// Makes an annotated tag on a commit, in this clone only. Signing follows the user's own
    /// settings; where Git knows no name and address, Tollgate gives its own.
    ///
    /// # Errors
    /// When there is no `git` program, or it refuses and the tag is not there afterwards.
    pub async fn create_tag(
        &self,
        name: &str,
        commit: &CommitSha,
        message: &str,
    ) -> Result<TagMade, GitError> {
        let message = format!("--message={message}");
        let arguments = [
            "tag",
            "--annotate",
            "--cleanup=whitespace",
            &message,
            "--",
            name,
            commit.as_str(),
        ];
        let output = self.run(&arguments, self.identity().await?).await?;
        if output.status.success() {
            return Ok(TagMade::New);
        }
        match self.tag_target(name).await? {
            Some(target) => Ok(TagMade::Present(target)),
            None => Err(failure("tag", &output)),
        }
    }

    /// What must be added to the environment for Git to know who makes a tag.
    async fn identity(&self) -> Result<&'static [(&'static str, &'static str)], GitError> {
        let known = self.run(&["var", "GIT_COMMITTER_IDENT"], &[]).await?;
        Ok(match known.status.success() {
            true => &[],
            false => &FALLBACK_IDENTITY,
        })
    }
}

fn target_of(repository: &Repository, name: String) -> Result<Option<CommitSha>, GitError> {
    let unreadable = |error| GitError::unreadable("the tag", error);
    let Ok(name) = FullName::try_from(name) else {
        return Ok(None); // what can't be a name names nothing
    };
    let Some(mut tag) = repository.try_find_reference(&name).map_err(unreadable)? else {
        return Ok(None);
    };
    let id = tag.peel_to_id().map_err(unreadable)?;
    match id.object().map_err(unreadable)?.kind {
        Kind::Commit => sha_of(id.detach()).map(Some),
        _ => Ok(None),
    }
}
