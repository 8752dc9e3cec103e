//! Who is behind a commit, and who is in a team.

use serde::Deserialize;

use super::{Client, GitHubError, Subject, in_segment};
use crate::domain::delivery::authors::{Authors, Person, co_authors};
use crate::domain::ids::CommitSha;

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommitPeople {
    /// Everybody, as far as GitHub and the commit tell.
    pub authors: Authors,
    /// Author and committer, where no account is known for them: they may be anybody.
    pub strangers: Vec<Person>,
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
    #[serde(default)]
    message: String,
}

#[derive(Deserialize, Default)]
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

/// As which GitHub commits what is merged or edited in the browser.
const GITHUB_ITSELF: &str = "noreply@github.com";

impl From<Signature> for Person {
    fn from(signature: Signature) -> Self {
        Self {
            name: signature.name.unwrap_or_default(),
            email: signature.email.unwrap_or_default(),
        }
    }
}

impl FullCommit {
    /// Whether somebody wrote a part of it whose account the commit does not tell.
    fn has_unknown_co_authors(&self) -> bool {
        let people = co_authors(&self.commit.message);
        people.iter().any(|person| person.login().is_none())
    }

    fn people(self) -> CommitPeople {
        let login = |account: Option<MaybeAccount>| account.and_then(|account| account.login);
        let logins = [login(self.author), login(self.committer)];
        let author = Person::from(self.commit.author.unwrap_or_default());
        let committer = Person::from(self.commit.committer.unwrap_or_default());
        let is_nobody_else = ["", GITHUB_ITSELF, &author.email].contains(&committer.email.as_str());
        let has_account =
            |login: &Option<String>, person: &Person| login.is_some() || person.login().is_some();
        let mut strangers = Vec::new();
        if !has_account(&logins[0], &author) {
            strangers.push(author.clone());
        }
        if !is_nobody_else && !has_account(&logins[1], &committer) {
            strangers.push(committer.clone());
        }
        let mut authors = Authors::default();
        for login in logins.iter().flatten() {
            authors.add_login(login);
        }
        authors.add([author, committer]);
        authors.add(co_authors(&self.commit.message));
        CommitPeople { authors, strangers }
    }
}

impl Client {
    /// Author, committer and co-authors of a commit.
    /// <https://docs.github.com/en/rest/commits/commits#get-a-commit>
    /// Where a co-author's address does not tell the login, GitHub is asked once more.
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
        let has_unknown = found.has_unknown_co_authors();
        let mut people = found.people();
        if has_unknown {
            match self.author_logins(commit).await {
                Ok(logins) => logins.iter().for_each(|it| people.authors.add_login(it)),
                // A server without GraphQL: what the commit says has to do.
                Err(GitHubError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
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
