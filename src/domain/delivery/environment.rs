//! Environments: what a release needs to go there.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::domain::ids::{EnvironmentId, GateId, InvalidId, is_name};

/// A place where releases run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name, in the policy and on GitHub.
    pub id: EnvironmentId,
    /// The stages and gates that must let through.
    pub gates: Vec<GateId>,
    /// The environments to which the release must have been deployed.
    pub after: Vec<EnvironmentId>,
    /// Who must approve; `None` when nobody has to.
    pub approvals: Option<ApprovalRule>,
    /// The secrets that it must have on GitHub, by name.
    pub secrets: Vec<String>,
    /// The variables that it must have on GitHub, by name.
    pub variables: Vec<String>,
}

/// Who must approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRule {
    /// How many people.
    pub minimum: u32,
    /// Who may; never empty.
    pub from: Vec<Approver>,
    /// Whether those who made the release may.
    pub self_approval: SelfApproval,
    /// How old an approval may be; `None` is any age.
    pub max_age: Option<Duration>,
}

/// Whether those who made a release, or started its run, may approve it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SelfApproval {
    /// They may.
    #[default]
    Allowed,
    /// They may not (`prevent-self-approval`).
    Refused,
}

/// Who may approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approver {
    /// `user:LOGIN`: this person.
    User(String),
    /// `team:SLUG`: the members of a team of the repository's owner.
    Team(String),
    /// A plain word: whoever decides in this role.
    Role(String),
}

impl Approver {
    /// Tells whether two entries mean the same: logins and slugs have no case.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::User(a), Self::User(b)) | (Self::Team(a), Self::Team(b)) => is_same(a, b),
            (Self::Role(a), Self::Role(b)) => a == b,
            _ => false,
        }
    }

    /// Tells whether the entry means a person.
    pub fn means(&self, person: &Person<'_>) -> bool {
        match self {
            Self::User(login) => is_same(login, person.login),
            Self::Team(slug) => person.teams.iter().any(|team| is_same(team, slug)),
            Self::Role(role) => person.role == Some(role),
        }
    }
}

/// Somebody who decides, as the policy's lists see them.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The login or name.
    pub login: &'a str,
    /// The role in which they decide, where they name one.
    pub role: Option<&'a str>,
    /// The teams of the policy that GitHub says they are in.
    pub teams: &'a [String],
}

/// Tells whether two logins, names or slugs are the same; GitHub compares them without case.
pub fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

impl fmt::Display for Approver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(login) => write!(f, "user:{login}"),
            Self::Team(slug) => write!(f, "team:{slug}"),
            Self::Role(role) => f.write_str(role),
        }
    }
}

impl FromStr for Approver {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once(':') {
            Some(("user", login)) if is_login(login) => Ok(Self::User(login.to_owned())),
            Some(("team", slug)) if is_name(slug) => Ok(Self::Team(slug.to_owned())),
            None if is_name(text) => Ok(Self::Role(text.to_owned())),
            _ => Err(InvalidId {
                text: text.to_owned(),
                wanted: "an approver (user:LOGIN, team:SLUG or a role)",
            }),
        }
    }
}

/// The login of a person, or of an app, which ends in `[bot]`.
fn is_login(text: &str) -> bool {
    is_name(text.strip_suffix("[bot]").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approver_is_a_person_a_team_or_a_role() {
        let user = Approver::User("Alice-1".to_owned());
        assert_eq!("user:Alice-1".parse(), Ok(user.clone()));
        assert_eq!(
            "team:release_mgrs".parse(),
            Ok(Approver::Team("release_mgrs".to_owned()))
        );
        assert_eq!("qa".parse(), Ok(Approver::Role("qa".to_owned())));
        assert!("user:ship-it[bot]".parse::<Approver>().is_ok());
        assert!(user.is_same(&"user:alice-1".parse().unwrap()));
        assert!(!user.is_same(&"team:alice-1".parse().unwrap()));
        for bad in [
            "",
            "user:",
            "team:acme/qa",
            "users:alice",
            "user:a b",
            "@alice",
            "user:[bot]",
        ] {
            assert!(bad.parse::<Approver>().is_err(), "{bad}");
        }
        for text in ["user:a", "team:b", "c"] {
            assert_eq!(text.parse::<Approver>().unwrap().to_string(), text);
        }
    }
}
