//! Who is behind a commit, and who is in a team.

use serde::Deserialize;

use super::{Client, GitHubError, Subject, in_segment};
use crate::domain::ids::CommitSha;

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommitPeople {
    /// Logins, where GitHub knows the account behind the e-mail address.
    pub logins: Vec<String>,
    /// Names as the commit has them.
    pub names: Vec<String>,
    /// E-mail addresses as the commit has them.
    pub emails: Vec<String>,
}

#[derive(Deserialize)]
struct FullCommit {
    commit: Signed,
    author: Option<MaybeAccount>,
    committer: Option<MaybeAccount>,
}

#[derive(Deserialize)]
struct Signed {
    author: Option<Signature>,
    committer: Option<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    name: Option<String>,
    email: Option<String>,
}

/// GitHub gives `{}` for an account that is gone.
#[derive(Deserialize)]
struct MaybeAccount {
    login: Option<String>,
}

#[derive(Deserialize)]
struct Membership {
    state: String,
}

impl Client {
    /// The author and the committer of a commit.
    /// <https://docs.github.com/en/rest/commits/commits#get-a-commit>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn commit_people(&self, commit: &CommitSha) -> Result<CommitPeople, GitHubError> {
        let what = format!("commit {commit}");
        let subject = Subject {
            what: &what,
            permission: "contents: read",
        };
        let found: FullCommit = self.get(&format!("commits/{commit}"), subject).await?;
        let accounts = [found.author, found.committer];
        let signatures = [found.commit.author, found.commit.committer];
        let mut people = CommitPeople {
            logins: accounts
                .into_iter()
                .flatten()
                .filter_map(|account| account.login)
                .collect(),
            ..CommitPeople::default()
        };
        for signature in signatures.into_iter().flatten() {
            people.names.extend(signature.name);
            people.emails.extend(signature.email);
        }
        Ok(people)
    }

    /// Whether a person is an active member of a team of the repository's owner.
    /// <https://docs.github.com/en/rest/teams/members#get-team-membership-for-a-user>
    ///
    /// # Errors
    /// When GitHub can't be asked, or the token may not: `GITHUB_TOKEN` never may.
    pub async fn is_in_team(&self, team: &str, login: &str) -> Result<bool, GitHubError> {
        let what = format!("membership of {login} in team `{team}`");
        let subject = Subject {
            what: &what,
            permission: "members: read",
        };
        let route = format!(
            "/orgs/{}/teams/{}/memberships/{}",
            in_segment(self.repository().owner()),
            in_segment(team),
            in_segment(login)
        );
        match self.get::<Membership>(&route, subject).await {
            Ok(membership) => Ok(membership.state == "active"),
            Err(GitHubError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
