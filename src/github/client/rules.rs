//! The repository itself, and the rules that hold for its branches.

use serde::Deserialize;

use super::{Client, GitHubError, Subject, in_segment};

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositorySettings {
    /// GitHub's id.
    pub id: u64,
    /// The branch that pull requests go to.
    pub default_branch: String,
    /// Whether only some may see it.
    pub private: bool,
}

/// A rule that holds for a branch, from a ruleset.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BranchRule {
    /// `required_status_checks`, `merge_queue`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What the rule says.
    #[serde(default)]
    pub parameters: RuleParameters,
}

/// The parameters of a rule, as far as they are looked at.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct RuleParameters {
    /// The checks that must be green.
    pub required_status_checks: Vec<RequiredCheck>,
    /// How long a merge queue waits for them, in minutes.
    pub check_response_timeout_minutes: Option<u64>,
}

/// A check that must be green.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RequiredCheck {
    /// The check run's name.
    pub context: String,
    /// The app that must have made it; `None` takes it from anybody.
    pub integration_id: Option<i64>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    protection: Protection,
}

/// What GitHub calls "protection": the rules of a branch from before there were rulesets.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Protection {
    enabled: bool,
    required_status_checks: ProtectionChecks,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProtectionChecks {
    enforcement_level: String,
    checks: Vec<ProtectionCheck>,
}

#[derive(Deserialize)]
struct ProtectionCheck {
    context: String,
    app_id: Option<i64>,
}

impl Client {
    /// The repository.
    /// <https://docs.github.com/en/rest/repos/repos#get-a-repository>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn repository_settings(&self) -> Result<RepositorySettings, GitHubError> {
        let subject = Subject {
            what: "repository",
            permission: "metadata: read",
        };
        self.get("", subject).await
    }

    /// The rules of all rulesets that hold for a branch.
    /// <https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn branch_rules(&self, branch: &str) -> Result<Vec<BranchRule>, GitHubError> {
        let what = format!("rules for branch `{branch}`");
        let subject = Subject {
            what: &what,
            permission: "metadata: read",
        };
        let route = format!("rules/branches/{}", in_segment(branch));
        self.pages(&route, subject, |page: Vec<BranchRule>| page)
            .await
    }

    /// The checks that the protection of a branch requires, beside what rulesets say.
    /// <https://docs.github.com/en/rest/branches/branches#get-a-branch>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn protection_checks(&self, branch: &str) -> Result<Vec<RequiredCheck>, GitHubError> {
        let what = format!("branch `{branch}`");
        let subject = Subject {
            what: &what,
            permission: "contents: read",
        };
        let route = format!("branches/{}", in_segment(branch));
        let Branch { protection } = self.get(&route, subject).await?;
        let required = protection.required_status_checks;
        if !protection.enabled || required.enforcement_level == "off" {
            return Ok(Vec::new());
        }
        let checks = required.checks.into_iter().map(|check| RequiredCheck {
            context: check.context,
            integration_id: check.app_id.filter(|app| *app > 0), // -1 is any app
        });
        Ok(checks.collect())
    }
}
