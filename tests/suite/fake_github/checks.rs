//! Check runs (<https://docs.github.com/en/rest/checks/runs>).

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refusal, created, ok};
use super::caller::Caller;
use super::shapes::{self, SERVER, node_id};
use super::state::{CheckRun, Repository};
use super::tokens::{ACTIONS_APP, Holder, Permission};

/// Of a message or of details, in bytes.
const LONGEST_MESSAGE: usize = 64 * 1024;

const LONGEST_TITLE: usize = 255;

type In = Path<(String, String)>;
type At<T> = Path<(String, String, T)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/repos/{owner}/{repo}/check-runs", post(create))
        .route(
            "/repos/{owner}/{repo}/check-runs/{id}",
            get(one).patch(update),
        )
        .route(
            "/repos/{owner}/{repo}/check-runs/{id}/annotations",
            get(annotations),
        )
        .route("/repos/{owner}/{repo}/commits/{ref}/check-runs", get(list))
}

/// Only an app may write check runs; a person is sent away.
fn app(caller: &Caller) -> Result<(u64, String), Refusal> {
    match &caller.token.holder {
        Holder::App { id, slug } => Ok((*id, slug.clone())),
        Holder::User | Holder::AppItself => {
            Err(Refusal::new(403, "You must authenticate via a GitHub App."))
        }
    }
}

async fn create(caller: Caller, Path((owner, repo)): In, Json(body): Json<Value>) -> Answer {
    let mut state = caller.writes(Permission::Checks)?;
    let (app, app_slug) = app(&caller)?;
    let id = state.next_id();
    let api = state.api.clone();
    let repository = state.repository_mut(&owner, &repo)?;
    let head_sha = text(&body["head_sha"]).unwrap_or_default();
    if !repository.commits.contains_key(&head_sha) {
        let message = format!("No commit found for SHA: {head_sha}");
        return Err(Refusal::invalid(message));
    }
    let mut check_run = CheckRun {
        id,
        name: String::new(),
        head_sha,
        external_id: None,
        details_url: None,
        status: "queued".to_owned(),
        conclusion: None,
        started_at: Timestamp::now(),
        completed_at: None,
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
        app,
        app_slug,
        is_job: false,
    };
    write(&mut check_run, &body)?;
    repository.check_runs.push(check_run.clone());
    created(&shape(&api, repository, &check_run))
}

async fn update(
    caller: Caller,
    Path((owner, repo, id)): At<u64>,
    Json(body): Json<Value>,
) -> Answer {
    let mut state = caller.writes(Permission::Checks)?;
    let (app, _) = app(&caller)?;
    let api = state.api.clone();
    let repository = state.repository_mut(&owner, &repo)?;
    let mut check_runs = repository.check_runs.iter_mut();
    let found = check_runs.find(|check_run| check_run.id == id);
    let found = found.ok_or_else(Refusal::not_found)?;
    if found.app != app {
        let message = format!(
            "Invalid app_id `{app}` - check run can only be modified by the GitHub App that created it."
        );
        return Err(Refusal::new(403, message));
    }
    if found.is_job && (!body["status"].is_null() || !body["conclusion"].is_null()) {
        let message =
            "Check run status and conclusions can only be updated internally by GitHub Actions";
        return Err(Refusal::new(403, message));
    }
    let mut changed = found.clone();
    write(&mut changed, &body)?;
    *found = changed.clone();
    ok(&shape(&api, repository, &changed))
}

async fn one(caller: Caller, Path((owner, repo, id)): At<u64>) -> Answer {
    let state = caller.reads(Permission::Checks)?;
    let repository = state.repository(&owner, &repo)?;
    let check_run = found(repository, id)?;
    ok(&shape(&state.api, repository, check_run))
}

async fn annotations(caller: Caller, Path((owner, repo, id)): At<u64>) -> Answer {
    let state = caller.reads(Permission::Checks)?;
    let check_run = found(state.repository(&owner, &repo)?, id)?;
    let annotations = check_run.annotations.iter().map(|annotation| {
        let blob = format!("{SERVER}/{owner}/{repo}/blob/{}/", check_run.head_sha);
        let path = text(&annotation["path"]).unwrap_or_default();
        let mut shape = annotation.clone();
        for absent in ["start_column", "end_column", "title", "raw_details"] {
            shape[absent] = annotation[absent].clone();
        }
        shape["blob_href"] = json!(blob + &path);
        shape
    });
    caller.listed(&annotations.collect::<Vec<_>>())
}

async fn list(caller: Caller, Path((owner, repo, sha)): At<String>) -> Answer {
    let state = caller.reads(Permission::Checks)?;
    let repository = state.repository(&owner, &repo)?;
    let mut fitting: Vec<_> = repository
        .check_runs
        .iter()
        .filter(|check_run| check_run.head_sha == sha && fits(&caller, check_run))
        .collect();
    fitting.sort_by_key(|check_run| std::cmp::Reverse(check_run.id));
    if caller.query("filter") != Some("all") {
        let mut seen = std::collections::BTreeSet::new();
        fitting.retain(|check_run| seen.insert((check_run.app, &check_run.name)));
    }
    let shapes = fitting
        .into_iter()
        .map(|check_run| shape(&state.api, repository, check_run));
    caller.counted("check_runs", &shapes.collect::<Vec<_>>())
}

fn fits(caller: &Caller, check_run: &CheckRun) -> bool {
    let is = |name: &str, value: &str| caller.query(name).is_none_or(|asked| asked == value);
    is("check_name", &check_run.name)
        && is("status", &check_run.status)
        && is("app_id", &check_run.app.to_string())
}

fn found(repository: &Repository, id: u64) -> Result<&CheckRun, Refusal> {
    let mut check_runs = repository.check_runs.iter();
    let found = check_runs.find(|check_run| check_run.id == id);
    found.ok_or_else(Refusal::not_found)
}

/// Takes over what a body says. That it fits GitHub's description is known already.
fn write(check_run: &mut CheckRun, body: &Value) -> Result<(), Refusal> {
    if let Some(name) = text(&body["name"]) {
        check_run.name = name;
    }
    if check_run.name.is_empty() {
        return Err(Refusal::invalid("Invalid request.\n\nname can't be blank"));
    }
    check_run.external_id = text(&body["external_id"]).or(check_run.external_id.take());
    // The app behind GITHUB_TOKEN can't set it (LouisBrunner/checks-action#18).
    if check_run.app != ACTIONS_APP {
        check_run.details_url = text(&body["details_url"]).or(check_run.details_url.take());
    }
    if let Some(started_at) = time(&body["started_at"]) {
        check_run.started_at = started_at;
    }
    write_state(check_run, body)?;
    write_output(check_run, &body["output"])
}

fn write_state(check_run: &mut CheckRun, body: &Value) -> Result<(), Refusal> {
    let conclusion = text(&body["conclusion"]);
    let status = text(&body["status"]);
    let completed_at = time(&body["completed_at"]);
    let is_completed = status.as_deref() == Some("completed") || completed_at.is_some();
    if conclusion.as_deref() == Some("stale") {
        let message = "Invalid request.\n\nOnly GitHub can set the conclusion stale";
        return Err(Refusal::invalid(message));
    }
    if is_completed && conclusion.is_none() {
        let message = "Invalid request.\n\nconclusion is missing";
        return Err(Refusal::invalid(message));
    }
    if conclusion.is_some() {
        check_run.status = "completed".to_owned();
        check_run.completed_at = completed_at.or_else(|| Some(Timestamp::now()));
        check_run.conclusion = conclusion;
    } else if let Some(status) = status {
        check_run.status = status;
        check_run.conclusion = None;
        check_run.completed_at = None;
    }
    Ok(())
}

/// Annotations are appended, everything else is replaced.
fn write_output(check_run: &mut CheckRun, output: &Value) -> Result<(), Refusal> {
    if output.is_null() {
        return Ok(());
    }
    check_run.title = text(&output["title"]);
    check_run.summary = text(&output["summary"]);
    check_run.text = text(&output["text"]).or(check_run.text.take());
    let annotations = output["annotations"].as_array().cloned();
    let annotations = annotations.unwrap_or_default();
    for annotation in &annotations {
        accept(annotation)?;
    }
    check_run.annotations.extend(annotations);
    Ok(())
}

/// What the description says in words only.
fn accept(annotation: &Value) -> Result<(), Refusal> {
    let length = |name: &str| annotation[name].as_str().map_or(0, str::len);
    let (start, end) = (&annotation["start_line"], &annotation["end_line"]);
    let has_columns = annotation
        .get("start_column")
        .or(annotation.get("end_column"));
    let problem = if length("message") > LONGEST_MESSAGE || length("raw_details") > LONGEST_MESSAGE
    {
        "message and raw_details have 64 KB at the most"
    } else if length("title") > LONGEST_TITLE {
        "title has 255 characters at the most"
    } else if start.as_u64() < Some(1) || end.as_u64() < start.as_u64() {
        "lines begin at 1, and a range does not run backwards"
    } else if has_columns.is_some() && start != end {
        "columns are for one line only"
    } else {
        return Ok(());
    };
    Err(Refusal::invalid(format!("Invalid request.\n\n{problem}")))
}

fn shape(api: &str, repository: &Repository, check_run: &CheckRun) -> Value {
    let id = check_run.id;
    let url = format!("{api}/repos/{}/check-runs/{id}", repository.name);
    let page = format!("{SERVER}/{}/runs/{id}", repository.name);
    let suite = shapes::number_of(&format!("{}{}", check_run.head_sha, check_run.app));
    json!({
        "id": id,
        "node_id": node_id(id),
        "name": check_run.name,
        "head_sha": check_run.head_sha,
        "external_id": check_run.external_id.as_deref().unwrap_or_default(),
        "url": url,
        "html_url": page,
        "details_url": check_run.details_url.as_ref().unwrap_or(&page),
        "status": check_run.status,
        "conclusion": check_run.conclusion,
        "started_at": seconds(check_run.started_at),
        "completed_at": check_run.completed_at.map(seconds),
        "output": {
            "title": check_run.title,
            "summary": check_run.summary,
            "text": check_run.text,
            "annotations_count": check_run.annotations.len(),
            "annotations_url": format!("{url}/annotations"),
        },
        "check_suite": {"id": suite},
        "app": shapes::app(api, check_run.app, &check_run.app_slug),
        "pull_requests": [],
    })
}

/// GitHub gives no fractions of seconds.
pub(super) fn seconds(time: Timestamp) -> String {
    format!("{time:.0}")
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}
