//! What the fake knows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Refusal;
use super::app::HostedApp;
use super::blobs::Blob;
use super::results::RunningJob;
use super::tokens::Token;

/// Everything.
pub(super) struct State {
    pub(super) api: String,
    /// Where the blob store is said to be.
    pub(super) store: String,
    /// How many requests this hour still allows.
    pub(super) remaining: u64,
    /// When the hour is over.
    pub(super) reset: Timestamp,
    /// By `ACTIONS_RUNTIME_TOKEN`.
    pub(super) running_jobs: BTreeMap<String, RunningJob>,
    /// By key.
    pub(super) blobs: BTreeMap<String, Blob>,
    /// Who is in `organization/team`.
    pub(super) teams: BTreeMap<String, Vec<String>>,
    /// The App that is installed, if one is.
    pub(super) app: Option<HostedApp>,
    tokens: BTreeMap<String, Token>,
    repositories: BTreeMap<String, Repository>,
    last_id: u64,
}

/// A repository.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    /// `owner/repo`.
    pub(crate) name: String,
    pub(crate) is_private: bool,
    pub(crate) commits: BTreeMap<String, Commit>,
    pub(crate) check_runs: Vec<CheckRun>,
    pub(crate) runs: Vec<WorkflowRun>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) environments: Vec<Environment>,
    /// `refs/tags/v1` and what it points to.
    pub(crate) refs: BTreeMap<String, Object>,
    /// Annotated tags, by their own SHA.
    pub(crate) tags: BTreeMap<String, Tag>,
    pub(crate) pulls: Vec<PullRequest>,
    pub(crate) rules: Vec<Rule>,
    /// The text files of the default branch.
    pub(crate) files: BTreeMap<String, String>,
}

/// A commit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Commit {
    /// A login; `None` where GitHub knows no account.
    pub(crate) author: Option<String>,
    pub(crate) committer: Option<String>,
    /// As the commit has it.
    pub(crate) name: String,
    pub(crate) email: String,
}

/// A check run.
#[derive(Debug, Clone)]
pub(crate) struct CheckRun {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) head_sha: String,
    pub(crate) external_id: Option<String>,
    pub(crate) details_url: Option<String>,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) started_at: Timestamp,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) text: Option<String>,
    /// As they were sent.
    pub(crate) annotations: Vec<Value>,
    pub(crate) app: u64,
    pub(crate) app_slug: String,
    /// Whether GitHub Actions made it for a job of a workflow.
    pub(crate) is_job: bool,
}

/// A run of a workflow.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowRun {
    pub(crate) id: u64,
    /// Of the workflow.
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) event: String,
    pub(crate) head_sha: String,
    pub(crate) head_branch: Option<String>,
    /// `owner/repo` that the commit comes from.
    pub(crate) head_repository: String,
    /// The newest.
    pub(crate) attempt: u32,
    pub(crate) actor: String,
    pub(crate) triggering_actor: String,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) approvals: Vec<Approval>,
    /// Environments whose deployments wait.
    pub(crate) waits_for: Vec<String>,
}

/// An answer to a deployment that waited.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) environment: String,
    /// `approved` or `rejected`.
    pub(crate) state: String,
    pub(crate) login: String,
    pub(crate) comment: String,
}

/// A job of a run; its id is that of its check run.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) run: u64,
    pub(crate) attempt: u32,
    pub(crate) name: String,
    /// `None` while it goes on.
    pub(crate) conclusion: Option<String>,
}

/// An artifact that was uploaded whole.
#[derive(Debug, Clone)]
pub(crate) struct Artifact {
    pub(crate) id: u64,
    pub(crate) run: u64,
    /// Which job uploaded it, as the artifact service has it.
    pub(crate) job: String,
    pub(crate) name: String,
    /// `sha256:…`; old uploads have none.
    pub(crate) digest: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) is_expired: bool,
    /// The file as uploaded.
    pub(crate) bytes: Vec<u8>,
}

/// An environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Logins, and teams as `team:release`.
    pub(crate) reviewers: Vec<String>,
    pub(crate) prevents_self_review: bool,
    pub(crate) can_admins_bypass: bool,
    /// In minutes.
    pub(crate) wait_timer: u64,
    pub(crate) branches: Branches,
    pub(crate) secrets: Vec<String>,
    pub(crate) variables: BTreeMap<String, String>,
}

/// What may be deployed to an environment.
#[derive(Debug, Clone, Default)]
pub(crate) enum Branches {
    #[default]
    Any,
    Protected,
    Custom(Vec<String>),
}

/// What a reference or a tag points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// `commit` or `tag`.
    pub(crate) kind: String,
    pub(crate) sha: String,
}

/// An annotated tag.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) object: Object,
}

/// A pull request.
#[derive(Debug, Clone)]
pub(crate) struct PullRequest {
    pub(crate) number: u64,
    pub(crate) author: String,
    pub(crate) head_sha: String,
    /// The commits that it brings, its merge among them.
    pub(crate) commits: Vec<String>,
}

/// A rule of a ruleset for one branch.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) ruleset: u64,
    pub(crate) branch: String,
    /// `{"type": …, "parameters": …}`.
    pub(crate) rule: Value,
}

impl State {
    pub(super) fn new(api: String, store: String) -> Self {
        let hour = jiff::SignedDuration::from_hours(1);
        Self {
            api,
            store,
            remaining: 1000,
            reset: Timestamp::now() + hour,
            running_jobs: BTreeMap::new(),
            blobs: BTreeMap::new(),
            teams: BTreeMap::new(),
            tokens: BTreeMap::new(),
            repositories: BTreeMap::new(),
            app: None,
            last_id: 1000,
        }
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn add_token(&mut self, token: Token) -> String {
        let text = format!("ghs_{}", self.next_id());
        self.tokens.insert(text.clone(), token);
        text
    }

    pub(super) fn token(&self, text: &str) -> Option<&Token> {
        self.tokens.get(text)
    }

    /// The repository, made at need.
    pub(super) fn made_repository(&mut self, name: &str) -> &mut Repository {
        if !self.repositories.contains_key(name) {
            let repository = Repository {
                id: self.next_id(),
                name: name.to_owned(),
                ..Repository::default()
            };
            self.repositories.insert(name.to_owned(), repository);
        }
        self.repositories.get_mut(name).unwrap()
    }

    pub(super) fn repository(&self, owner: &str, name: &str) -> Result<&Repository, Refusal> {
        let found = self.repositories.get(&format!("{owner}/{name}"));
        found.ok_or_else(Refusal::not_found)
    }

    pub(super) fn repository_mut(
        &mut self,
        owner: &str,
        name: &str,
    ) -> Result<&mut Repository, Refusal> {
        let found = self.repositories.get_mut(&format!("{owner}/{name}"));
        found.ok_or_else(Refusal::not_found)
    }
}

impl Repository {
    /// `acme`.
    pub(crate) fn owner(&self) -> &str {
        self.name.split('/').next().unwrap()
    }

    pub(super) fn run(&self, id: u64) -> Result<&WorkflowRun, Refusal> {
        let found = self.runs.iter().find(|run| run.id == id);
        found.ok_or_else(Refusal::not_found)
    }

    /// Names of environments have no case.
    pub(super) fn environment(&self, name: &str) -> Result<&Environment, Refusal> {
        let mut environments = self.environments.iter();
        let found = environments.find(|found| found.name.eq_ignore_ascii_case(name));
        found.ok_or_else(Refusal::not_found)
    }
}
