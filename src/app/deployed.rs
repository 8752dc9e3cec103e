//! `tollgate deployed`: records a deployment that was made by other means.

use std::time::Instant;

use jiff::Timestamp;

use super::failure::Failure;
use super::project::Project;
use super::promote::find;
use super::recording::Recording;
use super::reporting::Reporters;
use super::run::stop::Stop;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{EnvironmentId, ImageDigest};
use crate::domain::record::event::Event;
use crate::domain::record::payload::{DeploymentFinished, DeploymentStarted, DeploymentStatus};
use crate::domain::run::{RunEnd, RunEnding};

/// A deployment as somebody tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Where to.
    pub environment: EnvironmentId,
    /// How it ended.
    pub status: DeploymentStatus,
    /// The image that was deployed.
    pub digest: Option<ImageDigest>,
    /// Who deployed.
    pub by: String,
}

/// What a recording came to.
#[derive(Debug)]
pub struct Deployed {
    /// The id under which it stands in the ledger.
    pub deployment_id: String,
    /// The release as it stands now.
    pub verdict: Verdict,
}

/// Records the start and the end of a deployment, both now.
///
/// # Errors
/// An environment that the policy does not have; a ledger that cannot be written.
pub async fn deployed(
    project: &Project,
    deployment: &Deployment,
    stop: Stop,
) -> Result<Deployed, Failure> {
    let policy = project.shown_policy();
    find(&policy, &deployment.environment)?;
    let begin = Instant::now();
    let recording = Recording::open(project, &policy, Reporters::default(), &stop).await?;
    recording.start(Vec::new()).await?;
    recording.append(events(&recording, deployment)).await?;
    let verdict = recording.verdict();
    let deployment_id = recording.run.to_string();
    let end = RunEnd {
        verdict: verdict.clone(),
        duration: begin.elapsed(),
        ending: RunEnding::Complete,
        folder: recording.shown_folder(),
    };
    recording.close(end).await?;
    Ok(Deployed {
        deployment_id,
        verdict,
    })
}

fn events(recording: &Recording, deployment: &Deployment) -> Vec<Event> {
    let Deployment {
        environment,
        status,
        digest,
        by,
    } = deployment;
    let writer = recording.writer();
    let started = DeploymentStarted {
        deployment_id: recording.run.to_string(),
        environment: environment.clone(),
        target: None,
        digest: digest.clone(),
    };
    let finished = DeploymentFinished {
        deployment_id: recording.run.to_string(),
        environment: environment.clone(),
        status: *status,
        digest: digest.clone(),
    };
    let now = Timestamp::now();
    let actor = recording.place.redactor.mask(by).into_owned().into_inner();
    let mut events = vec![
        writer.deployment_started(now, &started),
        writer.deployment_finished(now, &finished),
    ];
    for event in &mut events {
        event.actor.clone_from(&actor);
    }
    events
}
