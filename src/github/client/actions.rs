//! Workflow runs, their artifacts, and who approved their deployments.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Client, GitHubError, Subject};
use crate::domain::ids::Sha256Digest;

/// A run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkflowRun {
    /// GitHub's id.
    pub id: u64,
    /// `push`, `pull_request`, …
    pub event: String,
    /// The commit it was started for.
    pub head_sha: String,
    /// From 1; rises with each re-run.
    pub run_attempt: Option<u32>,
    /// When it was first started.
    pub created_at: Timestamp,
    /// Who caused it.
    pub actor: Option<Account>,
    /// Who started this attempt.
    pub triggering_actor: Option<Account>,
}

/// A person or bot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The login.
    pub login: String,
    /// `User`, `Bot`, `Organization`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// An artifact of a workflow run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Artifact {
    /// GitHub's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// In bytes, zipped.
    pub size_in_bytes: u64,
    /// Whether its time is over.
    pub expired: bool,
    /// When it was uploaded.
    pub created_at: Option<Timestamp>,
    /// `sha256:` of the ZIP file; older uploads have none.
    pub digest: Option<String>,
    /// The run that uploaded it.
    pub workflow_run: Option<ArtifactOrigin>,
}

/// Where an artifact comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ArtifactOrigin {
    /// The run.
    pub id: Option<u64>,
    /// The repository.
    pub repository_id: Option<u64>,
    /// Where the commit comes from: another repository for a fork.
    pub head_repository_id: Option<u64>,
    /// The run's commit.
    pub head_sha: Option<String>,
}

/// A person's answer to a deployment that waited for approval.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Review {
    /// The environments it is about.
    pub environments: Vec<ReviewedEnvironment>,
    /// `approved`, `rejected`, `pending`.
    pub state: String,
    /// Who answered.
    pub user: Account,
    /// What they said.
    #[serde(default)]
    pub comment: String,
}

/// An environment that a review is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReviewedEnvironment {
    /// Its name.
    pub name: String,
}

#[derive(Deserialize)]
struct Artifacts {
    artifacts: Vec<Artifact>,
}

const READING: &str = "actions: read";

impl Client {
    /// A run of a workflow.
    /// <https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn workflow_run(&self, run: u64) -> Result<WorkflowRun, GitHubError> {
        let what = format!("workflow run {run}");
        self.get(&format!("actions/runs/{run}"), subject(&what))
            .await
    }

    /// The artifacts of a run, of all its attempts.
    /// <https://docs.github.com/en/rest/actions/artifacts#list-workflow-run-artifacts>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn run_artifacts(&self, run: u64) -> Result<Vec<Artifact>, GitHubError> {
        let what = format!("artifacts of workflow run {run}");
        let route = format!("actions/runs/{run}/artifacts");
        self.pages(&route, subject(&what), |page: Artifacts| page.artifacts)
            .await
    }

    /// Who approved or rejected deployments of a run, over all its attempts.
    /// <https://docs.github.com/en/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn run_reviews(&self, run: u64) -> Result<Vec<Review>, GitHubError> {
        let what = format!("approvals of workflow run {run}");
        self.get(&format!("actions/runs/{run}/approvals"), subject(&what))
            .await
    }
}

impl Artifact {
    /// The digest that GitHub gives, where it is one.
    pub fn sha256(&self) -> Option<Sha256Digest> {
        self.digest
            .as_deref()?
            .strip_prefix("sha256:")?
            .parse()
            .ok()
    }
}

fn subject(what: &str) -> Subject<'_> {
    Subject {
        what,
        permission: READING,
    }
}
