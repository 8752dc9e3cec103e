//! Tokens: who they belong to, and what they may.

use std::collections::BTreeMap;

/// The app behind every `GITHUB_TOKEN` on github.com.
pub(crate) const ACTIONS_APP: u64 = 15368;

/// What a token may do, by the names of GitHub's permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Permission {
    Actions,
    Administration,
    Checks,
    Contents,
    Deployments,
    Environments,
    Members,
    Metadata,
    PullRequests,
}

/// How far a permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Read,
    Write,
}

/// A token that is not yet known to the fake.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(super) holder: Holder,
    permissions: BTreeMap<Permission, Level>,
}

/// Whose token it is.
#[derive(Debug, Clone)]
pub(super) enum Holder {
    /// An installation of an app.
    App {
        id: u64,
        slug: String,
    },
    /// The app as itself, by its key.
    AppItself,
    User,
}

/// What a workflow's own token can be given; `environments`, `members` and `administration` it
/// never can (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>).
const OF_WORKFLOWS: [Permission; 5] = [
    Permission::Actions,
    Permission::Checks,
    Permission::Contents,
    Permission::Metadata,
    Permission::PullRequests,
];

const OF_APPS: [Permission; 9] = [
    Permission::Actions,
    Permission::Administration,
    Permission::Checks,
    Permission::Contents,
    Permission::Deployments,
    Permission::Environments,
    Permission::Members,
    Permission::Metadata,
    Permission::PullRequests,
];

impl Permission {
    /// As `permissions:` of a workflow names it; `None` for one that the fake has no use for.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "actions" => Self::Actions,
            "checks" => Self::Checks,
            "contents" => Self::Contents,
            "pull-requests" => Self::PullRequests,
            _ => return None,
        })
    }
}

impl Permission {
    /// As the installation of an App names it.
    pub(super) fn of_app(name: &str) -> Option<Self> {
        Some(match name {
            "deployments" => Self::Deployments,
            "metadata" => Self::Metadata,
            name => return Self::named(name),
        })
    }
}

impl Token {
    /// `GITHUB_TOKEN` of a job with `permissions: {}`.
    pub(crate) fn powerless() -> Self {
        Self::of(actions(), &[Permission::Metadata], Level::Read)
    }

    /// `GITHUB_TOKEN` with everything written in `permissions:` of the job.
    pub(crate) fn workflow() -> Self {
        Self::of(actions(), &OF_WORKFLOWS, Level::Write)
    }

    /// `GITHUB_TOKEN` of a pull request from a fork or from Dependabot.
    pub(crate) fn read_only() -> Self {
        Self::of(actions(), &OF_WORKFLOWS, Level::Read)
    }

    /// The installation token of a GitHub App that may do everything.
    pub(crate) fn app(id: u64, slug: &str) -> Self {
        let slug = slug.to_owned();
        Self::of(Holder::App { id, slug }, &OF_APPS, Level::Write)
    }

    /// The installation token of a GitHub App that may do nothing yet.
    pub(super) fn powerless_app(id: u64, slug: &str) -> Self {
        let slug = slug.to_owned();
        Self::of(Holder::App { id, slug }, &[], Level::Read)
    }

    /// The token that a GitHub App makes of its key.
    pub(super) fn app_itself() -> Self {
        Self::of(Holder::AppItself, &[], Level::Read)
    }

    /// A person's token that may do everything a person may.
    pub(crate) fn user() -> Self {
        Self::of(Holder::User, &OF_APPS, Level::Write)
    }

    pub(crate) fn with(mut self, permission: Permission, level: Level) -> Self {
        self.permissions.insert(permission, level);
        self
    }

    pub(crate) fn without(mut self, permission: Permission) -> Self {
        self.permissions.remove(&permission);
        self
    }

    pub(super) fn may(&self, permission: Permission, level: Level) -> bool {
        let given = self.permissions.get(&permission);
        given.is_some_and(|given| *given >= level)
    }

    fn of(holder: Holder, permissions: &[Permission], level: Level) -> Self {
        let permissions = permissions.iter().map(|permission| (*permission, level));
        Self {
            holder,
            permissions: permissions.collect(),
        }
    }
}

fn actions() -> Holder {
    Holder::App {
        id: ACTIONS_APP,
        slug: "github-actions".to_owned(),
    }
}
