//! The repository, its rulesets and the rules of its branches
//! (<https://docs.github.com/en/rest/repos/rules>).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refusal, ok};
use super::caller::Caller;
use super::shapes;
use super::state::{Repository, Rule};
use super::tokens::Permission;

type In = Path<(String, String)>;
type At<T> = Path<(String, String, T)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/repos/{owner}/{repo}", get(repository))
        .route(
            "/repos/{owner}/{repo}/rules/branches/{*branch}",
            get(of_branch),
        )
        .route("/repos/{owner}/{repo}/rulesets", get(rulesets))
        .route("/repos/{owner}/{repo}/rulesets/{id}", get(ruleset))
}

async fn repository(caller: Caller, Path((owner, repo)): In) -> Answer {
    let state = caller.reads(Permission::Metadata)?;
    let repository = state.repository(&owner, &repo)?;
    ok(&shapes::repository(&state.api, repository))
}

async fn of_branch(caller: Caller, Path((owner, repo, branch)): At<String>) -> Answer {
    let state = caller.reads(Permission::Metadata)?;
    let repository = state.repository(&owner, &repo)?;
    let rules = repository.rules.iter();
    let shapes = rules.filter(|rule| rule.branch == branch).map(|rule| {
        let mut shape = rule.rule.clone();
        shape["ruleset_source_type"] = json!("Repository");
        shape["ruleset_source"] = json!(repository.name);
        shape["ruleset_id"] = json!(rule.ruleset);
        shape
    });
    caller.listed(&shapes.collect::<Vec<_>>())
}

async fn rulesets(caller: Caller, Path((owner, repo)): In) -> Answer {
    let state = caller.reads(Permission::Metadata)?;
    let repository = state.repository(&owner, &repo)?;
    let rules = repository.rules.iter();
    let shapes = rules.map(|rule| shape(repository, rule));
    caller.listed(&shapes.collect::<Vec<_>>())
}

async fn ruleset(caller: Caller, Path((owner, repo, id)): At<u64>) -> Answer {
    let state = caller.reads(Permission::Metadata)?;
    let repository = state.repository(&owner, &repo)?;
    let rule = repository.rules.iter().find(|rule| rule.ruleset == id);
    let rule = rule.ok_or_else(Refusal::not_found)?;
    let mut shape = shape(repository, rule);
    shape["rules"] = json!([rule.rule]);
    let include = [format!("refs/heads/{}", rule.branch)];
    shape["conditions"] = json!({"ref_name": {"include": include, "exclude": []}});
    ok(&shape)
}

fn shape(repository: &Repository, rule: &Rule) -> Value {
    json!({
        "id": rule.ruleset,
        "name": rule.branch,
        "target": "branch",
        "source_type": "Repository",
        "source": repository.name,
        "enforcement": "active",
    })
}
