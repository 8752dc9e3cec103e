//! What GitHub says about the repository, as far as the rules ask for it.

/// The app whose checks workflows post with their own token: GitHub Actions.
pub const GITHUB_ACTIONS_APP: i64 = 15_368;

/// The settings, each with an answer of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    /// The repository.
    pub repository: Answer<RepositoryFacts>,
    /// Its environments.
    pub environments: Answer<Vec<EnvironmentFacts>>,
    /// The checks that the default branch requires.
    pub required_checks: Answer<Vec<RequiredCheckFacts>>,
    /// How many minutes a merge queue waits for checks, where the default branch has one.
    pub queue: Answer<Option<QueueFacts>>,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Answer<T> {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// The token may not read it.
    Refused(Refusal),
    /// GitHub could not be asked; why.
    Unreachable(String),
    /// This is so.
    Known(T),
}

/// A setting that the token may not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was asked for: `environments`.
    pub setting: String,
    /// What GitHub said, and the permission that is missing.
    pub message: String,
}

impl<T> Answer<T> {
    /// What is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(fact) => Some(fact),
            _ => None,
        }
    }

    /// Why it is not known, where the token may not read it.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Why it is not known, where GitHub could not be asked.
    pub fn trouble(&self) -> Option<&str> {
        match self {
            Self::Unreachable(message) => Some(message),
            _ => None,
        }
    }
}

/// The repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// Whether only some may see it.
    pub private: bool,
    /// The branch that pull requests go to.
    pub default_branch: String,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvironmentFacts {
    /// Its name.
    pub name: String,
    /// Who may approve: `user:LOGIN`, `team:SLUG`.
    pub reviewers: Vec<String>,
    /// Whether whoever started the run may not approve it.
    pub prevents_self_review: bool,
    /// Whether administrators may pass by; `None` where GitHub does not say.
    pub admins_can_bypass: Option<bool>,
    /// Whether only some branches or tags may deploy.
    pub restricts_branches: bool,
}

/// A check that must be green.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredCheckFacts {
    /// Its name.
    pub name: String,
    /// The app that must have posted it; `None` takes it from anybody.
    pub app: Option<i64>,
}

/// A merge queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueFacts {
    /// How long it waits for checks, in minutes, where GitHub says so.
    pub minutes: Option<u64>,
}

impl Live {
    /// An environment; GitHub compares names without case.
    pub fn environment(&self, name: &str) -> Option<&EnvironmentFacts> {
        let environments = self.environments.known()?;
        environments
            .iter()
            .find(|environment| environment.name.eq_ignore_ascii_case(name))
    }

    /// Whether nothing was asked.
    pub fn is_unasked(&self) -> bool {
        *self == Self::default()
    }

    /// Every refusal.
    pub fn refusals(&self) -> Vec<&Refusal> {
        let all = [
            self.repository.refusal(),
            self.environments.refusal(),
            self.required_checks.refusal(),
            self.queue.refusal(),
        ];
        all.into_iter().flatten().collect()
    }

    /// Why GitHub could not be asked, the first such reason.
    pub fn trouble(&self) -> Option<&str> {
        let troubles = [
            self.repository.trouble(),
            self.environments.trouble(),
            self.required_checks.trouble(),
            self.queue.trouble(),
        ];
        troubles.into_iter().flatten().next()
    }
}
