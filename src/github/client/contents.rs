//! Files of the default branch, and the App's installation in a repository.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{Client, GitHubError, Subject, in_path};

#[derive(Deserialize)]
struct File {
    encoding: String,
    content: String,
}

/// The App as it is installed in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Installation {
    /// GitHub's number of the installation.
    pub id: u64,
    /// GitHub's number of the App.
    pub app_id: Option<u64>,
    /// What it was given: `{"checks": "write"}`.
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

impl Installation {
    /// Tells whether it may write check runs.
    pub fn may_write_checks(&self) -> bool {
        self.permissions
            .get("checks")
            .is_some_and(|it| it == "write")
    }
}

impl Client {
    /// The text of a file on the repository's default branch; `None` where there is none.
    /// <https://docs.github.com/en/rest/repos/contents#get-repository-content>
    ///
    /// # Errors
    /// When GitHub can't be asked, or the file is too large for it to show or no UTF-8.
    pub async fn default_branch_file(&self, path: &str) -> Result<Option<String>, GitHubError> {
        let subject = Subject {
            what: path,
            permission: "contents: read",
        };
        let found = self
            .get(&format!("contents/{}", in_path(path)), subject)
            .await;
        let file: File = match found {
            Err(GitHubError::NotFound { .. }) => return Ok(None),
            found => found?,
        };
        let refused = |message: &str| GitHubError::Refused {
            message: format!("{path}: {message}"),
        };
        if file.encoding != "base64" {
            return Err(refused("it is too large to be shown"));
        }
        let lines: String = file.content.split_whitespace().collect();
        let bytes = STANDARD
            .decode(lines)
            .map_err(|_| refused("it is no base64"))?;
        let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8"))?;
        Ok(Some(text))
    }

    /// The installation, in this client's repository, of the App whose own token it has.
    /// <https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app>
    ///
    /// # Errors
    /// When GitHub can't be asked, or the App is not installed there.
    pub(in crate::github) async fn installation(&self) -> Result<Installation, GitHubError> {
        let subject = Subject {
            what: "the App's installation",
            permission: "metadata: read",
        };
        self.get("installation", subject).await
    }
}
