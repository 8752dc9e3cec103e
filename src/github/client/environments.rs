//! Environments: their protection, and which secrets and variables they have by name.

use serde::Deserialize;

use super::{Client, GitHubError, Subject, in_segment};

/// An environment as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EnvironmentSettings {
    /// Its name.
    pub name: String,
    /// Whether administrators may pass by its protection; `None` where GitHub does not say.
    pub can_admins_bypass: Option<bool>,
    /// What a deployment waits for.
    #[serde(default)]
    pub protection_rules: Vec<ProtectionRule>,
    /// Which branches and tags may deploy; `None` is any.
    pub deployment_branch_policy: Option<BranchPolicy>,
}

/// What a deployment waits for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProtectionRule {
    /// `required_reviewers`, `wait_timer`, `branch_policy`, or the slug of an app.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether whoever started the run may not approve it.
    pub prevent_self_review: Option<bool>,
    /// Who may approve.
    #[serde(default)]
    pub reviewers: Vec<Reviewer>,
}

/// A person or team that may approve.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reviewer {
    /// `User` or `Team`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Who.
    pub reviewer: Option<ReviewerName>,
}

/// The login of a person, or the slug of a team.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReviewerName {
    /// Of a person.
    pub login: Option<String>,
    /// Of a team.
    pub slug: Option<String>,
}

/// Which branches and tags may deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct BranchPolicy {
    /// Those that are protected.
    pub protected_branches: bool,
    /// Those that a list of patterns names.
    pub custom_branch_policies: bool,
}

#[derive(Deserialize)]
struct Environments {
    #[serde(default)]
    environments: Vec<EnvironmentSettings>,
}

#[derive(Deserialize)]
struct Secrets {
    secrets: Vec<Named>,
}

#[derive(Deserialize)]
struct Variables {
    variables: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl EnvironmentSettings {
    /// Who must approve; empty when nobody has to.
    pub fn reviewers(&self) -> impl Iterator<Item = &Reviewer> {
        self.protection_rules
            .iter()
            .filter(|rule| rule.kind == "required_reviewers")
            .flat_map(|rule| &rule.reviewers)
    }

    /// Whether whoever started a run may not approve it.
    pub fn prevents_self_review(&self) -> bool {
        self.protection_rules
            .iter()
            .any(|rule| rule.prevent_self_review == Some(true))
    }
}

impl Client {
    /// Every environment of the repository.
    /// <https://docs.github.com/en/rest/deployments/environments#list-environments>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn environments(&self) -> Result<Vec<EnvironmentSettings>, GitHubError> {
        let subject = reading("environments");
        self.pages("environments", subject, |page: Environments| {
            page.environments
        })
        .await
    }

    /// One environment; `None` when there is none of that name, or the token may not see it.
    /// <https://docs.github.com/en/rest/deployments/environments#get-an-environment>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn environment(
        &self,
        name: &str,
    ) -> Result<Option<EnvironmentSettings>, GitHubError> {
        let what = format!("environment `{name}`");
        let route = format!("environments/{}", in_segment(name));
        match self.get(&route, reading(&what)).await {
            Err(GitHubError::NotFound { .. }) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// The names of an environment's secrets. `GITHUB_TOKEN` may never read them.
    /// <https://docs.github.com/en/rest/actions/secrets#list-environment-secrets>
    ///
    /// # Errors
    /// When GitHub can't be asked, or the token may not.
    pub async fn environment_secrets(&self, name: &str) -> Result<Vec<String>, GitHubError> {
        let what = format!("secrets of environment `{name}`");
        let route = format!("environments/{}/secrets", in_segment(name));
        self.pages(&route, listing(&what), |page: Secrets| names(page.secrets))
            .await
    }

    /// The names of an environment's variables. `GITHUB_TOKEN` may never read them.
    /// <https://docs.github.com/en/rest/actions/variables#list-environment-variables>
    ///
    /// # Errors
    /// When GitHub can't be asked, or the token may not.
    pub async fn environment_variables(&self, name: &str) -> Result<Vec<String>, GitHubError> {
        let what = format!("variables of environment `{name}`");
        let route = format!("environments/{}/variables", in_segment(name));
        self.pages(&route, listing(&what), |page: Variables| {
            names(page.variables)
        })
        .await
    }
}

fn names(named: Vec<Named>) -> Vec<String> {
    named.into_iter().map(|named| named.name).collect()
}

fn reading(what: &str) -> Subject<'_> {
    let permission = "actions: read";
    Subject { what, permission }
}

/// The workflow's own token can't be given this; a GitHub App's or a fine-grained one can.
fn listing(what: &str) -> Subject<'_> {
    let permission = "environments: read";
    Subject { what, permission }
}
