//! `github`: an environment on GitHub is protected as it must be, and has the secrets and
//! variables that it must have, by name.

use crate::checks::reasons::Reasons;
use crate::domain::check::{CheckResult, GitHubRule};
use crate::domain::delivery::environment::is_same;
use crate::domain::reason::{Reason, ReasonCode};
use crate::github::client::EnvironmentSettings;
use crate::github::{Client, GitHubError};

/// What was found of an environment on GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspection {
    /// What was read, and is less than it must be.
    pub lacking: Vec<Reason>,
    /// What the token may not read.
    pub unreadable: Vec<Reason>,
}

/// Performs the check. What could not be read is `errored`, whatever else was found.
pub async fn run(rule: &GitHubRule, client: &Client) -> CheckResult {
    match inspect(rule, client).await {
        Ok(inspection) => {
            let mut findings = Reasons::default();
            let Inspection {
                lacking,
                unreadable,
            } = inspection;
            lacking.into_iter().for_each(|reason| findings.bad(reason));
            unreadable
                .into_iter()
                .for_each(|reason| findings.unknown(reason));
            findings.into_result()
        }
        Err(error) => errored(format!("{}: {error}.", rule.environment)),
    }
}

/// The check can't be performed.
pub fn errored(message: String) -> CheckResult {
    CheckResult::errored(Reason::new(ReasonCode::EnvironmentUnreadable, message))
}

/// Holds an environment on GitHub against a rule.
///
/// # Errors
/// When GitHub can't be reached, or has enough of us; what it refuses is part of the inspection.
pub async fn inspect(rule: &GitHubRule, client: &Client) -> Result<Inspection, GitHubError> {
    let mut inspection = Inspection::default();
    let name = &rule.environment;
    let settings = match client.environment(name).await {
        Ok(settings) => settings,
        Err(error) if is_outage(&error) => return Err(error),
        Err(error) => {
            let what = format!("how the environment `{name}` is set up");
            inspection.unreadable.push(unreadable(&what, &error));
            return Ok(inspection);
        }
    };
    let Some(settings) = settings else {
        inspection.lacking.push(missing(name, client));
        return Ok(inspection);
    };
    inspection.lacking.extend(unprotected(rule, &settings));
    if !rule.secrets.is_empty() {
        let known = client.environment_secrets(name).await;
        inspection.names("secret", &rule.secrets, known, rule)?;
    }
    if !rule.variables.is_empty() {
        let known = client.environment_variables(name).await;
        inspection.names("variable", &rule.variables, known, rule)?;
    }
    Ok(inspection)
}

/// Tells whether GitHub gave no answer that is about what was asked.
pub fn is_outage(error: &GitHubError) -> bool {
    error.is_outage()
}

/// Why something is not known, and which permission is missing.
pub fn denied(what: &str, error: &GitHubError) -> String {
    match error {
        GitHubError::Forbidden {
            message,
            permission,
        } if is_out_of_reach(permission) => format!(
            "GitHub does not tell {what}: {message}. The permission `{permission}` is missing, \
             which GITHUB_TOKEN can't have; use the token of a GitHub App, or a fine-grained one, \
             that has it."
        ),
        GitHubError::Forbidden {
            message,
            permission,
        } => format!(
            "GitHub does not tell {what}: {message}. The permission `{permission}` is missing; \
             give it to the job under `permissions`."
        ),
        GitHubError::NotFound { .. } => format!(
            "GitHub does not tell {what}: it knows no such thing, or the token may not see it."
        ),
        other => format!("GitHub does not tell {what}: {other}."),
    }
}

/// Permissions that a workflow can't give to its own token.
fn is_out_of_reach(permission: &str) -> bool {
    matches!(permission, "environments: read" | "members: read")
}

fn unreadable(what: &str, error: &GitHubError) -> Reason {
    Reason::new(ReasonCode::EnvironmentUnreadable, denied(what, error))
}

fn missing(name: &str, client: &Client) -> Reason {
    let message = format!(
        "GitHub knows no environment `{name}` in {}, or the token may not see it. GitHub creates a \
         missing environment with no protection as soon as a job names it, so make it first, with \
         its reviewers, in the repository's settings.",
        client.repository()
    );
    Reason::new(ReasonCode::EnvironmentMissing, message)
}

/// What the environment's protection lacks.
fn unprotected(rule: &GitHubRule, settings: &EnvironmentSettings) -> Vec<Reason> {
    let name = &rule.environment;
    let mut lacking = Vec::new();
    let reviewers = settings.reviewers().count();
    if reviewers < rule.reviewers as usize {
        lacking.push(format!(
            "The environment `{name}` has {reviewers} required reviewers on GitHub, and {} are \
             asked for. Add them in the repository's settings, under Environments.",
            rule.reviewers
        ));
    }
    if rule.prevent_self_review && !settings.prevents_self_review() {
        lacking.push(format!(
            "The environment `{name}` lets people approve runs that they started. Switch on \
             \"Prevent self-review\" in the repository's settings, under Environments."
        ));
    }
    let reason = |message| Reason::new(ReasonCode::EnvironmentUnprotected, message);
    lacking.into_iter().map(reason).collect()
}

impl Inspection {
    /// Looks for names; GitHub does not tell them apart by case.
    fn names(
        &mut self,
        kind: &str,
        wanted: &[String],
        known: Result<Vec<String>, GitHubError>,
        rule: &GitHubRule,
    ) -> Result<(), GitHubError> {
        let environment = &rule.environment;
        let known = match known {
            Ok(known) => known,
            Err(error) if is_outage(&error) => return Err(error),
            Err(error) => {
                let what = format!("the {kind}s of the environment `{environment}`");
                self.unreadable.push(unreadable(&what, &error));
                return Ok(());
            }
        };
        let code = match kind {
            "secret" => ReasonCode::SecretMissing,
            _ => ReasonCode::GitHubVariableMissing,
        };
        let is_missing = |name: &&String| !known.iter().any(|known| is_same(known, name));
        self.lacking
            .extend(wanted.iter().filter(is_missing).map(|name| {
            let message = format!(
                "The environment `{environment}` has no {kind} `{name}` on GitHub. Add it in the \
                 repository's settings, under Environments."
            );
            Reason::new(code, message)
        }));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
