//! What GitHub sends to an App: verify the raw bytes first, read them then
//! (<https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>).

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::domain::ids::CommitSha;
use crate::domain::record::payload::Decision;
use crate::domain::release::Repository;

/// Tells whether a body was signed with the secret: `X-Hub-Signature-256`, compared in constant
/// time.
pub fn is_signed(secret: &SecretString, body: &[u8], signature: &str) -> bool {
    let Some(signature) = signature.strip_prefix("sha256=").and_then(from_hex) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&signature).is_ok()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let pairs = (0..text.len()).step_by(2);
    is_hex.then(|| {
        pairs
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
            .collect()
    })?
}

/// A delivery that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A job waits at the App's rule.
    Requested(ProtectionRequest),
    /// A person decided on jobs that wait.
    Reviewed(DeploymentReview),
    /// Anything else.
    Other,
}

/// `deployment_protection_rule`, requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectionRequest {
    /// Where it runs.
    pub repository: Repository,
    /// The repository's number.
    pub repository_id: u64,
    /// The commit that is deployed.
    pub sha: CommitSha,
    /// Where to, as GitHub spells it.
    pub environment: String,
    /// The run that waits.
    pub run: u64,
    /// Of which installation a token is needed.
    pub installation: u64,
    /// Since when.
    pub at: Timestamp,
    /// Who caused it.
    pub sender: String,
}

/// `deployment_review`, approved or rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentReview {
    /// Where it runs.
    pub repository: Repository,
    /// The repository's number.
    pub repository_id: u64,
    /// The commit that the run stands on.
    pub sha: CommitSha,
    /// For which environments.
    pub environments: Vec<String>,
    /// The login of the person.
    pub by: String,
    /// What was decided.
    pub decision: Decision,
    /// What was said.
    pub comment: String,
    /// When.
    pub at: Timestamp,
    /// The run, and its attempt.
    pub run: (u64, u32),
    /// The logins of those who started it.
    pub triggered_by: Vec<String>,
}

/// A delivery that is not what its event's name says. What stood in it is not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the delivery of this {event} event can't be read: {message}")]
pub struct UnreadableDelivery {
    event: String,
    message: &'static str,
}

#[derive(Deserialize)]
struct RawRequest {
    action: String,
    environment: String,
    deployment_callback_url: String,
    deployment: RawDeployment,
    repository: RawRepository,
    installation: RawInstallation,
    sender: RawAccount,
}

#[derive(Deserialize)]
struct RawDeployment {
    sha: CommitSha,
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct RawRepository {
    id: u64,
    full_name: Repository,
}

#[derive(Deserialize)]
struct RawInstallation {
    id: u64,
}

#[derive(Deserialize)]
struct RawAccount {
    login: String,
}

#[derive(Deserialize)]
struct RawReview {
    action: String,
    approver: Option<RawAccount>,
    #[serde(default)]
    comment: Option<String>,
    #[serde(default)]
    environment: Option<String>,
    since: Timestamp,
    #[serde(default)]
    workflow_job_run: Option<RawJob>,
    #[serde(default)]
    workflow_job_runs: Vec<RawJob>,
    workflow_run: Option<RawRun>,
    repository: RawRepository,
}

#[derive(Deserialize)]
struct RawJob {
    #[serde(default)]
    environment: Option<String>,
}

#[derive(Deserialize)]
struct RawRun {
    id: u64,
    #[serde(default)]
    run_attempt: Option<u32>,
    head_sha: CommitSha,
    #[serde(default)]
    actor: Option<RawAccount>,
    #[serde(default)]
    triggering_actor: Option<RawAccount>,
}

/// Tells whether an event is one that [`read`] makes something of.
pub fn matters(event: &str) -> bool {
    matches!(event, "deployment_protection_rule" | "deployment_review")
}

/// Reads a delivery whose signature holds, or that came from GitHub's API itself. `event` is `X-GitHub-Event`; `api_url` is where the App
/// calls back, and no delivery leads it elsewhere.
///
/// # Errors
/// When an event that matters lacks what it must have.
pub fn read(event: &str, body: &[u8], api_url: &str) -> Result<Delivery, UnreadableDelivery> {
    match event {
        "deployment_protection_rule" => requested(&parsed(event, body)?, api_url),
        "deployment_review" => reviewed(parsed(event, body)?),
        _ => Ok(Delivery::Other),
    }
    .map_err(|message| unreadable(event, message))
}

fn unreadable(event: &str, message: &'static str) -> UnreadableDelivery {
    let event = event.to_owned();
    UnreadableDelivery { event, message }
}

fn parsed<T: DeserializeOwned>(event: &str, body: &[u8]) -> Result<T, UnreadableDelivery> {
    let message = "a field is missing or not what it should be";
    serde_json::from_slice(body).map_err(|_| unreadable(event, message))
}

fn requested(raw: &RawRequest, api_url: &str) -> Result<Delivery, &'static str> {
    if raw.action != "requested" {
        return Ok(Delivery::Other);
    }
    let run = run_of(raw, api_url).ok_or("its callback is not of this API and repository")?;
    Ok(Delivery::Requested(ProtectionRequest {
        repository: raw.repository.full_name.clone(),
        repository_id: raw.repository.id,
        sha: raw.deployment.sha.clone(),
        environment: raw.environment.clone(),
        run,
        installation: raw.installation.id,
        at: raw.deployment.created_at,
        sender: raw.sender.login.clone(),
    }))
}

/// The run in the callback's address, which is compared and never called.
fn run_of(raw: &RawRequest, api_url: &str) -> Option<u64> {
    let api = api_url.trim_end_matches('/');
    let before = format!("{api}/repos/{}/actions/runs/", raw.repository.full_name);
    let callback = &raw.deployment_callback_url;
    let head = callback.get(..before.len())?;
    let is_ours = head.eq_ignore_ascii_case(&before);
    let run = callback[before.len()..].strip_suffix("/deployment_protection_rule")?;
    run.parse().ok().filter(|_| is_ours)
}

fn reviewed(raw: RawReview) -> Result<Delivery, &'static str> {
    let decision = match raw.action.as_str() {
        "approved" => Decision::Approved,
        "rejected" => Decision::Rejected,
        _ => return Ok(Delivery::Other),
    };
    let by = raw.approver.ok_or("it names nobody who decided")?.login;
    let run = raw.workflow_run.ok_or("it names no run")?;
    let jobs = raw
        .workflow_job_runs
        .into_iter()
        .chain(raw.workflow_job_run);
    let named = jobs.filter_map(|job| job.environment);
    let mut environments: Vec<String> = named.chain(raw.environment).collect();
    environments.sort();
    environments.dedup();
    if environments.is_empty() {
        return Err("it names no environment");
    }
    let started = [run.actor, run.triggering_actor].into_iter().flatten();
    let mut triggered_by: Vec<String> = started.map(|account| account.login).collect();
    triggered_by.dedup();
    Ok(Delivery::Reviewed(DeploymentReview {
        repository: raw.repository.full_name,
        repository_id: raw.repository.id,
        sha: run.head_sha,
        environments,
        by,
        decision,
        comment: raw.comment.unwrap_or_default(),
        at: raw.since,
        run: (run.id, run.run_attempt.unwrap_or(1)),
        triggered_by,
    }))
}

#[cfg(test)]
mod tests;
