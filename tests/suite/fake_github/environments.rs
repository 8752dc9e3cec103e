//! Environments (<https://docs.github.com/en/rest/deployments/environments>).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refusal, ok};
use super::caller::Caller;
use super::shapes::{self, SERVER, node_id};
use super::state::{Branches, Environment, Repository};
use super::tokens::Permission;

const LONG_AGO: &str = "2020-01-02T03:04:05Z";

type At = Path<(String, String, String)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let one_of_them = "/repos/{owner}/{repo}/environments/{name}";
    Router::new()
        .route("/repos/{owner}/{repo}/environments", get(list))
        .route(one_of_them, get(one))
        .route(&format!("{one_of_them}/secrets"), get(secrets))
        .route(&format!("{one_of_them}/variables"), get(variables))
        .route(
            &format!("{one_of_them}/deployment-branch-policies"),
            get(branch_policies),
        )
}

async fn list(caller: Caller, Path((owner, repo)): Path<(String, String)>) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    let shapes = repository.environments.iter();
    let shapes = shapes.map(|environment| shape(&state.api, repository, environment));
    caller.counted("environments", &shapes.collect::<Vec<_>>())
}

async fn one(caller: Caller, Path((owner, repo, name)): At) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let repository = state.repository(&owner, &repo)?;
    ok(&shape(
        &state.api,
        repository,
        repository.environment(&name)?,
    ))
}

async fn secrets(caller: Caller, Path((owner, repo, name)): At) -> Answer {
    let state = caller.reads(Permission::Environments)?;
    let environment = state.repository(&owner, &repo)?.environment(&name)?;
    let secrets = environment.secrets.iter();
    let shapes =
        secrets.map(|name| json!({"name": name, "created_at": LONG_AGO, "updated_at": LONG_AGO}));
    caller.counted("secrets", &shapes.collect::<Vec<_>>())
}

async fn variables(caller: Caller, Path((owner, repo, name)): At) -> Answer {
    let state = caller.reads(Permission::Environments)?;
    let environment = state.repository(&owner, &repo)?.environment(&name)?;
    let shapes = environment.variables.iter().map(|(name, value)| {
        json!({"name": name, "value": value, "created_at": LONG_AGO, "updated_at": LONG_AGO})
    });
    caller.counted("variables", &shapes.collect::<Vec<_>>())
}

async fn branch_policies(caller: Caller, Path((owner, repo, name)): At) -> Answer {
    let state = caller.reads(Permission::Actions)?;
    let environment = state.repository(&owner, &repo)?.environment(&name)?;
    let Branches::Custom(patterns) = &environment.branches else {
        return Err(Refusal::not_found());
    };
    let shapes = patterns.iter().enumerate().map(|(number, pattern)| {
        json!({"id": number, "node_id": "policy", "name": pattern, "type": "branch"})
    });
    caller.counted("branch_policies", &shapes.collect::<Vec<_>>())
}

fn shape(api: &str, repository: &Repository, environment: &Environment) -> Value {
    let (id, name, path) = (environment.id, &environment.name, &repository.name);
    let policy = match environment.branches {
        Branches::Any => Value::Null,
        Branches::Protected => json!({"protected_branches": true, "custom_branch_policies": false}),
        Branches::Custom(_) => json!({"protected_branches": false, "custom_branch_policies": true}),
    };
    json!({
        "id": id,
        "node_id": node_id(id),
        "name": name,
        "url": format!("{api}/repos/{path}/environments/{name}"),
        "html_url": format!("{SERVER}/{path}/deployments/activity_log?environments_filter={name}"),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "can_admins_bypass": environment.can_admins_bypass,
        "protection_rules": protection(api, repository.owner(), environment),
        "deployment_branch_policy": policy,
    })
}

/// What a deployment waits for; an environment that a workflow just named has nothing here.
fn protection(api: &str, owner: &str, environment: &Environment) -> Vec<Value> {
    let mut rules = Vec::new();
    if environment.wait_timer > 0 {
        rules.push(json!({"type": "wait_timer", "wait_timer": environment.wait_timer}));
    }
    if !environment.reviewers.is_empty() {
        let reviewers = environment.reviewers.iter();
        let reviewers: Vec<_> = reviewers.map(|who| reviewer(api, owner, who)).collect();
        rules.push(json!({
            "type": "required_reviewers",
            "prevent_self_review": environment.prevents_self_review,
            "reviewers": reviewers,
        }));
    }
    if !matches!(environment.branches, Branches::Any) {
        rules.push(json!({"type": "branch_policy"}));
    }
    for (number, rule) in rules.iter_mut().enumerate() {
        rule["id"] = json!(number);
        rule["node_id"] = json!("rule");
    }
    rules
}

/// A login, or a team as `team:release`.
pub(super) fn reviewer(api: &str, owner: &str, who: &str) -> Value {
    match who.strip_prefix("team:") {
        Some(slug) => json!({"type": "Team", "reviewer": shapes::team(api, owner, slug)}),
        None => json!({"type": "User", "reviewer": shapes::user(api, who)}),
    }
}
