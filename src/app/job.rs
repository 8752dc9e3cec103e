//! The job of GitHub Actions that Tollgate works in, and its line to GitHub.

use std::collections::BTreeMap;
use std::fs;

use super::failure::Failure;
use crate::domain::ids::CommitSha;
use crate::github::client::Usage;
use crate::github::context::WorkflowAttempt;
use crate::github::event::{Origin, WorkflowEvent};
use crate::github::{ActionsContext, Client, GitHubError};

pub use crate::github::context::StepFiles;

/// A job with a token.
#[derive(Debug, Clone)]
pub struct Job {
    /// What the environment says.
    pub context: ActionsContext,
    /// What started the workflow.
    pub event: WorkflowEvent,
    /// Which attempt of which run it is part of.
    pub attempt: WorkflowAttempt,
    /// GitHub, with the job's token.
    pub client: Client,
}

impl Job {
    /// Looks whether this is a job with a token; `None` outside of GitHub Actions, and where no
    /// token was given.
    ///
    /// # Errors
    /// When the job's environment makes no sense, or its event can't be read.
    pub fn find(environment: &BTreeMap<String, String>) -> Result<Option<Self>, Failure> {
        let odd = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
        let Some(context) = ActionsContext::read(environment).map_err(|error| odd(&error))? else {
            return Ok(None);
        };
        let Some(token) = context.token.clone() else {
            return Ok(None);
        };
        let attempt = context.run.ok_or_else(|| {
            Failure::usage("GITHUB_RUN_ID or GITHUB_RUN_ATTEMPT is missing or no number")
        })?;
        let client = Client::new(&context.api_url, token, context.repository.clone());
        Ok(Some(Self {
            event: event(&context)?,
            client: client
                .map_err(|error| failure(&error))?
                .with_allowance(context.allowance),
            attempt,
            context,
        }))
    }

    /// What a step may write to, with or without a token.
    ///
    /// # Errors
    /// When the job's environment makes no sense.
    pub fn files(environment: &BTreeMap<String, String>) -> Result<StepFiles, Failure> {
        let context = ActionsContext::read(environment);
        let context = context.map_err(|error| Failure::usage(error.to_string()))?;
        Ok(context.map(|context| context.files).unwrap_or_default())
    }

    /// The commit that check runs stand on: the head of a pull request, not its test merge
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>).
    pub fn head_sha(&self) -> &CommitSha {
        self.event.subject.as_ref().unwrap_or(&self.context.sha)
    }

    /// Whether the token can do nothing but read, whatever the workflow asks for.
    pub fn is_read_only(&self) -> bool {
        self.event.origin != Origin::Own
    }

    /// What was asked of GitHub so far, and what is left.
    pub fn usage(&self) -> Usage {
        self.client.usage()
    }
}

fn event(context: &ActionsContext) -> Result<WorkflowEvent, Failure> {
    let file = match &context.event_path {
        Some(path) => fs::read_to_string(path).map_err(|error| {
            let shown = path.display();
            Failure::usage(format!("GITHUB_EVENT_PATH {shown} can't be read: {error}"))
        })?,
        None => "{}".to_owned(),
    };
    WorkflowEvent::read(&context.event_name, &file)
        .map_err(|error| Failure::usage(error.to_string()))
}

/// A fault of GitHub as users read it: what it keeps from this job, or does not keep any more, is a
/// closed door; everything else is something outside that does not answer.
pub fn failure(error: &GitHubError) -> Failure {
    match error {
        GitHubError::Forbidden { permission, .. } => Failure::blocked(error.to_string())
            .hint(format!("add `{permission}` to the job's `permissions:`")),
        GitHubError::NotFound { .. }
        | GitHubError::Expired { .. }
        | GitHubError::Altered { .. }
        | GitHubError::TooLarge { .. } => Failure::blocked(error.to_string()),
        _ => Failure::unreachable(error.to_string()),
    }
}
