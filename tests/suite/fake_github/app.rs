//! A GitHub App of ours: its own token, its installation, its deliveries, and the jobs that wait at
//! its rule (<https://docs.github.com/en/rest/apps>).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use octocrab::jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, created, ok};
use super::caller::Caller;
use super::scene::Scene;
use super::shapes;
use super::state::{Approval, State};
use super::tokens::{Level, Permission, Token};
use super::{FakeGitHub, Shared};

/// The number of the App.
pub(crate) const APP: u64 = 4242;

/// What it is configured with: its client id.
pub(crate) const CLIENT_ID: &str = "Iv1.0123";

const SLUG: &str = "tollgate-of-acme";

/// The number of its installation.
const INSTALLATION: u64 = 9;

/// The longest life of an App's own token, in seconds.
const LONGEST_LIFE: i64 = 600;

/// An App that is installed.
pub(super) struct HostedApp {
    public_key: String,
    permissions: BTreeMap<&'static str, Level>,
    deliveries: Vec<Delivery>,
}

/// One try to deliver an event.
#[derive(Debug, Clone)]
struct Delivery {
    id: u64,
    guid: String,
    event: String,
    status_code: u16,
    delivered_at: Timestamp,
    payload: Value,
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    let run = "/repos/{owner}/{repo}/actions/runs/{id}";
    Router::new()
        .route("/app/hook/deliveries", get(deliveries))
        .route("/app/hook/deliveries/{id}", get(delivery))
        .route("/app/installations/{id}/access_tokens", post(token))
        .route("/repos/{owner}/{repo}/installation", get(installation))
        .route("/repos/{owner}/{repo}/contents/{*path}", get(file))
        .route(&format!("{run}/deployment_protection_rule"), post(review))
}

impl FakeGitHub {
    /// Installs the App whose key this is, with everything that it may need.
    pub(crate) fn install_app(&self, public_key: &str) -> &Self {
        let permissions = [
            ("actions", Level::Read),
            ("checks", Level::Write),
            ("contents", Level::Read),
            ("deployments", Level::Write),
            ("metadata", Level::Read),
        ];
        self.shared().state().app = Some(HostedApp {
            public_key: public_key.to_owned(),
            permissions: permissions.into(),
            deliveries: Vec::new(),
        });
        self
    }

    /// Takes a permission from the App.
    pub(crate) fn forbid_app(&self, permission: &str) -> &Self {
        let mut state = self.shared().state();
        state.app.as_mut().unwrap().permissions.remove(permission);
        drop(state);
        self
    }

    /// A try to deliver an event, just now, and what it was answered.
    pub(crate) fn delivered(&self, guid: &str, event: &str, payload: &Value, code: u16) -> &Self {
        self.delivered_before(0, guid, (event, payload), code)
    }

    /// The same, some hours ago.
    pub(crate) fn delivered_before(
        &self,
        hours: i64,
        guid: &str,
        (event, payload): (&str, &Value),
        code: u16,
    ) -> &Self {
        let mut state = self.shared().state();
        let id = state.next_id();
        let deliveries = &mut state.app.as_mut().unwrap().deliveries;
        deliveries.push(Delivery {
            id,
            guid: guid.to_owned(),
            event: event.to_owned(),
            status_code: code,
            delivered_at: Timestamp::now() - SignedDuration::from_hours(hours),
            payload: payload.clone(),
        });
        drop(state);
        self
    }
}

impl Scene {
    /// What the App answered to the run, in order: `staging approved`.
    pub(crate) fn answers(&self, run: u64) -> Vec<String> {
        let repository = self.look();
        let run = repository.runs.iter().find(|it| it.id == run).unwrap();
        let ours = run.approvals.iter().filter(|it| it.login == SLUG);
        ours.map(|it| format!("{} {}", it.environment, it.state))
            .collect()
    }

    /// What the App said with its last answer to the run.
    pub(crate) fn last_comment(&self, run: u64) -> String {
        let repository = self.look();
        let run = repository.runs.iter().find(|it| it.id == run).unwrap();
        run.approvals.last().unwrap().comment.clone()
    }
}

impl State {
    /// The token of the App itself, if that is what it is.
    pub(super) fn app_itself(&self, text: &str) -> Option<Token> {
        let app = self.app.as_ref()?;
        let key = DecodingKey::from_rsa_pem(app.public_key.as_bytes()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[CLIENT_ID]);
        let claims = decode::<Value>(text, &key, &validation).ok()?.claims;
        let (from, until) = (claims["iat"].as_i64()?, claims["exp"].as_i64()?);
        let is_fit = from <= Timestamp::now().as_second() && until - from <= LONGEST_LIFE;
        is_fit.then(Token::app_itself)
    }

    fn app(&mut self) -> Result<&mut HostedApp, Refusal> {
        self.app.as_mut().ok_or_else(Refusal::not_found)
    }
}

/// Pages go from one delivery to older ones.
async fn deliveries(caller: Caller) -> Answer {
    let mut state = caller.as_app()?;
    let api = state.api.clone();
    let size: usize = caller.number("per_page").unwrap_or(30).clamp(1, 100);
    let from = caller.query("cursor").map(|it| it.replace("v1_", ""));
    let from: u64 = from.map_or(u64::MAX, |it| it.parse().unwrap());
    let mut shown: Vec<&Delivery> = state.app()?.deliveries.iter().collect();
    shown.retain(|delivery| delivery.id <= from);
    shown.sort_by_key(|delivery| std::cmp::Reverse(delivery.id));
    let next = shown.get(size).map(|delivery| delivery.id);
    shown.truncate(size);
    let mut answer = ok(&shown.into_iter().map(shape).collect())?;
    if let Some(next) = next {
        let address = format!("{api}/app/hook/deliveries?per_page={size}&cursor=v1_{next}");
        let link = format!("<{address}>; rel=\"next\"");
        answer
            .headers_mut()
            .insert(header::LINK, link.parse().unwrap());
    }
    Ok(answer)
}

async fn delivery(caller: Caller, Path(id): Path<u64>) -> Answer {
    let mut state = caller.as_app()?;
    let deliveries = &state.app()?.deliveries;
    let found = deliveries.iter().find(|delivery| delivery.id == id);
    let found = found.ok_or_else(Refusal::not_found)?;
    let mut whole = shape(found);
    whole["url"] = json!("https://gates.example/v1/github/webhook");
    whole["request"] = json!({
        "headers": {"X-GitHub-Event": found.event}, "payload": found.payload,
    });
    whole["response"] = json!({"headers": {}, "payload": ""});
    ok(&whole)
}

fn shape(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": false,
        "duration": 0.1,
        "status": if delivery.status_code < 400 { "OK" } else { "failed to connect to host" },
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.payload["action"],
        "installation_id": INSTALLATION,
        "repository_id": null,
    })
}

async fn token(caller: Caller, Path(id): Path<u64>, Json(_): Json<Value>) -> Answer {
    let mut state = caller.as_app()?;
    if id != INSTALLATION {
        return Err(Refusal::not_found());
    }
    let permissions = state.app()?.permissions.clone();
    let mut token = Token::powerless_app(APP, SLUG);
    for (name, level) in &permissions {
        token = token.with(Permission::of_app(name).unwrap(), *level);
    }
    let token = state.add_token(token);
    let expires = Timestamp::now() + SignedDuration::from_hours(1);
    created(&json!({
        "token": token, "expires_at": expires, "permissions": words(&permissions),
        "repository_selection": "selected",
    }))
}

fn words(permissions: &BTreeMap<&'static str, Level>) -> Value {
    let word = |level: &Level| match level {
        Level::Read => "read",
        Level::Write => "write",
    };
    let words = permissions
        .iter()
        .map(|(name, level)| ((*name).to_owned(), json!(word(level))));
    Value::Object(words.collect())
}

async fn installation(caller: Caller, Path((owner, repo)): Path<(String, String)>) -> Answer {
    let mut state = caller.as_app()?;
    state.repository(&owner, &repo)?;
    let api = state.api.clone();
    let permissions = words(&state.app()?.permissions);
    ok(&json!({
        "id": INSTALLATION,
        "account": shapes::user(&api, &owner),
        "repository_selection": "selected",
        "access_tokens_url": format!("{api}/app/installations/{INSTALLATION}/access_tokens"),
        "repositories_url": format!("{api}/installation/repositories"),
        "html_url": format!("{}/settings/installations/{INSTALLATION}", shapes::SERVER),
        "app_id": APP,
        "client_id": CLIENT_ID,
        "app_slug": SLUG,
        "target_id": 1,
        "target_type": "Organization",
        "permissions": permissions,
        "events": ["deployment_protection_rule", "deployment_review"],
        "created_at": "2020-01-02T03:04:05Z",
        "updated_at": "2020-01-02T03:04:05Z",
        "single_file_name": null,
        "suspended_by": null,
        "suspended_at": null,
    }))
}

/// A file of the default branch.
async fn file(caller: Caller, Path((owner, repo, path)): Path<(String, String, String)>) -> Answer {
    let state = caller.reads(Permission::Contents)?;
    let repository = state.repository(&owner, &repo)?;
    let text = repository.files.get(&path).ok_or_else(Refusal::not_found)?;
    let address = format!("{}/repos/{}/contents/{path}", state.api, repository.name);
    ok(&json!({
        "type": "file", "encoding": "base64", "size": text.len(),
        "name": path.rsplit('/').next(), "path": path, "content": STANDARD.encode(text),
        "sha": "0123456789abcdef0123456789abcdef01234567",
        "url": address, "git_url": address, "html_url": address, "download_url": address,
        "_links": {"self": address, "git": address, "html": address},
    }))
}

/// Only what waits can be answered.
async fn review(
    caller: Caller,
    Path((owner, repo, id)): Path<(String, String, u64)>,
    Json(body): Json<Value>,
) -> Answer {
    let mut state = caller.writes(Permission::Deployments)?;
    let repository = state.repository_mut(&owner, &repo)?;
    let run = repository.runs.iter_mut().find(|run| run.id == id);
    let run = run.ok_or_else(Refusal::not_found)?;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (environment, comment) = (text("environment_name"), text("comment"));
    if comment.chars().count() > 1024 {
        return Err(Refusal::invalid("comment is too long"));
    }
    let waits = run.waits_for.iter().position(|it| *it == environment);
    let Some(waits) = waits else {
        return Err(Refusal::invalid("No pending deployment to review"));
    };
    run.waits_for.remove(waits);
    run.approvals.push(Approval {
        environment,
        state: text("state"),
        login: SLUG.to_owned(),
        comment,
    });
    Ok(StatusCode::NO_CONTENT.into_response())
}
