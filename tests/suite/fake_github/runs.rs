//! Workflow runs, their jobs and approvals (<https://docs.github.com/en/rest/actions/workflow-runs>).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refusal, ok};
use super::caller::Caller;
use super::checks::seconds;
use super::environments::reviewer;
use super::shapes::{self, SERVER, node_id, number_of};
use super::state::{Approval, Job, Repository, State, WorkflowRun};
use super::tokens::Permission;

type At<T> = Path<(String, String, T)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let run = "/repos/{owner}/{repo}/actions/runs/{id}";
    Router::new()
        .route("/repos/{owner}/{repo}/actions/runs", get(list))
        .route(run, get(one))
        .route(&format!("{run}/attempts/{{attempt}}"), get(attempt))
        .route(
            &format!("{run}/attempts/{{attempt}}/jobs"),
            get(attempt_jobs),
        )
        .route(&format!("{run}/jobs"), get(jobs))
        .route(&format!("{run}/approvals"), get(approvals))
        .route(&format!("{run}/pending_deployments"), get(pending))
        .route("/repos/{owner}/{repo}/actions/jobs/{id}", get(one_job))
}

async fn list(caller: Caller, Path((owner, repo)): Path<(String, String)>) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    let is = |name: &str, value: &str| caller.query(name).is_none_or(|asked| asked == value);
    let shapes = repository.runs.iter().rev().filter(|run| {
        is("head_sha", &run.head_sha)
            && is("event", &run.event)
            && is("actor", &run.actor)
            && is("branch", run.head_branch.as_deref().unwrap_or_default())
            && caller
                .query("status")
                .is_none_or(|asked| asked == run.status || Some(asked) == run.conclusion.as_deref())
    });
    let shapes = shapes.map(|run| shape(&state, repository, run, run.attempt));
    caller.counted("workflow_runs", &shapes.collect::<Vec<_>>())
}

async fn one(caller: Caller, Path((owner, repo, id)): At<u64>) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    let run = repository.run(id)?;
    ok(&shape(&state, repository, run, run.attempt))
}

async fn attempt(
    caller: Caller,
    Path((owner, repo, id, attempt)): Path<(String, String, u64, u32)>,
) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    let run = repository.run(id)?;
    if attempt == 0 || attempt > run.attempt {
        return Err(Refusal::not_found());
    }
    ok(&shape(&state, repository, run, attempt))
}

async fn attempt_jobs(
    caller: Caller,
    Path((owner, repo, id, attempt)): Path<(String, String, u64, u32)>,
) -> Answer {
    list_jobs(&caller, (&owner, &repo, id), |job| job.attempt == attempt)
}

/// `filter=latest`: of the newest attempt. That jobs of earlier attempts count on after a re-run of
/// the failed ones is not imitated.
async fn jobs(caller: Caller, Path((owner, repo, id)): At<u64>) -> Answer {
    let is_all = caller.query("filter") == Some("all");
    let newest = {
        let state = caller.reads(Permission::Actions)?;
        state.repository(&owner, &repo)?.run(id)?.attempt
    };
    list_jobs(&caller, (&owner, &repo, id), |job| {
        is_all || job.attempt == newest
    })
}

fn list_jobs(caller: &Caller, run: (&str, &str, u64), fits: impl Fn(&Job) -> bool) -> Answer {
    let (owner, repo, id) = run;
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(owner, repo)?;
    let run = repository.run(id)?;
    let jobs = repository.jobs.iter();
    let shapes = jobs
        .filter(|job| job.run == id && fits(job))
        .map(|job| job_shape(&state.api, repository, run, job));
    caller.counted("jobs", &shapes.collect::<Vec<_>>())
}

async fn one_job(caller: Caller, Path((owner, repo, id)): At<u64>) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    let job = repository.jobs.iter().find(|job| job.id == id);
    let job = job.ok_or_else(Refusal::not_found)?;
    let run = repository.run(job.run)?;
    ok(&job_shape(&state.api, repository, run, job))
}

/// The answers of all attempts, with neither time nor attempt.
async fn approvals(caller: Caller, Path((owner, repo, id)): At<u64>) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    let approvals = repository.run(id)?.approvals.iter();
    let shapes = approvals.map(|approval| approval_shape(&state.api, repository, approval));
    ok(&shapes.collect())
}

async fn pending(caller: Caller, Path((owner, repo, id)): At<u64>) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    let mut shapes = Vec::new();
    for name in &repository.run(id)?.waits_for {
        let environment = repository.environment(name)?;
        let reviewers = environment.reviewers.iter();
        let reviewers = reviewers.map(|who| reviewer(&state.api, repository.owner(), who));
        shapes.push(json!({
            "environment": named_environment(&state.api, repository, name),
            "wait_timer": environment.wait_timer,
            "wait_timer_started_at": null,
            "current_user_can_approve": false,
            "reviewers": reviewers.collect::<Vec<_>>(),
        }));
    }
    ok(&json!(shapes))
}

fn approval_shape(api: &str, repository: &Repository, approval: &Approval) -> Value {
    let mut environment = named_environment(api, repository, &approval.environment);
    environment["created_at"] = json!("2020-01-02T03:04:05Z");
    environment["updated_at"] = json!("2020-01-02T03:04:05Z");
    json!({
        "environments": [environment],
        "state": approval.state,
        "user": shapes::user(api, &approval.login),
        "comment": approval.comment,
    })
}

/// An environment may have been deleted since: then it has no id of its own.
fn named_environment(api: &str, repository: &Repository, name: &str) -> Value {
    let environment = repository.environment(name);
    let id = environment.map_or_else(|_| number_of(name), |environment| environment.id);
    let path = &repository.name;
    json!({
        "id": id,
        "node_id": node_id(id),
        "name": name,
        "url": format!("{api}/repos/{path}/environments/{name}"),
        "html_url": format!("{SERVER}/{path}/deployments/activity_log?environments_filter={name}"),
    })
}

fn shape(state: &State, repository: &Repository, run: &WorkflowRun, attempt: u32) -> Value {
    let api = &state.api;
    let base = format!("{api}/repos/{}/actions", repository.name);
    let url = format!("{base}/runs/{}", run.id);
    let workflow = number_of(&run.path);
    let suite = number_of(&run.head_sha);
    let is_newest = attempt == run.attempt;
    let head = head_repository(state, repository, run);
    let mut shape = json!({
        "id": run.id,
        "name": run.name,
        "node_id": node_id(run.id),
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": run.path,
        "display_title": "A commit",
        "run_number": 1,
        "run_attempt": attempt,
        "event": run.event,
        "status": if is_newest { run.status.as_str() } else { "completed" },
        "conclusion": if is_newest { run.conclusion.as_deref() } else { Some("failure") },
        "workflow_id": workflow,
        "check_suite_id": suite,
        "check_suite_node_id": node_id(suite),
        "pull_requests": [],
        "created_at": seconds(run.created_at),
        "updated_at": seconds(run.created_at),
        "run_started_at": seconds(run.created_at),
        "actor": shapes::user(api, &run.actor),
        "triggering_actor": shapes::user(api, &run.triggering_actor),
        "referenced_workflows": [],
        "head_commit": head_commit(run),
        "repository": shapes::repository(api, repository),
        "head_repository": head,
        "url": url,
        "html_url": format!("{SERVER}/{}/actions/runs/{}", repository.name, run.id),
        "workflow_url": format!("{base}/workflows/{workflow}"),
        "check_suite_url": format!("{api}/repos/{}/check-suites/{suite}", repository.name),
        "previous_attempt_url": null,
    });
    for part in ["jobs", "logs", "artifacts", "cancel", "rerun"] {
        shape[format!("{part}_url")] = json!(format!("{url}/{part}"));
    }
    if attempt > 1 {
        shape["previous_attempt_url"] = json!(format!("{url}/attempts/{}", attempt - 1));
    }
    shape
}

/// The repository itself, or a fork.
pub(super) fn head_repository(state: &State, repository: &Repository, run: &WorkflowRun) -> Value {
    let mut head = repository.clone();
    if run.head_repository != repository.name {
        head.id = number_of(&run.head_repository);
        head.name.clone_from(&run.head_repository);
    }
    shapes::repository(&state.api, &head)
}

fn head_commit(run: &WorkflowRun) -> Value {
    let person = json!({"name": run.actor, "email": format!("{}@example.com", run.actor)});
    json!({
        "id": run.head_sha,
        "tree_id": run.head_sha,
        "message": "A commit",
        "timestamp": seconds(run.created_at),
        "author": person,
        "committer": person,
    })
}

fn job_shape(api: &str, repository: &Repository, run: &WorkflowRun, job: &Job) -> Value {
    let base = format!("{api}/repos/{}", repository.name);
    let page = format!("{SERVER}/{}/actions/runs/{}", repository.name, run.id);
    let time = seconds(run.created_at);
    let is_done = job.conclusion.is_some();
    json!({
        "id": job.id,
        "run_id": run.id,
        "run_url": format!("{base}/actions/runs/{}", run.id),
        "run_attempt": job.attempt,
        "node_id": node_id(job.id),
        "head_sha": run.head_sha,
        "head_branch": run.head_branch,
        "url": format!("{base}/actions/jobs/{}", job.id),
        "html_url": format!("{page}/job/{}", job.id),
        "check_run_url": format!("{base}/check-runs/{}", job.id),
        "status": if is_done { "completed" } else { "in_progress" },
        "conclusion": job.conclusion,
        "created_at": time,
        "started_at": time,
        "completed_at": is_done.then_some(time),
        "name": job.name,
        "workflow_name": run.name,
        "steps": [],
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "runner",
        "runner_group_id": 1,
        "runner_group_name": "GitHub Actions",
    })
}
