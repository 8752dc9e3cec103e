//! The accounts behind a commit's co-authors, which only GitHub's GraphQL API tells.

use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::json;

use super::exchange::{self, Broken, Redirects};
use super::{Client, GitHubError, Subject};
use crate::domain::ids::CommitSha;

/// <https://docs.github.com/en/graphql/reference/objects#commit>
const AUTHORS: &str = "query($owner: String!, $name: String!, $oid: GitObjectID!) { \
    repository(owner: $owner, name: $name) { object(oid: $oid) { ... on Commit { \
    authors(first: 100) { nodes { user { login } } pageInfo { hasNextPage } } } } } }";

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
}

#[derive(Deserialize)]
struct Data {
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    object: Option<Commit>,
}

#[derive(Deserialize)]
struct Commit {
    authors: Option<Authors>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authors {
    nodes: Vec<Author>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
struct Author {
    user: Option<Account>,
}

#[derive(Deserialize)]
struct Account {
    login: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
}

impl Client {
    /// The logins of a commit's author and co-authors, as far as they have accounts.
    ///
    /// # Errors
    /// When GitHub can't be asked, or names more people than anybody looks through.
    pub(super) async fn author_logins(
        &self,
        commit: &CommitSha,
    ) -> Result<Vec<String>, GitHubError> {
        let what = format!("co-authors of commit {commit}");
        let subject = Subject {
            what: &what,
            permission: "contents: read",
        };
        let address = graphql(&self.api);
        let query = json!({
            "query": AUTHORS,
            "variables": {
                "owner": self.repository.owner(),
                "name": self.repository.name(),
                "oid": commit.as_str(),
            },
        });
        let ask = async || {
            let answer = self.exchange(&Method::POST, &address, Some(&query), Redirects::Followed);
            exchange::judged(answer.await) // a query changes nothing, so it may be repeated
        };
        let raw = self.retry.ask(ask).await.map_err(Broken::into_error)?;
        let answer: Answer = self.read(&raw, subject)?;
        answer.logins(&what)
    }
}

impl Answer {
    fn logins(self, what: &str) -> Result<Vec<String>, GitHubError> {
        let refused = |message: String| GitHubError::Refused { message };
        if let Some(complaint) = self.errors.into_iter().next() {
            return Err(refused(complaint.message));
        }
        let commit = self.data.and_then(|data| data.repository?.object);
        let authors = commit.and_then(|commit| commit.authors);
        let authors = authors.ok_or_else(|| refused(format!("it knows no {what}")))?;
        if authors.page_info.has_next_page {
            return Err(refused(format!("its list of the {what} has no end")));
        }
        let accounts = authors.nodes.into_iter().filter_map(|author| author.user);
        Ok(accounts.map(|account| account.login).collect())
    }
}

/// Beside the REST API, which has a path on GitHub Enterprise Server: `/api/v3`, `/api/graphql`.
fn graphql(api: &Url) -> Url {
    let mut address = api.clone();
    let path = api.path().trim_end_matches('/');
    let path = path.strip_suffix("/v3").unwrap_or(path);
    address.set_path(&format!("{path}/graphql"));
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphql_lies_beside_the_rest_api() {
        for (api, expect) in [
            ("https://api.github.com", "https://api.github.com/graphql"),
            (
                "https://api.acme.ghe.com/",
                "https://api.acme.ghe.com/graphql",
            ),
            (
                "https://git.acme.example/api/v3",
                "https://git.acme.example/api/graphql",
            ),
        ] {
            assert_eq!(graphql(&api.parse().unwrap()).as_str(), expect);
        }
    }
}
