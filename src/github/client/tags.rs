//! Annotated tags, made through the API: an object, then a reference to it.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::writing::{Write, Written};
use super::{Client, GitHubError, Subject, in_path};
use crate::domain::ids::CommitSha;

/// Tags of tags of tags are followed so far.
const DEEPEST: usize = 10;

/// What came of making a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    /// It is new.
    New,
    /// Somebody else was faster: it is there, on this commit or on another.
    Present(CommitSha),
}

#[derive(Deserialize)]
struct Reference {
    object: Object,
}

#[derive(Deserialize)]
struct TagObject {
    sha: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    sha: String,
}

impl Client {
    /// The commit on which a tag stands, whether it is annotated or not; `None` when the
    /// repository has no such tag.
    ///
    /// # Errors
    /// When GitHub can't be asked, or the tag leads to no commit.
    pub async fn tag_target(&self, name: &str) -> Result<Option<CommitSha>, GitHubError> {
        let mut object = match self.tag_reference(name).await {
            Ok(reference) => reference.object,
            Err(GitHubError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        for _ in 0..DEEPEST {
            match object.kind.as_str() {
                "commit" => return commit(name, &object.sha).map(Some),
                "tag" => object = self.tag_object(&object.sha).await?.object,
                _ => break,
            }
        }
        Err(GitHubError::Refused {
            message: format!(
                "the tag `{name}` leads to a {}, not to a commit",
                object.kind
            ),
        })
    }

    /// Makes an annotated tag on a commit. The tagger is whom the token belongs to.
    ///
    /// When the reference can't be made, or GitHub's answer is lost, it is looked up, since it may
    /// have been made a moment ago, perhaps by this very request.
    ///
    /// # Errors
    /// When GitHub refuses and the tag is not there afterwards.
    pub async fn create_tag(
        &self,
        name: &str,
        commit: &CommitSha,
        message: &str,
    ) -> Result<Tagged, GitHubError> {
        let object = self.create_tag_object(name, commit, message).await?;
        let refusal = match self.create_tag_reference(name, &object).await {
            Ok(Written::New(_)) => return Ok(Tagged::New),
            Ok(Written::Found(target)) => return Ok(Tagged::Present(target)),
            Err(refusal @ GitHubError::Refused { .. }) => refusal,
            Err(error) => return Err(error),
        };
        match self.tag_target(name).await {
            Ok(Some(target)) => Ok(Tagged::Present(target)),
            _ => Err(refusal),
        }
    }

    /// <https://docs.github.com/en/rest/git/refs#get-a-reference>
    async fn tag_reference(&self, name: &str) -> Result<Reference, GitHubError> {
        let route = format!("git/ref/tags/{}", in_path(name));
        self.get(&route, reading(&format!("tag `{name}`"))).await
    }

    /// <https://docs.github.com/en/rest/git/tags#get-a-tag>
    async fn tag_object(&self, sha: &str) -> Result<TagObject, GitHubError> {
        let route = format!("git/tags/{}", in_path(sha));
        self.get(&route, reading(&format!("tag object {sha}")))
            .await
    }

    /// The object by itself is nothing that anybody sees, so that a second one does no harm.
    /// <https://docs.github.com/en/rest/git/tags#create-a-tag-object>
    async fn create_tag_object(
        &self,
        name: &str,
        commit: &CommitSha,
        message: &str,
    ) -> Result<String, GitHubError> {
        let body = json!({
            "tag": name,
            "message": message,
            "object": commit.as_str(),
            "type": "commit",
        });
        let what = format!("commit {commit}");
        let write = Write {
            method: Method::POST,
            route: "git/tags",
            body: &body,
            subject: writing(&what),
        };
        match self
            .write::<TagObject, String>(write, async || Ok(None))
            .await?
        {
            Written::New(object) => Ok(object.sha),
            Written::Found(sha) => Ok(sha),
        }
    }

    /// <https://docs.github.com/en/rest/git/refs#create-a-reference>
    async fn create_tag_reference(
        &self,
        name: &str,
        sha: &str,
    ) -> Result<Written<Reference, CommitSha>, GitHubError> {
        let body = json!({ "ref": format!("refs/tags/{name}"), "sha": sha });
        let what = format!("tag object {sha}");
        let write = Write {
            method: Method::POST,
            route: "git/refs",
            body: &body,
            subject: writing(&what),
        };
        self.write(write, async || self.tag_target(name).await)
            .await
    }
}

fn reading(what: &str) -> Subject<'_> {
    let permission = "contents: read";
    Subject { what, permission }
}

fn writing(what: &str) -> Subject<'_> {
    let permission = "contents: write";
    Subject { what, permission }
}

fn commit(name: &str, sha: &str) -> Result<CommitSha, GitHubError> {
    sha.parse().map_err(|error| GitHubError::Unreachable {
        message: format!("its answer about the tag `{name}` can't be read: {error}"),
    })
}
