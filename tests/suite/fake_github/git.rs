//! References and annotated tags (<https://docs.github.com/en/rest/git/refs>).

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refusal, created, ok};
use super::caller::Caller;
use super::checks::text;
use super::scene::digest;
use super::shapes::{node_id, number_of};
use super::state::{Object, Repository, Tag};
use super::tokens::Permission;

type In = Path<(String, String)>;
type At = Path<(String, String, String)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/repos/{owner}/{repo}/git/ref/{*ref}", get(reference))
        .route(
            "/repos/{owner}/{repo}/git/matching-refs/{*ref}",
            get(matching),
        )
        .route("/repos/{owner}/{repo}/git/refs", post(create_reference))
        .route("/repos/{owner}/{repo}/git/tags", post(create_tag))
        .route("/repos/{owner}/{repo}/git/tags/{sha}", get(tag))
}

async fn reference(caller: Caller, Path((owner, repo, name)): At) -> Answer {
    let state = caller.reads(Permission::Contents)?;
    let repository = state.repository(&owner, &repo)?;
    let name = format!("refs/{name}");
    let object = repository.refs.get(&name).ok_or_else(Refusal::not_found)?;
    ok(&reference_shape(&state.api, repository, (&name, object)))
}

async fn matching(caller: Caller, Path((owner, repo, start)): At) -> Answer {
    let state = caller.reads(Permission::Contents)?;
    let repository = state.repository(&owner, &repo)?;
    let start = format!("refs/{start}");
    let fitting = repository.refs.iter();
    let shapes = fitting
        .filter(|(name, _)| name.starts_with(&start))
        .map(|(name, object)| reference_shape(&state.api, repository, (name, object)));
    ok(&shapes.collect())
}

async fn create_reference(
    caller: Caller,
    Path((owner, repo)): In,
    Json(body): Json<Value>,
) -> Answer {
    let mut state = caller.writes(Permission::Contents)?;
    let api = state.api.clone();
    let repository = state.repository_mut(&owner, &repo)?;
    let name = text(&body["ref"]).unwrap_or_default();
    let sha = text(&body["sha"]).unwrap_or_default();
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        let message = "Reference name must start with 'refs/' and contain at least two slashes";
        return Err(Refusal::invalid(message));
    }
    let kind = kind(repository, &sha).ok_or_else(|| Refusal::invalid("Object does not exist"))?;
    if repository.refs.contains_key(&name) {
        return Err(Refusal::invalid("Reference already exists"));
    }
    let object = Object { kind, sha };
    repository.refs.insert(name.clone(), object.clone());
    created(&reference_shape(&api, repository, (&name, &object)))
}

async fn tag(caller: Caller, Path((owner, repo, sha)): At) -> Answer {
    let state = caller.reads(Permission::Contents)?;
    let repository = state.repository(&owner, &repo)?;
    let tag = repository.tags.get(&sha).ok_or_else(Refusal::not_found)?;
    ok(&tag_shape(&state.api, repository, (&sha, tag)))
}

/// The object only: nobody sees it before a reference points to it.
async fn create_tag(caller: Caller, Path((owner, repo)): In, Json(body): Json<Value>) -> Answer {
    let mut state = caller.writes(Permission::Contents)?;
    let api = state.api.clone();
    let repository = state.repository_mut(&owner, &repo)?;
    let target = text(&body["object"]).unwrap_or_default();
    let kind =
        kind(repository, &target).ok_or_else(|| Refusal::invalid("Object does not exist"))?;
    if Some(kind.as_str()) != body["type"].as_str() {
        return Err(Refusal::invalid(format!("The object is a {kind}")));
    }
    let sha = object_sha(&body);
    let tag = Tag {
        name: text(&body["tag"]).unwrap_or_default(),
        message: text(&body["message"]).unwrap_or_default(),
        object: Object { kind, sha: target },
    };
    repository.tags.insert(sha.clone(), tag.clone());
    created(&tag_shape(&api, repository, (&sha, &tag)))
}

fn kind(repository: &Repository, sha: &str) -> Option<String> {
    if repository.commits.contains_key(sha) {
        return Some("commit".to_owned());
    }
    repository.tags.contains_key(sha).then(|| "tag".to_owned())
}

/// Forty hexadecimal digits that depend on the content, as Git's do.
fn object_sha(body: &Value) -> String {
    let digest = digest(body.to_string().as_bytes());
    digest.trim_start_matches("sha256:")[..40].to_owned()
}

fn reference_shape(api: &str, repository: &Repository, reference: (&str, &Object)) -> Value {
    let (name, object) = reference;
    let base = format!("{api}/repos/{}/git", repository.name);
    json!({
        "ref": name,
        "node_id": node_id(number_of(name)),
        "url": format!("{base}/{name}"),
        "object": object_shape(&base, object),
    })
}

fn tag_shape(api: &str, repository: &Repository, tag: (&str, &Tag)) -> Value {
    let (sha, tag) = tag;
    let base = format!("{api}/repos/{}/git", repository.name);
    json!({
        "node_id": node_id(number_of(sha)),
        "tag": tag.name,
        "sha": sha,
        "url": format!("{base}/tags/{sha}"),
        "message": tag.message,
        "tagger": {"name": "bot", "email": "bot@example.com", "date": "2020-01-02T03:04:05Z"},
        "object": object_shape(&base, &tag.object),
    })
}

fn object_shape(base: &str, object: &Object) -> Value {
    let (kind, sha) = (&object.kind, &object.sha);
    json!({"type": kind, "sha": sha, "url": format!("{base}/{kind}s/{sha}")})
}
