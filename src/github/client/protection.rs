//! Deployment protection rules: what an App answers to a run that waits.

use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::writing::{Write, Written};
use super::{Client, GitHubError, Subject};

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtectionState {
    /// The deployment may go on.
    Approved,
    /// It fails.
    Rejected,
}

impl ProtectionState {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

#[derive(Deserialize)]
struct InstallationToken {
    token: SecretString,
}

#[derive(Deserialize)]
struct PendingDeployment {
    environment: Named,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

const SUBJECT: Subject<'_> = Subject {
    what: "the deployment that waits",
    permission: "deployments: write",
};

impl Client {
    /// Answers for an environment of a run that waits at the App's rule. When GitHub's answer is
    /// lost, it is asked whether the run still waits before the same is sent again.
    /// <https://docs.github.com/en/rest/actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run>
    ///
    /// # Errors
    /// When GitHub refuses, or is in trouble for longer than the client is patient.
    pub async fn answer_protection_rule(
        &self,
        run: u64,
        environment: &str,
        state: ProtectionState,
        comment: &str,
    ) -> Result<(), GitHubError> {
        let route = format!("actions/runs/{run}/deployment_protection_rule");
        let body = json!({
            "environment_name": environment, "state": state.as_str(), "comment": comment,
        });
        let write = Write {
            method: Method::POST,
            route: &route,
            body: &body,
            subject: SUBJECT,
        };
        let look = async || {
            let waits = self.waits(run, environment).await?;
            Ok((!waits).then_some(()))
        };
        let written: Written<IgnoredAny, ()> = self.write(write, look).await?;
        if written == Written::Found(()) {
            tracing::info!(run, environment, "the answer was lost, and had been heard");
        }
        Ok(())
    }

    /// Tells whether a run still waits for an environment.
    /// <https://docs.github.com/en/rest/actions/workflow-runs#get-pending-deployments-for-a-workflow-run>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn waits(&self, run: u64, environment: &str) -> Result<bool, GitHubError> {
        let route = format!("actions/runs/{run}/pending_deployments");
        let pending: Vec<PendingDeployment> = self.get(&route, SUBJECT).await?;
        let is_it = |it: &PendingDeployment| it.environment.name.eq_ignore_ascii_case(environment);
        Ok(pending.iter().any(is_it))
    }

    /// A token for an installation of the App whose own token this client has; for its repository
    /// alone. A second token does no harm.
    /// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
    ///
    /// # Errors
    /// When GitHub refuses, or is in trouble for longer than the client is patient.
    pub(in crate::github) async fn installation_token(
        &self,
        installation: u64,
    ) -> Result<SecretString, GitHubError> {
        let route = format!("/app/installations/{installation}/access_tokens");
        let body = json!({"repositories": [self.repository.name()]});
        let write = Write {
            method: Method::POST,
            route: &route,
            body: &body,
            subject: Subject {
                what: "the App's installation",
                permission: "deployments: write",
            },
        };
        let again = async || Ok(None::<InstallationToken>);
        match self.write(write, again).await? {
            Written::New(InstallationToken { token })
            | Written::Found(InstallationToken { token }) => Ok(token),
        }
    }
}
