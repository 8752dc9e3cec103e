//! How a test sets up a repository, and looks at it afterwards.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Shared;
use super::state::{
    Approval, Artifact, CheckRun, Commit, Environment, Job, Object, PullRequest, Repository, Rule,
    WorkflowRun,
};
use super::tokens::ACTIONS_APP;

/// A repository as a test sees it.
pub(crate) struct Scene {
    shared: Arc<Shared>,
    repository: String,
}

impl Scene {
    pub(super) fn new(shared: Arc<Shared>, repository: &str) -> Self {
        shared.state().made_repository(repository);
        Self {
            shared,
            repository: repository.to_owned(),
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// `acme/shop`.
    pub(crate) fn name(&self) -> &str {
        &self.repository
    }

    /// The repository as it is now.
    pub(crate) fn look(&self) -> Repository {
        let mut state = self.shared.state();
        state.made_repository(&self.repository).clone()
    }

    /// Changes anything that the methods below have no word for.
    pub(crate) fn change(&self, how: impl FnOnce(&mut Repository)) -> &Self {
        how(self.shared.state().made_repository(&self.repository));
        self
    }

    /// A commit that its author committed.
    pub(crate) fn commit(&self, sha: &str, author: &str) -> &Self {
        let commit = Commit {
            author: Some(author.to_owned()),
            committer: Some(author.to_owned()),
            name: author.to_owned(),
            email: format!("{author}@example.com"),
        };
        self.change(|repository| {
            repository.commits.insert(sha.to_owned(), commit);
        })
    }

    /// A run that goes on, of `.github/workflows/ci.yml`.
    pub(crate) fn workflow_run(&self, id: u64, event: &str, head_sha: &str, actor: &str) -> &Self {
        let run = WorkflowRun {
            id,
            name: "ci".to_owned(),
            path: ".github/workflows/ci.yml".to_owned(),
            event: event.to_owned(),
            head_sha: head_sha.to_owned(),
            head_branch: Some("main".to_owned()),
            head_repository: self.repository.clone(),
            attempt: 1,
            actor: actor.to_owned(),
            triggering_actor: actor.to_owned(),
            status: "in_progress".to_owned(),
            conclusion: None,
            created_at: Timestamp::now(),
            approvals: Vec::new(),
            waits_for: Vec::new(),
        };
        self.change(|repository| repository.runs.push(run))
    }

    pub(crate) fn change_run(&self, id: u64, how: impl FnOnce(&mut WorkflowRun)) -> &Self {
        self.change(|repository| {
            let mut runs = repository.runs.iter_mut();
            how(runs.find(|run| run.id == id).expect("the run was set up"));
        })
    }

    /// Somebody starts the run again.
    pub(crate) fn rerun(&self, id: u64, who: &str) -> &Self {
        self.change_run(id, |run| {
            run.attempt += 1;
            run.triggering_actor = who.to_owned();
            run.status = "in_progress".to_owned();
            run.conclusion = None;
        })
    }

    /// A job of the run's newest attempt, with the check run that GitHub makes for it. Without a
    /// conclusion it goes on.
    pub(crate) fn workflow_job(&self, run: u64, name: &str, conclusion: Option<&str>) -> &Self {
        let mut state = self.shared.state();
        let id = state.next_id();
        let repository = state.made_repository(&self.repository);
        let run = repository.run(run).expect("the run was set up").clone();
        repository.jobs.push(Job {
            id,
            run: run.id,
            attempt: run.attempt,
            name: name.to_owned(),
            conclusion: conclusion.map(str::to_owned),
        });
        repository
            .check_runs
            .push(job_check_run(id, name, &run.head_sha, conclusion));
        drop(state);
        self
    }

    /// A check run that somebody else made.
    pub(crate) fn check_run(&self, how: impl FnOnce(&mut CheckRun)) -> &Self {
        let mut state = self.shared.state();
        let id = state.next_id();
        let mut check_run = job_check_run(id, "other", "", Some("success"));
        check_run.is_job = false;
        how(&mut check_run);
        let repository = state.made_repository(&self.repository);
        repository.check_runs.push(check_run);
        drop(state);
        self
    }

    /// An environment; reviewers are logins, and teams as `team:release`.
    pub(crate) fn environment(&self, name: &str, reviewers: &[&str]) -> &Self {
        let mut state = self.shared.state();
        let environment = Environment {
            id: state.next_id(),
            name: name.to_owned(),
            reviewers: reviewers.iter().map(|who| (*who).to_owned()).collect(),
            can_admins_bypass: true,
            ..Environment::default()
        };
        let repository = state.made_repository(&self.repository);
        repository.environments.push(environment);
        drop(state);
        self
    }

    pub(crate) fn change_environment(
        &self,
        name: &str,
        how: impl FnOnce(&mut Environment),
    ) -> &Self {
        self.change(|repository| {
            let mut environments = repository.environments.iter_mut();
            let found = environments.find(|environment| environment.name == name);
            how(found.expect("the environment was set up"));
        })
    }

    /// Somebody approves a run's deployment to an environment.
    pub(crate) fn approve(&self, run: u64, environment: &str, who: &str, comment: &str) -> &Self {
        self.review(run, environment, who, ("approved", comment))
    }

    /// Somebody rejects it.
    pub(crate) fn reject(&self, run: u64, environment: &str, who: &str, comment: &str) -> &Self {
        self.review(run, environment, who, ("rejected", comment))
    }

    fn review(&self, run: u64, environment: &str, who: &str, said: (&str, &str)) -> &Self {
        let approval = Approval {
            environment: environment.to_owned(),
            state: said.0.to_owned(),
            login: who.to_owned(),
            comment: said.1.to_owned(),
        };
        self.change_run(run, |run| {
            run.waits_for.retain(|name| *name != approval.environment);
            run.approvals.push(approval);
        })
    }

    /// A team of the repository's owner.
    pub(crate) fn team(&self, slug: &str, members: &[&str]) -> &Self {
        let owner = self.repository.split('/').next().unwrap();
        let members = members.iter().map(|who| (*who).to_owned()).collect();
        let team = format!("{owner}/{slug}");
        self.shared.state().teams.insert(team, members);
        self
    }

    /// A tag that points to a commit itself.
    pub(crate) fn tag(&self, name: &str, sha: &str) -> &Self {
        let object = Object {
            kind: "commit".to_owned(),
            sha: sha.to_owned(),
        };
        self.change(|repository| {
            repository.refs.insert(format!("refs/tags/{name}"), object);
        })
    }

    /// A pull request that brings commits.
    pub(crate) fn pull_request(&self, number: u64, author: &str, commits: &[&str]) -> &Self {
        let commits: Vec<String> = commits.iter().map(|sha| (*sha).to_owned()).collect();
        let pull = PullRequest {
            number,
            author: author.to_owned(),
            head_sha: commits.last().cloned().unwrap_or_default(),
            commits,
        };
        self.change(|repository| repository.pulls.push(pull))
    }

    /// A ruleset that requires a check on a branch, from an app or from anybody.
    pub(crate) fn require_check(&self, branch: &str, check: &str, app: Option<u64>) -> &Self {
        let mut required = json!({"context": check});
        if let Some(app) = app {
            required["integration_id"] = json!(app);
        }
        let rule = json!({
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": false,
                "required_status_checks": [required],
            },
        });
        let ruleset = self.shared.state().next_id();
        let branch = branch.to_owned();
        self.change(|repository| {
            repository.rules.push(Rule {
                ruleset,
                branch,
                rule,
            });
        })
    }

    /// An artifact that a run uploaded.
    pub(crate) fn artifact(&self, run: u64, name: &str, bytes: &[u8]) -> &Self {
        let mut state = self.shared.state();
        let id = state.next_id();
        let artifact = uploaded(id, run, (name, bytes));
        let repository = state.made_repository(&self.repository);
        repository.artifacts.push(artifact);
        drop(state);
        self
    }

    pub(crate) fn change_artifact(&self, name: &str, how: impl FnOnce(&mut Artifact)) -> &Self {
        self.change(|repository| {
            let mut artifacts = repository.artifacts.iter_mut();
            let found = artifacts.find(|artifact| artifact.name == name);
            how(found.expect("there is such an artifact"));
        })
    }

    /// The check runs, without those of jobs.
    pub(crate) fn check_runs(&self) -> Vec<CheckRun> {
        let mut check_runs = self.look().check_runs;
        check_runs.retain(|check_run| !check_run.is_job);
        check_runs
    }

    pub(crate) fn artifacts(&self) -> Vec<Artifact> {
        self.look().artifacts
    }

    /// The newest artifact of a name, as it was uploaded.
    pub(crate) fn artifact_zip(&self, name: &str) -> Vec<u8> {
        let artifacts = self.artifacts();
        let mut named = artifacts.iter().rev().filter(|found| found.name == name);
        let newest = named.next().expect("there is such an artifact");
        newest.bytes.clone()
    }
}

/// An artifact that is whole now.
pub(super) fn uploaded(id: u64, run: u64, content: (&str, &[u8])) -> Artifact {
    let (name, bytes) = content;
    let now = Timestamp::now();
    Artifact {
        id,
        run,
        job: Uuid::new_v4().to_string(),
        name: name.to_owned(),
        digest: Some(digest(bytes)),
        created_at: now,
        expires_at: now + SignedDuration::from_hours(90 * 24),
        is_expired: false,
        bytes: bytes.to_vec(),
    }
}

/// `sha256:…`.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn job_check_run(id: u64, name: &str, head_sha: &str, conclusion: Option<&str>) -> CheckRun {
    let status = conclusion.map_or("in_progress", |_| "completed");
    CheckRun {
        id,
        name: name.to_owned(),
        head_sha: head_sha.to_owned(),
        external_id: None,
        details_url: None,
        status: status.to_owned(),
        conclusion: conclusion.map(str::to_owned),
        started_at: Timestamp::now(),
        completed_at: conclusion.map(|_| Timestamp::now()),
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
        app: ACTIONS_APP,
        app_slug: "github-actions".to_owned(),
        is_job: true,
    }
}
