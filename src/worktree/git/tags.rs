//! Annotated tags of the local repository.

use std::ffi::OsStr;

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
    /// such tag in this clone.
    ///
    /// # Errors
    /// When there is no Git or no repository.
    pub async fn tag_target(&self, name: &str) -> Result<Option<CommitSha>, GitError> {
        let revision = format!("refs/tags/{name}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", &revision];
        let output = self.run(&arguments).await?;
        if !output.status.success() {
            return match self.failure("rev-parse", &output) {
                gone @ GitError::NotARepository { .. } => Err(gone),
                _ => Ok(None),
            };
        }
        let answer = String::from_utf8_lossy(&output.stdout);
        let sha = answer.trim().parse().map_err(|_| GitError::Unclear {
            command: "rev-parse".to_owned(),
            message: answer.trim().to_owned(),
        })?;
        Ok(Some(sha))
    }

    /// Makes an annotated tag on a commit, in this clone only. Signing follows the user's own
    /// settings; where Git knows no name and address, Tollgate gives its own.
    ///
    /// # Errors
    /// When Git refuses and the tag is not there afterwards.
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
        let arguments = arguments.map(OsStr::new);
        let output = self.run_with(&arguments, self.identity().await?).await?;
        if output.status.success() {
            return Ok(TagMade::New);
        }
        match self.tag_target(name).await? {
            Some(target) => Ok(TagMade::Present(target)),
            None => Err(self.failure("tag", &output)),
        }
    }

    /// What must be added to the environment for Git to know who makes a tag.
    async fn identity(&self) -> Result<&'static [(&'static str, &'static str)], GitError> {
        let known = self.run(&["var", "GIT_COMMITTER_IDENT"]).await?;
        Ok(match known.status.success() {
            true => &[],
            false => &FALLBACK_IDENTITY,
        })
    }
}
