//! Artifacts over REST (<https://docs.github.com/en/rest/actions/artifacts>).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refusal, ok};
use super::caller::Caller;
use super::checks::seconds;
use super::runs::head_repository;
use super::shapes::node_id;
use super::state::{Artifact, Repository, State};
use super::tokens::Permission;

type At = Path<(String, String, u64)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let artifacts = "/repos/{owner}/{repo}/actions/artifacts";
    Router::new()
        .route(artifacts, get(list))
        .route(&format!("{artifacts}/{{id}}"), get(one))
        .route(&format!("{artifacts}/{{id}}/zip"), get(zip))
        .route(
            "/repos/{owner}/{repo}/actions/runs/{run}/artifacts",
            get(of_run),
        )
}

async fn list(caller: Caller, Path((owner, repo)): Path<(String, String)>) -> Answer {
    newest_first(&caller, (&owner, &repo), |_| true)
}

async fn of_run(caller: Caller, Path((owner, repo, run)): At) -> Answer {
    {
        let state = caller.reads(Permission::Actions)?;
        state.repository(&owner, &repo)?.run(run)?;
    }
    newest_first(&caller, (&owner, &repo), |artifact| artifact.run == run)
}

fn newest_first(
    caller: &Caller,
    repository: (&str, &str),
    fits: impl Fn(&Artifact) -> bool,
) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(repository.0, repository.1)?;
    let name = caller.query("name");
    let is_named = |artifact: &&Artifact| name.is_none_or(|name| artifact.name == name);
    let artifacts = repository.artifacts.iter().rev();
    let shapes = artifacts
        .filter(|artifact| fits(artifact))
        .filter(is_named)
        .map(|artifact| shape(&state, repository, artifact));
    caller.counted("artifacts", &shapes.collect::<Vec<_>>())
}

async fn one(caller: Caller, Path((owner, repo, id)): At) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    ok(&shape(&state, repository, found(repository, id)?))
}

/// Leads to the blob store, which knows nothing of GitHub's tokens.
async fn zip(caller: Caller, Path((owner, repo, id)): At) -> Answer {
    let mut state = caller.reads(Permission::Actions)?;
    let artifact = found(state.repository(&owner, &repo)?, id)?.clone();
    if artifact.is_expired {
        return Err(Refusal::new(410, "Artifact has expired"));
    }
    let url = state.url_to_read(artifact.bytes);
    let location = [(header::LOCATION, HeaderValue::try_from(url).unwrap())];
    Ok((StatusCode::FOUND, location).into_response())
}

fn found(repository: &Repository, id: u64) -> Result<&Artifact, Refusal> {
    let mut artifacts = repository.artifacts.iter();
    let found = artifacts.find(|artifact| artifact.id == id);
    found.ok_or_else(Refusal::not_found)
}

fn shape(state: &State, repository: &Repository, artifact: &Artifact) -> Value {
    let id = artifact.id;
    let url = format!(
        "{}/repos/{}/actions/artifacts/{id}",
        state.api, repository.name
    );
    let run = repository.run(artifact.run).ok().map(|run| {
        json!({
            "id": run.id,
            "repository_id": repository.id,
            "head_repository_id": head_repository(state, repository, run)["id"],
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        })
    });
    json!({
        "id": id,
        "node_id": node_id(id),
        "name": artifact.name,
        "size_in_bytes": artifact.bytes.len(),
        "url": url,
        "archive_download_url": format!("{url}/zip"),
        "expired": artifact.is_expired,
        "created_at": seconds(artifact.created_at),
        "updated_at": seconds(artifact.created_at),
        "expires_at": seconds(artifact.expires_at),
        "digest": artifact.digest,
        "workflow_run": run,
    })
}
